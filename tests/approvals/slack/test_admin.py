"""Slack in the admin: secrets go in and never out; an admin ends links."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from approvals.models import SlackChannel, SlackLink, SlackWorkspace
from approvals.services.slack.workspaces import signing_secrets, token_of
from audit.models import Record
from governance.models import ApproverGroup
from tests.approvals.asking import a_world
from tests.factories import TenantFactory, person
from tests.slack import SIGNING, TOKEN, in_channel, installed, linked

pytestmark = pytest.mark.django_db

NEW_SIGNING = "f" * 32


@pytest.fixture
def browser() -> Client:
    client = Client()
    client.force_login(person("sam", "admin"))
    return client


def workspace_form(**given: str) -> dict[str, str]:
    return {
        "tenant": str(TenantFactory.create().pk),
        "app_id": "A0000SEAL",
        "team_id": "T0000ACME",
        "enterprise_id": "",
        "token": TOKEN,
        "signing_secret": SIGNING,
        **given,
    }


def add(browser: Client, kind: str, form: dict[str, str]) -> str:
    url = reverse(f"admin:approvals_{kind}_add")
    return browser.post(url, form, follow=True).content.decode()


def press(browser: Client, row: Any, name: str) -> str:
    kind = type(row).__name__.lower()
    url = reverse(f"admin:approvals_{kind}_do", args=[row.pk, name])
    assert browser.get(url).status_code == 200
    return browser.post(url, follow=True).content.decode()


def test_an_admin_installs_the_app(browser: Client) -> None:
    add(browser, "slackworkspace", workspace_form())

    workspace = SlackWorkspace.objects.get()
    page = reverse("admin:approvals_slackworkspace_change", args=[workspace.pk])
    shown = browser.get(page).content.decode()

    assert token_of(workspace).reveal() == TOKEN
    secrets = signing_secrets(workspace, at=timezone.now())
    assert [each.reveal() for each in secrets] == [SIGNING]
    assert TOKEN not in shown
    assert SIGNING not in shown
    events = Record.objects.filter(event__startswith="slack.").order_by("id")
    assert [each.event for each in events] == [
        "slack.installed",
        "slack.secret_replaced",
        "slack.secret_replaced",
    ]


def test_both_signing_secrets_count_for_a_day(browser: Client) -> None:
    add(browser, "slackworkspace", workspace_form())
    workspace = SlackWorkspace.objects.get()
    page = reverse("admin:approvals_slackworkspace_change", args=[workspace.pk])
    browser.post(page, workspace_form(token="", signing_secret=NEW_SIGNING))
    workspace.refresh_from_db()

    now = signing_secrets(workspace, at=timezone.now())
    assert workspace.previous_until is not None
    later = signing_secrets(workspace, at=workspace.previous_until)

    assert [each.reveal() for each in now] == [NEW_SIGNING, SIGNING]
    assert [each.reveal() for each in later] == [NEW_SIGNING]
    assert token_of(workspace).reveal() == TOKEN


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("token", "xoxp-1-a-persons-token-of-some-length"),
        ("token", "short"),
        ("signing_secret", " "),
        ("signing_secret", "not hexadecimal, thirty-two long"),
        ("team_id", "acme"),
        ("app_id", "T0000ACME"),
        ("enterprise_id", "X"),
    ],
)
def test_what_is_none_of_slacks_is_refused(
    browser: Client, field: str, value: str
) -> None:
    shown = add(browser, "slackworkspace", workspace_form(**{field: value}))

    if value.strip():
        assert "errorlist" in shown
        assert not SlackWorkspace.objects.exists()
    else:
        assert SlackWorkspace.objects.get().sealed_secret == ""


def test_a_group_gets_its_channel_by_id_alone(browser: Client) -> None:
    a_world()
    group = ApproverGroup.objects.get()
    form = {"group": str(group.pk), "channel_id": "#reviews"}

    refused = add(browser, "slackchannel", form)
    add(browser, "slackchannel", {**form, "channel_id": "C0000REVIEW"})

    assert "begins with C" in refused
    assert SlackChannel.objects.get().channel_id == "C0000REVIEW"


def test_an_admin_pauses_and_resumes(browser: Client) -> None:
    workspace = installed()

    press(browser, workspace, "pause")
    assert SlackWorkspace.objects.get().suspended_at is not None
    press(browser, workspace, "resume")

    assert SlackWorkspace.objects.get().suspended_at is None


def test_an_admin_ends_a_link_and_makes_none(browser: Client) -> None:
    a_world()
    installed()
    link = linked("ana")

    press(browser, link, "end")
    adding = browser.get(reverse("admin:approvals_slacklink_add"))

    assert SlackLink.objects.get().ended_at is not None
    assert adding.status_code == 403
    assert Record.objects.get(event="slack.unlinked").personal is not None


@pytest.mark.parametrize("kind", ["slackworkspace", "slackchannel", "slacklink"])
def test_another_tenants_slack_is_not_there(browser: Client, kind: str) -> None:
    a_world()
    installed()
    in_channel()
    linked("ana")
    zoe = Client()
    zoe.force_login(
        person("zoe", "admin", tenant=TenantFactory.create(slug="team-zeta"))
    )
    rows: dict[str, Any] = {
        "slackworkspace": SlackWorkspace.objects.get(),
        "slackchannel": SlackChannel.objects.get(),
        "slacklink": SlackLink.objects.get(),
    }
    page = reverse(f"admin:approvals_{kind}_change", args=[rows[kind].pk])

    assert browser.get(page).status_code == 200
    assert zoe.get(page).status_code == 302
