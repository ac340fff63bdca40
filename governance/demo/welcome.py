"""What ``up`` says once the demo is ready: where, who, and what to try."""

import json
import shlex
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from governance.demo.handout import NAME, Handout
from governance.demo.people import PEOPLE, TEAM, DemoPerson

AGENT = "ci-agent"
PULL = {"repo": "payments-api", "pull": 184}


def welcome(handout: Handout, *, folder: Path, at: datetime) -> str:
    """Return the closing words of ``up``; ``at`` makes the demo's write a new one."""
    return "\n".join(_lines(handout, folder, at))


def commands(handout: Handout, *, at: datetime) -> tuple[str, str]:
    """Return the read that runs at once and the write that waits, to be pasted."""
    comment = {**PULL, "body": f"Looks good to me, as of {at:%H:%M:%S}."}
    write = {
        "tool": "github.comment_pr",
        "args": comment,
        "reason": "The tests pass and the author asked for a second look.",
    }
    return (
        _curl(handout, {"tool": "github.read_pr", "args": PULL}),
        _curl(handout, write),
    )


def _lines(handout: Handout, folder: Path, at: datetime) -> Iterator[str]:
    read, write = commands(handout, at=at)
    yield ""
    yield from (f"  {words:<26}{url}" for words, url in _addresses(handout))
    yield ""
    yield "  Who can sign in, with which password"
    yield ""
    yield from (_sign_in(person, handout) for person in PEOPLE)
    yield ""
    yield f"  The key of {AGENT}, for which sam answers"
    yield ""
    yield f"    {handout.keys[AGENT]}"
    yield ""
    yield "  Three commands to paste into another terminal"
    yield ""
    yield "  1. A read, which runs at once:"
    yield from ("", read, "")
    yield "  2. A write, which waits for a person:"
    yield from ("", write, "")
    yield f"     Now sign in as ana at {handout.base_url}/approvals/ and approve it."
    yield ""
    yield "  3. The same call again, which now runs, exactly once:"
    yield from ("", write, "")
    yield f"     The remote's own count of it is at {handout.remote_url}/_received."
    yield "     Its credential was for this one repository, and ended with the call:"
    yield f"     {handout.remote_url}/_issued shows it."
    yield f"     Why it was allowed, olu finds out at {handout.base_url}/audit/."
    yield ""
    yield "  Or watch, for about a minute, what is stopped and what is proved:"
    yield ""
    yield shlex.join(["./dev", "tour", "--data", str(folder)])
    yield ""
    yield f"  All of this is in {folder / NAME}, too."
    yield ""


def _addresses(handout: Handout) -> Iterator[tuple[str, str]]:
    yield "Sealwright", f"{handout.base_url}/"
    yield "Its configuration (sam)", f"{handout.base_url}/admin/"
    yield "The demo's mail", f"{handout.base_url}/mailbox/"
    yield "The API, described", f"{handout.base_url}/v1/openapi.json"
    yield "The demo remote", f"{handout.remote_url}/_received"


def _sign_in(person: DemoPerson, handout: Handout) -> str:
    where = "" if person.tenant == TEAM else f" of {person.tenant}"
    roles = " and ".join(person.roles)
    return f"    {person.name:<6}{handout.passwords[person.name]}   {roles}{where}"


def _curl(handout: Handout, call: Mapping[str, object]) -> str:
    return shlex.join(
        [
            *("curl", "-sS", "-w", r"\n", f"{handout.base_url}/v1/calls"),
            *("-H", f"Authorization: Bearer {handout.keys[AGENT]}"),
            *("-H", "Content-Type: application/json"),
            *("-d", json.dumps(call, separators=(",", ":"))),
        ]
    )
