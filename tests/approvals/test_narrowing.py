"""What an argument always was, and the schema that holds it to that."""

from typing import Any

import pytest

from approvals.narrowing import LEAST_SEEN, always, narrowed

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "repo": {"type": "string", "pattern": "^[a-z-]+$"},
        "pull": {"type": "integer"},
    },
    "required": ["repo", "pull"],
    "additionalProperties": False,
}


def seen(*values: Any, name: str = "repo") -> list[dict[str, Any]]:
    return [{name: values[n % len(values)]} for n in range(LEAST_SEEN)]


def with_(**repo: Any) -> dict[str, Any]:
    return {"properties": {"repo": {"type": "string", **repo}}}


def test_few_values_are_named_in_order() -> None:
    assert always(SCHEMA, ["repo"], seen("b", "a")) == {"repo": ["a", "b"]}


def test_whole_numbers_are_values_too() -> None:
    assert always(SCHEMA, ["pull"], seen(7, name="pull")) == {"pull": [7]}


@pytest.mark.parametrize(
    "args",
    [
        seen("a")[1:],
        seen(*(f"r{n}" for n in range(11))),
        seen("a", True),
        seen("a", None),
        [{}, *seen("a")],
    ],
    ids=["too few", "too many values", "bool", "null", "left out once"],
)
def test_what_is_no_habit_is_not_named(args: list[dict[str, Any]]) -> None:
    assert always(SCHEMA, ["repo"], args) == {}


@pytest.mark.parametrize(
    "schema",
    [
        with_(enum=["a", "b"]),
        with_(const="a"),
        with_(**{"$ref": "#/$defs/repo"}),
        with_(default="z"),
        {"properties": {"repo": True}},
        {"properties": {}},
    ],
)
def test_what_is_narrow_or_unlike_it_stays(schema: dict[str, Any]) -> None:
    assert always(schema, ["repo"], seen("a")) == {}


def test_a_default_among_the_values_stays_possible() -> None:
    assert always(with_(default="a"), ["repo"], seen("a")) == {"repo": ["a"]}


def test_the_narrowed_schema_changes_nothing_else() -> None:
    schema = narrowed(SCHEMA, {"repo": ["a", "b"]})

    repo = {"type": "string", "pattern": "^[a-z-]+$", "enum": ["a", "b"]}
    assert schema == {
        **SCHEMA,
        "properties": {"repo": repo, "pull": {"type": "integer"}},
    }
    assert "enum" not in SCHEMA["properties"]["repo"]
