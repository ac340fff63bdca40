"""The list of events is closed, documented and the only source of outcomes."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit.events import ENDINGS, EVENTS, UnknownEvent, outcome_of
from audit.models import Record

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| `([a-z_.]+)` \| ([a-z]+) \| .+ \|$", re.MULTILINE)


def test_the_documentation_lists_what_the_code_lists() -> None:
    told = dict(ROW.findall((ROOT / "docs" / "events.md").read_text()))

    assert told == dict(EVENTS)


def test_every_name_is_a_subject_and_a_verb() -> None:
    name = re.compile(r"[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*")

    assert [event for event in EVENTS if not name.fullmatch(event)] == []


def test_every_outcome_is_one_that_a_record_can_have() -> None:
    assert set(EVENTS.values()) <= set(Record.Outcome.values)


def test_the_endings_of_a_call_are_events() -> None:
    assert set(EVENTS) >= ENDINGS


def test_an_unknown_event_has_no_outcome() -> None:
    with pytest.raises(UnknownEvent):
        outcome_of("call.invented")


RECORDERS = {"record", "record_denied", "record_flood", "prepare"}


def _recorded() -> Iterator[str]:
    """Give the event of every call that records one by its name."""
    for folder in ("audit", "governance", "approvals", "proxy"):
        for source in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(source.read_text())):
                match node:
                    case ast.Call(
                        func=ast.Name(id=name),
                        args=[ast.Constant(value=str(event)), *_],
                    ) if name in RECORDERS:
                        yield event


def test_nothing_records_an_event_that_nobody_declared() -> None:
    recorded = set(_recorded())

    assert "call.allowed" in recorded
    assert recorded <= set(EVENTS)
