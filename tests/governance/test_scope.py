"""Scope, summary and the patterns that a toolset grants."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.arguments import JSON
from governance.scope import (
    ScopeInvalid,
    matches,
    pattern_problems,
    render_scope,
    render_summary,
    scope_template_problems,
    summary_template_problems,
)

PULL = "repo:{repo}/pull:{pull}"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "repo": {"type": "string", "pattern": "^[a-z-]+$"},
        "pull": {"type": "integer"},
        "body": {"type": "string"},
        "note": {"type": "string", "maxLength": 9},
        "key": {"type": "string", "maxLength": 9, "writeOnly": True},
        "minutes": {"$ref": "#/$defs/minutes", "default": 5},
    },
    "required": ["repo", "pull", "body", "key"],
    "additionalProperties": False,
    "$defs": {"minutes": {"enum": [5, 30]}},
}


def test_a_scope_is_rendered_from_the_arguments() -> None:
    args: dict[str, JSON] = {"repo": "payments-api", "pull": 184, "body": "LGTM"}

    assert render_scope(PULL, args) == "repo:payments-api/pull:184"


@pytest.mark.parametrize("value", ["A-z._~0", "x" * 200, 0, -7, 2**53 - 1])
def test_unreserved_characters_may_stand_in_a_scope(value: JSON) -> None:
    assert render_scope("a:{a}", {"a": value}) == f"a:{value}"


@pytest.mark.parametrize(
    "value",
    [
        *("", "a:b", "a/b", "a b", "a\n", "\na", "a\u0430", "\uff21", "é", "%2f"),
        *("x" * 201, "a*", "{pull}", "a\x00", "a\\b", "a?b", "a#b", "a;b", "a\u200b"),
        *(True, False, None, 1.5, ["a"], {"a": 1}),
    ],
)
def test_nothing_else_may(value: JSON) -> None:
    with pytest.raises(ScopeInvalid) as refused:
        render_scope("a:{a}", {"a": value})

    assert refused.value.message.startswith("`a` has to be ")


def test_an_argument_that_is_missing_is_named() -> None:
    with pytest.raises(ScopeInvalid, match="`pull` is missing"):
        render_scope(PULL, {"repo": "web"})


def test_a_scope_is_at_most_512_characters() -> None:
    template = "a:{a}/b:{b}/c:{c}"
    longest: dict[str, JSON] = {"a": "x" * 200, "b": "x" * 200, "c": "x" * 104}

    assert len(render_scope(template, longest)) == 512

    with pytest.raises(ScopeInvalid, match="1 to 512"):
        render_scope(template, {**longest, "c": "x" * 105})


names = st.text("ab-.~", min_size=1, max_size=3)


@given(names, names, names, names)
def test_two_different_actions_never_read_the_same(
    first: str, second: str, other_first: str, other_second: str
) -> None:
    one = render_scope(PULL, {"repo": first, "pull": second})
    other = render_scope(PULL, {"repo": other_first, "pull": other_second})

    assert (one == other) is ((first, second) == (other_first, other_second))


def test_a_summary_is_rendered_raw() -> None:
    template = "Comment on #{pull} of {repo}: {body} {labels}"
    args: dict[str, JSON] = {
        "repo": "web",
        "pull": 7,
        "body": "{pull} <b>\u202e",
        "labels": ["bug", None],
    }

    summary = render_summary(template, args)

    assert summary == 'Comment on #7 of web: {pull} <b>\u202e ["bug",null]'


def test_a_summary_needs_its_arguments() -> None:
    with pytest.raises(ScopeInvalid, match="`pull` is missing"):
        render_summary("#{pull}", {})


@pytest.mark.parametrize(
    "template", [PULL, "service:all", "m:{minutes}/r:{repo}", "{repo}:{pull}"]
)
def test_a_good_scope_template_has_no_problems(template: str) -> None:
    assert scope_template_problems(template, SCHEMA) == []


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("", "A scope is needed"),
        ("repo:{repo", "brace stands alone"),
        ("repo {repo}", "is written with letters"),
        ("repo:*", "is written with letters"),
        ("{repo}-{pull}", "Two placeholders need a character"),
        ("{repo}{pull}", "Two placeholders need a character"),
        ("{repo}:x:{pull}x{minutes}", "Two placeholders need a character"),
        ("{nowhere}", "{nowhere} is not a parameter that the schema declares"),
        ("{note}", "{note} has to be a required parameter"),
        ("{body}", "{body} may not stand in a scope: its string needs"),
        ("{key}", "{key} is `writeOnly`"),
        ("x" * 1001, "longer than 1000"),
    ],
)
def test_a_scope_template_says_what_to_change(template: str, problem: str) -> None:
    problems = scope_template_problems(template, SCHEMA)

    assert len(problems) == 1
    assert problem in problems[0]


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("", "A summary is a sentence"),
        ("{repo} {body}", "A summary is a sentence"),
        ("Line\nbreak", "one line of visible characters"),
        ("Right\u202eto left", "one line of visible characters"),
        ("Do {", "brace stands alone"),
        ("Do {nowhere}", "{nowhere} is not a parameter"),
        ("Do {note}", "{note} has to be a required parameter"),
        ("Do {key}", "{key} is `writeOnly`"),
    ],
)
def test_a_summary_template_says_what_to_change(template: str, problem: str) -> None:
    problems = summary_template_problems(template, SCHEMA)

    assert len(problems) == 1
    assert problem in problems[0]


def test_a_good_summary_template_has_no_problems() -> None:
    assert summary_template_problems("Say {body} on #{pull}", SCHEMA) == []


@pytest.mark.parametrize(
    ("pattern", "scope", "covers"),
    [
        ("repo:payments-api/pull:184", "repo:payments-api/pull:184", True),
        ("repo:payments-api/pull:184", "repo:payments-api/pull:1840", False),
        ("repo:payments-*/pull:*", "repo:payments-api/pull:184", True),
        ("repo:payments-*/pull:*", "repo:payments-/pull:184", True),
        ("repo:payments-*/pull:*", "repo:web/pull:184", False),
        ("repo:*", "repo:payments-api", True),
        ("repo:*", "repo:payments-api/pull:184", False),
        ("*", "repo", True),
        ("*", "repo:a", False),
        ("*:*", "repo:a", True),
        ("repo:*", "xrepo:a", False),
        ("repo.a", "repoxa", False),
        ("repo:a", "REPO:a", False),
        ("repo:a", "repo:a\n", False),
        ("a*b*c", "aXbYbZc", True),
        ("a*b*c", "aXbYc/c", False),
        ("**", "ab", True),
        ("", "", True),
        ("", "a", False),
    ],
)
def test_a_star_stays_within_one_segment(
    pattern: str, scope: str, covers: bool
) -> None:
    assert matches(pattern, scope) is covers


@given(st.text("ab*:/", max_size=8), st.text("ab:/", max_size=8))
def test_patterns_match_as_the_simplest_expression_does(
    pattern: str, scope: str
) -> None:
    simplest = re.escape(pattern).replace(r"\*", "[^:/]*")

    assert matches(pattern, scope) is (re.fullmatch(simplest, scope) is not None)


def test_many_stars_cost_no_more_than_one() -> None:
    # Backtracking through forty stars would not end while the test waits.
    assert not matches("*a" * 40 + "*b", "a" * 512)


@pytest.mark.parametrize("pattern", ["", "a b", "é", "a?", "[a]", "x" * 513, "a\n"])
def test_a_pattern_says_what_to_change(pattern: str) -> None:
    assert "1 to 512 characters" in pattern_problems(pattern)[0]


def test_a_good_pattern_has_no_problems() -> None:
    assert pattern_problems("repo:payments-*/pull:*") == []
