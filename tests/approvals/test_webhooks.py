"""Webhooks: signed, sent at least once, given up in sight, and without a secret."""

from collections.abc import Iterator

import pytest
from django.utils import timezone
from pytest_django import Settings
from standardwebhooks.webhooks import WebhookVerificationError

from approvals.models import Approval, Delivery, Webhook
from approvals.services import notify_outcome
from approvals.services.deliveries import deliver, sweep
from approvals.services.webhooks import (
    new_secret,
    pause_webhook,
    save_webhook,
    send_test,
)
from audit.models import Record
from governance.refusals import Refused
from tests.approvals.asking import a_world, cast
from tests.approvals.receiving import a_webhook, only, sam, verified
from tests.factories import TenantFactory
from tests.remotes import Remote, reply, serving

pytestmark = [pytest.mark.django_db, pytest.mark.allow_hosts(["127.0.0.1"])]


@pytest.fixture(autouse=True)
def _in_memory(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def remote() -> Iterator[Remote]:
    with serving(Remote(answer=reply(b"", status=204))) as remote:
        yield remote


def test_a_request_and_its_end_are_told_and_verify(remote: Remote) -> None:
    _, secret = a_webhook(remote)
    approval = a_world("ana").ask()
    sweep(now=timezone.now())
    cast(approval, "ana", "deny", reason="no")
    sweep(now=timezone.now())

    asked, decided = [verified(each, secret) for each in remote.received]

    assert asked["type"] == "approval.requested"
    assert asked["data"]["approval_id"] == approval.pk
    assert asked["data"]["state"] == "pending"
    assert asked["data"]["review_url"].endswith(f"/approvals/{approval.pk}/")
    assert decided["type"] == "approval.decided"
    assert decided["data"]["state"] == "denied"
    assert decided["data"]["ended_at"] is not None
    assert remote.received[0].target == "/hooks/1?key=a"


def test_a_finished_call_is_told(remote: Remote) -> None:
    _, secret = a_webhook(remote)
    world = a_world("ana")
    approval = world.ask()
    notify_outcome(
        "cal_1",
        "executed",
        agent_id=world.principal.agent_id,
        approval_id=approval.pk,
        about={},
        now=timezone.now(),
    )

    deliver(only("executed").pk, now=timezone.now())

    told = verified(remote.received[0], secret)
    assert told["type"] == "call.finished"
    assert told["data"]["call_id"] == "cal_1"
    assert told["data"]["state"] == "completed"
    assert told["data"]["approval_id"] == approval.pk


def test_a_session_that_rests_is_told(remote: Remote) -> None:
    _, secret = a_webhook(remote)
    world = a_world("ana")
    for pull in (1, 2, 3):
        cast(world.ask(pull=pull), "ana", "deny")

    deliver(only("session_rests").pk, now=timezone.now())

    told = verified(remote.received[0], secret)
    assert told["type"] == "session.cooled_down"
    assert told["data"]["session_id"] == world.session.pk


def test_no_argument_reason_or_secret_is_told(remote: Remote) -> None:
    _, secret = a_webhook(remote)
    a_world("ana").ask(body="CANARY-argument", reason="CANARY-reason")
    sweep(now=timezone.now())

    raw = remote.received[0].body

    assert b"CANARY" not in raw
    assert secret.encode() not in raw


def test_an_id_stays_for_every_attempt_and_differs_between_events(
    remote: Remote,
) -> None:
    a_webhook(remote)
    remote.answer = reply(b"", status=500)
    approval = a_world("ana").ask()
    for _ in range(2):
        Delivery.objects.update(due_at=timezone.now())
        deliver(only("requested").pk, now=timezone.now())
    cast(approval, "ana", "deny")
    deliver(only("denied").pk, now=timezone.now())

    first, again, other = [each.all("webhook-id")[0] for each in remote.received]

    assert first == again != other
    assert remote.received[0].body == remote.received[1].body


def test_both_secrets_sign_for_a_day_after_a_rotation(remote: Remote) -> None:
    hook, old = a_webhook(remote)
    new = new_secret(hook, by=sam(), now=timezone.now())
    send_test(hook, now=timezone.now())
    sweep(now=timezone.now())
    Webhook.objects.update(previous_until=timezone.now())
    send_test(hook, now=timezone.now())
    sweep(now=timezone.now())

    rotating, later = remote.received

    assert verified(rotating, old) == verified(rotating, new)
    assert verified(later, new)["type"] == "webhook.test"
    with pytest.raises(WebhookVerificationError):
        verified(later, old)


def test_an_event_that_was_not_chosen_is_not_told(remote: Remote) -> None:
    a_webhook(remote, events=["approval.decided"])

    a_world("ana").ask()

    assert not Delivery.objects.filter(channel="webhook").exists()


def test_a_paused_webhook_is_told_nothing(remote: Remote) -> None:
    hook, _ = a_webhook(remote)
    world = a_world("ana")
    world.ask()
    assert pause_webhook(hook, by=sam(), now=timezone.now())
    world.ask(pull=2)

    sweep(now=timezone.now())

    assert not remote.received
    assert only("requested").state == "cancelled"


def test_another_tenants_webhook_hears_nothing(remote: Remote) -> None:
    a_webhook(remote, tenant=TenantFactory.create(slug="team-zeta"))

    a_world("ana").ask()

    assert not Delivery.objects.filter(channel="webhook").exists()


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"url": "http://127.0.0.1:9/elsewhere"}, "altered"),
        ({"sealed_secret": "{}"}, "no_secret"),
    ],
)
def test_what_was_altered_in_the_database_is_not_used(
    remote: Remote, changed: dict[str, str], code: str
) -> None:
    a_webhook(remote)
    a_world("ana").ask()
    Webhook.objects.update(**changed)

    deliver(only("requested").pk, now=timezone.now())

    assert not remote.received
    assert (only("requested").state, only("requested").error_code) == ("dead", code)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/hook",
        "http://169.254.169.254/latest",
        "ftp://example.com/",
        "https://user:pw@example.com/",
        "https://example.com/a b",
        "https://example.com/a#b",
        "hook",
    ],
)
def test_an_address_that_backends_may_not_have_is_refused(
    remote: Remote, url: str
) -> None:
    with pytest.raises(Refused) as refused:
        a_webhook(remote, url=url, allowed_cidrs=[])

    assert "url" in refused.value.fields


def test_a_change_is_on_record_without_the_path(remote: Remote) -> None:
    hook, secret = a_webhook(remote)
    hook.url = f"{remote.url}/other/CANARY"
    save_webhook(hook, by=sam(), now=timezone.now())

    events = Record.objects.filter(event__startswith="webhook.").order_by("id")
    told = [each.event for each in events]

    assert told == ["webhook.created", "webhook.secret_replaced", "webhook.changed"]
    assert "CANARY" not in str([each.detail for each in events])
    assert secret not in str([each.detail for each in events])
    assert secret not in str(Webhook.objects.values())


def test_the_approval_itself_never_waits_for_a_receiver(remote: Remote) -> None:
    a_webhook(remote)

    a_world("ana").ask()

    assert not remote.received
    assert Approval.objects.get().state == "pending"
