"""Arguments judged by a compiled schema, and the defaults that are filled in."""

from typing import Any

import pytest

from governance.arguments import JSON
from governance.schema import ArgumentError, SchemaInvalid, compile_schema
from tests.governance.schemas import an_object

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


def test_arguments_of_a_schema_without_defaults_stay_as_they_are() -> None:
    args: dict[str, JSON] = {"repo": "web", "pull": 1}

    assert compile_schema(COMMENT).with_defaults(args) == args


def test_filled_defaults_are_not_shared_between_calls() -> None:
    compiled = compile_schema(WITH_DEFAULTS)
    first: Any = compiled.with_defaults({})

    first["tags"].append("mine")

    assert compiled.with_defaults({})["tags"] == []


def test_filling_defaults_leaves_the_given_arguments_alone() -> None:
    given_args: dict[str, JSON] = {"options": {}}

    compile_schema(WITH_DEFAULTS).with_defaults(given_args)

    assert given_args == {"options": {}}


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


def test_a_schema_that_is_not_strict_json_does_not_compile() -> None:
    with pytest.raises(SchemaInvalid, match="not strict JSON"):
        compile_schema(an_object(a={"default": float("inf")}))
