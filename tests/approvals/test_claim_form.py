"""A claim has one spelling; nothing else is accepted, and nothing is an error."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.approvals.tokens import (
    HEADER,
    MALFORMED,
    PAYLOAD,
    TOKEN,
    UNSIGNED,
    signed,
    verify,
)


@given(st.integers(0, len(TOKEN) * 8 - 1))
def test_no_single_bit_of_a_token_can_be_flipped(position: int) -> None:
    raw = bytearray(TOKEN.encode())
    raw[position // 8] ^= 1 << position % 8

    assert verify(raw.decode("latin-1")) in (MALFORMED, UNSIGNED)


def test_not_one_of_all_the_flipped_bits_is_accepted() -> None:
    raw = TOKEN.encode()
    flipped = (
        raw[:at] + bytes([raw[at] ^ 1 << bit]) + raw[at + 1 :]
        for at in range(len(raw))
        for bit in range(8)
    )

    answers = {verify(token.decode("latin-1")) for token in flipped}

    assert answers == {MALFORMED, UNSIGNED}


@given(st.text())
def test_any_text_is_malformed_and_never_an_error(text: str) -> None:
    assert verify(text) == MALFORMED


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_signed_bytes_are_malformed_and_never_an_error(
    header: bytes, payload: bytes
) -> None:
    assert verify(signed(header, payload)) == MALFORMED
    assert verify(signed(json.dumps(HEADER).encode(), payload)) == MALFORMED


def with_spare_bits(token: str) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) ^ 1]


SPELLINGS = {
    "padded": TOKEN + "==",
    "a blank after": TOKEN + " ",
    "a blank before": " " + TOKEN,
    "a blank within": TOKEN.replace(".", ". ", 1),
    "a newline": TOKEN + "\n",
    "an empty fourth segment": TOKEN + ".",
    "six segments": TOKEN + "." + TOKEN,
    "two segments": TOKEN.replace(".", "", 1),
    "4097 bytes": TOKEN + "A" * (4097 - len(TOKEN)),
    "the other alphabet": TOKEN.replace(".", "/.", 1),
    "its scheme": "Bearer " + TOKEN,
    "a digit of another script": TOKEN + "\u0661",
    "spare bits": with_spare_bits(TOKEN),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_another_spelling_of_a_good_token_is_malformed(spelling: str) -> None:
    assert verify(SPELLINGS[spelling]) == MALFORMED


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
def test_a_thousand_levels_are_malformed_and_never_an_error(opening: bytes) -> None:
    header = json.dumps(HEADER).encode()
    payload = json.dumps(PAYLOAD.members()).encode()
    bomb = (opening * 1000)[:1400]

    assert verify(signed(header, bomb)) == verify(signed(bomb, payload)) == MALFORMED


@pytest.mark.parametrize(
    "payload", [b"", b"[]", b"null", b"1", b"\xff", b"\xef\xbb\xbf{}"]
)
def test_a_payload_that_is_no_object_is_malformed(payload: bytes) -> None:
    assert verify(signed(json.dumps(HEADER).encode(), payload)) == MALFORMED
