"""Routes in the admin: drafts, publishing, the try-it page."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Record
from governance.models import Route, RouteVersion, Toolset
from tests.factories import (
    AgentFactory,
    ApproverGroupFactory,
    BackendFactory,
    CredentialLaneFactory,
    RouteFactory,
    RouteVersionFactory,
    TenantFactory,
    ToolsetEntryFactory,
    person,
    published_route,
    reviewers,
)
from tests.governance.admin_pages import detail_of, fields_of, page

pytestmark = pytest.mark.django_db

ARGS = '{"repo": "payments-api", "pull": 184, "body": "LGTM"}'


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(person("sam", "admin"))
    return client


def draft_form(route: Route, **change: Any) -> dict[str, Any]:
    return {
        "route": route.pk,
        "title": "Comment",
        "backend": BackendFactory.create().pk,
        "lane": CredentialLaneFactory.create().pk,
        "risk": "write",
        "approval_rule": "required",
        "group": ApproverGroupFactory.create().pk,
        "quorum": 1,
        "separation": "four_eyes",
        "decide_within_seconds": 3600,
        "execute_within_seconds": 3600,
        "arguments_schema": '{"type": "object", "properties": {"pull": {"type":'
        ' "integer"}}, "required": ["pull"], "additionalProperties": false}',
        "scope_template": "pull:{pull}",
        "summary_template": "Comment on #{pull}",
        "mapping": '{"method": "POST", "path": "/pulls/{pull}"}',
        "max_uses": 1,
        "replay_seconds": 600,
        "payload_seconds": 600,
        **change,
    }


def test_a_new_tool_leads_to_its_first_draft(client: Client) -> None:
    form = {"tenant": TenantFactory.create().pk, "tool": "github.comment_pr"}

    response = client.post(reverse("admin:governance_route_add"), form)

    route = Route.objects.get()
    assert response["Location"].endswith(f"/routeversion/add/?route={route.pk}")
    assert Record.objects.get().event == "route.created"


@pytest.mark.parametrize(
    "tool", ["Github", "sealwright.x", "approval_status", "a..b", "approval.status"]
)
def test_a_name_that_is_no_tools_is_refused(client: Client, tool: str) -> None:
    form = {"tenant": TenantFactory.create().pk, "tool": tool}

    response = client.post(reverse("admin:governance_route_add"), form)

    assert response.context["adminform"].form.errors["tool"]
    assert not Route.objects.exists()


def test_two_tools_that_some_clients_would_mix_up_are_refused(client: Client) -> None:
    RouteFactory.create(tool="github.comment_pr")
    form = {"tenant": TenantFactory.create().pk, "tool": "github_comment_pr"}

    response = client.post(reverse("admin:governance_route_add"), form)

    assert "github.comment_pr" in response.context["adminform"].form.errors["tool"][0]


def test_a_draft_is_saved_with_a_record_and_is_not_in_force(client: Client) -> None:
    route = RouteFactory.create()

    response = client.post(
        reverse("admin:governance_routeversion_add"), draft_form(route)
    )

    assert response.status_code == 302
    draft = RouteVersion.objects.get()
    assert (draft.number, draft.state) == (1, "draft")
    route.refresh_from_db()
    assert route.published is None
    assert Record.objects.get().event == "route.drafted"


def test_a_second_draft_is_refused_with_a_link_and_keeps_what_was_typed(
    client: Client,
) -> None:
    draft = RouteVersionFactory.create()
    form = draft_form(draft.route, title="Typed for an hour")
    address = reverse("admin:governance_routeversion_add")

    response = client.post(f"{address}?route={draft.route.pk}", form)

    assert response.status_code == 200
    [told] = response.context["adminform"].form.errors["route"]
    assert f'<a href="{page(draft)}">{draft}</a>' in told
    assert told in response.text
    assert 'value="Typed for an hour"' in response.text
    assert RouteVersion.objects.get() == draft


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("arguments_schema", '{"type": "object"}'),
        ("arguments_schema", '{"a": 1, "a": 2}'),
        ("scope_template", "repo:{repo}"),
        ("summary_template", "Comment on {nothing}"),
        ("mapping", '{"method": "POST", "path": "/{unknown}"}'),
        ("approval_rule", "not_required"),
        ("group", ""),
        ("max_uses", 2),
        ("plain_parameters", "pull"),
        ("in_messages", "unknown"),
    ],
)
def test_each_mistake_is_told_next_to_its_field(
    client: Client, field: str, value: object
) -> None:
    form = draft_form(RouteFactory.create(), **{field: value})

    response = client.post(reverse("admin:governance_routeversion_add"), form)

    errors = response.context["adminform"].form.errors
    told = {"approval_rule": "justification"}.get(field, field)
    assert errors[told]
    assert not RouteVersion.objects.exists()


def test_an_open_draft_is_edited(client: Client) -> None:
    draft = RouteVersionFactory.create()
    form = fields_of(client.get(page(draft)))

    response = client.post(page(draft), {**form, "title": "Say something"})

    assert response.status_code == 302
    draft.refresh_from_db()
    assert draft.title == "Say something"


def test_the_button_publishes_after_telling_what_changes(client: Client) -> None:
    reviewers("ana", "ben")
    route = published_route(quorum=2)
    assert route.published is not None
    client.post(page(route.published, "do", "draft"))
    draft = RouteVersion.objects.get(state="draft")
    form = fields_of(client.get(page(draft)))
    client.post(page(draft), {**form, "quorum": 1})

    asked = client.get(page(draft, "do", "publish")).content.decode()
    client.post(page(draft, "do", "publish"))

    assert "approvals needed: 2 to 1, weaker" in asked
    route.refresh_from_db()
    assert route.published == draft
    written = Record.objects.filter(event="route.published").latest("id")
    assert written.route_version == 2
    assert written.personal.person == "sam"
    assert detail_of(written)["changes"][0] == "approvals needed: 2 to 1, weaker"


def test_a_published_version_is_read_only(client: Client) -> None:
    reviewers("ana")
    version = published_route().published
    assert version is not None

    shown = client.get(page(version)).content.decode()
    response = client.post(page(version), {"title": "Something else"})

    assert "&quot;method&quot;: &quot;POST&quot;" in shown
    assert response.status_code == 403
    version.refresh_from_db()
    assert version.title == "Comment on a pull request"


def test_a_quorum_that_nobody_can_meet_is_not_published(client: Client) -> None:
    reviewers("ana")
    draft = RouteVersionFactory.create(quorum=2, group=ApproverGroupFactory.create())

    response = client.post(page(draft, "do", "publish"), follow=True)

    assert "2 have to say yes" in response.content.decode()
    draft.refresh_from_db()
    assert draft.state == "draft"


def granted(route: Route) -> Toolset:
    return ToolsetEntryFactory.create(route=route).toolset


def tried(client: Client, route: Route, **form: Any) -> str:
    address = reverse("admin:governance_route_try", args=[route.pk])
    assert client.get(address).status_code == 200
    filled = {"version": route.published_id, "args": ARGS, **form}
    return client.post(address, filled).content.decode()


def test_trying_shows_scope_summary_and_the_exact_request(client: Client) -> None:
    reviewers("ana")
    route = published_route()
    before = Record.objects.count()

    shown = tried(client, route)

    assert "repo:payments-api/pull:184" in shown
    assert "Comment on #184 of payments-api" in shown
    assert (
        "POST http://127.0.0.1:9/repos/acme/payments-api/issues/184/comments" in shown
    )
    assert "{&quot;body&quot;:&quot;LGTM&quot;}" in shown
    assert Record.objects.count() == before


def test_trying_begins_with_every_argument_of_the_version(client: Client) -> None:
    reviewers("ana")
    route = published_route()

    page = client.get(reverse("admin:governance_route_try", args=[route.pk])).text

    for name in ("repo", "pull", "body"):
        assert f"&quot;{name}&quot;: " in page


def test_a_list_says_in_which_zone_its_times_are_and_how_to_begin(
    client: Client,
) -> None:
    versions = reverse("admin:governance_routeversion_changelist")
    empty = client.get(versions).text
    reviewers("ana")
    published_route()

    page = client.get(versions).text

    assert "There are no route versions yet." in empty
    assert "Add the first" in empty
    assert re.search(r"20\d\d, \d\d:\d\d UTC", page)


def test_trying_for_an_agent_says_who_could_approve_and_who_not(client: Client) -> None:
    reviewers("ana", "ben")
    route = published_route()
    owner = person("ana")
    agent = AgentFactory.create(owner=owner, toolsets=[granted(route)])

    shown = tried(client, route, agent=agent.pk)

    assert "ci-agent sees github.comment_pr." in shown
    assert "A person is asked: 1 of reviewers" in shown
    assert "<td>no</td><td>ana owns the agent</td>" in shown
    assert "<td>yes</td><td>ben is in the approver group</td>" in shown


def test_trying_for_an_agent_without_the_tool_says_why(client: Client) -> None:
    reviewers("ana")
    route = published_route()

    shown = tried(client, route, agent=AgentFactory.create().pk)

    assert "none of its toolsets names it" in shown
    assert "tool_not_granted" in shown


def test_trying_without_an_agent_shows_what_holds_for_every_agent(
    client: Client,
) -> None:
    reviewers("ana")
    asks = published_route(separation="four_eyes")
    reads = published_route(
        route=RouteFactory.create(tool="github.read_pr"),
        risk="read",
        approval_rule="not_required",
        group=None,
    )

    asked, allowed = tried(client, asks), tried(client, reads)
    client.post(page(asks, "do", "suspend"), {"why": "a test"})
    refused = tried(client, asks)

    assert "A person is asked: 1 of reviewers, four eyes." in asked
    assert "Allowed at once: policy asks nobody." in allowed
    assert "(route_suspended)" in refused
    for shown in (asked, allowed, refused):
        assert "Choose an agent" in shown
        assert "Who could approve right now" not in shown


def test_a_route_without_arguments_is_tried_with_what_the_page_begins_with(
    client: Client,
) -> None:
    reviewers("ana")
    nothing = {"type": "object", "properties": {}, "additionalProperties": False}
    route = published_route(
        arguments_schema=nothing,
        scope_template="all",
        summary_template="List everything",
        mapping={"method": "POST", "path": "/list"},
    )
    address = reverse("admin:governance_route_try", args=[route.pk])
    begun = client.get(address).context["form"]["args"]

    shown = tried(client, route, args=begun.field.prepare_value(begun.value()))
    blank = tried(client, route, args=" ")

    assert "POST http://127.0.0.1:9/list" in shown
    assert "This field is required." in blank


def test_trying_shows_what_hides_in_the_request(client: Client) -> None:
    reviewers("ana")
    args = '{"repo": "payments-api", "pull": 184, "body": "LG\u202eTM"}'

    shown = tried(client, published_route(), args=args)

    happens = shown.partition("What would happen")[2]
    assert "{&quot;body&quot;:&quot;LG⟦U+202E⟧TM&quot;}" in happens
    assert "\u202e" not in happens


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ('{"repo": "payments-api"}', "invalid_arguments"),
        ('{"repo": 1, "repo": 2}', "not valid JSON"),
        ("[]", "not valid JSON"),
    ],
)
def test_trying_wrong_arguments_says_what_is_wrong(
    client: Client, args: str, said: str
) -> None:
    reviewers("ana")

    assert said in tried(client, published_route(), args=args)
