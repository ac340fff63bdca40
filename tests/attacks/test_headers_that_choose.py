"""An agent tries to choose host, path or method by a header of its request."""

from collections.abc import Iterator

import pytest

from governance.decision import Reason
from tests.attacks.door import turned_away
from tests.remotes import Remote, serving
from tests.stage import READ, Stage, answering

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

BODY = {"tool": "github.read_pr", "args": READ}


@pytest.fixture
def elsewhere() -> Iterator[Remote]:
    with serving(answering()) as remote:
        yield remote


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
        "Mcp-Method": "tools/call",
        "Mcp-Name": "github.merge_pr",
        "Mcp-Session-Id": "ses_x",
        "Sealwright-Backend": there,
        "Sealwright-Tenant": "team-zeta",
        "Sealwright-Agent": "root",
        "Proxy": elsewhere.url,
        "Via": elsewhere.url,
    }

    for name, value in headers.items():
        answer = stage.post(BODY, **{name: value})
        assert answer.status_code == 200, name
    stage.post(BODY, **headers)

    assert elsewhere.connections == 0
    assert len(stage.remote.received) == len(headers) + 1
    for received in stage.remote.received:
        assert received.method == "GET"
        assert received.target == "/repos/acme/payments-api/pulls/184"
        assert received.all("Host") == [f"127.0.0.1:{stage.remote.port}"]
        names = {name.lower() for name, _ in received.headers}
        assert names.isdisjoint(name.lower() for name in headers)


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
