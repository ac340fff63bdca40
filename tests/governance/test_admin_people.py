"""People, roles, groups, agents and toolsets in the admin."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Record
from governance.imports import BUILT_IN_AGENT
from governance.models import Agent, ApproverGroup, Membership, Toolset, User
from tests.alone import stands_in
from tests.factories import (
    NOW,
    AgentFactory,
    ApproverGroupFactory,
    BackendFactory,
    MembershipFactory,
    RouteFactory,
    TenantFactory,
    ToolsetFactory,
    UserFactory,
    person,
    published_route,
    reviewers,
)
from tests.governance.admin_pages import detail_of, fields_of, page

pytestmark = pytest.mark.django_db

PASSWORD = "another horse battery staple"


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(person("sam", "admin"))
    return client


def test_a_person_is_made_with_a_password_and_first_roles(client: Client) -> None:
    form = {
        "username": "olu",
        "email": "olu@example.com",
        "password": PASSWORD,
        "again": PASSWORD,
        "member_of": TenantFactory.create().pk,
        "roles": ["auditor", "approver"],
    }

    response = client.post(reverse("admin:governance_user_add"), form)

    assert response.status_code == 302
    olu = User.objects.get(username="olu")
    assert olu.check_password(PASSWORD)
    assert olu.memberships.count() == 2
    assert not olu.is_staff
    events = list(Record.objects.order_by("id").values_list("event", flat=True))
    assert events == [
        "person.created",
        "person.password_changed",
        "membership.granted",
        "membership.granted",
    ]
    leaves = [bytes(each.leaf).decode() for each in Record.objects.all()]
    assert not [leaf for leaf in leaves if stands_in(leaf, "olu")]


def test_who_can_not_join_a_group_is_told_beside_the_names_that_were_ticked(
    client: Client,
) -> None:
    reviewers("ana")
    zoe = MembershipFactory.create(user=UserFactory.create(username="zoe")).user
    group = ApproverGroup.objects.get()
    form = fields_of(client.get(page(group)))

    response = client.post(page(group), {**form, "members": [zoe.pk]})

    shown = response.context["adminform"].form
    assert "zoe is no approver" in shown.errors["members"][0]
    assert shown["members"].value() == [str(zoe.pk)]


def test_a_group_that_routes_in_force_need_is_emptied_with_a_warning(
    client: Client,
) -> None:
    group = reviewers("ana", "ben")
    published_route(quorum=2)
    ana, ben = User.objects.get(username="ana"), User.objects.get(username="ben")
    form = fields_of(client.get(page(group)))

    def told(*members: User) -> list[str]:
        members_now = {**form, "members": [each.pk for each in members]}
        saved = client.post(page(group), members_now, follow=True)
        found = saved.context["messages"]
        return [str(each) for each in found if each.level_tag == "warning"]

    assert told() == [
        "Too few are left. github.comment_pr: 2 have to say yes, and there is nobody."
    ]
    assert told(ana) == [
        "Too few are left. github.comment_pr: 2 have to say yes, and there is only ana."
    ]
    assert told(ana, ben) == []


@pytest.mark.parametrize("kind", ["backend", "agent", "approvergroup", "toolset"])
def test_a_name_that_is_taken_is_told_at_the_name_with_the_other_mistakes(
    client: Client, kind: str
) -> None:
    factories: dict[str, Any] = {
        "backend": BackendFactory,
        "agent": AgentFactory,
        "approvergroup": ApproverGroupFactory,
        "toolset": ToolsetFactory,
    }
    kept = factories[kind].create()
    address = reverse(f"admin:governance_{kind}_add")
    form = fields_of(client.get(address))

    refused = client.post(
        address,
        {
            **form,
            "tenant": kept.tenant.pk,
            "name": kept.name,
            "kind": "http",
            "base_url": "http://10.0.0.1",
            "entries": "no.such_tool",
        },
    )

    errors = refused.context["adminform"].form.errors
    assert errors["name"] == ["This name is taken. Choose another one."]
    assert "__all__" not in errors
    also = {"backend": "base_url", "agent": "owner", "toolset": "entries"}
    assert set(errors) - {"name"} == {also[kind]} if kind in also else {"name"}


def test_the_agent_that_lists_tools_gets_no_key_and_the_page_says_why(
    client: Client,
) -> None:
    agent = AgentFactory.create(name=BUILT_IN_AGENT)
    address = reverse("admin:governance_agent_key", args=[agent.pk])

    response = client.post(address, {"expires_at": "2099-01-31 12:00"})

    assert response.context["form"].non_field_errors()
    assert 'value="2099-01-31 12:00"' in response.text
    assert not agent.keys.exists()


def test_a_password_that_is_none_is_refused(client: Client) -> None:
    form = {
        "username": "olu",
        "email": "olu@example.com",
        "password": "short",
        "again": "other",
        "member_of": TenantFactory.create().pk,
    }

    response = client.post(reverse("admin:governance_user_add"), form)

    errors = response.context["adminform"].form.errors
    assert set(errors) >= {"again", "roles"}
    assert not User.objects.filter(username="olu").exists()


def test_deactivating_ends_the_sessions_of_a_person(client: Client) -> None:
    ana = person("ana", "approver")
    hers = Client()
    hers.force_login(ana)
    form = fields_of(client.get(page(ana)))
    form.pop("is_active")

    client.post(page(ana), form)

    ana.refresh_from_db()
    assert not ana.is_active
    assert hers.get("/account/").status_code == 302
    written = Record.objects.get(event="person.changed")
    assert detail_of(written)["changes"] == ["active: yes to no"]


def test_another_tenants_member_is_changed_by_operators_only(client: Client) -> None:
    ana = person("ana", "approver")
    MembershipFactory.create(user=ana, tenant=TenantFactory.create(slug="team-zeta"))
    address = reverse("admin:governance_user_password", args=[ana.pk])

    changed = client.post(page(ana), {"email": "x@example.com"})
    reset = client.post(address, {"password": PASSWORD, "again": PASSWORD})

    assert (changed.status_code, reset.status_code) == (403, 404)


def test_nobody_makes_herself_an_operator(client: Client) -> None:
    sam = User.objects.get(username="sam")
    form = fields_of(client.get(page(sam)))

    client.post(page(sam), {**form, "is_superuser": "on"})

    sam.refresh_from_db()
    assert not sam.is_superuser


def test_an_admin_sets_a_password(client: Client) -> None:
    ana = person("ana", "approver")
    address = reverse("admin:governance_user_password", args=[ana.pk])

    shown = client.get(address)
    client.post(address, {"password": PASSWORD, "again": PASSWORD})

    assert shown.status_code == 200
    ana.refresh_from_db()
    assert ana.check_password(PASSWORD)
    assert Record.objects.get().event == "person.password_changed"


def test_a_role_is_granted_and_ended(client: Client) -> None:
    ana = person("ana", "approver")
    form = {"tenant": TenantFactory.create().pk, "user": ana.pk, "role": "admin"}

    client.post(reverse("admin:governance_membership_add"), form)
    ana.refresh_from_db()
    was_staff = ana.is_staff
    membership = Membership.objects.get(user=ana, role="admin")
    client.post(page(membership, "do", "end"))

    ana.refresh_from_db()
    membership.refresh_from_db()
    assert (was_staff, ana.is_staff) == (True, False)
    assert membership.valid_to is not None
    events = list(Record.objects.order_by("id").values_list("event", flat=True))
    assert events == ["membership.granted", "membership.ended"]


def test_a_groups_members_are_made_exactly_these(client: Client) -> None:
    group = reviewers("ana", "ben")
    olu = person("olu", "approver")
    ana = User.objects.get(username="ana")
    form = {"members": [ana.pk, olu.pk]}

    response = client.post(page(group), form)

    assert response.status_code == 302
    open_places = group.places.filter(valid_to__isnull=True)
    assert {place.user.username for place in open_places} == {"ana", "olu"}
    ended = group.places.get(user__username="ben")
    assert ended.ended_by is not None
    written = Record.objects.get(event="group.changed")
    assert detail_of(written)["changes"] == ["members: changed, weaker"]
    assert written.personal.summary == (
        "reviewers: members: added olu; removed ben, weaker"
    )


def test_whoever_is_no_approver_does_not_enter_a_group(client: Client) -> None:
    form = {
        "tenant": TenantFactory.create().pk,
        "name": "reviewers",
        "members": [person("olu", "auditor").pk],
    }

    response = client.post(
        reverse("admin:governance_approvergroup_add"), form, follow=True
    )

    assert "olu is no approver of team-acme" in response.content.decode()
    assert not ApproverGroup.objects.exists()


def test_a_toolset_is_written_as_lines(client: Client) -> None:
    RouteFactory.create()
    line = "github.comment_pr repo:payments-*/pull:* repo:web-shop/pull:*"
    tenant = TenantFactory.create()
    form = {"tenant": tenant.pk, "name": "everyday", "entries": f"{line}\n"}

    client.post(reverse("admin:governance_toolset_add"), form)

    toolset = Toolset.objects.get()
    entry = toolset.entries.get()
    assert entry.scope_patterns == ["repo:payments-*/pull:*", "repo:web-shop/pull:*"]
    assert fields_of(client.get(page(toolset)))["entries"] == line


@pytest.mark.parametrize(
    "line",
    [
        "unknown.tool",
        "github.comment_pr a b\ngithub.comment_pr",
        "github.comment_pr “x”",
    ],
)
def test_a_line_that_grants_nothing_is_refused(client: Client, line: str) -> None:
    RouteFactory.create()
    form = {"tenant": TenantFactory.create().pk, "name": "everyday", "entries": line}

    response = client.post(reverse("admin:governance_toolset_add"), form)

    assert response.context["adminform"].form.errors["entries"]
    assert not Toolset.objects.exists()


def test_an_agent_is_made_for_somebody_who_answers_for_it(client: Client) -> None:
    sam = User.objects.get(username="sam")
    form = {"tenant": TenantFactory.create().pk, "name": "ci-agent", "owner": sam.pk}

    client.post(reverse("admin:governance_agent_add"), form)

    assert Agent.objects.get().owner == sam
    written = Record.objects.get()
    assert (written.event, written.agent) == ("agent.created", "ci-agent")
    assert written.at == written.at.replace(tzinfo=NOW.tzinfo)


def test_an_owner_has_a_role_in_the_tenant(client: Client) -> None:
    olu = UserFactory.create(username="olu")
    membership = MembershipFactory.create(user=olu, role="auditor")
    membership.valid_to = NOW
    membership.save()
    form = {"tenant": TenantFactory.create().pk, "name": "ci-agent", "owner": olu.pk}

    client.post(reverse("admin:governance_agent_add"), form, follow=True)

    assert not Agent.objects.exists()
