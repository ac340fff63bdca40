"""An upstream MCP server changes a tool between the approval and the run."""

from typing import Any

import pytest
from pytest_django.fixtures import Settings

from approvals.models import Claim
from audit.models import Record
from governance.decision import Reason
from governance.models import Route
from proxy.imports import pins
from tests.fixtures.mcp_upstream import Upstream
from tests.proxy.imports.upstreams import (
    create_issue,
    discovered,
    listings,
    published,
    tickets,
)
from tests.stage import Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

ARGS = {"queue": "payments"}


def approved(stage: Stage, upstream: Upstream, backend: Any, **more: Any) -> Route:
    """Return a route whose call Ana has approved, and nobody has run."""
    route = published(stage, discovered(stage, backend), **more)
    stage.call(route.tool, args=ARGS)
    stage.approve()
    return route


def run(stage: Stage, route: Route, queue: str = "payments") -> dict[str, Any]:
    answer = stage.post({"tool": route.tool, "args": {"queue": queue}})
    told: dict[str, Any] = answer.json()
    return told


def test_an_unchanged_tool_runs_and_is_looked_at_once(stage: Stage) -> None:
    with tickets() as (upstream, backend):
        route = approved(stage, upstream, backend)
        before = listings(upstream)

        first = run(stage, route)
        stage.call(route.tool, args={"queue": "refunds"})
        stage.approve()
        stage.call(route.tool, args={"queue": "refunds"})

        assert first["status"] == "completed"
        assert len(upstream.calls) == 2
        assert listings(upstream) == before + 1


@pytest.mark.parametrize("change", ["schema", "gone", "swapped"])
def test_a_changed_tool_is_not_called(stage: Stage, change: str) -> None:
    with tickets() as (upstream, backend):
        route = approved(stage, upstream, backend)
        if change == "schema":
            upstream.tools["create_issue"] = create_issue(schema={"type": "object"})
        else:
            del upstream.tools["create_issue"]
        if change == "swapped":
            upstream.tools["delete_all"] = create_issue(name="delete_all")

        answer = run(stage, route)

        assert upstream.calls == []
    assert answer["code"] == Reason.ROUTE_SUSPENDED
    route.refresh_from_db()
    assert route.suspended_at is not None
    failed = Record.objects.get(event="call.failed")
    assert failed.reason == "route_suspended"
    assert Record.objects.filter(event="route.drifted").count() == 1


def test_other_approvals_of_a_changed_tool_end_with_it(stage: Stage) -> None:
    with tickets() as (upstream, backend):
        route = approved(stage, upstream, backend)
        stage.call(route.tool, args={"queue": "refunds"})
        other = stage.approve()
        upstream.tools["create_issue"] = create_issue(schema={"type": "object"})

        run(stage, route)

    assert Claim.objects.get(pk=other.pk).revoked_at is not None


def test_a_server_whose_list_cannot_be_read_gets_no_call(stage: Stage) -> None:
    with tickets() as (upstream, backend):
        route = approved(stage, upstream, backend)
        upstream.listing = {"tools": None}

        answer = run(stage, route)

        assert upstream.calls == []
    assert answer["code"] == Reason.BACKEND_UNREACHABLE
    route.refresh_from_db()
    assert route.suspended_at is None


def test_a_look_does_not_count_for_ever(stage: Stage, settings: Settings) -> None:
    settings.MCP_PIN_MAX_AGE_SECONDS = 0
    with tickets() as (upstream, backend):
        route = approved(stage, upstream, backend)
        run(stage, route)
        stage.call(route.tool, args={"queue": "refunds"})
        stage.approve()
        upstream.tools["create_issue"] = create_issue(schema={"type": "object"})

        answer = run(stage, route, "refunds")

        assert len(upstream.calls) == 1
    assert answer["code"] == Reason.ROUTE_SUSPENDED


def test_the_pin_is_part_of_what_was_approved(stage: Stage) -> None:
    with tickets() as (upstream, backend):
        route = approved(stage, upstream, backend)
        digest = route.published.digest if route.published else ""
        upstream.tools["create_issue"] = create_issue(description="Other")
        draft = discovered(stage, backend)
        again = published_again(stage, draft)

    assert again.published is not None
    assert again.published.digest != digest
    assert Claim.objects.get().revoked_at is not None


def published_again(stage: Stage, draft: Any) -> Route:
    pins.forget()
    return published(stage, draft)
