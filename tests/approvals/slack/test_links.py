"""Linking a Slack account: a fresh sign-in, and a code that only Slack's user reads."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from approvals.models import Delivery, SlackLink
from approvals.services.deliveries import sweep
from approvals.services.slack.accounts import link_behind
from approvals.services.slack.installing import save_workspace
from approvals.services.slack.links import MAX_CODES, MAX_TRIES
from audit.models import Record
from governance.models import User
from tests.approvals.asking import a_world
from tests.approvals.pages import as_
from tests.factories import person
from tests.slack import FakeSlack, installed, linked

pytestmark = [pytest.mark.django_db, pytest.mark.allow_hosts(["127.0.0.1"])]

CODE = re.compile(r": ([A-Z2-9]{6})\. ")
PAGE = "/account/slack/"


def begin(browser: Client, user: str = "U0000ANA") -> str:
    workspace = installed() if not SlackLink.objects.exists() else None
    pk = workspace.pk if workspace else SlackLink.objects.latest("pk").workspace_id
    form = {"workspace": pk, "slack_user": user}
    return browser.post(f"{PAGE}link", form, follow=True).content.decode()


def sent_code(slack: FakeSlack) -> str:
    sweep(now=timezone.now())
    found = CODE.search(slack.calls("chat.postMessage")[-1]["text"])
    assert found is not None
    return found[1]


def confirm(browser: Client, code: str) -> str:
    form = {"link": SlackLink.objects.latest("pk").pk, "code": code}
    return browser.post(f"{PAGE}confirm", form, follow=True).content.decode()


@pytest.fixture
def ana() -> Client:
    a_world()
    person("sam", "admin")
    return as_("ana")


def test_the_code_from_slack_links_the_account(slack: FakeSlack, ana: Client) -> None:
    begin(ana)
    code = sent_code(slack)

    shown = confirm(ana, code.lower())

    link = SlackLink.objects.get()
    behind = link_behind(link.workspace, "U0000ANA")
    assert "is linked" in shown
    assert behind is not None
    assert behind.person.username == "ana"
    assert Record.objects.filter(event="slack.linked").count() == 1


def test_both_sides_and_the_admins_are_told(slack: FakeSlack, ana: Client) -> None:
    begin(ana)
    confirm(ana, sent_code(slack))
    sweep(now=timezone.now())

    told = slack.calls("chat.postMessage")[-1]

    assert told["channel"] == "U0000ANA"
    assert "You are linked" in told["text"]
    letters = [each for each in mail.outbox if "linked" in each.subject]
    assert sorted(each.to[0] for each in letters) == [
        "ana@example.com",
        "sam@example.com",
    ]


def test_the_code_is_in_no_row(slack: FakeSlack, ana: Client) -> None:
    begin(ana)

    code = sent_code(slack)

    rows = [*SlackLink.objects.values(), *Delivery.objects.values()]
    assert code not in str(rows)


def test_five_wrong_codes_are_the_last(slack: FakeSlack, ana: Client) -> None:
    begin(ana)
    code = sent_code(slack)
    for _ in range(MAX_TRIES):
        assert "not the code" in confirm(ana, "WRONG2")

    assert "is over" in confirm(ana, code)
    assert SlackLink.objects.get().linked_at is None


def test_a_code_is_over_after_ten_minutes(slack: FakeSlack, ana: Client) -> None:
    begin(ana)
    code = sent_code(slack)
    SlackLink.objects.update(expires_at=timezone.now())

    assert "is over" in confirm(ana, code)


def test_a_code_before_it_was_sent_is_none(slack: FakeSlack, ana: Client) -> None:
    begin(ana)

    assert "not the code" in confirm(ana, "")


def test_another_persons_code_links_nothing(slack: FakeSlack, ana: Client) -> None:
    begin(ana)
    code = sent_code(slack)

    assert "is over" in confirm(as_("ben"), code)
    assert SlackLink.objects.get().linked_at is None


def test_nobody_is_rung_by_many_codes(slack: FakeSlack, ana: Client) -> None:
    for _ in range(MAX_CODES):
        begin(ana)

    assert "enough codes" in begin(ana)
    assert SlackLink.objects.count() == MAX_CODES


@pytest.mark.parametrize(
    "what",
    [
        {"is_bot": True},
        {"is_restricted": True},
        {"is_ultra_restricted": True},
        {"deleted": True},
        {"team_id": "T0000ELSE"},
        {"is_bot": None},
    ],
)
def test_a_guest_or_an_app_gets_no_code(
    slack: FakeSlack, ana: Client, what: dict[str, Any]
) -> None:
    slack.user |= what
    begin(ana)

    sweep(now=timezone.now())

    assert not slack.calls("chat.postMessage")
    assert Delivery.objects.get(event="slack_code").state == "dead"
    assert "is a guest, an app" in ana.get(PAGE).content.decode()


def test_one_slack_user_is_one_person(slack: FakeSlack, ana: Client) -> None:
    begin(ana)
    linked("ben", "U0000ANA")

    SlackLink.objects.filter(linked_at=None).update(tries=0)
    sweep(now=timezone.now())
    found = CODE.search(slack.calls("chat.postMessage")[-1]["text"])
    assert found is not None
    waiting = SlackLink.objects.get(linked_at=None)
    form = {"link": waiting.pk, "code": found[1]}
    shown = ana.post(f"{PAGE}confirm", form, follow=True).content.decode()

    assert "linked to somebody else" in shown


def test_a_stale_sign_in_links_nothing(
    slack: FakeSlack, ana: Client, settings: Settings
) -> None:
    settings.RECENT_SIGN_IN_SECONDS = -1

    shown = begin(ana)

    assert "fresh sign-in" in shown
    assert "/account/reauthenticate/?next=%2Faccount%2Fslack%2F" in shown
    assert not SlackLink.objects.exists()


@pytest.mark.parametrize("user", ["", "ana", "@ana", "ana@example.com", "C0000X", "U1"])
def test_a_name_or_an_address_is_no_slack_user(
    slack: FakeSlack, ana: Client, user: str
) -> None:
    assert "begins with U" in begin(ana, user)
    assert not SlackLink.objects.exists()


def test_a_person_ends_her_own_link_and_no_other(slack: FakeSlack, ana: Client) -> None:
    installed()
    mine, hers = linked("ana"), linked("ben")

    assert ana.post(f"{PAGE}unlink", {"link": hers.pk}).status_code == 404
    assert ana.post(f"{PAGE}unlink", {"link": mine.pk}).status_code == 303

    assert link_behind(mine.workspace, "U0000ANA") is None
    assert link_behind(hers.workspace, "U0000BEN") is not None
    assert Record.objects.filter(event="slack.unlinked").count() == 1


def test_a_leavers_link_is_void(slack: FakeSlack, ana: Client) -> None:
    installed()
    link = linked("ana")
    User.objects.filter(username="ana").update(is_active=False)

    assert link_behind(link.workspace, "U0000ANA") is None


def test_who_asks_again_has_one_code_that_counts(slack: FakeSlack, ana: Client) -> None:
    begin(ana)
    first = sent_code(slack)
    begin(ana)
    second = sent_code(slack)

    assert "not the code" in confirm(ana, first)
    assert "is linked" in confirm(ana, second)


def test_a_link_of_an_hour_ago_does_not_count_against_her(
    slack: FakeSlack, ana: Client
) -> None:
    for _ in range(MAX_CODES):
        begin(ana)
    SlackLink.objects.update(created_at=timezone.now() - timedelta(hours=1))

    assert "enough codes" not in begin(ana)


def test_another_workspace_ends_every_link_for_good(
    slack: FakeSlack, ana: Client
) -> None:
    workspace = installed()
    linked("ana")
    begin(ana)

    for team in ("T0000MOVED", "T0000ACME"):
        workspace.team_id = team
        save_workspace(workspace, by=None, now=timezone.now())

    assert not SlackLink.objects.filter(ended_at=None).exists()
    assert link_behind(workspace, "U0000ANA") is None
    ended = Record.objects.filter(event="slack.unlinked")
    assert {(each.detail or {})["workspace"] for each in ended} == {"T0000ACME"}


def test_another_app_in_the_same_workspace_ends_no_link(slack: FakeSlack) -> None:
    person("ana", "approver")
    workspace = installed()
    linked("ana")

    workspace.app_id = "A0000OTHER"
    save_workspace(workspace, by=None, now=timezone.now())

    assert link_behind(workspace, "U0000ANA") is not None
