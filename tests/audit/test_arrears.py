"""Every page of the audit says that sealing or anchoring is late, and what to do."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from audit import arrears as owed
from audit.anchors.sending import anchor
from audit.arrears import UNANCHORED, arrears
from audit.models import LogState
from tests.audit.evidence import CALL, NOW, write
from tests.audit.reading import text_of
from tests.audit.sealed import a_call, seal_all, some_calls

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _anchor_of_its_own(settings: Settings, tmp_path: Path) -> None:
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "checkpoints")


def pages(record: str) -> Iterator[str]:
    yield from ("/audit/", "/audit/?event=nothing", "/audit/activity/", "/audit/log/")
    yield f"/audit/calls/{CALL['call_id']}/"
    yield f"/audit/sessions/{CALL['session_id']}/"
    yield f"/audit/records/{record}/"


def test_every_page_says_that_sealing_lags_and_since_when(olu: Client) -> None:
    record = write("session.opened", {**CALL, "call_id": None})
    write("call.allowed")

    for path in pages(record):
        page = olu.get(path)
        text = text_of(page)

        assert "2 records are not sealed yet" in text, path
        assert "2026-11-23 10:02:03 UTC" in text, path
        assert "Calls go on." in text
        assert "manage.py log seal" in text
        assert "style=" not in page.content.decode().split('id="sealing-lags"')[1][:900]


def test_a_page_on_which_all_is_well_says_nothing(olu: Client) -> None:
    now = timezone.now()
    made = now + timedelta(minutes=1)  # so that the page, too, is in time
    write("call.allowed", now=made)

    assert arrears(now=made + timedelta(seconds=5)) == owed.Arrears(None, None, [])
    assert "arrears" not in olu.get("/audit/").content.decode()


def test_it_begins_where_the_record_of_the_lag_does() -> None:
    write("call.allowed")

    assert arrears(now=NOW + timedelta(seconds=10)).sealing is None
    late = arrears(now=NOW + timedelta(seconds=11)).sealing

    assert late == owed.Sealing(1, NOW, timedelta(seconds=11), stops_calls=False)


def test_strict_mode_is_said_to_stop_calls(olu: Client, settings: Settings) -> None:
    settings.AUDIT_MAX_LAG_SECONDS = 30
    write("call.allowed")

    assert "No call is made until they are sealed" in text_of(olu.get("/audit/"))


def test_very_many_are_not_counted(
    olu: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owed, "COUNTED", 1)
    some_calls(1)

    assert "More than 10,000 records are not sealed yet" in text_of(olu.get("/audit/"))


def test_an_anchor_that_lacks_checkpoints_is_named(olu: Client) -> None:
    a_call(0)
    seal_all()
    anchor(now=NOW)
    a_call(1)
    seal_all()

    text = text_of(olu.get("/audit/log/"))

    assert "4 sealed records are not in the anchor's second file" in text
    assert "manage.py log status" in text
    assert "not sealed yet" not in text


def test_anchoring_is_late_only_after_some_minutes() -> None:
    a_call(0)
    seal_all()

    assert arrears(now=NOW + UNANCHORED).anchoring == []
    late = arrears(now=NOW + UNANCHORED + timedelta(seconds=1)).anchoring

    assert late == [owed.Anchoring("file", 4, NOW)]


def test_an_anchor_that_is_off_is_not_late(settings: Settings) -> None:
    settings.AUDIT_ANCHOR_FILE = ""
    a_call(0)
    seal_all()

    assert arrears(now=timezone.now()).anchoring == []


def test_a_webhook_without_a_delivery_is_late_beside_a_file_that_has_all(
    settings: Settings, olu: Client
) -> None:
    a_call(0)
    seal_all()
    anchor(now=NOW)
    settings.AUDIT_ANCHOR_WEBHOOK_URL = "https://example.com/checkpoints"

    text = text_of(olu.get("/audit/"))

    assert "4 sealed records have not reached the anchor's webhook" in text
    assert "second file" not in text


def test_a_rollback_stands_alone(olu: Client) -> None:
    a_call(0)
    LogState.objects.update_or_create(
        pk=1,
        defaults={
            "rollback_detected_at": NOW,
            "rollback": "the anchor has seen more",
        },
    )

    text = text_of(olu.get("/audit/"))

    assert "This database was rolled back, or rewritten." in text
    assert "the anchor has seen more." in text
    assert "accept-rollback" in text
    assert "not sealed yet" not in text
