"""A receiver that takes its time: it keeps one worker waiting, and nothing else."""

import socket
from collections.abc import Iterator, Sequence

import pytest
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from approvals.models import Delivery
from approvals.services.deliveries import deliver, sweep
from tests.approvals.asking import a_world
from tests.approvals.receiving import a_webhook, only
from tests.racing import until_none_is_held
from tests.remotes import Remote, reply, serving
from tests.slack import FakeSlack, fake_slack, in_channel, installed, question

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.allow_hosts(["127.0.0.1"]),
]


class Slow(BaseEmailBackend):
    """A mail server that takes a letter once nobody holds a connection."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        until_none_is_held()
        return len(email_messages)


@pytest.fixture(autouse=True)
def _in_memory(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def remote() -> Iterator[Remote]:
    with serving(Remote(answer=reply(b"", status=204))) as remote:
        yield remote


@pytest.fixture
def slack(settings: Settings) -> Iterator[FakeSlack]:
    with fake_slack(settings) as fake:
        yield fake


def test_no_connection_is_held_while_a_mail_server_takes_a_letter(
    settings: Settings,
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Slow"
    a_world("ana").ask()

    sweep(now=timezone.now())

    assert Delivery.objects.get(event="requested").state == "sent"


def test_no_connection_is_held_while_a_webhook_answers(remote: Remote) -> None:
    def script(receiver: socket.socket) -> None:
        until_none_is_held()
        receiver.sendall(reply(b"", status=204))

    a_webhook(remote)
    a_world("ana").ask()
    remote.answer = script

    deliver(only("requested").pk, now=timezone.now())

    assert only("requested").state == "sent"


def test_no_connection_is_held_while_slack_answers(slack: FakeSlack) -> None:
    def script(receiver: socket.socket) -> None:
        until_none_is_held()
        slack.answer(receiver)

    slack.remote.answer = script
    world = a_world("ana")
    installed()
    in_channel()
    world.ask()

    deliver(question().pk, now=timezone.now())

    assert question().state == "sent"


def test_what_one_worker_waits_with_no_other_worker_sends(remote: Remote) -> None:
    def script(receiver: socket.socket) -> None:
        try:
            deliver(only("requested").pk, now=timezone.now())
            sweep(now=timezone.now())
        finally:
            connection.close()
        receiver.sendall(reply(b"", status=204))

    a_webhook(remote)
    a_world("ana").ask()
    remote.answer = script

    deliver(only("requested").pk, now=timezone.now())

    assert len(remote.received) == 1
    assert only("requested").state == "sent"


def test_what_a_worker_waits_with_may_be_settled_meanwhile(remote: Remote) -> None:
    """Nobody waits for its row: a killed worker's lease ends like this."""

    def script(receiver: socket.socket) -> None:
        try:
            rows = Delivery.objects.filter(channel="webhook", state="sending")
            settled.append(rows.update(state="cancelled"))
        finally:
            connection.close()
        receiver.sendall(reply(b"", status=204))

    settled: list[int] = []
    a_webhook(remote)
    a_world("ana").ask()
    remote.answer = script

    deliver(only("requested").pk, now=timezone.now())

    assert settled == [1]
    assert only("requested").state == "cancelled"
