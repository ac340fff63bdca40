"""Somebody shows ids that are another agent's, or another tenant's.

Each kind of id at each place that takes one: a foreign one is answered like an unknown
one, to the byte but for the request's own id, and nothing comes of it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.admin.sites import site
from django.db import models
from django.test import Client

from approvals.models import Approval, Claim, Delivery, Vote
from audit.models import Record
from governance.models import AgentKey, User
from proxy.models import Call
from tests.attacks.attack import newest_record, token
from tests.attacks.browsing import Page, ballot, signed_in
from tests.attacks.door import refusals_since
from tests.attacks.neighbour import Neighbour, move_in
from tests.attacks.rows_of_all import changes_since, everything
from tests.factories import agent_with_key, person
from tests.remotes import Remote, serving
from tests.stage import COMMENT, READ, Stage, answering

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

EVIDENCE = {"Record", "Personal", "Unsealed"}


@dataclass(frozen=True, slots=True)
class Owned:
    """The ids that ci-agent of team-acme holds."""

    session: str
    pending: str
    approved: str
    call: str
    claim: Claim


@pytest.fixture
def owned(stage: Stage) -> Owned:
    claim = stage.approved(args={**COMMENT, "pull": 7})
    read = stage.post({"tool": "github.read_pr", "args": READ})
    stage.call()
    return Owned(
        session=stage.pending().session_id,
        pending=stage.pending().pk,
        approved=str(claim.approval_id),
        call=read.json()["call_id"],
        claim=claim,
    )


@pytest.fixture
def elsewhere() -> Iterator[Remote]:
    with serving(answering()) as remote:
        yield remote


@pytest.fixture
def neighbour(stage: Stage, elsewhere: Remote) -> Neighbour:
    return move_in(elsewhere)


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the agents' door that takes an id."""

    name: str
    kind: str
    ask: Callable[[Client, str], Any]


def places() -> Iterator[Place]:
    """Yield every place that takes an id, with the kind that belongs there."""
    for kind in ("sessions", "approvals", "calls"):
        yield Place(f"GET {kind}", kind, _asks("GET", f"{kind}/%s"))
    yield Place("DELETE sessions", "sessions", _asks("DELETE", "sessions/%s"))
    yield Place("epoch", "sessions", _asks("POST", "sessions/%s/epoch"))
    yield Place("wait", "approvals", _asks("GET", "approvals/%s?wait=1"))
    yield Place("cancel", "approvals", _asks("POST", "approvals/%s/cancel"))
    for path in ("calls", "claims"):
        yield Place(f"a session of {path}", "sessions", _names_session(path))


def _asks(method: str, path: str) -> Callable[[Client, str], Any]:
    def ask(client: Client, an_id: str) -> Any:
        return client.generic(method, f"/v1/{path % an_id}")

    return ask


def _names_session(path: str) -> Callable[[Client, str], Any]:
    def ask(client: Client, an_id: str) -> Any:
        body = {"tool": "github.comment_pr", "args": COMMENT, "session_id": an_id}
        return client.post(f"/v1/{path}", body, content_type="application/json")

    return ask


def without_id(answer: Any) -> tuple[int, str, str]:
    """Return an answer less what differs between any two requests."""
    text = re.sub(r'"request_id":"req_\w+"', "", answer.text)
    return answer.status_code, answer.headers["Content-Type"], text


def with_key(key: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {key}"})


def test_foreign_ids_look_like_unknown_ones_to_every_agent(
    stage: Stage, owned: Owned, neighbour: Neighbour
) -> None:
    _, sibling = agent_with_key(
        name="other-agent", owner=stage.sam, toolsets=list(stage.agent.toolsets.all())
    )
    foreign = {
        "sessions": [owned.session],
        "approvals": [owned.pending, owned.approved],
        "calls": [owned.call],
    }
    all_ids = [an_id for ids in foreign.values() for an_id in ids]
    before = everything()
    newest, asked = newest_record(), 0

    for key in (sibling, neighbour.key):
        client = with_key(key)
        for place in places():
            unknown = without_id(place.ask(client, _unknown(foreign[place.kind][0])))
            assert (unknown[0], '"code":"not_found"' in unknown[2]) == (404, True)
            # The ids that belong here, those of other kinds, and what is no id.
            for an_id in [*all_ids, owned.claim.pk, "x" * 39, "1"]:
                assert without_id(place.ask(client, an_id)) == unknown, place.name
            asked += len(all_ids) + 4

    refused = refusals_since(newest)
    assert len(refused) == asked
    assert {reason for _, reason in refused} == {"not_found"}
    assert set(changes_since(before)) - EVIDENCE <= {"AgentKey"}  # last used
    assert stage.sent() == 1


def test_a_foreign_claim_is_of_no_use_and_tells_nothing(
    stage: Stage, owned: Owned, neighbour: Neighbour, elsewhere: Remote
) -> None:
    shown = token(owned.claim)
    body = {"tool": "github.comment_pr", "args": {**COMMENT, "pull": 7}}

    answer = neighbour.post({**body, "claim": shown})

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (403, "claim_wrong_agent")
    assert not any(
        said in answer.text for said in ("acme", owned.approved, owned.claim.pk)
    )
    assert Claim.objects.get(pk=owned.claim.pk).uses == 0
    assert (stage.sent(), elsewhere.received) == (1, [])


def test_a_label_of_the_same_name_is_another_session(
    stage: Stage, neighbour: Neighbour
) -> None:
    _, sibling = agent_with_key(name="other-agent", owner=stage.sam)
    label = {"label": "nightly"}
    sessions = {
        with_key(key)
        .post("/v1/sessions", label, content_type="application/json")
        .json()["session_id"]
        for key in (stage.key, sibling, neighbour.key)
    }

    assert len(sessions) == 3


def test_pages_of_a_foreign_id_look_like_those_of_an_unknown_one(
    stage: Stage, owned: Owned, neighbour: Neighbour
) -> None:
    record = Record.objects.filter(call_id=owned.call).earliest("id").pk
    alone = Record.objects.filter(call_id=None, tenant="team-acme").latest("id").pk
    ids = {
        "/approvals/%s/": [owned.pending, owned.approved],
        "/approvals/%s/?view=full": [owned.pending],
        "/approvals/%s/state": [owned.pending],
        "/calls/%s/": [owned.call],
        "/audit/calls/%s/": [owned.call],
        "/audit/records/%s/": [record, alone],
    }
    posts = {
        f"/approvals/%s/{action}": owned.pending
        for action in ("vote", "withdraw", "revoke", "cancel")
    }
    form = ballot(Approval.objects.get(pk=owned.pending))
    before = everything()

    for name in ("zoe", "yan"):
        browser = signed_in(name)
        for path, foreign in ids.items():
            for an_id in foreign:
                assert _page(browser.get(path % an_id), an_id) == _page(
                    browser.get(path % _unknown(an_id)), _unknown(an_id)
                ), path
        for path, an_id in [*posts.items(), ("/calls/%s/resolve", owned.call)]:
            assert _page(browser.post(path % an_id, form), an_id) == _page(
                browser.post(path % _unknown(an_id), form), _unknown(an_id)
            ), path

    assert set(changes_since(before)) - EVIDENCE <= {"User"}  # last login
    assert not Vote.objects.filter(approval=owned.pending).exists()


def test_search_inbox_and_exports_hold_nothing_of_another_tenant(
    stage: Stage, owned: Owned, neighbour: Neighbour
) -> None:
    person("yan", "auditor", tenant=neighbour.tenant)
    secrets = [owned.pending, owned.call, "payments-api", "team-acme", "ci-agent"]
    secrets.remove("ci-agent")  # what both of them call their agents
    own = re.compile("payments-api")
    paths = [
        "/",
        "/approvals/",
        "/approvals/?tab=all",
        "/approvals/?tenant=team-acme",
        "/audit/",
        "/audit/export.csv",
        "/audit/export.jsonl",
        # Last: that somebody asked for a tenant or an id is on her own record.
        "/audit/?tenant=team-acme",
        "/audit/export.csv?tenant=team-acme",
        f"/audit/?q={owned.call}",
        f"/audit/export.jsonl?q={owned.call}",
    ]

    for name, asked in (("yan", paths[:-4]), ("zoe", paths)):
        browser = signed_in(name)
        for path in asked:
            answer = browser.get(path)
            text = answer.getvalue().decode()
            asked_for = path.partition("?")[2]
            for secret in secrets:
                if secret not in asked_for:
                    assert secret not in text, (path, secret)
            assert not own.search(text)


def test_the_admin_shows_no_row_of_another_tenant(
    stage: Stage, owned: Owned, neighbour: Neighbour
) -> None:
    zoe = signed_in("zoe")
    before = everything()

    for model in site._registry:  # noqa: SLF001 - the way to all of them
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"  # noqa: SLF001
        for row in _rows_of_acme(model):
            pk = str(row.pk)
            for action in ("change", "history", "delete", "do/suspend", "do/revoke"):
                there = f"{base}{pk}/{action}/"
                unknown = f"{base}{_unknown(pk)}/{action}/"
                assert _page(zoe.get(there), pk) == _page(
                    zoe.get(unknown), _unknown(pk)
                ), there
                assert _page(zoe.post(there, {}), pk) == _page(
                    zoe.post(unknown, {}), _unknown(pk)
                ), there
        listed = zoe.get(base)
        assert listed.status_code in (200, 403), base
        assert "team-acme" not in Page(listed.text).text.lower(), base
        assert "acme" not in Page(listed.text).text.lower(), base

    assert set(changes_since(before)) - EVIDENCE <= {"User"}


def _rows_of_acme(model: type[models.Model]) -> list[models.Model]:
    """Return some rows of the other tenant, of any model that belongs to one."""
    paths = {
        AgentKey: "agent__tenant__slug",
        Vote: "approval__tenant__slug",
        Record: "tenant",
        Delivery: "tenant__slug",
        User: "memberships__tenant__slug",
    }
    fields = {field.name for field in model._meta.get_fields()}  # noqa: SLF001
    path = paths.get(model)
    if path is None and "tenant" in fields:
        path = "tenant__slug"
    elif path is None and "route" in fields:
        path = "route__tenant__slug"
    elif path is None and "slug" in fields:
        path = "slug"
    elif path is None and "agent" in fields:
        path = "agent__tenant__slug"
    if path is None:
        return []  # such as the keys that sign claims: they belong to no tenant
    rows = model._default_manager.filter(**{path: "team-acme"})  # noqa: SLF001 - its public name
    return list(rows.distinct()[:2])


def _unknown(an_id: str) -> str:
    """Return an id of the same form that nothing has."""
    if an_id.isdigit():
        return "9" * len(an_id) + "77"
    prefix, _, rest = an_id.partition("_")
    return f"{prefix}_{'0' * len(rest)}"


def _page(answer: Any, an_id: str) -> tuple[int, str, str]:
    """Return an answer less its id, its token, and what former answers said."""
    text = re.sub(r'(name="csrfmiddlewaretoken" value)="[^"]*"', r"\1", answer.text)
    text = re.sub(r'data-session-ends="[^"]*"', "", text)
    text = re.sub(r'<ul class="messages".*?</ul>', "", text, flags=re.DOTALL)
    where = answer.headers.get("Location", "")
    text = re.sub(rf"(?<=[/“_]){an_id}(?=[/”])", "ID", text)
    return answer.status_code, where.replace(an_id, "ID"), re.sub(r"\s+", " ", text)


def test_another_agents_calls_are_not_found_by_its_idempotency_key(
    stage: Stage, neighbour: Neighbour
) -> None:
    _, sibling = agent_with_key(
        name="other-agent", owner=stage.sam, toolsets=list(stage.agent.toolsets.all())
    )
    body = {"tool": "github.read_pr", "args": READ}
    calls = [
        Client(headers={"Authorization": f"Bearer {key}", "Idempotency-Key": "k1"})
        .post("/v1/calls", body, content_type="application/json")
        .json()
        for key in (stage.key, sibling, neighbour.key)
    ]

    assert len({call["call_id"] for call in calls}) == 3
    assert {call["replayed"] for call in calls} == {False}
    assert Call.objects.filter(idempotency_key="k1").count() == 3
