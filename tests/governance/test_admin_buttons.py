"""The admin's buttons: asked on GET, done on POST, and recorded."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Record
from governance.models import Agent, Tenant
from tests.factories import AgentFactory, agent_with_key, person
from tests.governance.admin_pages import Open, page

pytestmark = pytest.mark.django_db


def test_a_key_is_shown_once_and_kept_as_a_hash(signed_in: Open) -> None:
    client, agent = signed_in("sam"), AgentFactory.create()

    answer = client.post(reverse("admin:governance_agent_key", args=[agent.pk]), {})

    shown = re.search(r"swk_[0-9a-f]+_[\w-]+", answer.content.decode())
    assert shown is not None
    key = agent.keys.get()
    assert key.created_by is not None
    assert key.created_by.username == "sam"
    assert shown[0] not in client.get(page(agent)).content.decode()
    assert Record.objects.get().event == "key.created"


def test_a_key_is_revoked_by_a_button(signed_in: Open) -> None:
    agent, _ = agent_with_key()
    key = agent.keys.get()

    signed_in("sam").post(page(key, "do", "revoke"))

    key.refresh_from_db()
    assert key.revoked_at is not None
    assert Record.objects.filter(event="key.revoked", agent="ci-agent").exists()


def test_a_button_asks_on_get_and_acts_on_post(signed_in: Open) -> None:
    client, agent = signed_in("sam"), AgentFactory.create()
    address = page(agent, "do", "suspend")

    asked = client.get(address)
    was = Agent.objects.get().suspended_at
    client.post(address, {"why": "it went wild"})

    assert asked.status_code == 200
    assert was is None
    assert Agent.objects.get().suspended_at is not None
    written = Record.objects.get()
    assert (written.event, written.personal.stated_reason) == (
        "agent.suspended",
        "it went wild",
    )


def test_a_button_without_the_token_of_its_form_does_nothing() -> None:
    sam, agent = person("sam", "admin"), AgentFactory.create()
    client = Client(enforce_csrf_checks=True)
    client.force_login(sam)

    response = client.post(page(agent, "do", "suspend"))

    assert response.status_code == 403
    assert Agent.objects.get().suspended_at is None


def test_nobody_presses_another_tenants_button(signed_in: Open) -> None:
    agent = AgentFactory.create()

    response = signed_in("zoe").post(page(agent, "do", "suspend"))

    assert response.status_code == 404
    assert Agent.objects.get().suspended_at is None


def test_one_button_stops_all_writes_of_a_tenant(signed_in: Open) -> None:
    client, tenant = signed_in("sam"), Tenant.objects.get(slug="team-acme")

    shown = client.get(page(tenant)).content.decode()
    client.post(page(tenant, "do", "stop-writes"))

    assert "Stop all writes" in shown
    tenant.refresh_from_db()
    assert tenant.writes_stopped_at is not None
    assert Record.objects.get().event == "tenant.writes_stopped"
