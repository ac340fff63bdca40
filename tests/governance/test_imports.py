"""What imports share: names, differences, what is hidden in a text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.imports import (
    argument_name,
    differing_pointers,
    hidden_text,
    tool_name,
)
from governance.refusals.tools import tool_problems


@given(st.text(max_size=80), st.text(max_size=80))
def test_every_name_becomes_one_that_a_tool_may_have(backend: str, name: str) -> None:
    tool = tool_name(backend, name, is_taken=lambda _name: False)

    assert tool_problems(tool, others=[]) == []


def test_a_taken_name_is_made_unique_always_the_same_way() -> None:
    taken = {"pets.show"}

    first = tool_name("pets", "show", is_taken=taken.__contains__)
    second = tool_name("pets", "show", is_taken={*taken, first}.__contains__)

    assert re.fullmatch(r"pets\.show_[0-9a-f]{4}", first)
    assert first == tool_name("pets", "show", is_taken=taken.__contains__)
    assert second not in {*taken, first}


@pytest.mark.parametrize(
    ("name", "argument"),
    [
        ("petId", "pet_id"),
        ("page[size]", "page_size"),
        ("X-Request-ID", "x_request_id"),
        ("HTTPServer", "http_server"),
        ("2fa", "a_2fa"),
        ("é", "a_"),
    ],
)
def test_arguments_are_named_as_placeholders_can_write_them(
    name: str, argument: str
) -> None:
    assert argument_name(name) == argument


@pytest.mark.parametrize(
    ("before", "after", "pointers"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, ["/a"]),
        ({"a": 1}, {"a": True}, ["/a"]),
        ({"a": {"b/c": [1, 2]}}, {"a": {"b/c": [1, 3, 4]}}, ["/a/b~1c/1", "/a/b~1c/2"]),
        ({"a": 1}, {"b": 1}, ["/a", "/b"]),
        ({}, [], ["/"]),
    ],
)
def test_differences_are_told_by_their_place(
    before: object, after: object, pointers: list[str]
) -> None:
    assert differing_pointers(before, after) == pointers


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("Plain text.\nTwo lines\tand a tab, é", False),
        ("turned \u202e round", True),
        ("zero\u200bwidth", True),
        ("tag \U000e0041", True),
        ("bell \a", True),
    ],
)
def test_hidden_characters_are_found(text: str, hidden: bool) -> None:
    assert hidden_text(text) is hidden
