"""Somebody speaks in Slack's name, or in a colleague's."""

from typing import Any

import pytest
from django.core import signing
from django.utils import timezone

from approvals.models import (
    Approval,
    Delivery,
    SlackLink,
    SlackWorkspace,
)
from approvals.services.deliveries import sweep
from approvals.services.slack.installing import save_workspace
from approvals.services.slack.sending import copy_value
from approvals.services.slack.workspaces import replace_signing_secret
from audit.models import Record
from governance.models import GroupMembership, User
from tests.attacks.rows_of_all import everything
from tests.attacks.slack import (
    OTHER,
    assert_nothing_decided,
    assert_turned_away,
    opened,
)
from tests.slack import (
    FakeSlack,
    installed,
    linked,
    post,
    pressed,
    question,
    submitted,
    texts,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.allow_hosts(["127.0.0.1"]),
]


def test_another_workspace_decides_nothing_here(slack: FakeSlack) -> None:
    theirs = installed("team-zeta", app_id="A0000SEAL", team_id="T0000ZETA")
    replace_signing_secret(theirs, OTHER, by=None, now=timezone.now())
    payload = pressed(
        "deny",
        question(),
        team={"id": "T0000ZETA"},
        user="U0000ANA",
    )
    payload["user"]["team_id"] = "T0000ZETA"

    assert post(payload, secret=OTHER).status_code == 200

    assert "leads nowhere" in texts(slack.modal)
    assert_nothing_decided()


def test_a_workspace_that_was_moved_to_another_tenant_is_401(slack: FakeSlack) -> None:
    SlackWorkspace.objects.update(team_id="T0000EVIL")
    payload = pressed("deny", question(), team={"id": "T0000EVIL"})

    assert_turned_away(post(payload))


def test_a_link_stays_behind_where_the_workspace_is_moved(slack: FakeSlack) -> None:
    workspace = SlackWorkspace.objects.get()
    workspace.team_id = "T0000MOVED"
    save_workspace(workspace, by=None, now=timezone.now())
    payload = pressed("deny", question(), team={"id": "T0000MOVED"})
    payload["user"]["team_id"] = "T0000MOVED"

    assert post(payload).status_code == 200

    assert "Link your account" in texts(slack.modal)
    assert_nothing_decided()


def test_a_paused_workspace_is_401(slack: FakeSlack) -> None:
    SlackWorkspace.objects.update(suspended_at=timezone.now())

    assert_turned_away(post(pressed("deny", question())))


@pytest.mark.parametrize("who", ["stranger", "guest", "bot", "inactive", "ended"])
def test_whoever_is_not_linked_submits_in_vain(slack: FakeSlack, who: str) -> None:
    payload = submitted(opened(slack, "approve"))
    match who:
        case "stranger" | "bot":
            payload["user"]["id"] = "B0000BOT" if who == "bot" else "U0000STRANGER"
        case "guest":
            payload["user"]["team_id"] = "T0000ELSE"
        case "inactive":
            User.objects.filter(username="ana").update(is_active=False)
        case _:
            SlackLink.objects.update(ended_at=timezone.now())

    answer = post(payload)

    said = texts(answer.json())
    assert ("Guests" if who == "guest" else "Link your account") in said
    assert_nothing_decided()


def test_a_link_that_the_database_was_given_is_none(slack: FakeSlack) -> None:
    modal = opened(slack, "approve")
    ben = User.objects.get(username="ben")
    SlackLink.objects.update(person=ben)

    answer = post(submitted(modal))

    assert "Link your account" in texts(answer.json())
    assert_nothing_decided()


def test_a_seat_that_was_lost_since_the_modal_is_refused(slack: FakeSlack) -> None:
    modal = opened(slack, "approve")
    GroupMembership.objects.filter(user__username="ana").update(valid_to=timezone.now())

    answer = post(submitted(modal))

    assert "ana can't vote here" in texts(answer.json())
    assert_nothing_decided()
    assert Record.objects.get(event="approval.vote_refused").reason == "vote_no_seat"


def test_a_modal_that_was_opened_for_another_person_is_none(slack: FakeSlack) -> None:
    modal = opened(slack, "approve")
    linked("ben")

    answer = post(submitted(modal, "U0000BEN"))

    assert "leads nowhere" in texts(answer.json())
    assert_nothing_decided()


@pytest.mark.parametrize(
    "metadata",
    [
        "",
        "[]",
        "{}",
        '{"copy":"1","fingerprint":"00"}',
        signing.dumps({"copy": "1", "by": "U0000ANA"}, salt="another"),
    ],
)
def test_metadata_that_was_forged_decides_nothing(
    slack: FakeSlack, metadata: str
) -> None:
    modal = {**opened(slack, "approve"), "private_metadata": metadata}

    answer = post(submitted(modal))

    assert "leads nowhere" in texts(answer.json())
    assert_nothing_decided()


def test_a_button_of_a_copy_is_no_metadata_of_a_modal(slack: FakeSlack) -> None:
    modal = {**opened(slack, "approve"), "private_metadata": copy_value(question())}

    post(submitted(modal))

    assert_nothing_decided()


def test_another_fingerprint_than_the_one_shown_is_refused(slack: FakeSlack) -> None:
    modal = opened(slack, "approve")
    Approval.objects.update(fingerprint=bytes(32))

    post(submitted(modal))

    assert_nothing_decided()
    assert Record.objects.filter(reason="vote_stale_fingerprint").exists()


def test_a_no_that_is_turned_into_a_yes_is_none(slack: FakeSlack) -> None:
    modal = opened(slack, "deny")

    answer = post(submitted({**modal, "callback_id": "approve"}))

    assert "leads nowhere" in texts(answer.json())
    assert_nothing_decided()


def test_a_yes_that_the_route_does_not_allow_is_refused(slack: FakeSlack) -> None:
    modal = opened(slack, "approve")
    hidden = Approval.objects.get()
    hidden.risk = "privileged"
    hidden.save(update_fields=["risk"])

    post(submitted(modal))

    assert_nothing_decided()


def test_one_app_of_an_organisation_does_not_answer_for_another(
    slack: FakeSlack,
) -> None:
    ours = SlackWorkspace.objects.get()
    ours.enterprise_id = "E0000ORG"
    save_workspace(ours, by=None, now=timezone.now())
    theirs = installed(
        "team-beta", app_id="A0000BETA", team_id="T0000BETA", enterprise_id="E0000ORG"
    )
    replace_signing_secret(theirs, OTHER, by=None, now=timezone.now())
    grid: dict[str, Any] = {"team": None, "enterprise": {"id": "E0000ORG"}}

    assert post(pressed("deny", question(), **grid)).status_code == 200
    assert "deny" in str(slack.modal["callback_id"])
    beta = pressed("deny", question(), **grid, api_app_id="A0000BETA")
    assert post(beta, secret=OTHER).status_code == 200
    assert "leads nowhere" in texts(slack.modal)
    assert_nothing_decided()


@pytest.mark.parametrize("verdict", ["", "maybe", "revoke"])
def test_another_verdict_is_none(slack: FakeSlack, verdict: str) -> None:
    modal = {**opened(slack, "approve"), "callback_id": verdict}

    post(submitted(modal))

    assert_nothing_decided()


def test_tokens_and_secrets_are_in_no_row_and_no_record(slack: FakeSlack) -> None:
    post(submitted(opened(slack, "deny")))
    sweep(now=timezone.now())

    everywhere = str(everything())

    assert "CANARY-slack-token" not in everywhere
    assert "0123456789abcdef0123456789abcdef" not in everywhere
    assert Delivery.objects.filter(channel="slack", state="sent").exists()
