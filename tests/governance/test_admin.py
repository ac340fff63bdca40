"""The admin pages: whom they show what, and that nothing happens without a record."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from audit.models import Record
from governance import services
from governance.models import Agent, Backend, CredentialLane
from tests.factories import (
    ApproverGroupFactory,
    BackendFactory,
    CredentialLaneFactory,
    ImportedDraftFactory,
    MembershipFactory,
    RouteFactory,
    RouteVersionFactory,
    TenantFactory,
    ToolsetFactory,
    UserFactory,
    agent_with_key,
    reviewers,
)
from tests.governance.admin_pages import (
    CHANGED_HERE,
    OURS,
    Open,
    detail_of,
    fields_of,
    page,
)

pytestmark = pytest.mark.django_db


def everything() -> dict[str, Any]:
    """Make one row of every kind in team-acme."""
    route = RouteFactory.create()
    reviewers("ana", "ben")
    agent, _ = agent_with_key()
    return {
        "tenant": TenantFactory.create(),
        "user": UserFactory.create(username="ana"),
        "membership": MembershipFactory.create(user=UserFactory.create(username="olu")),
        "approvergroup": ApproverGroupFactory.create(),
        "agent": agent,
        "agentkey": agent.keys.get(),
        "toolset": ToolsetFactory.create(),
        "backend": BackendFactory.create(),
        "importeddraft": ImportedDraftFactory.create(),
        "credentiallane": CredentialLaneFactory.create(),
        "route": route,
        "routeversion": RouteVersionFactory.create(route=route),
    }


@pytest.mark.parametrize("kind", sorted(OURS))
def test_every_page_opens_for_an_operator_without_inline_script_or_style(
    signed_in: Open, kind: str
) -> None:
    client, rows = signed_in("root"), everything()
    pages = [reverse(f"admin:governance_{kind}_changelist")]
    if kind in rows:
        pages.append(page(rows[kind]))
    if kind in CHANGED_HERE:
        pages.append(reverse(f"admin:governance_{kind}_add"))

    for address in pages:
        response = client.get(address)

        assert response.status_code == 200
        text = response.content.decode()
        assert not re.search(
            r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", text
        )
        assert "script-src 'self'" in response["Content-Security-Policy"]


KINDS = (
    *("agent", "agentkey", "approvergroup", "backend", "credentiallane", "membership"),
    "importeddraft",
    *("route", "routeversion", "tenant", "toolset", "user"),
)


@pytest.mark.parametrize("kind", KINDS)
def test_an_admin_sees_her_own_tenant_and_no_other(signed_in: Open, kind: str) -> None:
    row = everything()[kind]

    own = signed_in("sam").get(page(row))
    foreign = signed_in("zoe").get(page(row))

    assert own.status_code == 200
    assert foreign.status_code == 302  # as for an id that does not exist
    listed = signed_in("zoe").get(reverse(f"admin:governance_{kind}_changelist"))
    assert row not in listed.context["cl"].queryset


@pytest.mark.parametrize("name", ["ana", "olu"])
def test_without_an_admin_role_there_is_no_admin_page(
    signed_in: Open, name: str
) -> None:
    everything()

    response = signed_in(name).get(reverse("admin:index"))

    assert response.status_code in (302, 403)


def test_nothing_can_be_deleted_edited_in_a_list_or_done_in_bulk(
    signed_in: Open,
) -> None:
    client, rows = signed_in("root"), everything()

    for kind, row in rows.items():
        assert client.post(page(row, "delete"), {"post": "yes"}).status_code == 403, (
            kind
        )

    for model, its in OURS.items():
        assert its.actions is None, model
        assert not its.list_editable, model
        assert not its.inlines, model


def test_a_new_backend_is_saved_by_its_service_with_a_record(signed_in: Open) -> None:
    client, tenant = signed_in("sam"), TenantFactory.create()
    form = {
        "tenant": tenant.pk,
        "name": "ticketing",
        "kind": "http",
        "base_url": "http://10.1.2.3/v1",
        "allowed_cidrs": "10.1.2.0/24\n",
        "timeout_seconds": 30,
        "max_response_bytes": 1024,
        "max_concurrent": 4,
    }

    response = client.post(reverse("admin:governance_backend_add"), form)

    assert response.status_code == 302
    assert Backend.objects.get().allowed_cidrs == ["10.1.2.0/24"]
    written = Record.objects.get()
    assert (written.event, written.backend, written.door) == (
        "backend.created",
        "ticketing",
        "admin",
    )
    assert written.personal.person == "sam"
    assert "base URL: http://10.1.2.3/v1" in detail_of(written)["changes"]


def test_a_refusal_stands_next_to_its_field_and_saves_nothing(signed_in: Open) -> None:
    client, backend = signed_in("sam"), BackendFactory.create()
    form = fields_of(client.get(page(backend)))

    response = client.post(
        page(backend), {**form, "base_url": "http://2130706433/", "allowed_cidrs": ""}
    )

    assert response.status_code == 200
    assert response.context["adminform"].form.errors["base_url"]
    backend.refresh_from_db()
    assert backend.base_url == "http://127.0.0.1:9"
    assert not Record.objects.exists()


def test_a_change_is_recorded_with_before_and_after(signed_in: Open) -> None:
    client, backend = signed_in("sam"), BackendFactory.create()
    form = fields_of(client.get(page(backend)))

    client.post(page(backend), {**form, "timeout_seconds": 60, "name": "renamed"})

    backend.refresh_from_db()
    assert (backend.timeout_seconds, backend.name) == (60, "github-api")
    detail = detail_of(Record.objects.get(event="backend.changed"))
    assert detail["changes"] == ["timeout seconds: 30 to 60"]
    assert detail["before"] != detail["after"]


def test_a_secret_goes_in_and_never_comes_out(signed_in: Open) -> None:
    client, tenant = signed_in("sam"), TenantFactory.create()
    form = {
        "tenant": tenant.pk,
        "name": "tickets",
        "kind": "static",
        "privilege": "write",
        "place": "Bearer",
        "secret": "tk-canary-0001",
    }

    response = client.post(reverse("admin:governance_credentiallane_add"), form)

    assert response.status_code == 302
    lane = CredentialLane.objects.get()
    shown = client.get(page(lane)).content.decode()
    assert "tk-canary-0001" not in shown
    assert f"fingerprint {lane.secret_fingerprint[:4]}…" in shown
    events = set(Record.objects.values_list("event", flat=True))
    assert events == {"lane.created", "lane.secret_replaced"}
    assert all("canary" not in str(each.leaf) for each in Record.objects.all())


def test_only_operators_make_tenants(signed_in: Open) -> None:
    form = {
        "slug": "team-new",
        "name": "Team New",
        "time_zone": "UTC",
        "retention_days": "400",
    }
    address = reverse("admin:governance_tenant_add")

    refused = signed_in("sam").post(address, form)
    made = signed_in("root").post(address, form)

    assert (refused.status_code, made.status_code) == (403, 302)
    assert Record.objects.get().event == "tenant.created"


def test_rows_of_another_tenant_can_not_be_chosen(signed_in: Open) -> None:
    foreign = TenantFactory.create(slug="team-zeta")
    form = {
        "tenant": foreign.pk,
        "name": "sneaky",
        "owner": UserFactory.create(username="sam").pk,
    }

    response = signed_in("sam").post(reverse("admin:governance_agent_add"), form)

    assert response.status_code == 200
    assert "tenant" in response.context["adminform"].form.errors
    assert not Agent.objects.exists()


def test_configuration_is_never_changed_past_its_services() -> None:
    folder = Path(services.__file__).parent.parent
    bulk = re.compile(r"(?:objects\b.*|\))\.(?:update|delete|bulk_\w+)\(")

    places = [
        f"{path.name}:{number}"
        for name in ("admin", "forms", "loading", "services")
        for path in sorted((folder / name).rglob("*.py"))
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if bulk.search(line)
    ]

    # A toolset's entries are the one list that is written whole, with its record; an
    # erasure and a reset empty what other apps keep of an account.
    files = [place.partition(":")[0] for place in places]
    assert files == [*(["erasure.py"] * 3), "factors.py", "toolsets.py"]
