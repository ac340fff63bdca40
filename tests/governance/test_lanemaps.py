"""The map of a lane as the texts of its form, and back to the very map."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.lanekinds import KINDS
from governance.lanemaps import Mistakes, narrowing_of, placed, texts_of
from governance.refusals.narrowing import narrowing_problems
from tests.governance.values import objects, texts

PLACEHOLDERS = st.sampled_from(["{repo}", "{queue}"])


def plain(alphabet: str) -> st.SearchStrategy[str]:
    """Return texts of one line, now and then with a placeholder."""
    letters = st.text(alphabet, min_size=1, max_size=12).map(str.strip).filter(bool)
    return letters | PLACEHOLDERS | st.builds("{}/{}".format, letters, PLACEHOLDERS)


VALUES = plain("ab:*,- é/\"'#")
NAMES = st.text("ab:,-/é", min_size=1, max_size=8).filter(lambda n: n[:1] != "-")
LISTED = st.lists(VALUES, min_size=1, max_size=3)
GITHUB = st.fixed_dictionaries(
    {
        "repositories": st.lists(
            st.sampled_from(["{repo}", "a-1", "b.{repo}_x"]), min_size=1, max_size=4
        ),
        "permissions": st.dictionaries(
            st.from_regex(r"[a-z][a-z_]{0,9}", fullmatch=True),
            st.sampled_from(["read", "write", "admin"]),
            min_size=1,
            max_size=4,
        ),
    }
)
STATEMENT = st.fixed_dictionaries(
    {
        "Effect": st.just("Allow"),
        "Action": VALUES | LISTED,
        "Resource": VALUES | LISTED,
    },
    optional={
        "Sid": plain("ab1"),
        "Condition": st.dictionaries(
            st.sampled_from(["StringEquals", "ForAllValues:StringLike"]),
            st.dictionaries(NAMES, VALUES | LISTED, min_size=1, max_size=2),
            min_size=1,
            max_size=2,
        ),
    },
)
AWS = st.fixed_dictionaries(
    {
        "policy": st.fixed_dictionaries(
            {
                "Version": st.just("2012-10-17"),
                "Statement": st.lists(STATEMENT, min_size=1, max_size=4),
            },
            optional={"Id": plain("ab1")},
        )
    }
)
DETAIL = st.builds(
    lambda kind, lists, more: {**more, **lists, "type": kind},
    VALUES,
    st.dictionaries(st.sampled_from(["actions", "locations"]), LISTED, max_size=2),
    st.dictionaries(NAMES, VALUES | LISTED, max_size=3),
)
SCOPE = st.lists(plain("ab:/-"), min_size=1, max_size=3).map(" ".join)
DETAILS = st.lists(DETAIL, min_size=1, max_size=3)
OAUTH = st.fixed_dictionaries(
    {"scope": SCOPE}, optional={"authorization_details": DETAILS}
) | (st.fixed_dictionaries({"authorization_details": DETAILS}))
PLAIN = st.one_of(
    st.tuples(st.just("github_app"), GITHUB),
    st.tuples(st.just("aws_sts"), AWS),
    st.tuples(st.just("oauth_client"), OAUTH),
)


def as_sent(shown: dict[str, str]) -> dict[str, str]:
    """Return the texts as a browser sends them back."""
    return {name: text.replace("\n", "\r\n") for name, text in shown.items()}


@given(PLAIN)
def test_a_plain_map_is_shown_and_reads_back_the_same(
    made: tuple[str, dict[str, Any]],
) -> None:
    kind, narrowing = made

    shown = texts_of(kind, narrowing)

    assert shown is not None
    assert narrowing_of(kind, as_sent(shown), was=narrowing) == narrowing


@given(
    st.sampled_from([*KINDS]),
    objects
    | st.fixed_dictionaries({"authorization_details": st.lists(objects)})
    | st.fixed_dictionaries({"repositories": st.lists(texts), "permissions": objects})
    | objects.map(lambda statement: {"policy": {"Statement": [statement]}}),
)
def test_whatever_is_stored_is_shown_as_it_is_or_not_at_all(
    kind: str, narrowing: Any
) -> None:
    shown = texts_of(kind, narrowing)

    if shown is not None:
        assert narrowing_of(kind, as_sent(shown), was=narrowing) == narrowing


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_of_each_kind_is_plain(kind: str) -> None:
    narrowing = json.loads(KINDS[kind].example)

    shown = texts_of(kind, narrowing)

    assert shown is not None
    assert narrowing_of(kind, shown, was={}) == narrowing
    assert not any('"' in text for text in shown.values())


def aws(**statement: Any) -> dict[str, Any]:
    usual = {"Effect": "Allow", "Action": "logs:Get", "Resource": "arn:x"}
    return {"policy": {"Version": "2012-10-17", "Statement": [{**usual, **statement}]}}


def detail(**members: Any) -> dict[str, Any]:
    return {"authorization_details": [{"type": "queue", **members}]}


@pytest.mark.parametrize(
    ("kind", "narrowing"),
    [
        ("aws_sts", aws(Sid=5)),
        ("aws_sts", aws(Sid="")),
        ("aws_sts", aws(Sid="a\nb")),
        ("aws_sts", aws(Resource=["arn:x\narn:y"])),
        ("aws_sts", aws(Resource="arn:x\u2028 ")),
        ("aws_sts", aws(Condition={})),
        ("aws_sts", aws(Condition={"Bool": {"aws:SecureTransport": True}})),
        ("aws_sts", aws(Condition={"StringEquals": {"a": []}})),
        ("aws_sts", aws(Condition={"StringEquals": {"a: b": "c"}})),
        ("aws_sts", aws(Condition="StringEquals")),
        ("aws_sts", {"policy": {**aws()["policy"], "Statement": [*range(3)]}}),
        (
            "aws_sts",
            {
                "policy": {
                    **aws()["policy"],
                    "Statement": aws()["policy"]["Statement"] * 21,
                }
            },
        ),
        ("oauth_client", detail(amount=5)),
        ("oauth_client", detail(amount={"currency": "EUR"})),
        ("oauth_client", detail(actions="create")),
        ("oauth_client", detail(actions=[])),
        ("oauth_client", detail(identifier="")),
        ("oauth_client", detail(identifier=" a")),
        ("oauth_client", {"scope": "a", "authorization_details": None}),
    ],
)
def test_what_no_field_can_say_is_not_shown_as_a_form(
    kind: str, narrowing: dict[str, Any]
) -> None:
    assert texts_of(kind, narrowing) is None


def test_what_stands_as_one_text_stays_so_while_it_is_one() -> None:
    stored = aws(Action="logs:Get", Resource=["arn:x"])
    shown = texts_of("aws_sts", stored)
    assert shown is not None

    one = narrowing_of("aws_sts", {**shown, "actions_1": "logs:List"}, was=stored)
    two = narrowing_of("aws_sts", {**shown, "actions_1": "a:B\n\na:C"}, was=stored)

    assert one == aws(Action="logs:List", Resource=["arn:x"])
    assert two == aws(Action=["a:B", "a:C"], Resource=["arn:x"])


def test_an_emptied_statement_is_gone_and_the_others_stay_as_they_were() -> None:
    policy = aws()["policy"]
    other = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:y"}
    stored = {"policy": {**policy, "Statement": [*policy["Statement"], other]}}
    shown = texts_of("aws_sts", stored)
    assert shown is not None

    typed = {**shown, **{name: "" for name in shown if name.endswith("_1")}}

    assert narrowing_of("aws_sts", typed, was=stored)["policy"]["Statement"] == [other]


GOOD: dict[str, dict[str, str]] = {
    "github_app": {"repositories": "{repo}", "permissions": "issues: write"},
    "aws_sts": {"actions_1": "logs:Get", "resources_1": "arn:aws:logs:::x"},
    "oauth_client": {"scope": "tickets:create"},
}


@pytest.mark.parametrize(
    ("kind", "name", "text", "words"),
    [
        ("github_app", "repositories", " \n ", "at least one repository"),
        ("github_app", "repositories", "a\n\nacme/b", "Line 3: “acme/b” is no reposi"),
        ("github_app", "repositories", "{repo", "Line 1: A brace stands alone"),
        ("github_app", "repositories", '["{repo}"]', "as in payments-api or {repo}"),
        ("github_app", "permissions", "", "at least one permission"),
        ("github_app", "permissions", "issues", "Line 1: Write a name, a colon and"),
        ("github_app", "permissions", "issues:write", "as in issues: write"),
        ("github_app", "permissions", "issues: all", "read, write or admin"),
        ("github_app", "permissions", "issues:\n- read", "read, write or admin"),
        ("github_app", "permissions", "Issues: read", "“Issues” is no permission"),
        (
            "github_app",
            "permissions",
            "a: read\na: write",
            "Line 2: “a” stands here tw",
        ),
        ("github_app", "permissions", "{a}: read", "not in a name"),
        ("aws_sts", "actions_1", "", "at least one action"),
        ("aws_sts", "resources_1", "", "at least one resource"),
        ("aws_sts", "resources_1", "arn:${aws:username}", "Line 1: A brace"),
        ("aws_sts", "conditions_1", "Bool: true", "an operator, a blank and a key"),
        ("aws_sts", "conditions_1", "Bool a:b", "Write a name, a colon and a value"),
        ("aws_sts", "conditions_1", "Bool a:b:", "“Bool a:b” has no value"),
        ("aws_sts", "conditions_1", "- a", "A dash begins a value of a list"),
        ("aws_sts", "conditions_1", "Bool a: b\n- c", "Line 2: A dash begins"),
        ("aws_sts", "sid_2", "x", ""),
        ("oauth_client", "scope", "", "Write a scope"),
        ("oauth_client", "scope", 'a\nb "c', 'Line 2: “"c” is no scope'),
        ("oauth_client", "authorization_details", "a: b", "Line 1: The block has no"),
        ("oauth_client", "authorization_details", "type:\n- a", "has no type"),
        (
            "oauth_client",
            "authorization_details",
            "type: a\n\n\ntype: b\nactions: c",
            "Line 5: “actions” is a list (RFC 9396)",
        ),
        ("oauth_client", "authorization_details", "type: a\nb:\n-", "behind the dash"),
        ("oauth_client", "authorization_details", '{"type": "a"}', "Line 1: A brace"),
    ],
)
def test_a_mistake_names_its_line_and_says_what_to_write(
    kind: str, name: str, text: str, words: str
) -> None:
    with pytest.raises(Mistakes) as told:
        narrowing_of(kind, {**GOOD[kind], name: text}, was={})

    fields = {"sid_2": {"actions_2", "resources_2"}}.get(name, {name})
    assert set(told.value.found) == fields
    assert words in " ".join(told.value.found.get(name, []))


def test_no_statement_at_all_is_told_at_the_first() -> None:
    with pytest.raises(Mistakes) as told:
        narrowing_of("aws_sts", {"policy_id": "x", "actions_1": " "}, was={})

    assert set(told.value.found) == {"actions_1"}


@pytest.mark.parametrize(
    ("kind", "more", "at"),
    [
        ("github_app", {}, "permissions"),
        ("aws_sts", {"actions_1": "*"}, "actions_1"),
        ("aws_sts", {"resources_1": "*"}, "resources_1"),
        ("aws_sts", {"resources_1": "arn:aws:logs:::{service}*"}, "resources_1"),
        (
            "aws_sts",
            {"actions_2": "a:B", "resources_2": "arn:aws:a:::x\n*"},
            "resources_2",
        ),
        ("aws_sts", {"conditions_1": "StringLike a:b: {service}*"}, "conditions_1"),
    ],
)
def test_what_is_refused_is_told_at_the_field_that_it_is_about(
    kind: str, more: dict[str, str], at: str
) -> None:
    found = placed(
        kind,
        {**GOOD[kind], **more},
        was={},
        judge=lambda narrowing: narrowing_problems(kind, narrowing, privilege="read"),
    )

    assert {name for name, said in found.items() if said} == {at}


def test_what_is_about_no_single_field_is_told_all_the_same() -> None:
    texts = {**GOOD["oauth_client"], "authorization_details": "type: a"}

    found = placed("oauth_client", texts, was={}, judge=lambda _map: ["Not today."])

    assert {name: said for name, said in found.items() if said} == {
        "narrowing": ["Not today."]
    }
