"""Every way to change a log of fifty records, one record at a time."""

import io
import re

import pytest
from django.core.management import CommandError, call_command

from audit import drill
from audit.models import Record
from tests.audit.evidence import CALL, write
from tests.audit.sealed import seal_all, some_calls

pytestmark = pytest.mark.django_db


def test_every_change_of_every_record_is_found_and_its_index_named() -> None:
    some_calls(12)
    write("session.opened", {**CALL, "call_id": None})
    write("key.created", {"tenant": "team-acme", "person": "sam"})
    seal_all()
    before = Record.objects.count()
    told = io.StringIO()

    call_command("tamper_drill", stdout=told)

    assert re.findall(r"(\d+) of 50 found", told.getvalue()) == ["50"] * 7
    assert len(drill.CHANGES) == 7
    assert Record.objects.count() == before


def test_an_empty_log_is_nothing_to_drill_on() -> None:
    with pytest.raises(CommandError, match="Nothing is sealed"):
        call_command("tamper_drill")
