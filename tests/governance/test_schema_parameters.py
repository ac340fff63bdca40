"""What a schema promises about one parameter, and what its name suggests."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.schema import destination_names
from governance.schema.parameters import (
    always_given,
    declared,
    is_anchored,
    narrow_problem,
    write_only,
)
from tests.governance.schemas import an_object


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


def test_what_leads_nowhere_declares_nothing() -> None:
    schema = {
        **an_object(a={"$ref": "#/$defs/a"}, b=True, c={"$ref": "elsewhere"}),
        "$defs": {"a": {"$ref": "#/$defs/a"}},
    }

    assert [declared(schema, name) for name in "abc"] == [{}, {}, {}]


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
