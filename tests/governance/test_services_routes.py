"""Publishing, and what it does to what was asked and approved before."""

from copy import deepcopy

import pytest

from audit.models import Record
from governance import seals
from governance.models import CredentialLane, Route, RouteVersion, Tenant
from governance.publishing import digest, sealed_members
from governance.refusals import Refused
from governance.services import (
    new_draft,
    publish_route,
    replace_secret,
    save_agent,
    save_backend,
    save_draft,
    save_lane,
    save_toolset,
)
from tests.factories import (
    NOW,
    AgentFactory,
    ApproverGroupFactory,
    BackendFactory,
    CredentialLaneFactory,
    RouteVersionFactory,
    TenantFactory,
    ToolsetEntryFactory,
    ToolsetFactory,
    UserFactory,
    person,
    published_route,
    reviewers,
)
from tests.governance.admin_pages import detail_of

pytestmark = pytest.mark.django_db


def version_of(route: Route) -> RouteVersion:
    assert route.published is not None
    return route.published


def test_publishing_seals_what_was_reviewed() -> None:
    reviewers("ana")
    route = published_route(by=UserFactory.create())

    version = RouteVersion.objects.select_related("route").get()
    assert version.digest == digest(version)
    assert version.digest.startswith("sha256:")
    assert seals.holds("route_version", sealed_members(version), version.seal)
    assert route.published == version


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("quorum", 1),
        ("scope_template", "repo:x"),
        ("digest", "sha256:00"),
        ("number", 9),
    ],
)
def test_a_version_that_the_database_altered_is_seen(field: str, value: object) -> None:
    reviewers("ana", "ben")
    version = version_of(published_route(quorum=2))

    RouteVersion.objects.filter(pk=version.pk).update(**{field: value})

    altered = RouteVersion.objects.get()
    assert not seals.holds("route_version", sealed_members(altered), altered.seal)


def test_the_digest_depends_on_everything_that_the_version_says() -> None:
    version = RouteVersionFactory.create()
    first = digest(version)

    version.mapping = {**deepcopy(version.mapping), "path": "/elsewhere"}

    assert digest(version) != first


def test_publishing_moves_the_tenants_epoch() -> None:
    reviewers("ana")
    before = Tenant.objects.get().policy_epoch

    published_route()

    assert Tenant.objects.get().policy_epoch == before + 1


def test_a_published_version_is_neither_saved_nor_published_again() -> None:
    reviewers("ana")
    version = version_of(published_route())
    version.title = "Something else"

    with pytest.raises(Refused, match="never edited"):
        save_draft(version, by=None, now=NOW)
    with pytest.raises(Refused, match="never edited"):
        publish_route(version, by=None, now=NOW)

    assert RouteVersion.objects.get().title == "Comment on a pull request"


def test_a_new_draft_says_the_same_and_there_is_only_one() -> None:
    reviewers("ana")
    version = version_of(published_route())

    draft = new_draft(version, by=None, now=NOW)
    again = new_draft(version, by=None, now=NOW)

    assert (draft.number, draft.state, draft.pk) == (2, "draft", again.pk)
    assert digest(draft) == digest(version)


def test_a_second_draft_is_refused() -> None:
    draft = RouteVersionFactory.create()
    second = RouteVersionFactory.build(
        route=draft.route, backend=draft.backend, lane=draft.lane, group=draft.group
    )

    with pytest.raises(Refused, match="has an open draft"):
        save_draft(second, by=None, now=NOW)


def test_a_mapping_leaves_the_lanes_header_to_the_lane() -> None:
    group = reviewers("ana")
    lane = CredentialLaneFactory.create(
        kind="static", placement={"in": "header", "name": "X-Api-Key"}
    )
    draft = RouteVersionFactory.create(group=group, lane=lane, justification="shared")
    draft.mapping = {**draft.mapping, "headers": {"x-api-key": "mine"}}

    with pytest.raises(Refused, match="take it out of the mapping"):
        save_draft(draft, by=None, now=NOW)


def test_nothing_is_published_on_a_lane_that_has_no_secret() -> None:
    group = reviewers("ana")
    lane = CredentialLaneFactory.create(kind="github_app", name="l-gh")
    draft = RouteVersionFactory.create(group=group, lane=lane)

    with pytest.raises(Refused, match="The lane l-gh has no secret yet: set it under"):
        publish_route(draft, by=None, now=NOW)
    assert Route.objects.get().published is None

    CredentialLane.objects.update(sealed_secret="sealed")
    publish_route(draft, by=None, now=NOW)
    assert Route.objects.get().published == draft


def test_under_strict_whoever_publishes_has_no_say() -> None:
    group = reviewers("ana")
    person("sam", "admin", "approver")
    draft = RouteVersionFactory.create(
        group=group, risk="privileged", separation="strict"
    )
    AgentFactory.create(
        toolsets=[ToolsetEntryFactory.create(route=draft.route).toolset]
    )

    with pytest.raises(Refused, match="nobody is left"):
        publish_route(draft, by=UserFactory.create(username="ana"), now=NOW)

    assert Route.objects.get().published is None


def test_a_change_of_the_backend_is_sealed_and_counted() -> None:
    backend = BackendFactory.create()
    backend.timeout_seconds = 60

    save_backend(backend, by=None, now=NOW)

    backend.refresh_from_db()
    assert backend.version == 2
    assert seals.holds("backend", backend.members(), backend.seal)
    assert Tenant.objects.get().policy_epoch == 2


def test_a_lane_stronger_than_its_routes_is_refused() -> None:
    reviewers("ana")
    lane = version_of(published_route()).lane
    lane.privilege = "admin"

    with pytest.raises(Refused, match=r"github.comment_pr.*more than it calls for"):
        save_lane(lane, by=None, now=NOW)


def test_a_secret_is_rotated_once_and_only_said_to_have_changed() -> None:
    lane = CredentialLaneFactory.create(kind="static")
    secret = "first-canary-0001"

    first = replace_secret(lane, secret, by=None, now=NOW)
    again = replace_secret(lane, secret, by=None, now=NOW)

    assert (first, again, lane.secret_version) == (True, False, 1)
    written = Record.objects.get()
    assert detail_of(written)["changes"] == ["the secret was replaced"]
    assert "canary" not in str(written.leaf)
    assert lane.secret_fingerprint not in str(written.leaf)


@pytest.mark.parametrize(
    "secret", ["short", "two\nlines-of-it", "ümlaut-secret", " blank-at-end "]
)
def test_a_secret_that_can_not_be_placed_is_refused_unrepeated(secret: str) -> None:
    lane = CredentialLaneFactory.create(kind="static")

    with pytest.raises(Refused) as refusal:
        replace_secret(lane, secret, by=None, now=NOW)

    assert secret not in str(refusal.value)
    lane.refresh_from_db()
    assert lane.sealed_secret == ""


def test_an_agent_does_not_get_what_nobody_could_approve_for_it() -> None:
    reviewers("ana")
    route = published_route()
    toolset = ToolsetEntryFactory.create(route=route).toolset
    agent = AgentFactory.build(tenant=route.tenant, owner=person("ana"))

    with pytest.raises(Refused, match=r"github.comment_pr: For ci-agent nobody"):
        save_agent(agent, toolsets=[toolset], by=None, now=NOW)

    assert not Record.objects.filter(event="agent.created").exists()


def test_a_toolset_takes_no_pattern_that_can_never_match() -> None:
    reviewers("ana")
    route = published_route()
    toolset = ToolsetFactory.build(tenant=route.tenant)

    with pytest.raises(Refused, match="can never match"):
        save_toolset(toolset, entries={route: ["repo:payments-*"]}, by=None, now=NOW)


@pytest.mark.parametrize(
    ("before", "after", "weaker"),
    [
        ([], ["repo:web-a/pull:*"], []),
        (["repo:web-a/pull:*"], ["repo:web-b/pull:*"], ["scope patterns"]),
        (["repo:web-a/pull:*"], [], ["tools on any scope"]),
    ],
    ids=["narrowed", "moved", "unlimited"],
)
def test_a_toolset_that_was_narrowed_is_not_called_weaker(
    before: list[str], after: list[str], weaker: list[str]
) -> None:
    reviewers("ana")
    route = published_route()
    toolset = ToolsetFactory.build(tenant=route.tenant)
    save_toolset(toolset, entries={route: before}, by=None, now=NOW)

    changes = save_toolset(toolset, entries={route: after}, by=None, now=NOW)

    assert [line.partition(":")[0] for line in changes.weaker] == weaker


def test_rows_of_another_tenant_are_refused() -> None:
    foreign = TenantFactory.create(slug="team-zeta")
    draft = RouteVersionFactory.create(group=ApproverGroupFactory.create())
    draft.backend = BackendFactory.create(tenant=foreign)
    draft.lane = CredentialLaneFactory.create(tenant=foreign)

    with pytest.raises(Refused) as refusal:
        save_draft(draft, by=None, now=NOW)

    assert set(refusal.value.fields) == {"backend", "lane"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"risk": "privileged", "separation": "confirm"}, "separation"),
        ({"risk": "read", "lane__privilege": "write"}, "lane"),
        ({"lane__kind": "static"}, "justification"),
        ({"risk": "write", "approval_rule": "not_required"}, "justification"),
        ({"arguments_schema": {"type": "object"}}, "arguments_schema"),
    ],
)
def test_saving_is_where_mistakes_are_caught(
    change: dict[str, object], field: str
) -> None:
    draft = RouteVersionFactory.create(**change)

    with pytest.raises(Refused) as refusal:
        save_draft(draft, by=None, now=NOW)

    assert field in refusal.value.fields


def test_a_destination_is_data_only_where_an_admin_says_so() -> None:
    draft = RouteVersionFactory.create()
    draft.arguments_schema["properties"]["base_url"] = {"type": "string"}

    with pytest.raises(Refused, match="base_url"):
        save_draft(draft, by=None, now=NOW)
    draft.plain_parameters = ["base_url"]
    changes = save_draft(draft, by=None, now=NOW)

    assert "names taken as plain data: added base_url, weaker" in changes.words
