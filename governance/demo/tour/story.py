"""The steps of the tour; each says what was tried, and what remote and record say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from governance.demo.tour.client import Cast, Surprise, Told, until
from governance.demo.tour.evidence import tampered_export
from governance.demo.tour.killing import web_process

COMMENTS: Final = "/repos/acme/payments-api/issues/{pull}/comments"
TICKETS: Final = "/queues/ops/tickets"
SLOW_SECONDS: Final = 8


@dataclass(slots=True)
class Tour:
    """One tour; ``say`` takes each line as it happens."""

    cast: Cast
    say: Callable[[str], object]
    checkout: Path
    number: int = 0
    # Of this tour alone, so that it can be played again.
    mark: str = field(default_factory=lambda: uuid4().hex[:6])

    def step(self, title: str) -> None:
        """Begin a step."""
        self.number += 1
        self.say(f"\n{self.number}. {title}")

    def tried(self, line: str) -> None:
        """Say what somebody tried, and what he got."""
        self.say(f"   tried:  {line}")

    def remote(self, line: str) -> None:
        """Say what the remote knows of it."""
        self.say(f"   remote: {line}")

    def waiting(self, line: str) -> None:
        """Say what is waited for, so that nobody takes it for a hang."""
        self.say(f"   …       {line}")

    def record(self, name: str, event: str) -> None:
        """Say what the record tells about an id, once it is sealed, and where."""
        self.recorded(self.cast.olu.record_of(name, event))

    def recorded(self, leaf: Mapping[str, Any]) -> None:
        """Say what a record tells, and where it is shown."""
        why = f", {leaf['reason']}" if "reason" in leaf else ""
        page = f"{self.cast.ci_agent.base_url}/audit/records/{leaf['id']}/"
        self.say(f"   record: {leaf['event']}{why}")
        self.say(f"           {page}")

    def comment(self, pull: int, text: str = "") -> dict[str, Any]:
        """Return the arguments of a comment of this tour."""
        body = text or f"Reviewed, no objections. [{self.mark}]"
        return {"repo": "payments-api", "pull": pull, "body": body}


def play(tour: Tour) -> None:
    """Play the whole story.

    Raises Surprise if one of its steps ends otherwise than it should.
    """
    claim = poisoned(tour)
    stolen(tour, claim)
    one_letter(tour)
    call_id = killed(tour)
    neighbour(tour)
    flipped(tour)
    afterwards(tour, call_id)


def poisoned(tour: Tour) -> str:
    """Approve #184, and let an issue talk the agent into #185; return the claim."""
    tour.step("A poisoned issue: #184 was approved, and the agent goes for #185.")
    agent, remote = tour.cast.ci_agent, tour.cast.remote
    asked = agent.call("github.comment_pr", tour.comment(184))
    asked.expect(202, "approval_required")
    approval = asked.body["approval"]
    tour.tried(f"comment on #184: {asked}, code {approval['code']}; ana says yes")
    tour.cast.ana.decide(approval["id"])
    claim = agent.send(
        "/v1/claims", {"tool": "github.comment_pr", "args": tour.comment(184)}
    )
    token: str = claim.body["claim"]
    before = remote.count(COMMENTS.format(pull=185))
    refused = agent.call("github.comment_pr", tour.comment(185), claim=token)
    _refused(refused)
    tour.tried(f"the same claim for #185: {refused}")
    tour.remote(f"{_since(tour, 185, before)} comments on #185")
    tour.record(refused.body["request_id"], "call.denied")
    return token


def stolen(tour: Tour, claim: str) -> None:
    """Spend the claim once, and let others try it again."""
    tour.step("The claim is stolen and replayed.")
    cast, before = tour.cast, tour.cast.remote.count(COMMENTS.format(pull=184))
    by_thief = cast.ana_agent.call("github.comment_pr", tour.comment(184), claim=claim)
    _refused(by_thief)
    tour.tried(f"another agent shows it: {by_thief}")
    ran = cast.ci_agent.call("github.comment_pr", tour.comment(184), claim=claim)
    ran.expect(200, "completed")
    tour.tried(f"its own agent shows it: {ran}")
    again = cast.ci_agent.call("github.comment_pr", tour.comment(184), claim=claim)
    again.expect(409, "claim_spent")
    tour.tried(f"and once more: {again}")
    tour.remote(f"{_since(tour, 184, before, wanted=1)} comment on #184")
    tour.record(again.body["request_id"], "call.denied")


def one_letter(tour: Tour) -> None:
    """Change the approved text by one letter."""
    tour.step("The text is changed by one letter.")
    agent = tour.cast.ci_agent
    before = tour.cast.remote.count(COMMENTS.format(pull=184))
    args = tour.comment(184)
    changed = {**args, "body": args["body"].replace("no objections", "my objections")}
    asked = agent.call("github.comment_pr", changed)
    asked.expect(202, "approval_required")
    tour.tried(f"“my objections” for “no objections”: {asked}, a new approval")
    tour.remote(f"{_since(tour, 184, before)} comments more")
    tour.record(asked.body["approval"]["id"], "approval.requested")
    agent.send(f"/v1/approvals/{asked.body['approval']['id']}/cancel", {})


def killed(tour: Tour) -> str:
    """Kill the process after the commit and the send; return the call."""
    tour.step("The process is killed with -9 while the remote works.")
    tour.waiting("a second web process starts, to be killed")
    agent, remote = tour.cast.ci_agent, tour.cast.remote
    ticket = {"queue": "ops", "title": f"Disk is filling up [{tour.mark}]", "text": ""}
    asked = agent.call("tickets.create", ticket)
    approval_id = asked.expect(202, "approval_required").body["approval"]["id"]
    tour.cast.ana.decide(approval_id)
    before = remote.count(TICKETS)
    with web_process(tour.checkout) as process:
        remote.behave(mode="slow", seconds=SLOW_SECONDS)
        process.kill_during(
            lambda beside: beside.call("tickets.create", ticket),
            agent=agent,
            seen=lambda: remote.count(TICKETS) > before,
        )
    tour.tried("a ticket, approved; its web process dies as the remote has the request")
    again = agent.call("tickets.create", ticket)
    tour.tried(f"the same ticket, through another process: {again}")
    if remote.count(TICKETS) != before + 1:
        raise Surprise("The remote got the ticket twice.")
    tour.remote("1 ticket; the answer got lost with the process")
    found = agent.get(f"/v1/approvals/{approval_id}").body["approval"]
    return str(found["call_id"])


def neighbour(tour: Tour) -> None:
    """Let a route with a mistake use its credential for another repository."""
    tour.step("A route with a mistake takes its credential to the neighbour.")
    args = {"repo": "payments-api", "pull": 7}
    told = tour.cast.ci_agent.call("github.read_neighbour", args)
    _refused(told)
    tour.tried(f"web-shop with the token for payments-api: {told}")
    leaf = tour.cast.olu.record_of(told.body["call_id"], "call.failed")
    tour.remote(f"{leaf['detail']['status']}: that token is for payments-api alone")
    tour.recorded(leaf)


def flipped(tour: Tour) -> None:
    """Export the evidence, verify it alone, and flip one byte."""
    tour.step("One byte of the evidence is flipped.")
    for line in tampered_export(tour.checkout):
        tour.tried(line)


def afterwards(tour: Tour, call_id: str) -> None:
    """Come back to the killed call."""
    tour.step("Back to the killed process: what became of its call?")

    def settled() -> Told | None:
        told = tour.cast.ci_agent.get(f"/v1/calls/{call_id}")
        is_open = told.body.get("status") in {"queued", "sending"}
        return None if is_open else told

    tour.waiting("its deadline has to pass: until then the answer may still come")
    told = until(settled, what="end of the killed call")
    tour.tried(f"asking for the call: {told}; it is never sent again by itself")
    tour.record(call_id, "call.unknown")


def _refused(told: Told) -> None:
    if told.status < 400:  # noqa: PLR2004 - the first of HTTP's refusals
        raise Surprise(f"It was not refused: {told}.")


def _since(tour: Tour, pull: int, before: int, *, wanted: int = 0) -> int:
    count = tour.cast.remote.count(COMMENTS.format(pull=pull)) - before
    if count != wanted:
        raise Surprise(f"The remote got {count} comments on #{pull}, not {wanted}.")
    return count
