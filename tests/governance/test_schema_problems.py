"""What has to be changed before an arguments schema can be saved."""

from typing import Any

import pytest

from governance.schema import schema_problems
from tests.governance.schemas import an_object


def bomb(levels: int) -> dict[str, Any]:
    """Return definitions of which each names the next one twice."""
    twice = {
        f"a{level}": {"allOf": [{"$ref": f"#/$defs/a{level + 1}"}] * 10}
        for level in range(levels)
    }
    return {**twice, f"a{levels}": {"type": "string"}}


def deep(levels: int) -> dict[str, Any]:
    """Return a schema whose JSON is ``levels`` deep."""
    schema: dict[str, Any] = {}
    for _level in range(levels - 3):
        schema = {"not": schema}
    return an_object(a=schema)


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        ([], "has to be a JSON object"),
        (True, "has to be a JSON object"),
        ({}, '"type": "object"'),
        ({"type": "object"}, '"additionalProperties": false'),
        ({**an_object(), "additionalProperties": {}}, '"additionalProperties": false'),
        ({**an_object(), "patternProperties": {".": {}}}, "without `patternProp"),
        ({**an_object(), "$schema": "http://json-schema.org/schema#"}, "`$schema`"),
        (an_object(a={"$id": "https://example.com"}), "`$id` at /properties/a"),
        (an_object(a={"$dynamicRef": "#a"}), "`$dynamicRef` at"),
        (an_object(a={"$ref": "https://example.com/x"}), "`$ref` at /properties/a"),
        (an_object(a={"$ref": "file:///etc/passwd"}), "`$ref` at /properties/a"),
        (an_object(a={"$ref": "#/$defs/none"}), "`$ref` at /properties/a"),
        (an_object(a={"$ref": "#"}), "`$ref` at /properties/a"),
        (an_object(a={"$ref": 7}), "`$ref` at /properties/a"),
        (deep(17), "deeper than 16 levels"),
        (deep(2000), "deeper than 16 levels"),
        (an_object(a={"description": "x" * 65_536}), "at most 64 KiB"),
        (an_object(a={"default": float("nan")}), "not strict JSON"),
        (an_object(**{f"p{n}": {} for n in range(501)}), "more than 500 properties"),
        (an_object(a={"pattern": "a" * 257}), "longer than 256 characters"),
        (an_object(a={"patternProperties": {"a" * 257: {}}}), "longer than 256"),
        (an_object(a={"type": "strin"}), "see /properties/a/type"),
        (an_object(a={"type": "string", "format": "odd"}), "/a/format is not known"),
        (an_object(a={"pattern": "("}), "pattern at /properties/a/pattern"),
        (an_object(a={"pattern": "(?=a)b"}), "without look-around"),
        (an_object(a={"pattern": r"(a+)+\1"}), "without look-around"),
        (an_object(a={"pattern": "(a{1000}){1000}"}), "pattern at"),
        (an_object(a={"type": "integer", "default": "x"}), "default at /properties/a"),
        (
            an_object(a={**an_object(b={"type": "integer", "default": None})}),
            "default at /properties/a/properties/b",
        ),
        (an_object() | {"$defs": {"a": {"$ref": "#/$defs/a"}}}, "back to itself"),
        (
            an_object(a={"$ref": "#/$defs/a"})
            | {"$defs": {"a": an_object(b={"$ref": "#/$defs/a"})}},
            "back to itself",
        ),
        (an_object() | {"$defs": bomb(5)}, "over 5000 parts"),
        (an_object() | {"$defs": bomb(40)}, "back to itself, or on too often"),
    ],
)
def test_a_schema_that_cannot_be_saved_says_what_to_change(
    schema: Any, problem: str
) -> None:
    problems = schema_problems(schema)

    assert any(problem in each for each in problems)


@pytest.mark.parametrize(
    "schema",
    [
        deep(16),
        an_object(**{f"p{n}": {} for n in range(500)}),
        an_object(a={"pattern": "a" * 256}),
        an_object(a={"enum": ["$ref"]}, b={"const": {"$ref": "x"}}),
        an_object(a={"$ref": "#/$defs/a"}) | {"$defs": {"a": {"type": "integer"}}},
        an_object(a={"$ref": "#/$defs/a", "default": 3})
        | {"$defs": {"a": {"type": "integer"}}},
        {**an_object(), "$schema": "https://json-schema.org/draft/2020-12/schema"},
        an_object(a={"pattern": "^(a+)+$"}),
    ],
)
def test_a_schema_at_the_bounds_can_be_saved(schema: Any) -> None:
    assert schema_problems(schema) == []
