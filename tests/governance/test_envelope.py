"""A sealed secret opens in its own row, under its own key, and nowhere else."""

import copy
import json
import os
import pickle
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.envelope import (
    Context,
    SealBroken,
    Secret,
    made_in,
    open_secret,
    rewrap,
    seal_secret,
)

PLACE = Context(tenant="team-acme", lane="github", field="secret", version=1)
KEKS = {"2025-11": bytes(range(32)), "2024-01": bytes(32)}
SECRET = "ghs_canary-of-the-lane"


def seal(plain: str = SECRET, kek_id: str = "2025-11") -> str:
    return seal_secret(
        plain.encode(), kek_id=kek_id, kek=KEKS[kek_id], aad=PLACE, random=os.urandom
    )


def open_again(text: str, place: Context = PLACE) -> str:
    return open_secret(text, keks=KEKS.__getitem__, aad=place).reveal()


SEALED = seal()


def rewritten(text: str, **changes: object) -> str:
    return json.dumps({**json.loads(text), **changes})


@given(st.text(min_size=8))
def test_what_was_sealed_opens(plain: str) -> None:
    assert open_again(seal(plain)) == plain


def test_a_sealed_secret_shows_its_key_s_name_and_no_more() -> None:
    sealed = json.loads(seal())

    assert sealed.keys() == {"v", "kek", "key", "key_nonce", "nonce", "data"}
    assert (sealed["v"], sealed["kek"]) == (1, "2025-11")
    assert SECRET not in json.dumps(sealed)


def test_the_same_secret_is_never_sealed_the_same_way_twice() -> None:
    first, second = json.loads(seal()), json.loads(seal())

    for member in ("key", "key_nonce", "nonce", "data"):
        assert first[member] != second[member]


def test_every_random_byte_comes_from_the_caller() -> None:
    asked: list[int] = []

    def random(size: int) -> bytes:
        asked.append(size)
        return bytes(size)

    def sealed() -> str:
        return seal_secret(
            b"eight888", kek_id="k", kek=bytes(32), aad=PLACE, random=random
        )

    assert sealed() == sealed()
    assert asked == [32, 12, 12] * 2


def test_what_was_sealed_in_a_run_is_known_by_its_name_and_in_its_place_only() -> None:
    run = b"a run"
    sealed, again = (
        seal_secret(
            SECRET.encode(),
            kek_id="2024-01",
            kek=KEKS["2024-01"],
            aad=PLACE,
            random=os.urandom,
            run=run,
        )
        for _ in range(2)
    )
    moved = rewrap(
        sealed,
        keks=KEKS.__getitem__,
        kek_id="2025-11",
        aad=PLACE,
        random=os.urandom,
    )

    assert open_again(sealed) == open_again(moved) == SECRET
    assert json.loads(sealed)["data"] != json.loads(again)["data"]
    assert made_in(sealed, run=run, aad=PLACE)
    assert made_in(moved, run=run, aad=PLACE)
    assert not made_in(sealed, run=b"another", aad=PLACE)
    assert not made_in(sealed, run=run, aad=replace(PLACE, version=2))
    assert not made_in(SEALED, run=run, aad=PLACE)


@pytest.mark.parametrize(
    "place",
    [
        replace(PLACE, tenant="team-bolt"),
        replace(PLACE, lane="gitlab"),
        replace(PLACE, field="other"),
        replace(PLACE, version=2),
    ],
)
def test_a_secret_copied_to_another_place_does_not_open(place: Context) -> None:
    sealed = seal()

    with pytest.raises(SealBroken):
        open_again(sealed, place)


def test_a_secret_renamed_to_another_key_does_not_open() -> None:
    same_bytes = {"2025-11": KEKS["2025-11"], "2024-01": KEKS["2025-11"]}
    sealed = rewritten(SEALED, kek="2024-01")

    with pytest.raises(SealBroken):
        open_secret(sealed, keks=same_bytes.__getitem__, aad=PLACE)


def test_the_parts_of_two_sealed_secrets_do_not_mix() -> None:
    one, other = json.loads(seal()), json.loads(seal())

    for member in ("key", "key_nonce", "nonce", "data"):
        with pytest.raises(SealBroken):
            open_again(json.dumps({**one, member: other[member]}))


@given(st.sampled_from(["key", "key_nonce", "nonce", "data"]), st.data())
def test_a_changed_character_does_not_open(member: str, data: st.DataObject) -> None:
    text = json.loads(SEALED)[member]
    # The last character has spare bits: another spelling of the same bytes.
    at = data.draw(st.integers(0, len(text) - 2))
    other = "A" if text[at] != "A" else "B"

    with pytest.raises(SealBroken):
        open_again(rewritten(SEALED, **{member: text[:at] + other + text[at + 1 :]}))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        "[" * 100_000,
        '{"v":1}',
        "\ud800",
        rewritten(SEALED, v=2),
        rewritten(SEALED, more=1),
        rewritten(SEALED, key=None),
        rewritten(SEALED, key=""),
        rewritten(SEALED, nonce="A"),
        rewritten(SEALED, nonce="AAAA"),
        rewritten(SEALED, data="é"),
        rewritten(SEALED, data=[1]),
    ],
)
def test_a_text_that_is_no_sealed_secret_does_not_open(text: str) -> None:
    with pytest.raises(SealBroken):
        open_again(text)


@pytest.mark.parametrize("kek_id", ["../seal", "a/b", "", "k" * 65, None, 1.5, "k\n"])
def test_a_key_s_name_that_is_no_file_s_name_is_never_asked_for(kek_id: object) -> None:
    asked: list[str] = []

    def keks(kek_id: str) -> bytes:
        asked.append(kek_id)
        return bytes(32)

    with pytest.raises(SealBroken):
        open_secret(rewritten(SEALED, kek=kek_id), keks=keks, aad=PLACE)
    assert asked == []


def test_a_missing_key_is_told_apart_from_a_broken_seal() -> None:
    with pytest.raises(KeyError):
        open_again(rewritten(SEALED, kek="2023-01"))


def test_a_broken_seal_names_nothing() -> None:
    with pytest.raises(SealBroken) as broken:
        open_again(rewritten(SEALED, data="c2VjcmV0LWJ5dGVz" * 4))

    assert str(broken.value) == "The sealed secret does not open."
    assert broken.value.__suppress_context__


def test_a_short_secret_is_not_sealed() -> None:
    with pytest.raises(ValueError, match="at least 8 characters"):
        seal("seven77")


def test_a_secret_shows_itself_to_nobody() -> None:
    secret = Secret(SECRET)

    assert repr(secret) == str(secret) == "***"
    assert f"{secret!r} {[secret]}" == "*** [***]"
    assert "%s" % secret == "***"  # noqa: UP031 - as logging does it


LEAKS: dict[str, Callable[[Any], object]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": pickle.dumps,
    "json": json.dumps,
    "vars": vars,
    "format": "{}".format,
    "f-string": lambda secret: f"{secret}",
    "sum": lambda secret: "Bearer " + secret,
}


@pytest.mark.parametrize("leak", LEAKS)
def test_a_secret_is_refused_by_whatever_would_write_it(leak: str) -> None:
    with pytest.raises(TypeError) as refusal:
        LEAKS[leak](Secret(SECRET))

    assert not re.search(SECRET, str(refusal.value))
