"""Somebody saves a route that would let an agent do more than anybody meant."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from governance.models import (
    ApproverGroup,
    Backend,
    CredentialLane,
    Route,
    RouteVersion,
)
from governance.refusals import Refused
from governance.services import (
    create_route,
    new_draft,
    publish_route,
    save_backend,
    save_draft,
    save_lane,
)
from tests.attacks.neighbour import move_in
from tests.attacks.rows_of_all import changes_since, everything
from tests.factories import comment_schema
from tests.stage import Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def with_property(name: str) -> dict[str, Any]:
    schema = comment_schema()
    schema["properties"][name] = {"type": "string", "maxLength": 100}
    return schema


DESTINATIONS = [
    "base_url",
    "url",
    "host",
    "endpoint",
    "backend",
    "lane",
    "token",
    "tenant",
    "project_override",
    "api_key",
    "password",
    "proxy",
    "callback_url",
    "redirect_uri",
    "runAs",
]

# The fields that change, the field that the refusal is at, a word of what it says.
LOOSE: dict[str, tuple[dict[str, Any], str, str]] = {
    "a write that nobody approves, without a reason": (
        {"approval_rule": "not_required", "justification": ""},
        "justification",
        "why",
    ),
    "a shared credential on a write, without a reason": (
        {"justification": " "},
        "justification",
        "shared",
    ),
    "a scope that reads two ways": (
        {"scope_template": "repo:{repo}-{pull}"},
        "scope_template",
        "",
    ),
    "a scope of what is not declared": (
        {"scope_template": "repo:{owner}"},
        "scope_template",
        "owner",
    ),
    "a summary of what is not declared": (
        {"summary_template": "Comment on {owner}"},
        "summary_template",
        "owner",
    ),
    "a summary that the agent writes": (
        {"summary_template": "{body}"},
        "summary_template",
        "",
    ),
    "braces that are no placeholder": (
        {"summary_template": "Comment on {repo.__class__}"},
        "summary_template",
        "",
    ),
    "a path of what is not declared": (
        {"mapping": {"method": "POST", "path": "/repos/{owner}"}},
        "mapping",
        "owner",
    ),
    "a path with another host": (
        {"mapping": {"method": "POST", "path": "//evil.example/{repo}"}},
        "mapping",
        "",
    ),
    "a path that climbs": (
        {"mapping": {"method": "POST", "path": "/repos/../{repo}"}},
        "mapping",
        "",
    ),
    "a path with half a segment from the agent and a query": (
        {"mapping": {"method": "POST", "path": "/repos/{repo}?admin=1"}},
        "mapping",
        "",
    ),
    "a header from the agent": (
        {
            "mapping": {
                "method": "POST",
                "path": "/a",
                "headers": {"X-Repo": "{repo}"},
            }
        },
        "mapping",
        "",
    ),
    "a header that is the credential's": (
        {
            "mapping": {
                "method": "POST",
                "path": "/a",
                "headers": {"Authorization": "Bearer mine"},
            }
        },
        "mapping",
        "",
    ),
    "a header of two lines": (
        {
            "mapping": {
                "method": "POST",
                "path": "/a",
                "headers": {"X-A": "b\r\nHost: evil"},
            }
        },
        "mapping",
        "",
    ),
    "a method of one's own": (
        {"mapping": {"method": "CONNECT", "path": "/a"}},
        "mapping",
        "",
    ),
    "a write that may run twice": ({"max_uses": 2}, "max_uses", "read"),
    "confirmed by its owner, and privileged": (
        {"risk": "privileged", "separation": "confirm"},
        "separation",
        "confirm",
    ),
    "no group": ({"group": None}, "group", "group"),
    "a secret argument in messages": (
        {"in_messages": ["owner"]},
        "in_messages",
        "owner",
    ),
}


@pytest.fixture
def draft(stage: Stage) -> RouteVersion:
    assert stage.comment.published is not None
    return new_draft(stage.comment.published, by=stage.sam, now=timezone.now())


def refused(save: Callable[[], object]) -> Refused:
    before = everything()
    with pytest.raises(Refused) as refusal:
        save()
    assert changes_since(before) == {}
    return refusal.value


def test_each_is_refused_next_to_its_field(stage: Stage, draft: RouteVersion) -> None:
    for name, (changes, field, word) in LOOSE.items():
        loose = RouteVersion.objects.get(pk=draft.pk)
        for changed, value in changes.items():
            setattr(loose, changed, value)

        refusal = refused(partial(save_draft, loose, by=stage.sam, now=timezone.now()))

        assert field in refusal.fields, (name, refusal.fields)
        assert word in " ".join(refusal.fields[field]), name


def test_no_parameter_is_a_destination_unless_an_admin_says_it_is_plain(
    stage: Stage, draft: RouteVersion
) -> None:
    for name in DESTINATIONS:
        draft.arguments_schema = with_property(name)
        refusal = refused(lambda: save_draft(draft, by=stage.sam, now=timezone.now()))
        [sentence] = refusal.fields["arguments_schema"]
        assert f"“{name}”" in sentence

    draft.arguments_schema = with_property("url")
    draft.plain_parameters = ["url"]
    save_draft(draft, by=stage.sam, now=timezone.now())
    record = stage.last_record()
    assert record.event == "route.drafted"
    assert "url" in str(record.detail)


def test_a_lane_is_no_stronger_than_the_risk(stage: Stage) -> None:
    lane = CredentialLane.objects.get()
    lane.privilege = "write"

    refusal = refused(lambda: save_lane(lane, by=stage.sam, now=timezone.now()))

    assert "github.read_pr" in " ".join(refusal.fields["privilege"])


def test_a_quorum_that_nobody_can_meet_is_not_published(
    stage: Stage, draft: RouteVersion
) -> None:
    draft.quorum = 3
    save_draft(draft, by=stage.sam, now=timezone.now())

    refusal = refused(lambda: publish_route(draft, by=stage.sam, now=timezone.now()))

    assert "3 have to say yes" in " ".join(refusal.fields["quorum"])


def test_nothing_of_another_tenant_serves_a_route(
    stage: Stage, draft: RouteVersion
) -> None:
    move_in(stage.remote)
    theirs = {"tenant__slug": "team-zeta"}
    for field, row in {
        "backend": Backend.objects.get(**theirs),
        "lane": CredentialLane.objects.get(**theirs),
        "group": ApproverGroup.objects.get(**theirs),
    }.items():
        loose = RouteVersion.objects.get(pk=draft.pk)
        setattr(loose, field, row)

        refusal = refused(partial(save_draft, loose, by=stage.sam, now=timezone.now()))

        assert "another tenant" in " ".join(refusal.fields[field])


def test_names_of_ours_and_twins_are_refused(stage: Stage) -> None:
    for tool in (
        "approval_status",
        "sealwright.approve",
        "github.comment.pr",
        "GitHub.read",
        "github..read",
        "a" * 65,
        "github.read_pr\n",
        "g\u0456thub.read",
    ):
        route = Route(tenant=stage.tenant, tool=tool)
        refusal = refused(
            partial(create_route, route, by=stage.sam, now=timezone.now())
        )
        assert refusal.fields["tool"]


def test_a_backend_inside_is_refused_unless_its_list_opens_it(stage: Stage) -> None:
    for url in (
        "http://127.0.0.2:80/",
        "http://10.0.0.1/",
        "http://169.254.169.254/",
        "https://user:hunter2hunter2@example.com/",
        "ftp://example.com/",
    ):
        backend = Backend.objects.get()
        backend.base_url, backend.allowed_cidrs = url, ["127.0.0.1/32"]

        refusal = refused(
            partial(save_backend, backend, by=stage.sam, now=timezone.now())
        )

        assert refusal.fields["base_url"]
        assert "hunter2" not in str(refusal)
