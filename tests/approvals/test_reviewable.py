"""Nobody is asked to approve what nobody can read."""
# ruff: noqa: RUF001 - letters of other scripts

import base64
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.display import Unreviewable, reviewable

BLOB = random.Random(7).randbytes(300)  # noqa: S311 - noise, not a key
BASE64 = base64.b64encode(BLOB).decode()
TEXT = "delete the production database at noon, " * 8


def complaints(
    value: object, schema: dict[str, Any] | None = None
) -> list[Unreviewable]:
    return reviewable({"a": value}, {"properties": {"a": schema or {}}})  # type: ignore[dict-item]  # a table of JSON values


@pytest.mark.parametrize(
    "value",
    [
        BASE64,
        BASE64.rstrip("="),
        f" {BASE64}\n",
        base64.urlsafe_b64encode(BLOB).decode(),
        base64.encodebytes(BLOB).decode(),
        "\r\n".join(BASE64[at : at + 64] for at in range(0, len(BASE64), 64)),
        BLOB.hex(),
        BLOB.hex().upper(),
        base64.b64encode(bytes(range(1, 128)) * 2).decode(),
    ],
)
def test_encoded_data_that_is_no_text_is_refused(value: str) -> None:
    [complaint] = complaints(value)

    assert complaint.pointer == "/a"
    assert "send it as plain text" in complaint.why


def test_data_encoded_twice_is_refused() -> None:
    once = base64.b64encode(TEXT.encode()).decode()
    twice = base64.b64encode(once.encode()).decode()

    assert complaints(once) == []
    assert "more than once" in complaints(twice)[0].why


@pytest.mark.parametrize(
    "value",
    [
        "",
        TEXT,
        base64.b64encode(TEXT.encode()).decode(),
        TEXT.encode().hex(),
        BASE64[:255],
        "abcdefghijk" * 30,
        "A" * 300,
        "see " + BASE64,
        "\n".join(["payments", "billing", "search", "frontend"] * 30),
        " ".join(["payments", "billing", "search", "frontend"] * 30),
        BASE64[:297],
        184,
        None,
        [],
        {"b": [1, {"c": True}]},
    ],
)
def test_what_can_be_read_is_not_refused(value: object) -> None:
    assert complaints(value) == []


@pytest.mark.parametrize(
    ("schema", "refused"),
    [
        ({"contentEncoding": "base64"}, True),
        ({"contentMediaType": "image/png"}, True),
        ({"contentMediaType": "application/octet-stream"}, True),
        ({"anyOf": [{"contentMediaType": "image/png"}, {}]}, True),
        ({"contentMediaType": "text/plain; charset=utf-8"}, False),
        ({"contentMediaType": "Text/Markdown"}, False),
        ({"contentMediaType": "application/json"}, False),
        ({"contentMediaType": "application/vnd.api+json"}, False),
        ({"contentMediaType": "application/json-but-not"}, True),
        ({"not": {"contentEncoding": "base64"}}, False),
    ],
)
def test_declared_content_that_is_not_text_is_refused(
    schema: dict[str, Any], *, refused: bool
) -> None:
    assert bool(complaints("x", schema)) is refused
    assert complaints(1, schema) == []


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\U000e0041", "\x1b", "\u3164"])
def test_more_than_two_hundred_escapes_are_refused(hidden: str) -> None:
    assert complaints("a" + hidden * 200) == []
    assert "invisible" in complaints("a" + hidden * 201)[0].why


@pytest.mark.parametrize("hidden", ["\u200d", "\u200c"])
@pytest.mark.parametrize("around", [("", ""), ("a", "b"), ("а", "б"), ("日", "本")])
def test_joiners_that_join_nothing_are_counted(
    hidden: str, around: tuple[str, str]
) -> None:
    assert complaints(hidden.join(around) * 201)


@pytest.mark.parametrize(
    "text", ["می\u200cخواهم ", "क्\u200dष", "👩\u200d💻", "👩🏽\u200d🚀"]
)
def test_joiners_that_words_and_emoji_need_are_not_counted(text: str) -> None:
    assert complaints(text * 300) == []


def test_breaks_and_tabs_are_no_escapes() -> None:
    assert complaints("a\tb\n" * 300) == []


def test_escapes_in_decoded_text_are_counted_too() -> None:
    hidden = base64.b64encode(("text " * 30 + "\u202e" * 201).encode()).decode()

    assert "invisible" in complaints(hidden)[0].why


@pytest.mark.parametrize("name", [BASE64, "\u202e" * 201])
def test_a_name_that_cannot_be_read_is_refused(name: str) -> None:
    [complaint] = reviewable({"a": {name: 1}}, {})

    assert complaint.pointer == "/a/" + name.replace("/", "~1")


def test_one_long_name_over_very_many_values_is_refused() -> None:
    [complaint] = reviewable({"a b" * 40_000: [0] * 15_000}, {})

    assert complaint == Unreviewable("", "The names are too long to be shown.")


def test_every_value_is_judged() -> None:
    args: dict[str, Any] = {"a": "fine", "b": [BASE64, "fine", {"c": BLOB.hex()}]}

    assert [each.pointer for each in reviewable(args, {})] == ["/b/0", "/b/2/c"]


@given(st.text(min_size=256))
def test_no_text_is_an_error(text: str) -> None:
    assert len(complaints(text)) <= 1
