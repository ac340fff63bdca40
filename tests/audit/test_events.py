"""The list of events is closed, documented and the only source of outcomes."""

import re
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
