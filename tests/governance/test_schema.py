"""Arguments schemas: what may be saved, what arguments pass, what is filled in."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.arguments import JSON
from governance.schema import (
    ArgumentError,
    SchemaInvalid,
    compile_schema,
    destination_names,
    schema_problems,
)
from governance.schema.parameters import (
    always_given,
    declared,
    is_anchored,
    narrow_problem,
    write_only,
)


def an_object(**properties: Any) -> dict[str, Any]:
    """Return a closed object schema."""
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


COMMENT = {
    **an_object(
        repo={"type": "string", "pattern": "^[a-z0-9-]+$", "maxLength": 50},
        pull={"type": "integer", "minimum": 1},
        body={"type": "string", "maxLength": 10},
        labels={"type": "array", "items": {"enum": ["bug", 7]}, "uniqueItems": True},
        mail={"type": "string", "format": "email"},
    ),
    "required": ["repo", "pull"],
}


def test_a_plain_schema_has_no_problems() -> None:
    assert schema_problems(COMMENT) == []


def test_arguments_that_fit_have_no_errors() -> None:
    args: dict[str, JSON] = {"repo": "payments-api", "pull": 184, "body": "LGTM"}

    assert compile_schema(COMMENT).validate(args) == []


@pytest.mark.parametrize(
    ("change", "pointer", "message"),
    [
        ({"pull": "secret"}, "/pull", "has to be of type integer"),
        ({"pull": True}, "/pull", "has to be of type integer"),
        ({"pull": None}, "/pull", "has to be of type integer"),
        ({"pull": 0}, "/pull", "has to be at least 1"),
        ({"repo": "Secret"}, "/repo", "does not have the declared form"),
        ({"repo": "a/../b"}, "/repo", "does not have the declared form"),
        ({"repo": "a\n"}, "/repo", "does not have the declared form"),
        ({"body": "secret, secret"}, "/body", "may have at most 10 characters"),
        ({"labels": ["secret"]}, "/labels/0", "has to be one of the declared values"),
        ({"labels": ["bug", "bug"]}, "/labels", "has the same item twice"),
        ({"mail": "secret"}, "/mail", "is not a valid email"),
        ({"base_url": "secret"}, "/base_url", "is not a declared parameter"),
        ({"a/~b": "secret"}, "/a~1~0b", "is not a declared parameter"),
    ],
)
def test_an_error_names_pointer_and_rule_but_no_value(
    change: dict[str, JSON], pointer: str, message: str
) -> None:
    args: dict[str, JSON] = {"repo": "payments-api", "pull": 184, **change}

    errors = compile_schema(COMMENT).validate(args)

    assert errors == [ArgumentError(pointer, message)]


def test_a_missing_parameter_is_pointed_at() -> None:
    errors = compile_schema(COMMENT).validate({"repo": "web"})

    assert errors == [ArgumentError("/pull", "is required")]


def test_every_unknown_parameter_has_an_error_of_its_own() -> None:
    args: dict[str, JSON] = {"repo": "web", "pull": 1, "host": "x", "lane": "y"}

    errors = compile_schema(COMMENT).validate(args)

    assert [error.pointer for error in errors] == ["/host", "/lane"]


def test_there_are_never_more_than_20_errors() -> None:
    args: dict[str, JSON] = {f"unknown_{number}": 1 for number in range(500)}

    assert len(compile_schema(COMMENT).validate(args)) == 20


def test_a_pointer_does_not_carry_a_long_name_back() -> None:
    args: dict[str, JSON] = {"repo": "web", "pull": 1, "x" * 9000: 1}

    assert len(compile_schema(COMMENT).validate(args)[0].pointer) == 300


def test_a_rule_without_a_sentence_is_named() -> None:
    schema = an_object(when={"anyOf": [{"type": "integer"}, {"type": "null"}]})

    errors = compile_schema(schema).validate({"when": "secret"})

    assert errors == [ArgumentError("/when", "does not satisfy the rule anyOf")]


WITH_DEFAULTS = an_object(
    minutes={"type": "integer", "default": 30.0},
    tags={"type": "array", "items": {"type": "string"}, "default": []},
    options={
        **an_object(quiet={"type": "boolean", "default": False}),
        "default": {},
    },
    steps={"type": "array", "items": {"$ref": "#/$defs/step"}},
    note={"type": "string"},
) | {"$defs": {"step": an_object(times={"type": "integer", "default": 1})}}


@pytest.mark.parametrize(
    ("given_args", "filled"),
    [
        ({}, {"minutes": 30, "tags": [], "options": {"quiet": False}}),
        (
            {"minutes": 5, "tags": ["a"], "options": {"quiet": True}, "note": ""},
            {"minutes": 5, "tags": ["a"], "options": {"quiet": True}, "note": ""},
        ),
        (
            {"options": {}, "steps": [{}, {"times": 3}]},
            {
                "minutes": 30,
                "tags": [],
                "options": {"quiet": False},
                "steps": [{"times": 1}, {"times": 3}],
            },
        ),
    ],
)
def test_declared_defaults_are_filled_at_any_depth(
    given_args: dict[str, JSON], filled: dict[str, JSON]
) -> None:
    compiled = compile_schema(WITH_DEFAULTS)

    args = compiled.with_defaults(given_args)

    assert args == filled
    assert type(args["minutes"]) is int
    assert compiled.with_defaults(args) == args


def test_filled_defaults_are_not_shared_between_calls() -> None:
    compiled = compile_schema(WITH_DEFAULTS)
    first: Any = compiled.with_defaults({})

    first["tags"].append("mine")

    assert compiled.with_defaults({})["tags"] == []


def test_filling_defaults_leaves_the_given_arguments_alone() -> None:
    given_args: dict[str, JSON] = {"options": {}}

    compile_schema(WITH_DEFAULTS).with_defaults(given_args)

    assert given_args == {"options": {}}


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


@pytest.mark.parametrize(
    "reference",
    ["https://example.com/schema", "http://127.0.0.1/", "file:///etc/hosts"],
)
def test_compiling_follows_no_reference_to_the_outside(reference: str) -> None:
    # pytest-socket would end the test at the first socket.
    with pytest.raises(SchemaInvalid, match="points outside"):
        compile_schema(an_object(a={"$ref": reference}))


def test_a_catastrophic_pattern_takes_linear_time() -> None:
    compiled = compile_schema(an_object(a={"pattern": "^(a+)+$"}))

    assert compiled.validate({"a": "a" * 50_000 + "!"})


@pytest.mark.parametrize(
    "name",
    [
        *("base_url", "host", "url", "endpoint", "backend", "lane", "token", "tenant"),
        *("project_override", "baseUrl", "callback-url", "API_KEY", "x.host", "runAs"),
    ],
)
def test_a_name_that_sounds_like_a_destination_is_found(name: str) -> None:
    flat = an_object(**{name: {}})
    within = an_object(options={"items": an_object(**{name: {}})})

    assert destination_names(flat) == [name]
    assert destination_names(within) == [name]


@pytest.mark.parametrize(
    "name", ["repo", "pull", "body", "max_tokens", "ghost", "curl", "project", "keys"]
)
def test_a_plain_name_is_left_alone(name: str) -> None:
    assert destination_names(an_object(**{name: {}})) == []


def test_what_is_always_given_is_required_or_has_a_default() -> None:
    schema = {
        **an_object(a={}, b={"default": 1}, c={}, d={"$ref": "#/$defs/d"}),
        "required": ["a", "nowhere"],
        "$defs": {"d": {"default": 1}},
    }

    found = [name for name in "abcd" if always_given(schema, name)]

    assert found == ["a", "b", "d"]
    assert not always_given(schema, "nowhere")
    assert declared(schema, "nowhere") is None


def test_write_only_parameters_are_told() -> None:
    schema = an_object(a={"writeOnly": True}, b={})

    assert [write_only(schema, name) for name in "abc"] == [True, False, False]


@pytest.mark.parametrize(
    ("property_schema", "is_narrow"),
    [
        ({"type": "integer"}, True),
        ({"enum": ["a", 1]}, True),
        ({"const": "a"}, True),
        ({"type": "string", "maxLength": 20}, True),
        ({"type": "string", "pattern": "^a$"}, True),
        ({"type": "string"}, False),
        ({"type": "string", "pattern": "a"}, False),
        ({"type": "string", "pattern": "a", "maxLength": 20}, False),
        ({"type": "number"}, False),
        ({"type": "boolean"}, False),
        ({"type": ["string", "null"], "maxLength": 20}, False),
        ({"enum": ["a", True]}, False),
        ({"enum": ["a", None]}, False),
        ({"const": 1.5}, False),
        ({"type": "array"}, False),
        ({}, False),
    ],
)
def test_only_narrow_parameters_may_name_what_is_acted_on(
    property_schema: dict[str, Any], is_narrow: bool
) -> None:
    assert (narrow_problem(property_schema) == "") is is_narrow


@pytest.mark.parametrize(
    "pattern",
    ["^a$", "^(?:a|b)$", "^[a|b]+$", r"^a\|b$", r"^[\]|]$", "^(a|b)c$", r"^\\$"],
)
def test_a_pattern_of_the_whole_value_is_anchored(pattern: str) -> None:
    assert is_anchored(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        *("a", "^a", "a$", r"^a\$", "^a|b$", "^(?m)a$", "^a(?im)$", "^(?:a)|b$"),
        *("^[]|a]$", "^[^]|a]$", "^[a[]|x]$", "^(?s:a)$", r"^[\\]|a$", ""),
    ],
)
def test_a_pattern_that_is_open_at_an_end_is_not_anchored(pattern: str) -> None:
    assert not is_anchored(pattern)


@given(
    st.text(r"ab^$|()[]\?:*", max_size=8).map(lambda inner: f"^{inner}$"),
    st.text("ab|^$", max_size=4),
)
def test_what_an_anchored_pattern_accepts_it_accepts_as_a_whole(
    pattern: str, text: str
) -> None:
    try:
        found = is_anchored(pattern) and re.search(pattern, text) is not None
    except re.error:
        return

    assert not found or re.fullmatch(pattern, text)
