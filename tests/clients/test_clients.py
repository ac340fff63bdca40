"""Clients that people use, without a model: list, read, ask, wait, run once, repeat."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest

from tests.clients.client import Client, client
from tests.clients.environments import PYTHON, TYPESCRIPT, Environment
from tests.e2e.people import Person
from tests.e2e.running import Running, up
from tests.ports import a_port

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

APPROVAL = re.compile(r"/approvals/(apr_[a-v0-9]+)/")


@dataclass(frozen=True, slots=True)
class Kind:
    """A client as people use it; ``waits``: its call ends once a person decided."""

    environment: Environment
    program: str
    arguments: tuple[str, ...] = ()
    waits: bool = False
    in_ci: bool = False


KINDS = {
    "mcp-2-auto": Kind(PYTHON["mcp2"], "mcp2.py", ("auto",), in_ci=True),
    "mcp-2-legacy": Kind(PYTHON["mcp2"], "mcp2.py", ("legacy",), in_ci=True),
    "mcp-2-url": Kind(PYTHON["mcp2"], "mcp2.py", ("url",), waits=True, in_ci=True),
    "mcp-1.30": Kind(PYTHON["mcp1"], "mcp1.py", in_ci=True),
    "fastmcp-4-tasks": Kind(
        PYTHON["fastmcp"], "with_fastmcp.py", waits=True, in_ci=True
    ),
    "pydantic-ai": Kind(PYTHON["pydantic-ai"], "with_pydantic_ai.py"),
    "openai-agents": Kind(PYTHON["openai-agents"], "with_openai_agents.py"),
    "langchain": Kind(PYTHON["langchain"], "with_langchain.py"),
    "typescript-sdk-1": Kind(TYPESCRIPT, "sdk1.mjs"),
    "typescript-client-2": Kind(TYPESCRIPT, "client2.mjs"),
    "inspector-legacy": Kind(TYPESCRIPT, "inspector.mjs", ("legacy",)),
    "inspector-modern": Kind(TYPESCRIPT, "inspector.mjs", ("modern",), waits=True),
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Return a demo that the tests here share."""
    with up(tmp_path_factory.mktemp("clients") / "var", a_port()) as running:
        yield running


@pytest.fixture(scope="module")
def ana(running: Running) -> Person:
    """Return Ana, signed in."""
    return Person.signed_in("ana", running)


def waiting_for(ana: Person) -> set[str]:
    return set(APPROVAL.findall(ana.open("/")))


def the_new_one(ana: Person, before: set[str]) -> str:
    """Return the request that came up, as soon as she sees it."""
    until = time.monotonic() + 120
    while not (new := waiting_for(ana) - before):
        assert time.monotonic() < until, "nobody was asked"
        time.sleep(0.1)
    (found,) = new
    return found


@pytest.mark.parametrize("name", KINDS)
def test_a_client_lists_reads_asks_and_runs_once(
    name: str, running: Running, ana: Person
) -> None:
    kind, demo = KINDS[name], running.demo
    before, asked = len(running.writes()), waiting_for(ana)
    at = (demo["mcp_url"], demo["agents"]["ci-agent"]["key"], *kind.arguments)
    args = {"queue": "ops", "title": f"Asked by {name}", "text": uuid4().hex}

    with client(kind.environment, kind.program, *at) as one:
        tools = one.tools()
        read = one.call("tickets_search", {"queue": "ops", "text": args["text"]})
        one.begin("tickets_create", args)
        approval = the_new_one(ana, asked)
        waiting = len(running.writes())
        told = decided(one, kind, ana, approval, args)
        again = one.call("tickets_create", args)
        found = one.call("tickets_search", {"queue": "ops", "text": args["text"]})

    assert {"tickets_create", "tickets_search", "approval_status"} <= set(tools)
    assert waiting == before
    assert f"Asked by {name}" in told
    assert "OPS-" in told
    assert "OPS-" in again
    assert "OPS-" not in read
    assert "OPS-" in found
    (write,) = running.writes()[before:]
    assert write["body"] == {"title": args["title"], "text": args["text"]}


def says_approved(status: str) -> bool:
    """Whether a status says it: in words, or as data where a client drops the words."""
    return status.startswith("APPROVED") or '"state": "approved"' in status


def decided(
    one: Client, kind: Kind, ana: Person, approval: str, args: dict[str, str]
) -> str:
    """Let Ana say yes, and return what the client has in the end."""
    if kind.waits:
        ana.approve(approval)
        return one.end()
    first = one.end()
    assert "APPROVAL_REQUIRED" in first
    assert approval in first
    pending = one.call("approval_status", {"approval_id": approval})
    ana.approve(approval)
    status = one.call("approval_status", {"approval_id": approval})
    assert not says_approved(pending), pending
    assert says_approved(status), status
    return one.call("tickets_create", args)
