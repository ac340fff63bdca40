"""The strict JSON door, canonical bytes and digests."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from governance.arguments import (
    JSON,
    InvalidJson,
    args_digest,
    canonical,
    digest_text,
    parse_json,
    summary_digest,
)
from tests.governance.values import objects


@pytest.mark.parametrize(
    ("raw", "args"),
    [
        (b"{}", {}),
        (b' \t\r\n{"a" : [ ] }\n', {"a": []}),
        (b'{"a":1.0}', {"a": 1}),
        (b'{"a":1e0}', {"a": 1}),
        (b'{"a":100E-2}', {"a": 1}),
        (b'{"a":-0}', {"a": 0}),
        (b'{"a":-0.0}', {"a": 0}),
        (b'{"a":1e-400}', {"a": 0}),
        (b'{"a":0.5}', {"a": 0.5}),
        (b'{"a":9007199254740991}', {"a": 2**53 - 1}),
        (b'{"a":-9007199254740991}', {"a": 1 - 2**53}),
        (b'{"a":"\\ud83d\\ude00"}', {"a": "\U0001f600"}),
        (b'{"a":"\\\\u0000"}', {"a": "\\u0000"}),
        (b'{"a":"\\\\ud800"}', {"a": "\\ud800"}),
        (b'{"a":"[[[{{{"}', {"a": "[[[{{{"}),
        (b'{"a":"\\"[[["}', {"a": '"[[['}),
        ('{"\ufeff":"é"}'.encode(), {"\ufeff": "é"}),
    ],
)
def test_json_is_taken_at_its_word(raw: bytes, args: dict[str, JSON]) -> None:
    parsed = parse_json(raw)

    assert parsed == args
    assert [type(each) for each in parsed.values()] == [
        type(each) for each in args.values()
    ]


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"{} {}", "not JSON"),
        (b"{'a':1}", "not JSON"),
        (b'{"a":1,}', "not JSON"),
        (b'{"a":01}', "not JSON"),
        (b'{"a":+1}', "not JSON"),
        (b'{"a":.5}', "not JSON"),
        (b'{"a":"\n"}', "not JSON"),
        (b'{"a":"\x00"}', "not JSON"),
        (b'{"a":"\\x41"}', "not JSON"),
        (b'{"a":/**/1}', "not JSON"),
        (b"[]", "has to be an object"),
        (b"1", "has to be an object"),
        (b"null", "has to be an object"),
        (b'{"a":1,"a":1}', "two members of the same name"),
        (b'{"a":1,"\\u0061":2}', "two members of the same name"),
        (b'{"a":{"b":[{"c":1,"c":1}]}}', "two members of the same name"),
        (b'{"a":NaN}', "NaN and infinity"),
        (b'{"a":Infinity}', "NaN and infinity"),
        (b'{"a":-Infinity}', "NaN and infinity"),
        (b'{"a":1e400}', "too large"),
        (b'{"a":-1e400}', "too large"),
        (b'{"a":9007199254740992}', "beyond 2^53-1"),
        (b'{"a":-9007199254740992}', "beyond 2^53-1"),
        (b'{"a":9007199254740992.0}', "beyond 2^53-1"),
        (b'{"a":1e300}', "beyond 2^53-1"),
        (b'{"a":12345678901234567}', "more than 16 digits"),
        (b'{"a":' + b"9" * 5000 + b"}", "more than 16 digits"),
        (b'{"a":"\\u0000"}', "NUL"),
        (b'{"\\u0000":1}', "NUL"),
        (b'{"a":"\\\\\\u0000"}', "NUL"),
        (b'{"a":"\\ud800"}', "surrogate"),
        (b'{"a":"\\ude00\\ud83d"}', "surrogate"),
        (b'{"\\udfff":1}', "surrogate"),
        (b'{"a":["\\ud83d\\u0041"]}', "surrogate"),
        (b'\xef\xbb\xbf{"a":1}', "byte order mark"),
        (b'{"a":"\xff"}', "not UTF-8"),
        (b'{"a":"\xc0\x80"}', "not UTF-8"),
        (b'{"a":"\xed\xa0\x80"}', "not UTF-8"),
        ('{"a":1}'.encode("utf-16"), "not UTF-8"),
        ('{"a":1}'.encode("utf-16-le"), "not JSON"),
    ],
)
def test_what_is_not_strict_json_is_refused(raw: bytes, message: str) -> None:
    with pytest.raises(InvalidJson) as refused:
        parse_json(raw)

    assert message in refused.value.message


def nested(depth: int) -> bytes:
    """Return an object that holds lists, ``depth`` levels together."""
    return b'{"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


def wide(nodes: int) -> bytes:
    """Return an object of ``nodes`` values and names together."""
    return b'{"a":[' + b",".join([b'"]"'] * (nodes - 3)) + b"]}"


def test_depth_is_bounded_to_32_levels() -> None:
    assert parse_json(nested(32))

    with pytest.raises(InvalidJson, match="deeper than 32 levels"):
        parse_json(nested(33))


def test_brackets_that_close_first_do_not_hide_depth() -> None:
    raw = b'{"a":1}' + b"]" * 100 + b"[" * 100

    with pytest.raises(InvalidJson, match="not JSON"):
        parse_json(raw)


def test_nodes_are_bounded_to_20_000() -> None:
    assert len(parse_json(wide(20_000))) == 1

    with pytest.raises(InvalidJson, match="more than 20000"):
        parse_json(wide(20_001))


def test_empty_containers_count_as_one_node_each() -> None:
    raw = b'{"a":[' + b",".join([b"{ }"] * 19_997) + b"]}"

    assert parse_json(raw)


def test_length_is_bounded_before_anything_is_read() -> None:
    raw = b'{"a":"' + b"\xff" * 20 + b'"}'

    with pytest.raises(InvalidJson, match="longer than 20 bytes"):
        parse_json(raw, max_bytes=20)


def test_a_refusal_does_not_repeat_what_was_sent() -> None:
    with pytest.raises(InvalidJson) as refused:
        parse_json(b'{"password":"secret"')

    assert "secret" not in str(refused.value)
    assert "password" not in str(refused.value)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode()))
@example(b"[" * 200)
@example(b'{"a":' * 40)
def test_bytes_are_parsed_or_refused_but_never_fail(raw: bytes) -> None:
    try:
        parsed = parse_json(raw)
    except InvalidJson:
        return

    assert isinstance(parsed, dict)


@given(objects)
def test_accepted_values_keep_their_digest_when_written_and_read_again(
    args: dict[str, JSON],
) -> None:
    parsed = parse_json(json.dumps(args).encode())

    again = parse_json(canonical(parsed))

    assert again == parsed
    assert canonical(again) == canonical(parsed)


@given(objects, st.randoms(use_true_random=False), st.integers(0, 3))
def test_order_white_space_escapes_and_floats_do_not_change_the_digest(
    args: dict[str, JSON], random: Any, indent: int
) -> None:
    plain = parse_json(json.dumps(args, ensure_ascii=False).encode())
    disguised = json.dumps(shuffled(args, random), indent=indent).encode()

    digest = args_digest(canonical(parse_json(disguised)))

    assert digest == args_digest(canonical(plain))


def shuffled(value: Any, random: Any) -> Any:
    """Return the same value with its members in another order and ``1`` as ``1.0``."""
    if isinstance(value, dict):
        members = list(value.items())
        random.shuffle(members)
        return {name: shuffled(each, random) for name, each in members}
    if isinstance(value, list):
        return [shuffled(each, random) for each in value]
    if type(value) is int:
        return float(value)
    return value


def test_digests_are_separated_by_what_they_are_of() -> None:
    text = '{"pull":184}'

    assert digest_text(args_digest(text.encode())) == (
        "sha256:c4f747224934d96e54f5263c16dfb5aab155a7bac2598fc6fc8aafc3cfe8903f"
    )
    assert args_digest(text.encode()) != summary_digest(text)


def test_a_changed_character_changes_the_digest() -> None:
    composed, decomposed = "caf\u00e9", "cafe\u0301"

    assert summary_digest(composed) != summary_digest(decomposed)
    assert args_digest(canonical(composed)) != args_digest(canonical(decomposed))
