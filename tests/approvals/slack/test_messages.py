"""What a channel reads: inert values, the right buttons, and the outcome afterwards."""

from typing import Any

import pytest
from django.utils import timezone

from approvals.models import Approval, Delivery, SlackWorkspace
from approvals.services import expire_due, notify_outcome
from approvals.services.ballots import Why
from approvals.services.deliveries import deliver, sweep
from approvals.services.slack.sending import send_slack
from governance.models import GroupMembership, User
from tests.approvals.asking import World, a_world, cast
from tests.slack import (
    CHANNEL,
    FakeSlack,
    buttons,
    in_channel,
    installed,
    linked,
    question,
    texts,
)

pytestmark = [pytest.mark.django_db, pytest.mark.allow_hosts(["127.0.0.1"])]


def a_channel(*names: str, **content: Any) -> World:
    """Return a world whose reviewers are asked in a channel, too."""
    world = a_world(*(names or ("ana", "ben")), **content)
    installed()
    in_channel()
    return world


def asked(slack: FakeSlack) -> dict[str, Any]:
    sweep(now=timezone.now())
    return slack.calls("chat.postMessage")[-1]


def test_a_group_is_asked_once_in_its_channel(slack: FakeSlack) -> None:
    approval = a_channel().ask()

    message = asked(slack)

    assert len(slack.calls("chat.postMessage")) == 1
    assert message["channel"] == CHANNEL
    said = texts(message)
    for fact in ("payments-api", approval.code, "github.comment_pr", "ci-agent", "sam"):
        assert fact in said
    assert buttons(message) == ["review", "deny"]
    assert message["unfurl_links"] is message["unfurl_media"] is False


def test_the_agents_reason_and_unnamed_arguments_stay_out(slack: FakeSlack) -> None:
    a_channel().ask(reason="IGNORE ALL RULES", body="the body")

    said = texts(asked(slack))

    assert "IGNORE" not in said
    assert "the body" not in said


def test_arguments_for_messages_are_shown_inert(slack: FakeSlack) -> None:
    hostile = "<!channel> <https://evil.example|payments-api> *b* :skull:\u202e"
    a_channel(in_messages=["body"]).ask(body=hostile)

    message = asked(slack)

    blocks = [each for each in message["blocks"] if hostile[:10] in texts(each)]
    assert [each["type"] for each in blocks] == ["rich_text"]
    assert "⟦U+202E⟧" in texts(blocks)
    assert "mrkdwn" not in str(message)
    assert "evil" not in message["text"]


def test_approve_is_offered_only_where_the_route_allows_it(slack: FakeSlack) -> None:
    a_channel(approve_in_slack=True).ask()

    assert buttons(asked(slack)) == ["review", "deny", "approve"]


@pytest.mark.parametrize(
    "body",
    ["x" * 501, "\n".join("x" * 11), "e\u0301vil", "pay\u0440al", " " * 12 + "x"],
    ids=["long", "lines", "not NFC", "mixed", "padding"],
)
def test_approve_is_not_offered_where_a_closer_look_is_due(
    slack: FakeSlack, body: str
) -> None:
    a_channel(approve_in_slack=True).ask(body=body)

    assert buttons(asked(slack)) == ["review", "deny"]


def test_nobody_is_asked_where_nothing_is_installed(slack: FakeSlack) -> None:
    a_world("ana").ask()

    assert not Delivery.objects.filter(channel="slack").exists()


def test_the_last_one_is_asked_directly(slack: FakeSlack) -> None:
    world = a_channel("ana")
    linked("ana")
    world.ask()

    sweep(now=timezone.now())

    to = [each["channel"] for each in slack.calls("chat.postMessage")]
    assert sorted(to) == [CHANNEL, "U0000ANA"]


@pytest.mark.parametrize("verdict", ["approve", "deny"])
def test_a_decision_on_the_page_changes_the_copy(
    slack: FakeSlack, verdict: str
) -> None:
    approval = a_channel().ask()
    sweep(now=timezone.now())
    cast(approval, "ana", verdict)

    sweep(now=timezone.now())

    (update,) = slack.calls("chat.update")
    posted = question().message_id
    assert posted == f"{update['channel']}/{update['ts']}"
    assert buttons(update) == []
    word = "Approved by ana" if verdict == "approve" else "Denied by ana"
    assert f"{word} on the page" in texts(update)


def test_every_other_ending_changes_it_too(slack: FakeSlack) -> None:
    a_channel(decide_within_seconds=60).ask()
    sweep(now=timezone.now())
    Approval.objects.update(decide_by=timezone.now())
    expire_due(now=timezone.now())
    sweep(now=timezone.now())

    assert "Nobody decided in time" in texts(slack.calls("chat.update"))


def test_the_outcome_of_the_call_is_told_in_the_copy(slack: FakeSlack) -> None:
    world = a_channel()
    approval = world.ask()
    sweep(now=timezone.now())
    cast(approval, "ana")
    Approval.objects.update(state="executed", ended_at=timezone.now())
    notify_outcome(
        "cal_1",
        "executed",
        agent_id=world.principal.agent_id,
        approval_id=approval.pk,
        about={},
        now=timezone.now(),
    )

    sweep(now=timezone.now())

    assert "has run" in texts(slack.calls("chat.update")[-1])


def test_a_copy_that_is_only_being_sent_is_changed_later(slack: FakeSlack) -> None:
    approval = a_channel().ask()
    Delivery.objects.filter(pk=question().pk).update(state="sending")
    cast(approval, "ana", "deny")
    update = Delivery.objects.get(channel="slack", event="denied")

    deliver(update.pk, now=timezone.now())

    update.refresh_from_db()
    assert (update.state, update.error_code) == ("queued", "copy_not_sent_yet")
    assert not slack.calls("chat.update")


def test_what_was_decided_before_it_was_asked_is_not_asked(slack: FakeSlack) -> None:
    approval = a_channel().ask()
    cast(approval, "ana", "deny")

    sweep(now=timezone.now())

    assert not slack.calls("chat.postMessage")
    assert question().state == "cancelled"


def test_something_unsafe_is_told_to_the_channel(slack: FakeSlack) -> None:
    approval = a_channel().ask()
    sweep(now=timezone.now())
    cast(approval, "ana", "deny", reason=Why("", "unsafe"))

    sweep(now=timezone.now())

    assert "unsafe" in slack.calls("chat.postMessage")[-1]["text"]


def test_slack_asks_for_time_and_gets_it(slack: FakeSlack) -> None:
    slack.statuses["chat.postMessage"] = 429
    a_channel().ask()
    begun = timezone.now()

    deliver(question().pk, now=begun)

    assert question().error_code == "http_429"
    assert (question().due_at - begun).total_seconds() >= 30


@pytest.mark.parametrize(
    ("error", "state"), [("channel_not_found", "dead"), ("ratelimited", "queued")]
)
def test_an_error_of_slack_is_final_or_not(
    slack: FakeSlack, error: str, state: str
) -> None:
    slack.errors["chat.postMessage"] = error
    a_channel().ask()

    deliver(question().pk, now=timezone.now())

    assert (question().state, question().error_code) == (state, f"slack_{error}")


def test_an_altered_workspace_speaks_for_nobody(slack: FakeSlack) -> None:
    a_channel().ask()
    SlackWorkspace.objects.update(team_id="T0000EVIL")

    deliver(question().pk, now=timezone.now())

    assert question().error_code == "altered"
    assert not slack.remote.received


def test_every_vote_is_shown_in_every_copy(slack: FakeSlack) -> None:
    approval = a_channel("ana", "ben", "olu", quorum=3, approve_in_slack=True).ask()
    sweep(now=timezone.now())
    assert "0 of 3" in texts(slack.calls("chat.postMessage")[-1])

    cast(approval, "ana")
    sweep(now=timezone.now())
    cast(approval, "ben")
    sweep(now=timezone.now())

    first, second = slack.calls("chat.update")
    assert "1 of 3: ana" in texts(first)
    assert "2 of 3: ana and ben" in texts(second)
    assert buttons(first) == buttons(second) == ["review", "deny", "approve"]


def test_a_vote_that_no_longer_counts_is_not_shown_as_one(slack: FakeSlack) -> None:
    approval = a_channel("ana", "ben", "olu", "zoe", quorum=3).ask()
    sweep(now=timezone.now())
    cast(approval, "ana")
    GroupMembership.objects.filter(user__username="ana").update(valid_to=timezone.now())
    cast(approval, "ben")

    sweep(now=timezone.now())

    assert "1 of 3: ben" in texts(slack.calls("chat.update")[-1])


def test_a_decision_takes_the_place_of_a_vote_that_was_not_told(
    slack: FakeSlack,
) -> None:
    approval = a_channel(quorum=2).ask()
    sweep(now=timezone.now())
    cast(approval, "ana")
    cast(approval, "ben", "deny")

    sweep(now=timezone.now())

    (update,) = slack.calls("chat.update")
    assert "Denied by ben" in texts(update)
    assert buttons(update) == []


def test_an_update_that_comes_late_does_not_bring_the_buttons_back(
    slack: FakeSlack,
) -> None:
    approval = a_channel(quorum=2).ask()
    sweep(now=timezone.now())
    cast(approval, "ana")
    late = Delivery.objects.with_approval().get(event="voted")
    cast(approval, "ben", "deny")
    sweep(now=timezone.now())

    send_slack(late, now=timezone.now())

    assert "Denied by ben" in texts(slack.calls("chat.update")[-1])
    assert buttons(slack.calls("chat.update")[-1]) == []


def test_the_text_of_a_message_is_inert(slack: FakeSlack) -> None:
    approval = a_channel().ask()
    sweep(now=timezone.now())
    User.objects.filter(username="ben").update(username="<!channel>")
    cast(approval, "<!channel>", "deny")

    sweep(now=timezone.now())

    assert "&lt;!channel&gt;" in slack.calls("chat.update")[-1]["text"]
