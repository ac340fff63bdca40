"""Every argument has a row, and what is folded is counted and can be unfolded."""

import base64
import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.display import Kind, Row, Run, original, rows, table

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
    ),
)
OBJECTS = st.dictionaries(st.text(), JSON, max_size=4)
ENCODED = base64.b64encode(b"delete the production database at noon, " * 8).decode()


def row(
    value: object, schema: dict[str, Any] | None = None, *, full: bool = False
) -> Row:
    [found] = rows({"a": value}, {"properties": {"a": schema or {}}}, full=full)  # type: ignore[dict-item]  # a table of JSON values
    return found


def words(found: Row) -> str:
    return "".join(run.text for run in found.shown.head)


@pytest.mark.parametrize(
    ("value", "type_", "length", "shown"),
    [
        ("184", "text", 3, "184"),
        (184, "whole number", None, "184"),
        (-1, "whole number", None, "-1"),
        (1.5, "number", None, "1.5"),
        (1e21, "number", None, "1e+21"),
        (True, "true or false", None, "true"),
        ("true", "text", 4, "true"),
        (None, "nothing", None, "null"),
        ("", "text", 0, "empty text"),
        ([], "list", None, "empty list"),
        ({}, "object", None, "empty object"),
        ("a\u202eb", "text", 3, "a⟦U+202E⟧b"),
    ],
)
def test_a_row_has_type_length_and_value(
    value: object, type_: str, length: int | None, shown: str
) -> None:
    found = row(value)

    assert (found.type, found.length, words(found)) == (type_, length, shown)
    assert found.pointer == "/a"


def test_the_words_empty_text_are_not_empty_text() -> None:
    assert row("").shown.head == (Run(Kind.NOTE, "empty text"),)
    assert row("empty text").shown.head == (Run(Kind.TEXT, "empty text"),)


def test_rows_stand_in_the_order_of_the_arguments_with_their_pointers() -> None:
    args: dict[str, Any] = {"a/b": {"~": [1, {"": 2}]}, "\u202e": 3}

    found = rows(args, {})

    assert [each.pointer for each in found] == ["/a~1b/~0/0", "/a~1b/~0/1/", "/\u202e"]
    assert original(found[0].name) == "/a~1b/~0/0"
    assert found[2].name[1] == Run(Kind.ESCAPE, "⟦U+202E⟧")


def test_no_arguments_make_no_rows() -> None:
    assert rows({}, {}) == []


@given(OBJECTS, OBJECTS)
def test_two_different_argument_objects_never_look_the_same(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    def seen(args: dict[str, Any]) -> set[object]:
        return {
            (each.pointer, each.type, each.length, each.shown)
            for each in rows(args, {}, full=True)
        }

    assert (seen(one) == seen(other)) is (one == other and repr_of(one, other))


def repr_of(one: object, other: object) -> bool:
    """Tell 1 from True, which Python calls equal."""
    return _sorted(one) == _sorted(other)


def _sorted(value: object) -> str:
    if isinstance(value, dict):
        return repr(sorted((name, _sorted(each)) for name, each in value.items()))
    return repr([_sorted(each) for each in value] if isinstance(value, list) else value)


def test_a_default_is_said_to_be_added_by_us_with_all_below_it() -> None:
    args: dict[str, Any] = {"a": 1, "ab": 2, "b": {"c": 3}}

    found = rows(args, {}, {"/a", "/b"})

    assert [each.added for each in found] == [True, False, True]


@pytest.mark.parametrize(
    "schema",
    [
        {"writeOnly": True},
        {"$ref": "#/$defs/secret"},
        {"anyOf": [{}, {"writeOnly": True}]},
        {"allOf": [{"$ref": "#/$defs/secret"}]},
        {"if": {}, "then": {"writeOnly": True}},
    ],
)
def test_a_write_only_property_is_marked_wherever_it_is_declared(
    schema: dict[str, Any],
) -> None:
    root = {"properties": {"a": schema}, "$defs": {"secret": {"writeOnly": True}}}

    assert rows({"a": "x"}, root)[0].write_only


def test_a_write_only_item_of_a_list_is_marked() -> None:
    schema = {"properties": {"a": {"prefixItems": [{}], "items": {"writeOnly": True}}}}

    assert rows({"a": ["x"]}, schema)[0].write_only
    assert not rows({"b": ["x"]}, schema)[0].write_only


def test_a_reference_to_itself_ends() -> None:
    schema = {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}

    assert len(rows({"a": {"b": 1}}, schema)) == 1


def test_encoded_text_is_shown_both_ways() -> None:
    found = row(ENCODED)

    assert words(found) == ENCODED
    assert found.decoded is not None
    assert (
        original(found.decoded.head) == "delete the production database at noon, " * 8
    )


@pytest.mark.parametrize("value", ["a" * 1_000, "\n".join("a" * 20), "b\n" * 19])
def test_a_value_at_the_bounds_is_not_folded(value: str) -> None:
    assert row(value).shown.fold is None


def test_a_long_value_is_folded_in_the_middle() -> None:
    value = "a" * 400 + "b" * 300 + "\n" + "c" * 300 + "d" * 200

    found = row(value)

    assert words(found) == "a" * 400
    assert found.shown.tail == (Run(Kind.TEXT, "d" * 200),)
    assert found.is_folded
    assert found.shown.fold is not None
    assert found.shown.fold.bar == "601 more characters, 2 lines"
    assert found.shown.fold.length == found.length == 1_201
    assert found.shown.fold.sha256 == hashlib.sha256(value.encode()).hexdigest()


def test_a_value_of_many_short_lines_is_folded_though_it_is_short() -> None:
    found = row("\n".join(f"line {number}" for number in range(40)))

    assert words(found).startswith("line 0⏎\nline 1⏎\n")
    assert found.shown.tail[-1] == Run(Kind.TEXT, "line 39")
    assert found.is_folded


@given(st.text(max_size=30).map(lambda text: text * 60) | st.text(min_size=990))
def test_a_fold_loses_no_character_and_counts_them_all(value: str) -> None:
    shown = row(value).shown

    head, tail = original(shown.head), original(shown.tail)

    if shown.fold is not None:
        assert value.startswith(head)
        assert value.endswith(tail)
        assert len(head) + shown.fold.characters + len(tail) == len(value)
        assert shown.fold.characters > 0


def test_a_long_decoded_text_is_folded_too() -> None:
    encoded = base64.b64encode(b"all of this is text " * 60).decode()

    found = row(encoded)

    assert found.decoded is not None
    assert found.decoded.fold is not None


def test_the_full_view_shows_every_character() -> None:
    value = "x\n" * 5_000

    found = row(value, full=True)

    assert original(found.shown.head) == value
    assert not found.is_folded


@pytest.mark.parametrize(
    ("count", "full", "shown", "more"),
    [
        (40, False, 40, 0),
        (41, False, 40, 1),
        (500, False, 40, 460),
        (500, True, 500, 0),
    ],
)
def test_a_table_folds_after_its_fortieth_row(
    count: int, *, full: bool, shown: int, more: int
) -> None:
    found = table({"a": [1] * count}, {}, full=full)

    assert (len(found.rows), found.more) == (shown, more)
    assert found.is_folded is (more > 0)


def test_a_table_with_one_folded_value_is_folded() -> None:
    args: dict[str, Any] = {"a": "short", "b": "x" * 1_001}

    assert table(args, {}).is_folded
    assert not table(args, {}, full=True).is_folded
