"""Why this exact action was allowed, or was not: one sentence, from records.  Pure.

It is made when it is read and stored nowhere, so an erasure reaches it and it can't
differ from what is sealed.  In this order: when, who, what, where, because of which
rule, who said yes to exactly this, by which claim, how it ended.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from audit.columns import Row
from audit.digests import short_code
from audit.events import ENDINGS
from audit.leaf import committed
from audit.reasons import in_words
from audit.yes import approved_by


@dataclass(frozen=True, slots=True)
class Gaps:
    """Why names may be missing: erased, at a known time, or left out of an export."""

    erased_at: Mapping[str, datetime] = field(default_factory=dict)
    left_out: bool = False

    def in_place_of_a_name(self, record_id: str) -> str:
        """Return what stands where a person's name would."""
        if self.left_out:
            return "a person whose name is left out"
        erased_at = self.erased_at.get(record_id)
        when = f" on {_day(erased_at)}" if erased_at else ""
        return f"a person whose name was erased{when}"


_NONE: Final = Gaps()
# Not strftime: it is slow, and its words are those of the machine's language.
_YEAR: Final = (
    "January February March April May June July August September October November"
    " December"
)
_MONTHS: Final = _YEAR.split()
_HOW: Final = {
    "call.completed": "completed",
    "call.failed": "failed",
    "call.unknown": "was left with an unknown outcome",
}
_FINDINGS: Final = {
    "happened": "that it had happened",
    "did_not_happen": "that it had not happened",
    "cannot_tell": "that nobody can tell whether it happened",
}


def of_call(rows: Sequence[Row], *, gaps: Gaps = _NONE) -> str:
    """Return the sentence of a call from all of its records, in their order."""
    main = main_row(rows)
    told = of_record(main, gaps=gaps)
    if main["event"] != "call.allowed":
        return told
    endings = [_ending(row, main, gaps) for row in rows]
    how = " ".join(filter(None, endings)) or "How it ended is not recorded yet."
    return f"{told} {how}"


def of_record(row: Row, *, gaps: Gaps = _NONE) -> str:
    """Return the sentence of one record alone, as an export has it."""
    return f"On {_day(row['at'])} at {_clock(row['at'])} UTC, {clause(row, gaps=gaps)}."


def clause(row: Row, *, gaps: Gaps = _NONE) -> str:
    """Return the same without the time, for a list that shows it already."""
    return _TELL.get(row["event"], _anything)(row, gaps)


def main_row(rows: Sequence[Row]) -> Row:
    """Return the record that explains a call: it was allowed, or it was not."""
    by_event = {row["event"]: row for row in reversed(rows)}
    for event in ("call.allowed", "call.denied", "approval.requested"):
        if event in by_event:
            return by_event[event]
    return rows[0]


def _allowed(row: Row, gaps: Gaps) -> str:
    use = (
        f"; claim {row['claim_id']}, use {row['claim_use']} of {row['claim_max_uses']}"
    )
    return (
        f"{_agent(row, gaps)} was allowed to run {_action(row)},"
        f" because {_rule(row, gaps)}{use if row['claim_id'] else ''}"
    )


def _denied(row: Row, gaps: Gaps) -> str:
    why = in_words(row["reason"] or "no reason was recorded")
    return f"{_agent(row, gaps)} was not allowed to run {_action(row)}, because {why}"


def _asked(row: Row, gaps: Gaps) -> str:
    code = f" ({short_code(row['fingerprint'])})" if row["fingerprint"] else ""
    asked = f" in {row['approval_id']}" if row["approval_id"] else ""
    return (
        f"{_agent(row, gaps)} asked to run {_action(row)}: a person was asked to"
        f" approve exactly this action{code}{asked}, because {_rule(row, gaps)}"
    )


def _ended(row: Row, gaps: Gaps) -> str:
    action = f"the call of {_agent(row, gaps)} to run {_action(row)}"
    return f"{action} {_how(row)}"


def _resolved(row: Row, gaps: Gaps) -> str:
    return f"{_person(row, gaps)} found {_finding(row)}, for call {row['call_id']}"


def _anything(row: Row, gaps: Gaps) -> str:
    subject, verb = row["event"].replace("_", " ").split(".")
    why = f", because {in_words(row['reason'])}" if row["reason"] else ""
    return f"{_actor(row, gaps)}: {subject} {verb}{_about(row)}{why}"


def _about(row: Row) -> str:
    agent = row["agent"] if row["actor_kind"] != "agent" else None
    if not row["tool"]:
        return f", about agent {agent}" if agent else ""
    return f", about {_action(row)}{f' for {agent}' if agent else ''}"


_TELL: Final = {
    "call.allowed": _allowed,
    "call.denied": _denied,
    "approval.requested": _asked,
    "call.completed": _ended,
    "call.failed": _ended,
    "call.unknown": _ended,
    "call.resolved": _resolved,
}


def _ending(row: Row, main: Row, gaps: Gaps) -> str:
    if row["event"] in ENDINGS:
        return f"It {_how(row, _when(row['at'], after=main['at']))}."
    if row["event"] == "call.resolved":
        when = _when(row["at"], after=main["at"])
        return f"{_person(row, gaps)} found {when} {_finding(row)}."
    return ""


def _how(row: Row, when: str = "") -> str:
    status = (row["detail"] or {}).get("status")
    told = [_HOW[row["event"]]]
    told += [f"with status {status}"] if status else []
    told += [when] if when else []
    why = f", because {in_words(row['reason'])}" if row["reason"] else ""
    return f"{' '.join(told)}{why}"


def _finding(row: Row) -> str:
    finding = str((row["detail"] or {}).get("finding", ""))
    return _FINDINGS.get(finding, "what had happened")


def _rule(row: Row, gaps: Gaps) -> str:
    policy = row["policy"] or ""
    version = f"route version {row['route_version']}"
    if not policy.startswith("required"):
        _, _, justification = policy.partition(": ")
        return f"{version} asks for no approval" + _after_colon(justification)
    quorum = policy.removeprefix("required: ").partition(",")[0]
    if not row["approvers"]:
        gone = "approvers" in committed(row["leaf"])
        erased = (
            f" and {gaps.in_place_of_a_name(row['id'])} approved exactly this action"
        )
        return f"{version} asks for {quorum}{erased if gone else ''}"
    return f"{version} asks for {quorum} and {approved_by(row)}"


def _after_colon(words: str) -> str:
    return f": {words.rstrip('.')}" if words else ""


def _agent(row: Row, gaps: Gaps) -> str:
    if not row["agent"]:
        return f"somebody without a valid key{_of_tenant(row)}"
    inside = [f"session {row['session_id']}"] if row["session_id"] else []
    if row["on_behalf_of"] or "on_behalf_of" in committed(row["leaf"]):
        human = row["on_behalf_of"] or f"{gaps.in_place_of_a_name(row['id'])},"
        inside.append(f"for {human} by its own word")
    return f"{row['agent']}{_of_tenant(row)}" + (
        f" ({', '.join(inside)})" if inside else ""
    )


def _actor(row: Row, gaps: Gaps) -> str:
    match row["actor_kind"]:
        case "person":
            return f"{_person(row, gaps)}{_of_tenant(row)}"
        case "agent":
            return _agent(row, gaps)
        case "system":
            return f"Sealwright{_of_tenant(row)}"
        case _:
            return f"somebody unknown{_of_tenant(row)}"


def _person(row: Row, gaps: Gaps) -> str:
    return row["person"] or gaps.in_place_of_a_name(row["id"])


def _of_tenant(row: Row) -> str:
    return f" of {row['tenant']}" if row["tenant"] else ""


def _action(row: Row) -> str:
    if not row["tool"]:
        return "what it asked for"
    words = [row["tool"]]
    words += [f"on {row['scope']}"] if row["scope"] else []
    words += [f"through {row['backend']}"] if row["backend"] else []
    words += [f"with lane {row['lane']}"] if row["lane"] else []
    return " ".join(words)


def _when(at: datetime, *, after: datetime) -> str:
    if at.astimezone(UTC).date() == after.astimezone(UTC).date():
        return f"at {_clock(at)}"
    return f"on {_day(at)} at {_clock(at)}"


def _day(at: datetime) -> str:
    at = at.astimezone(UTC)
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"


def _clock(at: datetime) -> str:
    return at.astimezone(UTC).time().isoformat("seconds")
