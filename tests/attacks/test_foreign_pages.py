"""Somebody opens the pages of another tenant, by id, by search, in the admin.

What is foreign is answered like what is not there, and nothing comes of it.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.admin.sites import site
from django.db import models

from approvals.models import Approval, Delivery, Vote
from audit.models import Record
from governance.models import AgentKey, User
from tests.attacks.browsing import Page, ballot, signed_in
from tests.attacks.neighbour import Neighbour, Owned, move_in, owned_by, unknown_like
from tests.attacks.rows_of_all import changes_since, everything
from tests.factories import person
from tests.remotes import serving
from tests.stage import Stage, answering

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

EVIDENCE = {"Record", "Personal", "Unsealed"}


@pytest.fixture
def owned(stage: Stage) -> Owned:
    return owned_by(stage)


@pytest.fixture
def neighbour(stage: Stage) -> Iterator[Neighbour]:
    with serving(answering()) as remote:
        yield move_in(remote)


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
        "/audit/records/%s/proof": [record, alone],
        "/audit/sessions/%s/": [owned.session],
        "/audit/sessions/%s/?only=refusals": [owned.session],
    }
    posts = {
        f"/approvals/%s/{action}": owned.pending
        for action in ("vote", "withdraw", "revoke", "cancel")
    }
    looked_at = [("/audit/calls/%s/", owned.call), ("/audit/records/%s/", alone)]
    form = ballot(Approval.objects.get(pk=owned.pending))
    before = everything()

    for name in ("zoe", "yan"):
        browser = signed_in(name)
        for path, foreign in ids.items():
            for an_id in foreign:
                assert _page(browser.get(path % an_id), an_id) == _page(
                    browser.get(path % unknown_like(an_id)), unknown_like(an_id)
                ), path
        for path, an_id in [
            *posts.items(),
            *looked_at,
            ("/calls/%s/resolve", owned.call),
        ]:
            assert _page(browser.post(path % an_id, form), an_id) == _page(
                browser.post(path % unknown_like(an_id), form), unknown_like(an_id)
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
        "/audit/activity/",
        "/audit/activity/?per=day",
        "/audit/export.csv",
        "/audit/export.jsonl",
        # Last: that somebody asked for a tenant or an id is on her own record.
        "/audit/?tenant=team-acme",
        "/audit/export.csv?tenant=team-acme",
        "/audit/activity/?tenant=team-acme",
        f"/audit/activity/?q={owned.session}",
        f"/audit/?q={owned.call}",
        f"/audit/export.jsonl?q={owned.call}",
    ]

    for name, asked in (("yan", paths[:-6]), ("zoe", paths)):
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
                unknown = f"{base}{unknown_like(pk)}/{action}/"
                assert _page(zoe.get(there), pk) == _page(
                    zoe.get(unknown), unknown_like(pk)
                ), there
                assert _page(zoe.post(there, {}), pk) == _page(
                    zoe.post(unknown, {}), unknown_like(pk)
                ), there
        listed = zoe.get(base)
        assert listed.status_code in (200, 403), base
        # Alone: ids and tokens are made of letters, too.
        assert not re.search(r"\bacme\b", Page(listed.text).text.lower()), base

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


def _page(answer: Any, an_id: str) -> tuple[int, str, str]:
    """Return an answer less its id, its token, and what former answers said."""
    text = re.sub(r'(name="csrfmiddlewaretoken" value)="[^"]*"', r"\1", answer.text)
    text = re.sub(r'data-session-ends="[^"]*"', "", text)
    text = re.sub(r'<ul class="messages".*?</ul>', "", text, flags=re.DOTALL)
    where = answer.headers.get("Location", "")
    text = re.sub(rf"(?<=[/“_]){an_id}(?=[/”])", "ID", text)
    return answer.status_code, where.replace(an_id, "ID"), re.sub(r"\s+", " ", text)
