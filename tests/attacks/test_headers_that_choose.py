"""An agent tries to choose host, path or method by a header of its request."""

import pytest

from audit.models import Record
from governance.decision import Reason
from tests.attacks.attack import newest_record
from tests.attacks.door import refusals_since, turned_away
from tests.remotes import Remote
from tests.stage import READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

REFUSED_AT_MCP = (
    [("request.refused", "header_mismatch")],
    [("request.refused", "unsupported_version")],
    [("request.refused", "invalid_request")],  # by the ladder of the newest revision
)
BODY = {"tool": "github.read_pr", "args": READ}


def untouched(stage: Stage, headers: dict[str, str], calls: int) -> None:
    """Expect that all calls went where they go without these headers."""
    assert len(stage.remote.received) == calls
    for received in stage.remote.received:
        assert received.method == "GET"
        assert received.target == "/repos/acme/payments-api/pulls/184"
        assert received.all("Host") == [f"127.0.0.1:{stage.remote.port}"]
        names = {name.lower() for name, _ in received.headers}
        assert names.isdisjoint(name.lower() for name in headers)


def test_no_header_of_the_caller_moves_a_call(stage: Stage, elsewhere: Remote) -> None:
    there = elsewhere.url.removeprefix("http://")
    headers = {
        "X-Forwarded-Host": there,
        "X-Forwarded-Server": there,
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Proto": "gopher",
        "Forwarded": f"host={there};proto=http",
        "X-Host": there,
        "X-Original-URL": "/admin/",
        "X-Rewrite-URL": "/admin/",
        "X-HTTP-Method-Override": "DELETE",
        "X-HTTP-Method": "DELETE",
        "X-Method-Override": "DELETE",
        "Sealwright-Backend": there,
        "Sealwright-Lane": "github-admin",
        "Sealwright-Tenant": "team-zeta",
        "Sealwright-Agent": "root",
        "Sealwright-Tool": "github.merge_pr",
        "X-Tenant": "team-zeta",
        "X-Backend": there,
        "X-Upstream": elsewhere.url,
        "X-Lane": "github-admin",
        "Mcp-Param-Repo": "payroll",
        "Proxy": elsewhere.url,
        "Via": elsewhere.url,
    }

    for name, value in headers.items():
        answer = stage.post(BODY, **{name: value})
        assert answer.status_code == 200, name
    stage.post(BODY, **headers)

    assert elsewhere.connections == 0
    untouched(stage, headers, len(headers) + 1)
    allowed = Record.objects.filter(event="call.allowed")
    seen = set(allowed.values_list("tenant", "agent", "tool", "lane"))
    assert seen == {("team-acme", "ci-agent", "github.read_pr", "github-comment")}


@pytest.mark.parametrize(
    "header",
    [
        {"Mcp-Name": "github.merge_pr"},
        {"Mcp-Method": "tools/list"},
        {"MCP-Protocol-Version": "1999-12-31"},
    ],
    ids=lambda header: next(iter(header)),
)
def test_a_header_that_names_what_is_called_is_refused_or_not_looked_at(
    stage: Stage, header: dict[str, str]
) -> None:
    newest = newest_record()

    answer = stage.post(BODY, **header)

    if stage.door is None:  # of MCP, which REST knows nothing of
        assert answer.status_code == 200
        untouched(stage, header, 1)
    else:
        assert answer.status_code == 400
        assert refusals_since(newest) in REFUSED_AT_MCP
        assert stage.sent() == 0


def test_a_method_in_a_header_makes_no_delete_of_a_post(stage: Stage) -> None:
    session = stage.post({"label": "mine"}, "sessions").json()["session_id"]

    problem = turned_away(
        stage,
        Reason.METHOD_NOT_ALLOWED,
        lambda: stage.post(
            "", f"sessions/{session}", **{"X-HTTP-Method-Override": "DELETE"}
        ),
    )

    assert problem["status"] == 405
    assert stage.get(f"sessions/{session}").status_code == 200


def test_a_path_in_a_header_leads_to_no_page(stage: Stage) -> None:
    answer = stage.get("tools", **{"X-Original-URL": "/admin/", "Host": "testserver"})

    assert answer.headers["Content-Type"] == "application/json"
    assert len(answer.json()["tools"]) == 3


def test_an_unknown_host_is_refused(stage: Stage) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example", "testserver@evil", "a b"):
        answer = stage.client.get(
            "/approvals/", headers={"Host": host, "X-Forwarded-Host": "testserver"}
        )

        assert answer.status_code == 400, host
        assert host.encode() not in answer.content
