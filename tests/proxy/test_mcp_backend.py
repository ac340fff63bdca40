"""A governed call to a route on an MCP server, through the road and its pages."""

from collections.abc import Iterator

import pytest
from django.utils import timezone

from audit.models import Record
from governance.models import Backend, Route, RouteVersion
from governance.refusals import Refused
from governance.services import save_backend
from proxy.asking import Ended
from proxy.backends.mcp.eras import ERAS
from proxy.preview import MASK, preview_route
from tests.approvals.pages import as_, text
from tests.fixtures.mcp_upstream import Upstream, serving_mcp
from tests.fixtures.upstream_routes import publish_echo
from tests.stage import SECRET, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    ERAS.clear()
    with serving_mcp(Upstream()) as upstream:
        yield upstream


@pytest.fixture
def route(stage: Stage, upstream: Upstream) -> Route:
    return publish_echo(stage, upstream)


def test_what_was_approved_is_called_once_with_the_lanes_credential(
    stage: Stage, route: Route, upstream: Upstream
) -> None:
    args = {"text": "hello"}
    stage.approved(tool="upstream.echo", args=args)

    ended = stage.call("upstream.echo", args=args)
    again = stage.call("upstream.echo", args=args)

    assert isinstance(ended, Ended)
    assert isinstance(again, Ended)
    assert (ended.state, ended.reason, again.replayed) == ("completed", None, True)
    [call] = upstream.calls
    assert call.body["id"] == ended.call_id
    assert call.body["params"]["arguments"] == args
    assert call.headers["authorization"] == f"Bearer {SECRET}"
    record = Record.objects.get(event="call.completed")
    assert record.backend_origin == upstream.url.removesuffix("/mcp")


def test_rest_shows_the_result_as_one_body(
    stage: Stage, route: Route, upstream: Upstream
) -> None:
    args = {"text": "hello"}
    stage.approved(tool="upstream.echo", args=args)

    answer = stage.post({"tool": "upstream.echo", "args": args})

    assert answer.status_code == 200
    assert answer.json()["result"] == {
        "status": 200,
        "content_type": "application/json",
        "body": {
            "content": [{"type": "text", "text": "hello"}],
            "structuredContent": {"echo": args},
            "isError": False,
        },
    }


def test_the_try_it_page_shows_the_exact_message(
    stage: Stage, route: Route, upstream: Upstream
) -> None:
    version = RouteVersion.objects.select_related("route__tenant").get(route=route)

    shown = preview_route(version, {"text": "hello"})

    assert (shown.method, shown.url) == ("POST", upstream.url)
    headers = dict(shown.headers)
    assert headers["Mcp-Name"] == "echo"
    assert headers["Authorization"] == f"Bearer {MASK}"
    assert '"arguments":{"text":"hello"}' in shown.body
    assert upstream.received == []


def test_approvers_read_which_tool_of_which_server_is_called(
    stage: Stage, route: Route
) -> None:
    stage.call("upstream.echo", args={"text": "hello"})

    page = as_("ana").get(f"/approvals/{stage.pending().pk}/")

    shown = text(page.text)
    assert "upstream (an MCP server; its tool echo )" in shown


def test_a_backend_keeps_its_kind(stage: Stage, route: Route) -> None:
    backend = Backend.objects.get(name="upstream")
    backend.kind = "http"

    with pytest.raises(Refused, match="keeps its kind"):
        save_backend(backend, by=stage.sam, now=timezone.now())
