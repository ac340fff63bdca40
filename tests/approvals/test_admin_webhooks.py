"""Webhooks in the admin: made, rotated, tested, paused; the secret shown once."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from approvals.models import Delivery, Webhook
from tests.alone import stands_in
from tests.factories import TenantFactory, person
from tests.remotes import Remote, reply, serving

pytestmark = [pytest.mark.django_db, pytest.mark.allow_hosts(["127.0.0.1"])]

SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]{44}")


@pytest.fixture
def remote() -> Iterator[Remote]:
    with serving(Remote(answer=reply(b"", status=204))) as remote:
        yield remote


@pytest.fixture
def browser() -> Client:
    client = Client()
    client.force_login(person("sam", "admin"))
    return client


def add(browser: Client, url: str, **given: str) -> str:
    form = {
        "tenant": str(TenantFactory.create().pk),
        "name": "ops",
        "url": url,
        "allowed_cidrs": "127.0.0.0/8",
        "events": "approval.requested",
        **given,
    }
    answer = browser.post(reverse("admin:approvals_webhook_add"), form, follow=True)
    return answer.content.decode()


def press(browser: Client, hook: Webhook, name: str) -> str:
    url = reverse("admin:approvals_webhook_do", args=[hook.pk, name])
    assert browser.get(url).status_code == 200
    return browser.post(url, follow=True).content.decode()


def test_the_secret_of_a_new_webhook_is_shown_once(
    browser: Client, remote: Remote
) -> None:
    shown = add(browser, f"{remote.url}/hook")

    hook = Webhook.objects.get()
    page = reverse("admin:approvals_webhook_change", args=[hook.pk])

    assert SECRET.search(shown)
    assert not SECRET.search(browser.get(page).content.decode())


def test_a_new_secret_is_shown_once_too(browser: Client, remote: Remote) -> None:
    first = SECRET.search(add(browser, f"{remote.url}/hook"))

    second = SECRET.search(press(browser, Webhook.objects.get(), "rotate"))

    assert first
    assert second
    assert first[0] != second[0]


def test_an_address_that_is_refused_is_said_at_its_field(browser: Client) -> None:
    shown = add(browser, "http://169.254.169.254/")

    assert "errorlist" in shown
    assert not Webhook.objects.exists()


def test_a_test_and_a_pause(browser: Client, remote: Remote) -> None:
    add(browser, f"{remote.url}/hook")
    hook = Webhook.objects.get()

    press(browser, hook, "test")
    press(browser, hook, "pause")

    assert Delivery.objects.get().event == "test"
    assert Webhook.objects.get().suspended_at is not None
    press(browser, hook, "resume")
    assert Webhook.objects.get().suspended_at is None


def test_an_admin_of_another_tenant_finds_nothing(
    browser: Client, remote: Remote
) -> None:
    add(browser, f"{remote.url}/hook")
    zoe = Client()
    zoe.force_login(
        person("zoe", "admin", tenant=TenantFactory.create(slug="team-zeta"))
    )
    hook = Webhook.objects.get()

    listed = zoe.get(reverse("admin:approvals_webhook_changelist"))
    rotate = reverse("admin:approvals_webhook_do", args=[hook.pk, "rotate"])

    assert not stands_in(listed.content.decode(), "ops")
    assert zoe.post(rotate).status_code == 404
