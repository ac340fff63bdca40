"""A route that was written by hand gets its pin with the next import."""

from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from audit.models import Record
from governance.models import Backend, Route, RouteVersion
from governance.services import publish_route
from proxy.imports.catalogue import import_tools
from proxy.imports.tools import pin_of
from tests.attacks.tools import publish_read
from tests.proxy.imports.upstreams import a_lane, create_issue, tickets
from tests.stage import Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

TOOL = "issues.create"


def by_hand(stage: Stage, backend: Backend, tool: str = "create_issue") -> Route:
    """Publish a route to the upstream's tool as somebody types it, without a pin."""
    return publish_read(
        stage,
        TOOL,
        backend=backend,
        arguments_schema={
            "type": "object",
            "properties": {"queue": {"type": "string", "pattern": "^[a-z]+$"}},
            "required": ["queue"],
            "additionalProperties": False,
        },
        scope_template="queue:{queue}",
        summary_template="Create an issue in {queue}",
        mapping={"tool": tool},
    )


def imported(stage: Stage, backend: Backend) -> list[str]:
    told = import_tools(backend, lane=a_lane(), by=stage.sam, now=timezone.now())
    return [line for line in told.lines if line.startswith(TOOL)]


def draft_of(route: Route) -> RouteVersion:
    return RouteVersion.objects.get(route=route, state="draft")


def call(stage: Stage) -> dict[str, Any]:
    body = {"tool": TOOL, "args": {"queue": "payments"}}
    told: dict[str, Any] = stage.post(body).json()
    return told


def test_an_import_drafts_the_pin_and_publishes_nothing(stage: Stage) -> None:
    with tickets() as (upstream, backend):
        route = by_hand(stage, backend)

        lines = imported(stage, backend)

        assert lines == [f"{TOOL}: has no pin; a draft with one can be published"]
        draft = draft_of(route)
        pin = draft.mapping["pin"]
        assert pin["definition"]["name"] == "create_issue"
        assert pin == pin_of(pin["definition"])
        route.refresh_from_db()
        assert route.published is not None
        assert "pin" not in route.published.mapping
        assert imported(stage, backend) == []  # it waits already
        assert upstream.calls == []
    drafted = Record.objects.filter(event="route.drafted", tool=TOOL).latest("id")
    assert "mapping" in str(drafted.detail)


def test_a_published_pin_holds_as_that_of_an_import_does(
    stage: Stage, settings: Settings
) -> None:
    settings.MCP_PIN_MAX_AGE_SECONDS = 0  # the look is the call's own, on its lane
    with tickets() as (upstream, backend):
        route = by_hand(stage, backend)
        imported(stage, backend)
        publish_route(draft_of(route), by=stage.sam, now=timezone.now())
        assert call(stage)["status"] == "completed"
        upstream.tools["create_issue"] = create_issue(schema={"type": "object"})

        told = call(stage)

        assert len(upstream.calls) == 1
    assert told["code"] == "route_suspended"
    route.refresh_from_db()
    assert route.suspended_at is not None


def test_a_draft_that_somebody_may_have_looked_at_keeps_its_pin(stage: Stage) -> None:
    with tickets() as (upstream, backend):
        route = by_hand(stage, backend)
        imported(stage, backend)
        first = draft_of(route).mapping["pin"]
        upstream.tools["create_issue"] = create_issue(description="Creates another.")

        [line] = imported(stage, backend)

    assert "the open draft pins another definition: look at it again" in line
    assert draft_of(route).mapping["pin"] == first


def test_an_open_draft_of_another_tool_is_left_alone(stage: Stage) -> None:
    with tickets(create_issue(), create_issue(name="other")) as (_upstream, backend):
        route = by_hand(stage, backend)
        imported(stage, backend)
        draft = draft_of(route)
        draft.mapping = {"tool": "other"}
        draft.save(update_fields=["mapping"])

        [line] = imported(stage, backend)

    assert "its open draft is of another tool" in line
    assert draft_of(route).mapping == {"tool": "other"}


def test_a_tool_that_the_server_does_not_list_gets_no_pin(stage: Stage) -> None:
    with tickets() as (_upstream, backend):
        route = by_hand(stage, backend, tool="unlisted")

        assert imported(stage, backend) == []

    assert not RouteVersion.objects.filter(route=route, state="draft").exists()
