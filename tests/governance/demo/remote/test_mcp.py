"""The MCP face of the demo remote, asked by our own client and by hand."""

from collections.abc import Iterator
from typing import Any

import pytest

from governance.decision import Risk
from governance.egress import BackendSettings, Deadline, Egress
from governance.mapping import MappedToolCall
from proxy.backends.answers import result_body
from proxy.backends.mcp import OutboundToolCall, list_tools, send
from proxy.backends.mcp.eras import ERAS
from proxy.credentials.credential import Credential
from tests.governance.demo.conftest import TOKENS, Client

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
LENT = Credential(("Authorization", f"Bearer {TOKENS['tickets-read']}"))


def backend(remote: Client) -> BackendSettings:
    ERAS.clear()
    return BackendSettings(1, 1, f"{remote.url}/mcp", ("127.0.0.1/32",))


@pytest.fixture
def egress() -> Iterator[Egress]:
    egress = Egress()
    yield egress
    egress.close()


def test_a_ticket_that_was_created_is_found_by_its_text(
    remote: Client, egress: Egress
) -> None:
    ticket = {"title": "The shop is down", "text": "since noon"}
    remote.ask("POST", "/queues/ops/tickets", ticket, lane="tickets-write")
    remote.ask("POST", "/queues/billing/tickets", ticket, lane="tickets-write")
    args: dict[str, Any] = {"queue": "ops", "text": "noon"}
    mapped = MappedToolCall("search_tickets", args, "cal_1")
    call = OutboundToolCall(backend(remote), mapped, Risk.READ, TRACE, Deadline(60))

    outcome = send(call, LENT, egress=egress)

    body: Any = result_body(outcome.body or b"", outcome.content_type)
    [found] = body["structuredContent"]["tickets"]
    assert (found["id"], found["title"]) == ("OPS-1", "The shop is down")


def test_its_tools_are_listed_in_both_eras(remote: Client, egress: Egress) -> None:
    tools = list_tools(
        backend(remote), LENT, traceparent=TRACE, deadline=Deadline(60), egress=egress
    )
    listing = {"id": 1, "method": "tools/list"}
    _, legacy = remote.ask("POST", "/mcp", listing, lane="tickets-read")

    assert [tool.name for tool in tools] == ["search_tickets"]
    assert legacy["result"]["tools"] == [dict(tools[0].definition)]


OTHERS: list[tuple[Any, int, Any]] = [
    ({"id": 1, "method": "prompts/list"}, 200, -32601),
    ({"id": 1, "method": "tools/call", "params": {"name": "x"}}, 200, -32602),
    ({"method": "notifications/initialized"}, 202, None),
    ([], 400, None),
]


@pytest.mark.parametrize(("message", "status", "code"), OTHERS)
def test_what_it_does_not_offer_it_says(
    remote: Client, message: Any, status: int, code: int | None
) -> None:
    answer = remote.send("POST", "/mcp", message, lane="tickets-read")

    assert answer.status_code == status
    if code is not None:
        assert answer.json()["error"]["code"] == code


def test_a_session_is_opened_in_the_revision_that_was_asked_for(
    remote: Client,
) -> None:
    params = {"protocolVersion": "2025-06-18"}
    opening = {"id": 0, "method": "initialize", "params": params}

    _, answer = remote.ask("POST", "/mcp", opening, lane="tickets-read")

    assert answer["result"]["protocolVersion"] == "2025-06-18"


def test_an_unknown_queue_is_a_tools_own_failure(remote: Client) -> None:
    params = {"name": "search_tickets", "arguments": {"queue": "secret"}}
    asked = {"id": 1, "method": "tools/call", "params": params}

    _, answer = remote.ask("POST", "/mcp", asked, lane="tickets-read")

    assert answer["result"]["isError"] is True
