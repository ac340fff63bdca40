"""The page on which a person chooses how she is asked."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from approvals.models import Preference
from audit.models import Record
from governance.models import User
from tests.approvals.asking import a_world
from tests.approvals.pages import as_

pytestmark = pytest.mark.django_db

PAGE = "/account/preferences/"
PLAIN = {
    "time_zone": "",
    "questions": "email",
    "reminders": "email",
    "endings": "email",
    "runs": "email",
    "voted_runs": "none",
    "alerts": "email",
    "bundle_minutes": "0",
    "quiet_from": "",
    "quiet_until": "",
    "again_on": "",
}


@pytest.fixture
def ana() -> Client:
    a_world()
    return as_("ana")


def test_what_she_chooses_is_kept_recorded_and_shown(ana: Client) -> None:
    day = timezone.now().date() + timedelta(days=5)
    chosen = {
        **PLAIN,
        "time_zone": "Asia/Tokyo",
        "questions": "slack",
        "endings": "none",
        "bundle_minutes": "30",
        "quiet_from": "22:00",
        "quiet_until": "07:30",
        "again_on": day.isoformat(),
    }

    answer = ana.post(PAGE, chosen)

    assert answer.status_code == 303
    kept = Preference.objects.get(person__username="ana")
    assert (kept.quiet_from, kept.quiet_until) == (time(22), time(7, 30))
    midnight = datetime.combine(day, time.min, tzinfo=UTC)
    assert kept.muted_until == midnight - timedelta(hours=9)
    assert User.objects.get(username="ana").time_zone == "Asia/Tokyo"
    record = Record.objects.get(event="person.preferences_changed")
    assert "questions: email to slack" in str(record.detail)
    assert Record.objects.filter(event="person.changed").count() == 1
    page = ana.get(PAGE).content.decode()
    for shown in (f'value="{day.isoformat()}"', 'value="22:00"', 'value="07:30"'):
        assert shown in page


def test_who_changes_nothing_leaves_no_row_and_no_record(ana: Client) -> None:
    ana.post(PAGE, PLAIN)

    assert not Preference.objects.exists()
    assert not Record.objects.filter(event="person.preferences_changed").exists()


def test_a_second_choice_replaces_the_first(ana: Client) -> None:
    ana.post(PAGE, {**PLAIN, "bundle_minutes": "60"})
    ana.post(PAGE, {**PLAIN, "bundle_minutes": "15"})

    assert Preference.objects.get().bundle_minutes == 15


def _in(days: int) -> str:
    return (timezone.now().date() + timedelta(days=days)).isoformat()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"quiet_from": "22:00"}, "Give both times"),
        ({"quiet_until": "22:00"}, "Give both times"),
        ({"quiet_from": "07:00", "quiet_until": "07:00"}, "end at another time"),
        ({"again_on": _in(120)}, "within the next three months"),
        ({"again_on": _in(-9)}, "within the next three months"),
        ({"again_on": "9999-12-31"}, "within the next three months"),
        ({"again_on": "0001-01-01"}, "within the next three months"),
        ({"time_zone": "Mars/Olympus"}, "Select a valid choice"),
        ({"bundle_minutes": "7"}, "Select a valid choice"),
        ({"questions": "webhook"}, "Select a valid choice"),
        ({"questions": "none"}, "Select a valid choice"),
        ({"alerts": "none"}, "Select a valid choice"),
    ],
)
def test_what_makes_no_sense_is_said_and_not_kept(
    ana: Client, wrong: dict[str, str], told: str
) -> None:
    answer = ana.post(PAGE, {**PLAIN, **wrong})

    assert answer.status_code == 400
    assert told in answer.content.decode()
    assert not Preference.objects.exists()


def test_without_a_token_or_a_sign_in_nothing_is_changed(ana: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = ana.cookies

    assert strict.post(PAGE, {**PLAIN, "bundle_minutes": "60"}).status_code == 403
    assert Client().post(PAGE, {**PLAIN, "bundle_minutes": "60"}).status_code == 302
    assert not Preference.objects.exists()


def test_the_account_page_leads_there(ana: Client) -> None:
    assert f'href="{PAGE}"' in ana.get("/account/").content.decode()
