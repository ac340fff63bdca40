"""What is refused when lanes and backends are saved, and what trying tells."""

from typing import Any

import pytest

from governance.models import Backend
from governance.refusals import Refused
from governance.refusals.backends import backend_problems
from governance.refusals.lanes import placement_problems, secret_problems
from governance.services import issue_key, save_backend, suspend
from governance.trial import try_call
from tests.factories import (
    LONG_AGO,
    NOW,
    AgentFactory,
    BackendFactory,
    RouteVersionFactory,
    ToolsetEntryFactory,
)

ARGS: dict[str, Any] = {"repo": "payments-api", "pull": 184, "body": "LGTM"}


@pytest.mark.parametrize(
    ("kind", "placement"),
    [
        ("none", {"in": "authorization", "scheme": "Bearer"}),
        ("static", {}),
        ("static", {"in": "query", "name": "key"}),
        ("static", {"in": "authorization", "scheme": "Digest"}),
        ("static", {"in": "authorization", "scheme": "Bearer", "more": 1}),
        ("static", {"in": "header", "name": "Host"}),
        ("static", {"in": "header", "name": "two words"}),
    ],
)
def test_a_credential_goes_nowhere_but_into_a_header(
    kind: str, placement: dict[str, Any]
) -> None:
    assert placement_problems(kind, placement)


@pytest.mark.parametrize(
    ("kind", "placement"),
    [
        ("none", {}),
        ("static", {"in": "authorization", "scheme": "token"}),
        ("static", {"in": "header", "name": "X-Api-Key"}),
    ],
)
def test_a_plain_placement_is_taken(kind: str, placement: dict[str, Any]) -> None:
    assert placement_problems(kind, placement) == []


def test_a_lane_without_credential_takes_no_secret() -> None:
    assert secret_problems("none", "a-long-enough-secret")


@pytest.mark.django_db
@pytest.mark.allow_hosts(["127.0.0.1", "::1"])  # to look "localhost" up
@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("base_url", {"base_url": url, "allowed_cidrs": []})
        for url in (
            *("http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/"),
            *("http://127.1/", "http://localhost/", "http://[::1]/", "file:///x"),
            *("http://[::ffff:127.0.0.1]/", "http://[64:ff9b::7f00:1]/"),
            *("http://0.0.0.0/", "https://user:pw@example.com/", "gopher://x/"),
        )
    ]
    + [
        ("allowed_cidrs", {"allowed_cidrs": ["169.254.0.0/16"]}),
        ("allowed_cidrs", {"allowed_cidrs": ["0.0.0.0/0"]}),
        ("allowed_cidrs", {"allowed_cidrs": "10.0.0.0/8"}),
        ("ca_pem", {"ca_pem": "not a certificate"}),
    ],
)
def test_a_backend_that_may_not_be_reached_is_not_saved(
    field: str, change: dict[str, Any]
) -> None:
    backend: Backend = BackendFactory.create()
    for name, value in change.items():
        setattr(backend, name, value)

    with pytest.raises(Refused) as refusal:
        save_backend(backend, by=None, now=NOW)

    assert list(refusal.value.fields) == [field]
    assert Backend.objects.get().version == 1


@pytest.mark.django_db
def test_an_opened_private_address_may_be_reached() -> None:
    assert not any(backend_problems(BackendFactory.create()).values())


@pytest.mark.django_db
def test_a_key_that_is_over_is_not_issued() -> None:
    with pytest.raises(Refused, match="past"):
        issue_key(AgentFactory.create(), by=None, now=NOW, expires_at=LONG_AGO)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"arguments_schema": {"type": 1}}, "schema"),
        ({"mapping": {}}, "method"),
        ({"scope_template": "pull:{body}"}, "may not stand"),
    ],
)
def test_trying_a_draft_tells_the_first_thing_that_fails(
    change: dict[str, Any], said: str
) -> None:
    draft = RouteVersionFactory.create(**change)

    tried = try_call(draft, {**ARGS, "body": "two words"}, agent=None, now=NOW)

    assert said in tried.problem
    assert tried.request is None


@pytest.mark.django_db
def test_trying_tells_a_draft_from_what_is_in_force() -> None:
    draft = RouteVersionFactory.create(approval_rule="not_required")
    toolset = ToolsetEntryFactory.create(route=draft.route).toolset
    agent = AgentFactory.create(toolsets=[toolset])

    tried = try_call(draft, ARGS, agent=agent, now=NOW)

    assert "no version of it is published" in tried.seen
    assert tried.decision == "Allowed at once: policy asks nobody."


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("patterns", "said"),
    [(["repo:web-*/pull:*"], "policy_denied"), ([], "agent_suspended")],
)
def test_trying_says_why_policy_denies(patterns: list[str], said: str) -> None:
    draft = RouteVersionFactory.create()
    entry = ToolsetEntryFactory.create(route=draft.route, scope_patterns=patterns)
    agent = AgentFactory.create(toolsets=[entry.toolset])
    if not patterns:
        suspend(agent, by=None, now=NOW)

    assert said in try_call(draft, ARGS, agent=agent, now=NOW).decision
