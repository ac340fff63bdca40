"""Which refusal wins before anybody is asked, and what it says of itself."""

from typing import Any

import pytest
from django.utils import timezone

from audit.models import Record
from governance.decision import Reason
from governance.errors import Denied
from governance.faces import FACES
from governance.models import Agent, Backend, Route, Tenant, ToolsetEntry
from governance.services import suspend
from tests.attacks.tools import publish_read, texts
from tests.factories import RouteFactory, ToolsetEntryFactory, ToolsetFactory
from tests.stage import COMMENT, READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

NUMBERS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "repo": {"type": "string", "maxLength": 40},
        "list": {"type": "array", "items": {"type": "number"}},
        "filled": {"type": "array", "default": [0] * 2000},
    },
    "required": ["repo", "list"],
    "additionalProperties": False,
}


def refusal(stage: Stage, tool: str = "github.comment_pr", **members: Any) -> Denied:
    with pytest.raises(Denied) as denial:
        stage.call(tool, **members)
    assert stage.sent() == 0
    return denial.value


def publish_numbers(stage: Stage) -> None:
    publish_read(
        stage,
        "stats.sum",
        arguments_schema=NUMBERS,
        scope_template="repo:{repo}",
        summary_template="Sum up {repo}",
        mapping={"method": "POST", "path": "/sum", "body": {"list": "{list}"}},
    )


@pytest.mark.parametrize(
    ("switch", "reason"),
    [
        ("tenant", Reason.TENANT_SUSPENDED),
        ("agent", Reason.AGENT_SUSPENDED),
        ("route", Reason.ROUTE_SUSPENDED),
        ("backend", Reason.BACKEND_SUSPENDED),
    ],
)
def test_what_is_suspended_is_refused_before_the_arguments_are_looked_at(
    stage: Stage, switch: str, reason: Reason
) -> None:
    switched: dict[str, Tenant | Agent | Route | Backend] = {
        "tenant": stage.tenant,
        "agent": Agent.objects.get(),
        "route": stage.comment,
        "backend": Backend.objects.get(),
    }
    suspend(switched[switch], by=stage.sam, now=timezone.now())

    assert refusal(stage, args={"nonsense": True}).reason is reason
    assert stage.denials() == [reason]


def test_a_tool_that_was_granted_and_never_published_is_none(stage: Stage) -> None:
    ToolsetEntryFactory.create(
        toolset=ToolsetFactory.create(), route=RouteFactory.create(tool="github.draft")
    )

    assert refusal(stage, "github.draft").reason is Reason.UNKNOWN_TOOL
    assert stage.denials() == ["unknown_tool"]


def test_a_scope_outside_the_patterns_is_refused_and_named(stage: Stage) -> None:
    ToolsetEntry.objects.update(scope_patterns=["repo:web-*/pull:*"])

    explained = stage.post({"tool": "github.read_pr", "args": READ, "mode": "explain"})
    denied = refusal(stage, "github.read_pr", args=READ)

    assert denied.reason is Reason.POLICY_DENIED
    record = Record.objects.get(event="call.denied")
    assert record.scope == "repo:payments-api/pull:184"
    assert explained.json() == {
        "status": "would_refuse",
        "reason": "policy_denied",
        "scope": "repo:payments-api/pull:184",
        "summary": "Read #184 of payments-api",
        "approval": None,
        "detail": str(denied),
        "next": FACES[Reason.POLICY_DENIED].next,
    }


def test_an_explained_refusal_names_every_wrong_argument(stage: Stage) -> None:
    args = {"repo": "payments-api", "pull": "184"}

    told = stage.post({"tool": "github.read_pr", "args": args, "mode": "explain"})

    assert told.json()["reason"] == "invalid_arguments"
    assert told.json()["errors"] == [
        {"pointer": "/pull", "message": "has to be of type integer"}
    ]


@pytest.mark.parametrize(
    ("template", "path", "value", "reason"),
    [
        ("page:{name}", "/pages", "a b", Reason.SCOPE_INVALID),
        ("page:any", "/pages/{name}", "a/b", Reason.INVALID_ARGUMENTS),
    ],
)
def test_a_value_that_makes_no_scope_or_path_is_refused_with_the_name(
    stage: Stage, template: str, path: str, value: str, reason: Reason
) -> None:
    publish_read(
        stage,
        "web.page",
        arguments_schema=texts("name"),
        scope_template=template,
        summary_template="Read {name}",
        mapping={"method": "GET", "path": path},
    )

    [error] = stage.post({"tool": "web.page", "args": {"name": value}}).json()["errors"]

    assert stage.denials() == [reason]
    assert "`name`" in error["message"]
    assert value not in error["message"]


def test_what_grows_over_the_bounds_is_refused_before_anything_is_spent(
    stage: Stage,
) -> None:
    """It came in as 1e15, and is sent as a one with fifteen zeros."""
    publish_numbers(stage)
    short = '{"tool":"stats.sum","args":{"repo":"web","list":[%s],"filled":[]}}'

    fits = stage.post(short % ",".join(["1e15"] * 100))
    grown = stage.post(short % ",".join(["1e15"] * 17_000))

    assert fits.status_code == 200, fits.content
    assert (grown.status_code, grown.json()["code"]) == (400, "invalid_arguments")
    assert "262144 bytes" in grown.json()["errors"][0]["message"]
    assert stage.sent() == 1


def test_defaults_that_add_too_many_values_are_refused_too(stage: Stage) -> None:
    publish_numbers(stage)

    fits = stage.post({"tool": "stats.sum", "args": {"repo": "web", "list": [1]}})
    grown = stage.post(
        {"tool": "stats.sum", "args": {"repo": "web", "list": [1] * 19_000}}
    )

    assert fits.status_code == 200, fits.content
    assert (grown.status_code, grown.json()["code"]) == (400, "invalid_arguments")


def test_an_empty_claim_is_a_malformed_one(stage: Stage) -> None:
    stage.approved()

    answer = stage.post({"tool": "github.comment_pr", "args": COMMENT, "claim": ""})

    assert (answer.status_code, answer.json()["code"]) == (403, "claim_malformed")
    assert stage.sent() == 0
