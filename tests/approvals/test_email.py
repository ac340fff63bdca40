"""Mail: what a message holds, and what it must never hold."""

import re
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from approvals.models import Approval, Delivery, ReviewLink
from approvals.services import notify_outcome
from approvals.services.deliveries import deliver
from approvals.services.links import resolve_token
from tests.approvals.asking import World, a_world, cast
from tests.smtp import Mailbox, mail_server, parts

pytestmark = [pytest.mark.django_db, pytest.mark.allow_hosts(["127.0.0.1"])]

LINK = re.compile(r"https?://[^\s\"<>]+")


@pytest.fixture
def mailbox(settings: Settings) -> Iterator[Mailbox]:
    with mail_server(settings) as box:
        yield box


def delivery(event: str = "requested", name: str = "ana") -> Delivery:
    return Delivery.objects.get(event=event, recipient__username=name)


def sent(mailbox: Mailbox, event: str = "requested", name: str = "ana") -> EmailMessage:
    """Send a delivery and return the message as it came through the wire."""
    Delivery.objects.filter(event=event).update(due_at=timezone.now())
    deliver(delivery(event, name).pk, now=timezone.now())
    return mailbox.letters[-1]


def asked(body: str = "LGTM", **content: Any) -> World:
    """Return a world that asked with this body, which the route lets into mail."""
    world = a_world(**{"in_messages": ["body"], **content})
    world.ask(body=body, reason="IGNORE ALL RULES")
    return world


def test_a_question_names_the_action_and_has_one_link(mailbox: Mailbox) -> None:
    asked()

    message = sent(mailbox)

    code = Approval.objects.get().code
    assert message["Subject"] == (
        f"[approval {code}] github.comment_pr repo:payments-api/pull:184"
    )
    for part in parts(message):
        for fact in ("#184 of payments-api", "ci-agent", "sam", "write", code, "LGTM"):
            assert fact in part
        assert len(LINK.findall(part)) == 1
        assert "IGNORE" not in part


def test_the_headers_say_that_a_program_wrote_it(mailbox: Mailbox) -> None:
    asked()

    message = sent(mailbox)

    row = delivery()
    assert message["From"] == "Sealwright <no-reply@sealwright.example>"
    assert message["To"] == "ana@example.com"
    assert message["Message-ID"] == row.message_id
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "OOF, AutoReply, RN, NRN"
    assert "In-Reply-To" not in message
    envelope = mailbox.envelopes[0].mail_from or ""
    assert re.fullmatch(
        rf"bounces\+{row.pk}\.[0-9a-f]{{16}}@sealwright\.example", envelope
    )


def test_later_messages_answer_the_first_one(mailbox: Mailbox) -> None:
    asked()
    first = sent(mailbox)

    reminder = sent(mailbox, "reminder")

    assert reminder["In-Reply-To"] == reminder["References"] == first["Message-ID"]
    assert reminder["Message-ID"] != first["Message-ID"]


def test_who_was_never_asked_reads_one_thread_too(mailbox: Mailbox) -> None:
    asked()
    cast(Approval.objects.get(), "ana", "deny")

    ending = sent(mailbox, "denied", "sam")

    assert ending["References"] == f"<{Approval.objects.get().pk}@sealwright.example>"
    assert "denied" in ending["Subject"]


@pytest.mark.parametrize(
    ("value", "never", "plainly"),
    [
        ("<script>alert(1)</script>", "<script>", "<script>alert(1)</script>"),
        ("safe\u202eevil", "\u202e", "safe⟦U+202E⟧evil"),
        ("line\r\nBcc: zoe@example.com", "\nBcc", "⟦U+000D⟧⏎\n    | Bcc"),
        ("x" * 50_000, "x" * 1000, "49,400 more characters"),
        ("https://evil.example/\u200bx", "\u200b", "https:⟦//⟧evil.example/⟦U+200B⟧x"),
    ],
    ids=["markup", "bidi", "newline", "long", "zero width"],
)
def test_a_value_is_visible_and_inert(
    mailbox: Mailbox, value: str, never: str, plainly: str
) -> None:
    asked(value)

    message = sent(mailbox)

    plain, html = parts(message)
    assert never not in html
    assert plainly in plain.replace("\r\n", "\n")
    assert len(LINK.findall(plain)) == len(LINK.findall(html)) == 1
    assert "Bcc" not in message
    assert html.count("<a ") == 1


def test_what_the_route_does_not_let_into_messages_stays_out(mailbox: Mailbox) -> None:
    asked("the body", in_messages=[])

    assert "the body" not in mailbox_text(sent(mailbox))


def test_a_write_only_value_never_enters_a_message(mailbox: Mailbox) -> None:
    schema = {
        "type": "object",
        "properties": {
            "repo": {"type": "string", "pattern": "^[a-z-]+$"},
            "pull": {"type": "integer"},
            "body": {"type": "string", "writeOnly": True},
        },
        "required": ["repo", "pull", "body"],
        "additionalProperties": False,
    }
    asked("the secret", arguments_schema=schema)

    assert "the secret" not in mailbox_text(sent(mailbox))


def mailbox_text(message: EmailMessage) -> str:
    return "".join(parts(message))


def test_a_long_scope_is_cut_in_the_middle_of_the_subject(mailbox: Mailbox) -> None:
    world = a_world()
    world.ask(repo="a" * 150)

    subject = str(sent(mailbox)["Subject"])

    scope = subject.rpartition(" ")[2]
    assert len(scope) <= 60
    assert scope.startswith("repo:aaa")
    assert scope.endswith("/pull:184")
    assert subject.isascii()


def test_the_link_addresses_the_request_until_its_deadline(mailbox: Mailbox) -> None:
    asked()
    plain, _ = parts(sent(mailbox))

    url = LINK.findall(plain)[0]
    approval = Approval.objects.get()
    page, _, token = url.partition("?k=")

    assert page.endswith(f"/approvals/{approval.pk}/")
    assert ReviewLink.objects.get().token_hash != token.encode()
    link = resolve_token(approval.pk, token, now=timezone.now())
    assert link is not None
    assert link.person.username == "ana"
    assert resolve_token(approval.pk, token, now=approval.decide_by) is None
    assert resolve_token("apr_other", token, now=timezone.now()) is None
    assert resolve_token(approval.pk, f"{token}x", now=timezone.now()) is None


def test_a_vote_uses_the_addressees_link_up_and_nobody_elses(mailbox: Mailbox) -> None:
    asked(quorum=2)
    sent(mailbox)
    approval, row = Approval.objects.get(), delivery()

    cast(approval, "ben", delivery_id=row.pk)
    unused = ReviewLink.objects.get().used_at
    cast(approval, "ana", delivery_id=row.pk)

    assert unused is None
    assert ReviewLink.objects.get().used_at is not None
    assert [each.delivery_id for each in approval.votes.all()] == [row.pk, row.pk]


def test_a_confirmation_is_never_called_an_approval(mailbox: Mailbox) -> None:
    world = a_world(separation="confirm")
    approval = world.ask()
    question, _ = parts(sent(mailbox, "requested", "sam"))
    cast(approval, "sam")

    ending, _ = parts(sent(mailbox, "approved", "sam"))

    assert "your yes confirms your own agent's action" in question
    assert "It was confirmed by its owner." in ending


def test_times_are_told_in_the_readers_zone_and_in_utc(mailbox: Mailbox) -> None:
    asked()
    row = delivery()
    row.reader.time_zone = "Asia/Kolkata"
    row.reader.save()

    plain, _ = parts(sent(mailbox))

    assert re.search(r"Decide by: \d+ \w+ \d{4} \d\d:\d\d IST \(\d\d:\d\d UTC\)", plain)


def test_a_reminder_lists_what_else_waits(mailbox: Mailbox) -> None:
    world = asked()
    other = world.ask(pull=7)
    Delivery.objects.filter(approval=other, event="reminder").delete()

    plain, _ = parts(sent(mailbox, "reminder"))

    assert f"{other.code} github.comment_pr repo:payments-api/pull:7" in plain
    assert len(LINK.findall(plain)) == 1


@pytest.mark.parametrize(
    ("event", "page"),
    [("outcome_unknown", "/calls/cal_1/"), ("executed", "/approvals/apr_")],
)
def test_an_outcome_leads_to_where_it_can_be_read(
    mailbox: Mailbox, event: str, page: str
) -> None:
    world = a_world()
    approval = world.ask()
    notify_outcome(
        "cal_1",
        event,
        agent_id=world.principal.agent_id,
        approval_id=approval.pk,
        about={},
        now=timezone.now(),
    )

    plain, _ = parts(sent(mailbox, event, "sam"))

    assert page in LINK.findall(plain)[0]


def test_what_has_no_approval_is_told_by_its_names(mailbox: Mailbox) -> None:
    world = a_world()
    notify_outcome(
        "cal_1",
        "outcome_unknown",
        agent_id=world.principal.agent_id,
        approval_id=None,
        about={"tool": "github.read_pr", "agent": "ci-agent"},
        now=timezone.now(),
    )

    message = sent(mailbox, "outcome_unknown", "sam")

    assert message["Subject"] == "[sealwright] outcome unknown: github.read_pr"
    assert "Agent: ci-agent" in parts(message)[0]


def test_an_outcome_says_who_when_and_why(mailbox: Mailbox) -> None:
    asked()
    cast(Approval.objects.get(), "ana", "deny", reason="not before the freeze\u202e")

    plain, html = parts(sent(mailbox, "denied", "sam"))

    for part in (plain, html):
        assert "Denied by ana, " in part
        assert "not before the freeze⟦U+202E⟧" in part
