"""The whole catalogue of an upstream, within bounds."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from governance.decision import Reason, Risk
from governance.egress import BackendSettings, Deadline, Egress
from governance.mapping import MappedToolCall
from proxy.backends.mcp import (
    ListingFailed,
    OutboundToolCall,
    UpstreamTool,
    list_tools,
    listing,
    send,
)
from proxy.backends.mcp.eras import ERAS
from proxy.credentials.credential import Credential
from tests.fixtures.mcp_tools import ALL
from tests.fixtures.mcp_upstream import Upstream, serving_mcp

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    ERAS.clear()
    with serving_mcp(Upstream()) as upstream:
        yield upstream


@pytest.fixture
def egress() -> Iterator[Egress]:
    egress = Egress()
    yield egress
    egress.close()


def backend(upstream: Upstream) -> BackendSettings:
    return BackendSettings(
        1, 1, upstream.url, ("127.0.0.1/32",), max_response_bytes=1024
    )


def listed(upstream: Upstream, egress: Egress) -> list[UpstreamTool]:
    return list_tools(
        backend(upstream),
        Credential(),
        traceparent=TRACE,
        deadline=Deadline(60),
        egress=egress,
    )


@pytest.mark.parametrize("era", ["modern", "legacy"])
@pytest.mark.parametrize("streams", [False, True])
def test_all_pages_are_read_though_the_backend_may_answer_little(
    upstream: Upstream, egress: Egress, era: Any, streams: bool
) -> None:
    upstream.era, upstream.page, upstream.streams = era, 3, streams

    tools = listed(upstream, egress)

    assert [tool.name for tool in tools] == list(ALL)
    assert tools[-1].definition == ALL["echo"].definition()
    assert tools[-1].input_schema == ALL["echo"].schema
    assert len(upstream.asked("tools/list")) == -(-len(ALL) // 3)
    assert len(upstream.asked("initialize")) == (1 if era == "legacy" else 0)


def test_a_catalogue_route_asks_for_the_list_as_its_call(
    upstream: Upstream, egress: Egress
) -> None:
    mapped = MappedToolCall("", {}, "cal_1")
    call = OutboundToolCall(backend(upstream), mapped, Risk.READ, TRACE, Deadline(60))

    outcome = send(call, Credential(), egress=egress)

    assert (outcome.state, outcome.reason, outcome.status) == ("completed", None, 200)
    names = [tool["name"] for tool in json.loads(outcome.body or b"")["tools"]]
    assert names == list(ALL)
    assert outcome.origin == upstream.url.removesuffix("/mcp")


def test_a_list_that_never_ends_is_given_up(
    upstream: Upstream, egress: Egress, monkeypatch: pytest.MonkeyPatch
) -> None:
    upstream.page = 1
    monkeypatch.setattr(listing, "MAX_PAGES", 3)

    with pytest.raises(ListingFailed) as failure:
        listed(upstream, egress)

    assert failure.value.outcome.reason is Reason.BACKEND_ERROR
    assert len(upstream.asked("tools/list")) == 3


def test_too_many_tools_are_none(
    upstream: Upstream, egress: Egress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "MAX_TOOLS", len(ALL) - 1)

    with pytest.raises(ListingFailed, match="too many"):
        listed(upstream, egress)


def test_too_many_bytes_are_none(
    upstream: Upstream, egress: Egress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "MAX_BYTES", 2000)
    upstream.page = 2

    with pytest.raises(ListingFailed):
        listed(upstream, egress)


def test_two_tools_of_one_name_are_none(upstream: Upstream, egress: Egress) -> None:
    upstream.tools["other"] = replace(ALL["echo"], description="another")

    with pytest.raises(ListingFailed, match="twice"):
        listed(upstream, egress)


@pytest.mark.parametrize(
    "tools",
    [
        None,
        {},
        ["echo"],
        [{"inputSchema": {}}],
        [{"name": "x"}],
        [{"name": "x", "inputSchema": True}],
    ],
)
def test_what_is_no_list_of_tools_is_none(
    upstream: Upstream, egress: Egress, tools: Any
) -> None:
    upstream.listing = {"tools": tools}

    with pytest.raises(ListingFailed):
        listed(upstream, egress)


def test_a_name_that_nobody_can_keep_is_none(
    upstream: Upstream, egress: Egress
) -> None:
    tool = {"name": "t" * 257, "inputSchema": {"type": "object"}}
    upstream.listing = {"tools": [tool]}

    with pytest.raises(ListingFailed, match="256 characters"):
        listed(upstream, egress)


@pytest.mark.parametrize("cursor", ["c" * 4097, 7, {}])
def test_half_a_list_is_none(upstream: Upstream, egress: Egress, cursor: Any) -> None:
    upstream.listing = {"tools": [], "nextCursor": cursor}

    with pytest.raises(ListingFailed, match="can't be followed"):
        listed(upstream, egress)


@pytest.mark.parametrize("status", [401, 403])
def test_a_credential_that_lists_nothing_is_dropped(
    upstream: Upstream, egress: Egress, status: int
) -> None:
    upstream.listing_status = status

    with pytest.raises(ListingFailed) as failure:
        listed(upstream, egress)

    assert failure.value.outcome.drop_lease


def test_an_upstream_that_is_away_has_no_list(
    upstream: Upstream, egress: Egress
) -> None:
    gone = replace(backend(upstream), base_url="http://127.0.0.1:1/mcp")

    with pytest.raises(ListingFailed) as failure:
        list_tools(
            gone,
            Credential(),
            traceparent=TRACE,
            deadline=Deadline(60),
            egress=egress,
        )

    assert failure.value.outcome.reason is Reason.BACKEND_UNREACHABLE
