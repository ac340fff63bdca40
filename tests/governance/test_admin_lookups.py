"""Saving what names another host: nothing is held while its name is looked up."""

import socket
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from approvals.models import Webhook
from governance.models import Backend, CredentialLane
from tests.factories import TenantFactory
from tests.governance.admin_pages import Open, fields_of, page
from tests.racing import until_none_is_held

pytestmark = pytest.mark.django_db(transaction=True)

BACKEND: dict[str, Any] = {
    "name": "ticketing",
    "kind": "http",
    "base_url": "https://tickets.example.com",
    "timeout_seconds": 30,
    "max_response_bytes": 1024,
    "max_concurrent": 4,
}
LANE: dict[str, Any] = {
    "name": "tickets-write",
    "kind": "oauth_client",
    "privilege": "write",
    "token_url": "https://login.example.com/token",
    "client_id": "sealwright",
    "authentication": "client_secret_basic",
    "scope": "tickets:create",
    "max_seconds": 600,
    "reuse_seconds": 0,
    "place": "Bearer",
    "secret": "the-clients-secret",
}
WEBHOOK: dict[str, Any] = {
    "name": "ops",
    "url": "https://hooks.example.com/1",
    "events": "approval.requested",
}
FORMS: dict[str, tuple[Any, dict[str, Any]]] = {
    "governance_backend": (Backend, BACKEND),
    "governance_credentiallane": (CredentialLane, LANE),
    "approvals_webhook": (Webhook, WEBHOOK),
}


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names that were asked for, each with nothing held."""
    names: list[str] = []

    def look_up(host: str, port: int, **_more: Any) -> list[tuple[Any, ...]]:
        assert not connection.in_atomic_block
        until_none_is_held()
        names.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return names


@pytest.mark.parametrize("kind", FORMS)
def test_a_name_is_looked_up_with_no_transaction_open(
    signed_in: Open, looked_up: list[str], kind: str
) -> None:
    model, typed = FORMS[kind]
    form = {"tenant": TenantFactory.create().pk, **typed}

    answer = signed_in("sam").post(reverse(f"admin:{kind}_add"), form)

    assert answer.status_code in (200, 302)
    assert model.objects.get().name == typed["name"]
    assert set(looked_up) <= {urls_host(typed)}
    assert looked_up


def test_a_change_looks_the_name_up_with_no_transaction_open(
    signed_in: Open, looked_up: list[str]
) -> None:
    client = signed_in("sam")
    form = {"tenant": TenantFactory.create().pk, **BACKEND}
    client.post(reverse("admin:governance_backend_add"), form)
    backend = Backend.objects.get()
    again = fields_of(client.get(page(backend)))
    looked_up.clear()

    client.post(page(backend), {**again, "base_url": "https://desk.example.com"})

    backend.refresh_from_db()
    assert backend.base_url == "https://desk.example.com"
    assert set(looked_up) == {"desk.example.com"}


@pytest.mark.parametrize("kind", FORMS)
def test_a_foreign_page_saves_nothing(signed_in: Open, kind: str) -> None:
    model, typed = FORMS[kind]
    form = {"tenant": TenantFactory.create().pk, **typed}
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = signed_in("sam").cookies

    answer = browser.post(reverse(f"admin:{kind}_add"), form)

    assert answer.status_code == 403
    assert not model.objects.exists()


def test_what_only_the_service_refuses_comes_back_with_all_but_the_secret(
    signed_in: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = iter(["8.8.8.8", "127.0.0.1"])  # as the form asks, and as the service

    def look_up(host: str, port: int, **_more: Any) -> list[tuple[Any, ...]]:
        to = next(addresses, "8.8.8.8"), port
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", to)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    form = {"tenant": TenantFactory.create().pk, **LANE}

    answer = signed_in("sam").post(
        f"{reverse('admin:governance_credentiallane_add')}?kind=oauth_client", form
    )

    assert answer.status_code == 200
    assert "127.0.0.1" in answer.context["adminform"].form.errors["token_url"][0]
    assert 'value="https://login.example.com/token"' in answer.text
    assert "the-clients-secret" not in answer.text
    assert not CredentialLane.objects.exists()


def urls_host(typed: dict[str, Any]) -> str:
    url = next(value for value in typed.values() if str(value).startswith("https:"))
    return str(url).partition("://")[2].partition("/")[0]
