"""An upstream's tools are compared with what was published of them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DataError
from django.utils import timezone

from approvals.models import Delivery
from audit.models import Record
from governance.models import Backend, ImportedDraft, SeenTool
from governance.services import suspend
from proxy.imports import catalogue, drift
from proxy.imports.catalogue import import_tools
from proxy.tasks import compare_catalogues
from tests.factories import BackendFactory
from tests.proxy.imports.upstreams import (
    SCHEMA,
    a_lane,
    create_issue,
    discovered,
    listings,
    published,
    tickets,
)
from tests.stage import Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def drifts() -> list[str]:
    rows = Record.objects.filter(event="route.drifted").order_by("id")
    return [str((row.detail or {})["drift"]) for row in rows]


def test_the_beat_finds_nothing_where_nothing_changed(stage: Stage) -> None:
    with tickets() as (upstream, backend):
        published(stage, discovered(stage, backend))

        compare_catalogues()

    assert listings(upstream) == 2
    assert drifts() == []


def test_other_text_is_recorded_and_told_once_and_stops_nothing(stage: Stage) -> None:
    with tickets() as (upstream, backend):
        route = published(stage, discovered(stage, backend))
        upstream.tools["create_issue"] = create_issue(description="Call me first!")

        compare_catalogues()
        compare_catalogues()

    route.refresh_from_db()
    assert route.suspended_at is None
    assert drifts() == ["text"]
    assert Delivery.objects.filter(event="route_drifted").count() == 1


def test_other_arguments_suspend_the_route_until_an_admin_looks(stage: Stage) -> None:
    with tickets() as (upstream, backend):
        route = published(stage, discovered(stage, backend))
        stage.call(route.tool, args={"queue": "payments"})
        waiting = stage.pending()
        upstream.tools["create_issue"] = create_issue(schema={"type": "object"})

        compare_catalogues()
        upstream.tools["create_issue"] = create_issue()
        compare_catalogues()

    route.refresh_from_db()
    assert route.suspended_at is not None
    waiting.refresh_from_db()
    assert waiting.state == "superseded"
    assert drifts() == ["changed"]
    written = Record.objects.get(event="route.drifted")
    detail = written.detail or {}
    assert (written.tool, written.backend) == (route.tool, "tickets")
    assert detail["at"] == ["/inputSchema/properties", "/inputSchema/required"]
    assert detail["pinned"] != detail["found"]
    assert Delivery.objects.filter(event="route_drifted", recipient=stage.sam).exists()


def test_a_version_with_the_new_pin_lifts_the_suspension(stage: Stage) -> None:
    with tickets() as (upstream, backend):
        route = published(stage, discovered(stage, backend))
        schema = {"type": "object", "properties": {**SCHEMA["properties"], "n": {}}}
        upstream.tools["create_issue"] = create_issue(
            schema={**schema, "required": ["queue"]}
        )
        compare_catalogues()
        route.refresh_from_db()
        was_suspended = route.suspended_at is not None

        published(stage, discovered(stage, backend))

        route.refresh_from_db()
        stage.call(route.tool, args={"queue": "payments"})
        stage.approve()
        answer = stage.call(route.tool, args={"queue": "payments"})

    assert was_suspended
    assert (route.suspended_at, route.drifted_at) == (None, None)
    assert getattr(answer, "state", "") == "completed"


def test_a_route_that_an_admin_suspended_stays_so(stage: Stage) -> None:
    with tickets() as (upstream, backend):
        route = published(stage, discovered(stage, backend))
        suspend(route, by=stage.sam, now=timezone.now())
        upstream.tools["create_issue"] = create_issue(
            schema={**SCHEMA, "description": "changed"}
        )

        published(stage, discovered(stage, backend))

    route.refresh_from_db()
    assert route.suspended_at is not None


def test_a_tool_that_is_gone_suspends_and_a_new_one_makes_no_draft(
    stage: Stage,
) -> None:
    with tickets() as (upstream, backend):
        route = published(stage, discovered(stage, backend))
        upstream.tools = {"delete_all": create_issue(name="delete_all")}

        compare_catalogues()
        compare_catalogues()

    route.refresh_from_db()
    assert route.suspended_at is not None
    assert sorted(drifts()) == ["gone", "new"]
    assert ImportedDraft.objects.count() == 1
    assert SeenTool.objects.filter(name="delete_all").count() == 1


def test_a_server_that_renames_its_tools_on_and_on_floods_nobody(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drift, "MAX_SEEN", 60)
    with tickets() as (upstream, backend):
        discovered(stage, backend)
        for look in range(2):
            names = [f"look_{look}_tool_{number}" for number in range(50)]
            upstream.tools = {name: create_issue(name=name) for name in names}
            compare_catalogues()

    assert drifts() == ["new"] * 2 * (drift.MAX_TOLD + 1)
    assert SeenTool.objects.count() == 50


def trips_at(first: Backend) -> Callable[..., list[str]]:
    """Return a comparison that fails for one backend."""

    def compare(tools: Any, *, backend: Backend, **more: Any) -> list[str]:
        if backend == first:
            raise DataError
        return drift.compare_catalogue(tools, backend=backend, **more)

    return compare


def test_a_server_that_trips_us_keeps_no_other_from_being_looked_at(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tickets() as (upstream, backend):
        route = published(stage, discovered(stage, backend))
        first = BackendFactory.create(name="aaa", kind="mcp", base_url=upstream.url)
        import_tools(first, lane=a_lane(), by=stage.sam, now=timezone.now())
        upstream.tools["create_issue"] = create_issue(
            schema={"type": "object", "properties": {}}
        )
        monkeypatch.setattr(catalogue, "compare_catalogue", trips_at(first))

        compare_catalogues()

    route.refresh_from_db()
    assert route.suspended_at is not None


def test_importing_compares_and_shows_what_changed(stage: Stage) -> None:
    with tickets() as (upstream, backend):
        draft = discovered(stage, backend)
        route = published(stage, draft)
        upstream.tools["create_issue"] = create_issue(
            schema={"type": "object", "properties": {}}
        )

        again = import_tools(backend, lane=a_lane(), by=stage.sam, now=timezone.now())

    route.refresh_from_db()
    assert route.suspended_at is not None
    assert any("changed its arguments" in line for line in again.lines)
    draft.refresh_from_db()
    assert draft.state == "changed"
