"""One renderer: literal text, named places, a single pass."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.arguments import JSON
from governance.template import Template, TemplateInvalid, absence_problems, text_of

SCHEMA = {
    "type": "object",
    "properties": {"repo": {}, "pull": {"default": 1}, "note": {}},
    "required": ["repo"],
}


def test_a_template_is_literals_with_names_between() -> None:
    template = Template.parse("repo:{repo}/pull:{pull}")

    assert template.literals == ("repo:", "/pull:", "")
    assert template.names == ("repo", "pull")


@pytest.mark.parametrize(
    ("text", "whole"),
    [("{repo}", "repo"), ("{repo} ", None), ("{a}{b}", None), ("repo", None)],
)
def test_a_lone_placeholder_is_told(text: str, whole: str | None) -> None:
    assert Template.parse(text).whole == whole


@pytest.mark.parametrize(
    "text",
    [
        *("{", "}", "{}", "{repo", "repo}", "{{repo}}", "{Repo}", "{1}", "{_a}"),
        *("{repo.name}", "{repo[0]}", "{repo!r}", "{repo:>9}", "{ repo }", "{r-p}"),
        "{rep\u043e}",
    ],
)
def test_braces_are_for_placeholders_only(text: str) -> None:
    with pytest.raises(TemplateInvalid, match="brace stands alone"):
        Template.parse(text)


def test_templates_are_bounded() -> None:
    assert Template.parse("x" * 1000).names == ()
    assert len(Template.parse("{a}:" * 16).names) == 16

    with pytest.raises(TemplateInvalid, match="longer than 1000"):
        Template.parse("x" * 1001)
    with pytest.raises(TemplateInvalid, match="more than 16"):
        Template.parse("{a}:" * 17)


@given(st.text(), st.text())
def test_a_value_that_looks_like_a_placeholder_stays_what_it_is(
    first: str, second: str
) -> None:
    template = Template.parse("<{a}|{b}|{a}>")

    rendered = template.render({"a": first + "{b}", "b": second + "{a}"})

    assert rendered == f"<{first}{{b}}|{second}{{a}}|{first}{{b}}>"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a b", "a b"),
        (7, "7"),
        (True, "true"),
        (None, "null"),
        (0.5, "0.5"),
        ({"b": 1, "a": ["é"]}, '{"a":["é"],"b":1}'),
    ],
)
def test_an_argument_has_one_text_form(value: JSON, text: str) -> None:
    assert text_of(value) == text


def test_placeholders_that_may_stay_empty_are_named() -> None:
    problems = list(absence_problems(["repo", "pull", "note", "x", "x"], SCHEMA))

    assert problems == [
        "{note} has to be a required parameter, or one with a default.",
        "{x} is not a parameter that the schema declares.",
    ]
