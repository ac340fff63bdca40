"""What is asked for comes out of the scope, and more than it is never taken."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.lanekinds import KINDS
from governance.refusals.narrowing import (
    foreign_placeholders,
    narrowing_problems,
    texts,
)
from governance.scope import ScopeInvalid, render_scope, scope_values
from proxy.credentials.narrowing import (
    Broader,
    NotNarrowed,
    asked_for,
    check_github,
    check_life,
    check_oauth,
    end_of_life,
    is_narrowed,
)

VALUES = st.from_regex(r"[A-Za-z0-9._~-]{1,30}", fullmatch=True)
ASKED = {"repositories": ["payments-api"], "permissions": {"issues": "write"}}
GRANTED: dict[str, Any] = {
    "repository_selection": "selected",
    "repositories": [{"name": "payments-api", "owner": {"login": "acme"}}],
    "permissions": {"issues": "write", "metadata": "read"},
}


@given(repo=VALUES, pull=st.integers(0, 10**9))
def test_a_scope_reads_back_as_what_it_was_made_from(repo: str, pull: int) -> None:
    template = "repo:{repo}/pull:{pull}"

    scope = render_scope(template, {"repo": repo, "pull": pull})

    assert scope_values(template, scope) == {"repo": repo, "pull": str(pull)}


@given(first=VALUES, second=VALUES)
def test_awkward_templates_have_one_reading_too(first: str, second: str) -> None:
    template = "a-{x}.b/{y}-c"

    scope = render_scope(template, {"x": first, "y": second})

    assert scope_values(template, scope) == {"x": first, "y": second}


@pytest.mark.parametrize(
    "scope", ["repo:a", "repo:a/pull:", "repo:a/pull:1/x", "repo:a/b/pull:1", "x"]
)
def test_another_scope_is_not_read(scope: str) -> None:
    with pytest.raises(ScopeInvalid):
        scope_values("repo:{repo}/pull:{pull}", scope)


def test_a_name_that_comes_twice_has_to_say_the_same_twice() -> None:
    assert scope_values("{a}/{a}", "x/x") == {"a": "x"}
    with pytest.raises(ScopeInvalid):
        scope_values("{a}/{a}", "x/y")


@given(project=VALUES, service=VALUES)
def test_only_values_are_filled_in_one_pass_and_nothing_else_appears(
    project: str, service: str
) -> None:
    template = "project:{project}/service:{service}"
    narrowing = json.loads(KINDS["aws_sts"].example)
    scope = f"project:{project}/service:{service}"

    if {project, service} & {".", ".."}:
        with pytest.raises(NotNarrowed):
            asked_for(narrowing, scope_template=template, scope=scope)
        return
    asked = asked_for(narrowing, scope_template=template, scope=scope)

    said = list(texts(asked))
    assert any(f":/{project}/{service}:*" in text for text in said)
    assert not any("{" in text for text in said)
    assert asked["policy"].keys() == narrowing["policy"].keys()


def test_a_placeholder_that_the_scope_lacks_is_refused() -> None:
    with pytest.raises(NotNarrowed):
        asked_for({"scope": "{other}"}, scope_template="queue:{queue}", scope="queue:a")


ARN = "arn:aws:logs:eu-central-1:123456789012:log-group:/{service}:*"


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_of_each_kind_may_be_saved_and_narrows(kind: str) -> None:
    narrowing = json.loads(KINDS[kind].example)

    assert narrowing_problems(kind, narrowing, privilege="write") == []
    assert is_narrowed(narrowing)


@pytest.mark.parametrize(
    "statement",
    [
        {},
        {"Action": ["logs:*", "logs:Get*"]},
        {"Resource": ["arn:aws-cn:s3:::bucket/{service}/*"]},
    ],
)
def test_a_policy_may_have_wildcards_within_a_service(
    statement: dict[str, Any],
) -> None:
    assert narrowing_problems("aws_sts", aws(**statement), privilege="write") == []


def aws(**statement: Any) -> dict[str, Any]:
    usual = {"Effect": "Allow", "Action": "logs:Get", "Resource": ARN}
    return {"policy": {"Version": "2012-10-17", "Statement": [{**usual, **statement}]}}


@pytest.mark.parametrize(
    ("kind", "narrowing", "words"),
    [
        ("static", {"scope": "x"}, "narrows nothing"),
        ("github_app", {}, "repositories"),
        ("github_app", {"repositories": ["a"]}, "permissions"),
        ("github_app", {**ASKED, "more": 1}, "nothing else"),
        ("github_app", {**ASKED, "repositories": []}, "names without their owner"),
        ("github_app", {**ASKED, "repositories": ["acme/a"]}, "without their owner"),
        ("github_app", {**ASKED, "repositories": ["a"] * 501}, "500"),
        ("github_app", {**ASKED, "permissions": {}}, "is an object"),
        ("github_app", {**ASKED, "permissions": {"issues": "all"}}, "is an object"),
        ("github_app", {**ASKED, "repositories": ["{repo"]}, "brace"),
        ("github_app", {**ASKED, "permissions": {"{x}": "read"}}, "not in a name"),
        ("aws_sts", {}, "policy"),
        ("aws_sts", {"policy": {"Version": "2012-10-17"}}, "at least one statement"),
        ("aws_sts", aws(Effect="Deny"), "Allow"),
        ("aws_sts", aws(Action="*"), "may not be everything"),
        ("aws_sts", aws(Resource=[ARN, "*"]), "may not be everything"),
        ("aws_sts", aws(Resource="**"), "may not be everything"),
        ("aws_sts", aws(Action=["*:*"]), "“Action” names its service in full"),
        ("aws_sts", aws(Action="l?gs:Get"), "“Action” names its service in full"),
        ("aws_sts", aws(Action=["logs:Get", "logs*"]), "“logs*” does not"),
        ("aws_sts", aws(Resource=["arn:*"]), "“Resource” names its service in full"),
        ("aws_sts", aws(Resource="arn:aws:*"), "“Resource” names its service in full"),
        ("aws_sts", aws(Resource="arn:aws:*:::x"), "“arn:aws:*:::x” does not"),
        ("aws_sts", aws(Resource="arn:*:s3:::x"), "“arn:*:s3:::x” does not"),
        ("aws_sts", aws(Resource=[ARN, "a*"]), "“a*” does not"),
        ("aws_sts", aws(NotAction="s3:*"), "nothing else"),
        ("aws_sts", aws(Resource="arn:/{service}*"), "neighbour"),
        ("aws_sts", aws(Resource="arn:/{service}?"), "neighbour"),
        ("aws_sts", aws(Resource="arn:/*{service}"), "neighbour"),
        ("aws_sts", aws(Resource="arn:/?{service}"), "neighbour"),
        ("aws_sts", aws(Resource="arn:${aws:username}"), "brace"),
        ("oauth_client", {}, "scope"),
        ("oauth_client", {"scope": ""}, "one text"),
        ("oauth_client", {"scope": "a  b"}, "one text"),
        ("oauth_client", {"scope": "a\nb"}, "one text"),
        ("oauth_client", {"authorization_details": [{}]}, "type"),
        ("oauth_client", {"audience": "x"}, "nothing else"),
        ("oauth_client", [], "JSON object"),
    ],
)
def test_a_map_that_does_not_narrow_is_refused_with_what_to_write(
    kind: str, narrowing: Any, words: str
) -> None:
    said = " ".join(narrowing_problems(kind, narrowing, privilege="write"))

    assert words in said


def test_a_read_lane_asks_for_no_more_than_reading() -> None:
    assert narrowing_problems("github_app", ASKED, privilege="read") == [
        "The lane's privilege is read, and these permissions do more."
    ]


def test_a_placeholder_of_another_scope_is_named_with_the_scope() -> None:
    (said,) = foreign_placeholders({"scope": "{queue} {repo}"}, "repo:{repo}")

    assert "{queue}" in said
    assert "repo:{repo}" in said


def test_what_was_asked_for_is_taken_in_any_letter_case() -> None:
    check_github(ASKED, GRANTED, owner="ACME")


@pytest.mark.parametrize(
    "changes",
    [
        {"repository_selection": "all"},
        {"repository_selection": None},
        {"repositories": None},
        {"repositories": []},
        {"repositories": [{"name": "payments-api"}]},
        {"repositories": [{"name": "payments-api", "owner": {"login": "other"}}]},
        {"repositories": [*GRANTED["repositories"], *GRANTED["repositories"], {}]},
        {"permissions": None},
        {"permissions": {"issues": "admin", "metadata": "read"}},
        {"permissions": {"issues": ["write"]}},
        {"permissions": {"issues": "read"}},
        {"permissions": {"issues": "write", "metadata": "write"}},
        {"permissions": {"issues": "write", "contents": "read"}},
        {"permissions": {}},
    ],
)
def test_github_s_answer_is_refused_if_it_is_anything_else(
    changes: dict[str, Any],
) -> None:
    with pytest.raises(Broader):
        check_github(ASKED, {**GRANTED, **changes}, owner="acme")


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(
    changes=st.dictionaries(
        st.sampled_from([*GRANTED, "scope", "authorization_details"]),
        JSON_VALUES,
        min_size=1,
    )
)
def test_no_answer_of_a_lying_issuer_is_more_than_refused(
    changes: dict[str, Any],
) -> None:
    # Whatever it says, it is taken or refused: never an error of another kind.
    with suppress(Broader):
        check_github(ASKED, {**GRANTED, **changes}, owner="acme")
    with suppress(Broader):
        check_oauth({"scope": "a"}, changes)


@pytest.mark.parametrize(
    ("ends", "fits"), [(1, True), (3660, True), (3661, False), (0, False), (-9, False)]
)
def test_a_life_is_neither_over_nor_longer_than_the_lane_accepts(
    ends: int, fits: bool
) -> None:
    if fits:
        check_life(1000 + ends, now=1000, max_seconds=3600)
        return
    with pytest.raises(Broader):
        check_life(1000 + ends, now=1000, max_seconds=3600)


@pytest.mark.parametrize(
    "text", ["2026-11-25T10:00:00Z", "2026-11-25T11:00:00+01:00", "20261125T100000Z"]
)
def test_the_end_of_a_life_is_read_with_its_zone(text: str) -> None:
    assert end_of_life(text) == 1_795_600_800


@pytest.mark.parametrize(
    "text", ["2026-11-25T10:00:00", "2026-11-25", "0001-01-01", "soon", "", None, 9, {}]
)
def test_an_end_that_nobody_can_tell_is_none(text: object) -> None:
    with pytest.raises(Broader, match="when the credential ends"):
        end_of_life(text)
