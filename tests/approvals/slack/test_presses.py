"""Deciding in Slack: a modal that shows everything, and the vote that it casts."""

from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from approvals.channels.slack.fit import MAX_ROWS
from approvals.models import Approval, Vote
from approvals.services.deliveries import sweep
from audit.models import Record
from tests.approvals.asking import World, a_world, cast
from tests.slack import (
    CHANNEL,
    FakeSlack,
    in_channel,
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


def a_channel(*names: str, **content: Any) -> World:
    """Return a world whose reviewers may decide in a channel; Ana is linked."""
    world = a_world(*(names or ("ana", "ben")), **{"approve_in_slack": True, **content})
    installed()
    in_channel()
    linked("ana")
    return world


def asked(**content: Any) -> Approval:
    approval = a_channel(**content).ask()
    sweep(now=timezone.now())
    return approval


def opened(slack: FakeSlack, action: str, user: str = "U0000ANA") -> dict[str, Any]:
    """Press a button and return the modal that opens."""
    answer = post(pressed(action, question(), user))
    assert (answer.status_code, answer.content) == (200, b"")
    return slack.modal


def told(answer: Any) -> str:
    """Return what the modal says after it was submitted."""
    assert answer.status_code == 200
    return texts(answer.json())


def test_a_no_by_modal_denies_and_tells_the_agent(slack: FakeSlack) -> None:
    asked()
    modal = opened(slack, "deny")

    answer = post(submitted(modal, reason="wrong branch", category="wrong_target"))

    approval = Approval.objects.get()
    assert answer.json()["response_action"] == "update"
    assert "You denied this" in told(answer)
    assert approval.state == "denied"
    assert "wrong branch" in approval.reason_for_agent
    assert approval.reason_for_agent.startswith("The target is not the right one.")
    cast_ = Vote.objects.get()
    assert (cast_.channel, cast_.signed_in_by) == ("slack", "slack link")
    assert cast_.delivery == question()


def test_the_reasons_label_says_that_the_agent_reads_it(slack: FakeSlack) -> None:
    asked()

    assert "the agent is told" in texts(opened(slack, "deny"))


def test_a_yes_by_modal_shows_every_argument_and_approves(slack: FakeSlack) -> None:
    asked()
    modal = opened(slack, "approve")
    shown = texts(modal)

    answer = post(submitted(modal))

    for fact in ("payments-api", "184", "LGTM", Approval.objects.get().code, "once"):
        assert fact in shown
    assert "Approved by ana" in told(answer)
    assert Approval.objects.get().state == "approved"


def test_the_copy_is_updated_after_a_vote_in_slack(slack: FakeSlack) -> None:
    asked()
    post(submitted(opened(slack, "deny")))

    sweep(now=timezone.now())

    assert "Denied by ana in Slack" in texts(slack.calls("chat.update")[-1])


def test_one_of_two_yeses_is_told_as_such(slack: FakeSlack) -> None:
    asked(quorum=2)

    answer = post(submitted(opened(slack, "approve")))

    assert "More people are needed" in told(answer)
    assert Approval.objects.get().state == "pending"


def test_two_approvers_at_once_over_two_channels(slack: FakeSlack) -> None:
    approval = asked()
    modal = opened(slack, "approve")
    cast(approval, "ben", "deny")

    answer = post(submitted(modal))

    assert "Denied by ben" in told(answer)
    assert Approval.objects.get().state == "denied"
    assert Vote.objects.count() == 1


def test_a_yes_after_the_deadline_is_too_late(slack: FakeSlack) -> None:
    asked()
    modal = opened(slack, "approve")
    Approval.objects.update(decide_by=timezone.now())

    answer = post(submitted(modal))

    assert answer.json()["response_action"] == "update"
    assert Approval.objects.get().state == "pending"
    assert not Vote.objects.exists()


def test_a_double_submit_is_one_vote(slack: FakeSlack) -> None:
    asked(quorum=2)
    modal = opened(slack, "approve")

    first = post(submitted(modal))
    second = post(submitted(modal, reason="again"))

    assert told(first) == told(second)
    assert Vote.objects.count() == 1


def test_a_button_of_what_is_over_says_what_happened(slack: FakeSlack) -> None:
    approval = asked()
    cast(approval, "ben", "deny")

    shown = opened(slack, "approve")

    assert "Denied by ben" in texts(shown)
    assert "submit" not in shown


def test_the_link_button_opens_nothing(slack: FakeSlack) -> None:
    asked()

    assert post(pressed("review", question())).status_code == 200

    assert not slack.calls("views.open")


def test_an_unlinked_person_is_told_to_link(slack: FakeSlack) -> None:
    asked()

    shown = opened(slack, "deny", "U0000STRANGER")

    assert "Link your account" in texts(shown)
    assert "/account/slack/" in str(shown)
    assert "submit" not in shown


def test_a_person_without_a_seat_is_told_why(slack: FakeSlack) -> None:
    asked()
    linked("sam")

    shown = opened(slack, "approve", "U0000SAM")

    assert "sam owns the agent" in texts(shown)
    assert "submit" not in shown


def test_a_guest_of_the_channel_decides_nothing(slack: FakeSlack) -> None:
    asked()
    payload = pressed("deny", question())
    payload["user"]["team_id"] = "T0000ELSE"

    post(payload)

    assert "Guests" in texts(slack.modal)
    assert "submit" not in slack.modal


def test_what_does_not_fit_has_no_yes(slack: FakeSlack) -> None:
    names = [f"a{number}" for number in range(MAX_ROWS + 1)]
    schema = {
        "type": "object",
        "properties": {
            "repo": {"type": "string", "pattern": "^[a-z-]+$"},
            "pull": {"type": "integer"},
            "body": {"type": "string"},
            **{name: {"type": "string"} for name in names},
        },
        "required": ["repo", "pull", "body"],
        "additionalProperties": False,
    }
    more: dict[str, Any] = dict.fromkeys(names, "x")
    a_channel(arguments_schema=schema).ask(**more)
    sweep(now=timezone.now())

    shown = opened(slack, "approve")

    assert f"{MAX_ROWS} of {MAX_ROWS + 4} arguments fit" in texts(shown)
    assert "submit" not in shown


def test_a_route_that_asks_for_a_reason_gets_one(slack: FakeSlack) -> None:
    asked(justification_required=True)
    modal = opened(slack, "approve")

    refused = post(submitted(modal))
    taken = post(submitted(modal, reason="reviewed the diff"))

    assert refused.json()["response_action"] == "errors"
    assert "Approved by ana" in told(taken)


def test_slack_that_is_slow_leaves_everything_pending(slack: FakeSlack) -> None:
    asked()
    slack.statuses["views.open"] = 503

    answer = post(pressed("deny", question()))

    assert answer.status_code == 200
    assert Approval.objects.get().state == "pending"


def test_an_update_that_fails_leaves_buttons_that_do_nothing(slack: FakeSlack) -> None:
    asked()
    slack.errors["chat.update"] = "message_not_found"
    post(submitted(opened(slack, "deny")))
    sweep(now=timezone.now())

    shown = opened(slack, "approve")

    assert "Denied by ana" in texts(shown)
    assert Vote.objects.count() == 1


def test_a_second_factor_that_is_required_closes_the_yes(
    slack: FakeSlack, settings: Settings
) -> None:
    asked()
    modal = opened(slack, "approve")
    settings.SECOND_FACTOR = "required"

    answer = post(submitted(modal))

    assert "second factor" in told(answer)
    assert not Vote.objects.exists()
    refused = Record.objects.get(event="approval.vote_refused")
    assert refused.reason == "vote_sign_in_stale"


def test_an_owner_confirms_on_the_page_only(slack: FakeSlack) -> None:
    a_channel(separation="confirm").ask()
    linked("sam")
    sweep(now=timezone.now())

    shown = opened(slack, "approve", "U0000SAM")

    assert "confirm it on the page" in texts(shown)


def test_the_direct_message_decides_like_the_channel(slack: FakeSlack) -> None:
    a_channel("ana").ask()
    sweep(now=timezone.now())
    direct = question("U0000ANA")

    post(pressed("deny", direct))
    post(submitted(slack.modal))
    sweep(now=timezone.now())

    updated = {each["channel"] for each in slack.calls("chat.update")}
    assert updated == {CHANNEL, "U0000ANA"}
    assert Approval.objects.get().state == "denied"
