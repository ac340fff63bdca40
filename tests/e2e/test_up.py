"""The demo as a newcomer meets it: up, asked, approved, run once, killed, up again."""

import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from django.conf import settings

from tests.e2e.people import Person
from tests.e2e.running import Running, paste, python, started, up
from tests.ports import a_port

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

TICKET: Final = {
    "tool": "tickets.create",
    "args": {"queue": "ops", "title": "Disk is filling up", "text": "92 % on db-1."},
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Return a demo that the tests here share."""
    with up(tmp_path_factory.mktemp("demo") / "var", a_port()) as running:
        yield running


def the_code_of_the_readme() -> str:
    text = (settings.BASE_DIR / "README.md").read_text("utf-8")
    return text.split("```python\n")[1].split("```")[0]


def until_completed(running: Running, call_id: str, *, seconds: float = 120) -> Any:
    """Poll as an agent does."""
    deadline = time.monotonic() + seconds
    while (call := running.get(f"/v1/calls/{call_id}"))["status"] != "completed":
        assert time.monotonic() < deadline, call
        time.sleep(0.1)
    return call


def until_sealed(auditor: Person, call_id: str, *, seconds: float = 120) -> str:
    """Look at the page of a call until exports hold its records too."""
    deadline = time.monotonic() + seconds
    while "waits for its place" in (page := auditor.open(f"/audit/calls/{call_id}/")):
        assert time.monotonic() < deadline, page
        time.sleep(0.1)
    return page


def until_given_back(
    running: Running, newest: int, *, seconds: float = 120
) -> list[dict[str, Any]]:
    """Wait until the newest tokens live no more: a call is answered before, if late."""
    deadline = time.monotonic() + seconds
    while True:
        lent = running.issued()[-newest:]
        if all(each["revoked"] for each in lent):
            return lent
        assert time.monotonic() < deadline, lent
        time.sleep(0.1)


def test_the_three_commands_do_what_they_say(running: Running) -> None:
    before = len(running.writes())
    a_read, a_write, the_same = running.commands

    read, asked = paste(a_read), paste(a_write)
    approval = asked["approval"]
    waiting = len(running.writes())
    page = Person.signed_in("ana", running).approve(approval["id"])
    ran = paste(the_same)

    assert (read["status"], read["result"]["status"]) == ("completed", 200)
    assert (asked["status"], waiting) == ("approval_required", before)
    assert "Approved by ana" in page
    assert (ran["status"], ran["result"]["status"]) == ("completed", 201)
    (write,) = running.writes()[before:]
    assert write["path"] == "/repos/acme/payments-api/issues/184/comments"
    (lent,) = until_given_back(running, 1)
    assert write["headers"]["authorization"] == lent["token"]
    assert lent["repositories"] == ["payments-api"]
    assert lent["permissions"] == {"issues": "write", "metadata": "read"}
    again = paste(the_same)
    assert (again["call_id"], again["replayed"]) == (ran["call_id"], True)
    assert len(running.writes()) == before + 1


def test_a_credential_is_refused_for_the_neighbour_repository(
    running: Running,
) -> None:
    def read(repo: str) -> Any:
        args = {"repo": repo, "pull": 7}
        return running.call({"tool": "github.read_neighbour", "args": args})

    neighbour, own = read("payments-api"), read("web-shop")

    assert neighbour["status"] == 502
    assert neighbour["detail"] == "The backend refused Sealwright's credential."
    assert (own["status"], own["result"]["status"]) == ("completed", 200)
    lent = until_given_back(running, 2)
    assert [each["repositories"] for each in lent] == [["payments-api"], ["web-shop"]]


def test_olu_finds_out_why_it_was_allowed(running: Running) -> None:
    body = {"repo": "web-shop", "pull": 7, "body": "Please rebase."}
    comment = {"tool": "github.comment_pr", "args": body}
    asked = running.call(comment)
    Person.signed_in("ben", running).approve(asked["approval"]["id"])
    call_id = running.call(comment)["call_id"]

    olu = Person.signed_in("olu", running)
    page = until_sealed(olu, call_id)
    rows = olu.open(f"/audit/export.csv?q={call_id}").splitlines()

    assert "ben" in page
    assert "repo:web-shop/pull:7" in page
    assert "equal to the record" in page
    events = [re.findall(r"call\.\w+|approval\.\w+", row) for row in rows[1:]]
    assert ["call.allowed"] in events
    assert ["call.completed"] in events


def test_a_deferred_call_runs_by_itself_once_approved(running: Running) -> None:
    asked = running.call({**TICKET, "mode": "deferred"})
    before = len(running.writes())

    Person.signed_in("ana", running).approve(asked["approval"]["id"])
    approval = running.get(f"/v1/approvals/{asked['approval']['id']}?wait=20")
    call = until_completed(running, approval["approval"]["call_id"])

    assert call["result"]["status"] == 201
    (write,) = running.writes()[before:]
    assert write["body"] == {"title": "Disk is filling up", "text": "92 % on db-1."}


def test_the_teams_do_not_see_each_other(running: Running) -> None:
    asked = running.call(TICKET, agent="zeta-agent")
    path = f"/approvals/{asked['approval']['id']}/"

    ana = Person.signed_in("ana", running)
    zoe = Person.signed_in("zoe", running)

    assert ana.http.get(ana.base_url + path, timeout=120).status_code == 404
    assert "Confirm" in zoe.open(path)
    assert running.get(f"/v1{path}")["code"] == "not_found"


def test_an_answer_and_the_log_hold_no_credential(running: Running) -> None:
    read = {"tool": "cloud.read_logs", "args": {"project": "shop", "service": "api"}}
    remote = running.demo["remote_url"]
    running.http.post(f"{remote}/_behave", json={"mode": "echo"}, timeout=120)

    answer = running.call(read)

    assert answer["result"]["body"]["query"] == {"minutes": "15"}
    told = f"{answer}{running.text}"
    assert not [lane for lane, token in running.tokens().items() if token in told]


def test_killed_and_started_again_it_goes_on_where_it_was(tmp_path: Path) -> None:
    folder, port = tmp_path / "var", a_port()
    with up(folder, port) as first:
        command = first.commands[1]
        ana = Person.signed_in("ana", first)
        ana.approve(paste(command)["approval"]["id"])
        ran = paste(command)
        waiting = first.call(TICKET)["approval"]["id"]
        handed_out = first.demo
        first.kill()

    with up(folder, port) as second:
        again = paste(command)
        nothing_sent = second.writes()
        pending = second.get(f"/v1/approvals/{waiting}")["approval"]
        ana.approve(waiting)
        ticket = second.call(TICKET)

        assert second.demo == handed_out
        assert (again["call_id"], again["replayed"]) == (ran["call_id"], True)
        assert nothing_sent == []
        assert pending["state"] == "pending"
        assert (ticket["status"], len(second.writes())) == ("completed", 1)


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]

        with started("up", "--data", str(tmp_path), "--port", str(port)) as process:
            said, _ = process.communicate(timeout=1200)

    assert process.returncode == 1
    assert said == (
        f"CommandError: Port {port} is taken: stop what listens there, or choose "
        "another with --port.\n"
    )


def test_the_agent_of_the_readme_waits_for_a_person(running: Running) -> None:
    before = len(running.writes())
    demo = running.demo
    environ = {
        "SEALWRIGHT_URL": demo["base_url"],
        "SEALWRIGHT_KEY": demo["agents"]["ci-agent"]["key"],
    }

    with python(the_code_of_the_readme(), environ) as agent:
        assert agent.stdout
        told = agent.stdout.readline()
        Person.signed_in("ana", running).approve(told.split("/")[-2])
        answer = agent.stdout.read()

    assert "waits for a person" in told
    assert "'status': 'completed'" in answer
    assert len(running.writes()) == before + 1
