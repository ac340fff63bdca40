"""Somebody speaks in Slack's name, or in a colleague's."""

import json

import pytest
from django.utils import timezone

from approvals.models import (
    Approval,
    Delivery,
    SlackLink,
    SlackWorkspace,
)
from approvals.services.deliveries import sweep
from approvals.services.slack.workspaces import replace_signing_secret
from audit.models import Record
from governance.models import User
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


def test_a_linked_person_without_a_seat_is_refused(slack: FakeSlack) -> None:
    modal = opened(slack, "approve")
    linked("sam")

    answer = post(submitted(modal, "U0000SAM"))

    assert "sam owns the agent" in texts(answer.json())
    assert_nothing_decided()


@pytest.mark.parametrize(
    "metadata",
    [
        "",
        "[]",
        "{}",
        '{"copy":"1","fingerprint":"00"}',
        '{"copy":"999999:AAAA","fingerprint":"00"}',
    ],
)
def test_metadata_that_was_forged_decides_nothing(
    slack: FakeSlack, metadata: str
) -> None:
    modal = {**opened(slack, "approve"), "private_metadata": metadata}

    answer = post(submitted(modal))

    assert "leads nowhere" in texts(answer.json())
    assert_nothing_decided()


def test_another_fingerprint_than_the_one_shown_is_refused(slack: FakeSlack) -> None:
    modal = opened(slack, "approve")
    held = json.loads(modal["private_metadata"])
    held["fingerprint"] = "00" * 32

    post(submitted({**modal, "private_metadata": json.dumps(held)}))

    assert_nothing_decided()
    assert Record.objects.filter(reason="vote_stale_fingerprint").exists()


def test_a_button_that_was_not_drawn_is_no_control(slack: FakeSlack) -> None:
    modal = opened(slack, "deny")

    answer = post(submitted({**modal, "callback_id": "approve"}))
    assert answer.json()["response_action"] == "update"
    assert Approval.objects.get().state == "approved"  # the route does allow it


def test_a_yes_that_the_route_does_not_allow_is_refused(slack: FakeSlack) -> None:
    modal = opened(slack, "deny")
    hidden = Approval.objects.get()
    hidden.risk = "privileged"
    hidden.save(update_fields=["risk"])

    post(submitted({**modal, "callback_id": "approve"}))

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
