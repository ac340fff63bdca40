"""The request mapping: validated arguments fill declared places and nothing else."""

import json
from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.arguments import JSON
from governance.mapping import (
    HttpMapping,
    MappingInvalid,
    PathInvalid,
    mapping_problems,
)

CALL = "cal_06bnu5k0s1v6h5v3k9q2p7m4ec"
COMMENT: dict[str, Any] = {
    "method": "POST",
    "path": "/repos/acme/{repo}/issues/{pull}/comments",
    "query": {"minutes": "{minutes}", "note": "{note}", "who": "pull {pull}"},
    "headers": {"X-Idempotency-Key": "{call_id}", "Accept": "application/json"},
    "body": {
        "body": "{body}",
        "text": "#{pull}: {body}",
        "labels": "{labels}",
        "silent": False,
        "nested": [{"pull": "{pull}"}, None, 1],
    },
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "repo": {"type": "string", "maxLength": 50},
        "pull": {"type": "integer"},
        "body": {"type": "string"},
        "labels": {"type": "array", "default": []},
        "minutes": {"type": "integer", "default": 30},
        "note": {"type": "string"},
    },
    "required": ["repo", "pull", "body"],
    "additionalProperties": False,
}
ARGS: dict[str, JSON] = {
    "repo": "payments-api",
    "pull": 184,
    "body": 'Fine, "{pull}" é',
    "labels": ["bug"],
    "minutes": 30,
}


def changed(**change: Any) -> dict[str, Any]:
    """Return the example with some members changed."""
    return {**COMMENT, **change}


def test_the_example_has_no_problems() -> None:
    assert HttpMapping.parse(COMMENT).problems(SCHEMA) == []


def test_arguments_fill_their_places() -> None:
    request = HttpMapping.parse(COMMENT).render(ARGS, call_id=CALL)

    assert request.method == "POST"
    assert request.path == "/repos/acme/payments-api/issues/184/comments"
    assert request.query == (("minutes", "30"), ("who", "pull 184"))
    assert request.target == f"{request.path}?minutes=30&who=pull+184"
    assert dict(request.headers) == {
        "Content-Type": "application/json",
        "X-Idempotency-Key": CALL,
        "Accept": "application/json",
    }
    assert (
        request.body
        == (
            '{"body":"Fine, \\"{pull}\\" é","labels":["bug"],'
            '"nested":[{"pull":184},null,1],"silent":false,'
            '"text":"#184: Fine, \\"{pull}\\" é"}'
        ).encode()
    )


def test_an_optional_query_parameter_is_left_out_with_its_argument() -> None:
    mapping = HttpMapping.parse(COMMENT)

    request = mapping.render({**ARGS, "note": "a&b=c"}, call_id=CALL)

    assert ("note", "a&b=c") in request.query
    assert parse_qsl(request.target.split("?")[1]) == list(request.query)


def test_a_member_that_is_an_optional_argument_is_left_out_with_it() -> None:
    optional = changed(body={"body": "{body}", "also": {"note": "{note}"}})

    without = HttpMapping.parse(optional).render(ARGS, call_id=CALL)
    given_ = HttpMapping.parse(optional).render({**ARGS, "note": "é"}, call_id=CALL)

    assert mapping_problems(optional, SCHEMA) == []
    assert json.loads(without.body or b"") == {"also": {}, "body": ARGS["body"]}
    assert json.loads(given_.body or b"")["also"] == {"note": "é"}


def test_a_request_without_body_names_no_content_type() -> None:
    mapping = HttpMapping.parse({"method": "GET", "path": "/jobs/{repo}"})

    request = mapping.render(ARGS, call_id=CALL)

    assert request.body is None
    assert request.headers == ()
    assert request.target == "/jobs/payments-api"


def test_a_mapping_may_say_more_precisely_what_its_body_is() -> None:
    patch = changed(headers={"content-type": "application/merge-patch+json"})

    request = HttpMapping.parse(patch).render(ARGS, call_id=CALL)

    assert request.headers == (("content-type", "application/merge-patch+json"),)


@pytest.mark.parametrize(
    ("value", "segment"),
    [
        ("payments-api", "payments-api"),
        ("a b", "a%20b"),
        ("a:b@c&d=e+f,g", "a%3Ab%40c%26d%3De%2Bf%2Cg"),
        ("é", "%C3%A9"),
        ("...", "..."),
        (".git", ".git"),
        (-7, "-7"),
    ],
)
def test_a_path_value_is_one_encoded_segment(value: JSON, segment: str) -> None:
    mapping = HttpMapping.parse({"method": "GET", "path": "/r/{repo}/x"})

    assert mapping.render({"repo": value}, call_id=CALL).path == f"/r/{segment}/x"


@pytest.mark.parametrize(
    "value",
    [
        *("", ".", "..", "%2e%2e", "%2f", "a/b", "a/../b", "\\", ";", "?", "#"),
        *("a\r\nb", "\x00", "\x7f", "\u0085", "\u2028", "\u200b", "\u202e"),
        *("e\u0301", "a%", True, None, 1.5, ["a"]),
    ],
)
def test_a_path_value_that_could_lead_elsewhere_is_refused(value: JSON) -> None:
    mapping = HttpMapping.parse({"method": "GET", "path": "/r/{repo}/x"})

    with pytest.raises(PathInvalid) as refused:
        mapping.render({"repo": value}, call_id=CALL)

    assert refused.value.message.startswith("`repo` ")


def test_a_path_value_that_is_missing_is_refused() -> None:
    mapping = HttpMapping.parse({"method": "GET", "path": "/r/{repo}/x"})

    with pytest.raises(PathInvalid, match="`repo`"):
        mapping.render({}, call_id=CALL)


@given(st.text("./%ab\\", max_size=4), st.text("./%ab\\", max_size=4))
def test_a_path_keeps_the_shape_of_its_template(first: str, second: str) -> None:
    mapping = HttpMapping.parse({"method": "GET", "path": "/r/{a}.{b}/x"})

    try:
        path = mapping.render({"a": first, "b": second}, call_id=CALL).path
    except PathInvalid:
        return

    assert [unquote(each) for each in path.split("/")] == [
        *("", "r", f"{first}.{second}", "x")
    ]


def test_values_that_make_dots_only_together_with_the_text_are_refused() -> None:
    mapping = HttpMapping.parse({"method": "GET", "path": "/r/../{repo}"})

    with pytest.raises(PathInvalid, match="form of the path"):
        mapping.render({"repo": "web"}, call_id=CALL)


@given(st.dictionaries(st.sampled_from(["body", "labels"]), st.text()))
def test_values_in_the_body_stay_values(texts: dict[str, str]) -> None:
    mapping = HttpMapping.parse(COMMENT)

    request = mapping.render({**ARGS, **texts}, call_id=CALL)

    sent = json.loads(request.body or b"")
    assert list(sent) == ["body", "labels", "nested", "silent", "text"]
    assert sent["body"] == texts.get("body", ARGS["body"])
    assert sent["labels"] == texts.get("labels", ARGS["labels"])


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        (None, "has to be a JSON object"),
        ([], "has to be a JSON object"),
        (changed(url="https://example.com"), "`url` is not a member"),
        (changed(base_url="/"), "`base_url` is not a member"),
        (changed(method="TRACE"), "`method` has to be one of"),
        (changed(method="post"), "`method` has to be one of"),
        (changed(method=["GET"]), "`method` has to be one of"),
        (changed(path=None), "`path` has to be a string"),
        (changed(path="/{repo"), "`path`: A brace stands alone"),
        (changed(query=[]), "`query` has to map"),
        (changed(query={"a": 1}), "`query.a` has to be a string"),
        (changed(query=dict.fromkeys(map(str, range(51)), "x")), "at most 50"),
        (changed(headers={"A": "{"}), "`headers.A`: A brace stands alone"),
        (changed(body={"a": "{Body}"}), "`body`: A brace stands alone"),
        (changed(body={"a": "x" * 17_000}), "at most 16 KiB"),
        (changed(body={"a": float("nan")}), "strict JSON"),
        (changed(body=["{body}"] * 65), "more than 64 placeholders"),
    ],
)
def test_settings_that_are_no_mapping_are_refused(settings: Any, problem: str) -> None:
    with pytest.raises(MappingInvalid, match=problem):
        HttpMapping.parse(settings)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        (changed(path="repos/{repo}"), "has to begin with a slash"),
        (changed(path=""), "has to begin with a slash"),
        (changed(path="{repo}"), "has to begin with a slash"),
        (changed(path="//example.com/{repo}"), "empty segment"),
        (changed(path="/a/../{repo}"), "empty segment, or one that is"),
        (changed(path="/a/./{repo}"), "empty segment, or one that is"),
        (changed(path="/a?x={repo}"), "has no place there"),
        (changed(path="/a#{repo}"), "has no place there"),
        (changed(path="/a%2e/{repo}"), "has no place there"),
        (changed(path="/a b/{repo}"), "has no place there"),
        (changed(path="/é"), "has no place there"),
        (changed(path="/{nowhere}"), "`path`: {nowhere} is not a parameter"),
        (changed(path="/{body}"), "{body} may not stand in a path"),
        (changed(query={"a": "{nowhere}"}), "`query.a`: {nowhere} is not"),
        (changed(query={"a": "x {note}"}), "`query.a`: {note} has to be a required"),
        (changed(query={"a": "{labels}"}), "{labels} has to be a plain value"),
        (changed(headers={"X-Pull": "{pull}"}), "{call_id} is all it may hold"),
        (changed(headers={"X A": "1"}), "is not the name of a header"),
        (changed(headers={"": "1"}), "is not the name of a header"),
        (changed(headers={"X-A": "1", "x-a": "2"}), "the same header twice"),
        (changed(headers={"X-A": "a\r\nHost: b"}), "printable ASCII"),
        (changed(headers={"X-A": "é"}), "printable ASCII"),
        (changed(body={"a": "{nowhere}"}), "`body`: {nowhere} is not a parameter"),
        (changed(body={"a": ["{note}"]}), "`body`: {note} has to be a required"),
        (changed(body={"a": "on {note}"}), "`body`: {note} has to be a required"),
        (changed(body="{note}"), "`body`: {note} has to be a required"),
        (changed(body={"{body}": 1}), "in values only"),
        (changed(body=[{"a": {"{": 1}}]), "in values only"),
        (changed(method="GET"), "A GET has no `body`"),
    ],
)
def test_a_mapping_says_what_to_change(settings: Any, problem: str) -> None:
    problems = mapping_problems(settings, SCHEMA)

    assert any(problem in each for each in problems)


def test_settings_that_do_not_parse_are_a_problem_too() -> None:
    assert mapping_problems(changed(path=None), SCHEMA) == [
        "`path` has to be a string."
    ]


@pytest.mark.parametrize(
    "name",
    [
        *("Authorization", "HOST", "Content-Length", "Transfer-Encoding", "Connection"),
        *("Cookie", "Accept-Encoding", "Proxy-Authorization", "X-Forwarded-Host"),
        *("X-HTTP-Method-Override", "traceparent", "Expect", "Upgrade", "TE"),
    ],
)
def test_headers_that_others_decide_are_refused(name: str) -> None:
    mapping = HttpMapping.parse(changed(headers={name: "x"}))

    assert mapping.problems(SCHEMA) == [
        f"`headers.{name}` is not for a mapping to set."
    ]
