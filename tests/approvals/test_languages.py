"""Whoever chose a language is spoken to in it, whatever the browser asks for."""

from collections.abc import Iterator

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django import Settings

from approvals.models import Preference
from approvals.services.deliveries import sweep
from audit.models import Record
from governance.models import User
from governance.settings import LANGUAGES
from tests.approvals.asking import a_world
from tests.approvals.pages import as_
from tests.approvals.test_views_preferences import PAGE, PLAIN
from tests.governance.admin_pages import detail_of
from tests.pseudo import LANGUAGE, OPEN, pseudo_language
from tests.slack import CHANNEL, FakeSlack, fake_slack, in_channel, installed, linked

pytestmark = [pytest.mark.django_db, pytest.mark.allow_hosts(["127.0.0.1"])]

ENGLISH = {"Accept-Language": "en-gb"}


@pytest.fixture(autouse=True)
def _language(settings: Settings) -> Iterator[None]:
    settings.LANGUAGES = [*LANGUAGES, (LANGUAGE, "marked")]
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with pseudo_language():
        yield


@pytest.fixture
def slack(settings: Settings) -> Iterator[FakeSlack]:
    with fake_slack(settings) as fake:
        yield fake


def speaks(name: str, language: str = LANGUAGE) -> None:
    User.objects.filter(username=name).update(language=language)


def test_her_pages_are_in_it_and_nobody_elses() -> None:
    a_world("ana", "ben")
    speaks("ana")

    hers = as_("ana").get("/approvals/", headers=ENGLISH)
    bens = as_("ben").get("/approvals/", headers=ENGLISH)

    assert OPEN in hers.text
    assert f'<html lang="{LANGUAGE}"' in hers.text
    assert hers.headers["Content-Language"] == LANGUAGE
    assert OPEN not in bens.text


def test_her_mail_is_in_it_and_nobody_elses() -> None:
    world = a_world("ana", "ben")
    speaks("ana")
    world.ask()

    sweep(now=timezone.now())

    said = {letter.to[0]: letter for letter in mail.outbox}
    assert {name: OPEN in str(m.body) for name, m in said.items()} == {
        "ana@example.com": True,
        "ben@example.com": False,
    }
    assert f'<html lang="{LANGUAGE}">' in str(
        said["ana@example.com"].alternatives[0]  # type: ignore[attr-defined]
    )


def test_her_direct_message_is_in_it_and_what_a_channel_reads_is_not(
    slack: FakeSlack,
) -> None:
    world = a_world("ana")
    installed()
    in_channel()
    linked("ana")
    speaks("ana")
    who = User.objects.get(username="ana")
    Preference.objects.create(person=who, questions="slack", reminders="none")
    world.ask()

    sweep(now=timezone.now())

    said = {each["channel"]: each for each in slack.calls("chat.postMessage")}
    assert OPEN in said["U0000ANA"]["text"]
    assert OPEN not in said[CHANNEL]["text"]


def test_a_language_that_is_gone_gives_way_to_the_browsers() -> None:
    a_world("ana")
    speaks("ana", "tlh")

    page = as_("ana").get("/approvals/", headers={"Accept-Language": LANGUAGE})

    assert OPEN in page.text


def test_she_chooses_it_for_herself_and_it_is_recorded() -> None:
    a_world("ana")
    ana = as_("ana")

    answer = ana.post(PAGE, {**PLAIN, "language": LANGUAGE}, headers=ENGLISH)

    assert answer.status_code == 303
    assert User.objects.get(username="ana").language == LANGUAGE
    changed = detail_of(Record.objects.get(event="person.changed"))
    assert "language" in str(changed)
    assert OPEN in ana.get(PAGE, headers=ENGLISH).text
    refused = ana.post(PAGE, {**PLAIN, "language": "tlh"}, headers=ENGLISH)
    assert refused.status_code == 400


def test_where_there_is_one_language_nobody_is_asked(settings: Settings) -> None:
    a_world("ana")
    settings.LANGUAGES = LANGUAGES

    page = as_("ana").get(PAGE).text

    assert 'name="time_zone"' in page
    assert 'name="language"' not in page
