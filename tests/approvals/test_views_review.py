"""The review page: what it shows, for whom it opens, and what it never does."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from approvals.models import Approval
from approvals.services import vote
from tests.approvals.asking import World, a_world, cast, signed_in
from tests.approvals.pages import as_, ballot, path, text, without_token
from tests.factories import TenantFactory, person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    return a_world()


def test_the_page_shows_all_that_a_decision_needs(world: World) -> None:
    approval = world.ask(body="Looks\ngood\u202e", reason="tests pass")

    page = as_("ana").get(path(approval))

    shown = text(page.text)
    for part in (
        approval.code,
        "0 of 1 approval",
        "ci-agent may run it once, within 1 h of your vote",
        "repo:payments-api/pull:184",
        "github-api",
        "ci-agent, owned by sam",
        "⟦U+202E⟧",
        "Written by the agent, not checked",
        "tests pass",
        "a member of the group",
        "Deny: comment on #184 of payments-api",
        "Approve: comment on #184 of payments-api",
        f"sha256:{bytes(approval.fingerprint).hex()}",
    ):
        assert part in shown, part
    assert "\u202e" not in page.text


def test_values_are_marked_in_the_sentence(world: World) -> None:
    page = as_("ana").get(path(world.ask()))

    sentence = re.search(r'<h1 class="sentence"[^>]*>(.*?)</h1>', page.text, re.DOTALL)
    assert sentence is not None
    marked = re.findall(r'<bdi[^>]*class="value marked">(.*?)</bdi>', sentence[1])
    assert marked == ["184", "payments-api"]


@pytest.mark.parametrize("hostile", ["<script>1</script>", "<b>x", "'\"><i>"])
def test_a_value_is_never_markup(world: World, hostile: str) -> None:
    approval = world.ask(body=hostile, reason=hostile)

    page = as_("ana").get(path(approval))

    assert hostile not in page.text
    assert escape(hostile) in page.text


@pytest.mark.parametrize(
    ("name", "role", "status"),
    [
        ("ana", "approver", 200),
        ("olu", "auditor", 200),
        ("sam", "admin", 200),  # the agent is his
        ("kim", "admin", 404),
        ("kim", "", 404),
    ],
)
def test_the_page_opens_for_those_whom_it_concerns(
    world: World, name: str, role: str, status: int
) -> None:
    approval = world.ask()
    person(name, *([role] if role and name != "ana" else []))

    assert as_(name).get(path(approval)).status_code == status


def test_another_tenants_request_looks_like_none(world: World) -> None:
    zeta = TenantFactory.create(slug="team-zeta")
    person("zoe", "approver", "auditor", "admin", tenant=zeta)
    zoe = as_("zoe")

    foreign = zoe.get(path(world.ask()))
    unknown = zoe.get("/approvals/apr_unknown/")

    assert foreign.status_code == unknown.status_code == 404
    assert without_token(foreign.text) == without_token(unknown.text)


def test_signed_out_every_id_leads_to_the_same_page(world: World) -> None:
    approval = world.ask()
    anonymous = Client()

    answers = [anonymous.get(path(approval)), anonymous.get("/approvals/apr_unknown/")]

    assert [a.status_code for a in answers] == [302, 302]
    assert all("/account/login/?next=" in a.headers["Location"] for a in answers)


def test_a_long_value_is_folded_and_approved_in_the_full_view_only(
    world: World,
) -> None:
    body = "x" * 600 + "NEEDLE" + "y" * 600
    approval = world.ask(body=body)
    ana = as_("ana")

    folded = ana.get(path(approval)).text
    full = ana.get(path(approval, "?view=full")).text

    assert "NEEDLE" not in folded
    assert "606 more characters, 1 line" in folded
    assert "Show everything" in folded
    assert 'value="approve"' not in folded
    assert 'value="deny"' in folded
    assert "NEEDLE" in full
    assert 'value="approve"' in full


def test_a_privileged_request_wants_a_fresh_sign_in_and_has_only_the_full_view() -> (
    None
):
    body = "x" * 2000
    approval = a_world(risk="privileged").ask(body=body)
    ana = as_("ana")
    fresh = ana.get(path(approval)).text
    session = ana.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 16 * 60
    session.save()

    stale = ana.get(path(approval)).text
    refused = ana.post(path(approval, "vote"), ballot(approval, reason="kept"))

    assert body in fresh
    assert 'value="approve"' in fresh
    assert "Sign in again to approve" in stale
    assert 'value="approve"' not in stale
    assert refused.status_code == 403
    assert f"/account/reauthenticate/?next=%2Fapprovals%2F{approval.pk}" in refused.text
    assert ">kept</textarea>" in refused.text


def test_after_the_deadline_no_button_is_drawn(world: World) -> None:
    approval = world.ask()
    past = timezone.now() - timedelta(minutes=1)
    Approval.objects.update(decide_by=past)

    shown = text(as_("ana").get(path(approval)).text)

    assert "The time to decide ended" in shown
    assert "Approve:" not in shown


def test_dropped_arguments_cannot_be_approved(world: World) -> None:
    approval = world.ask()
    Approval.objects.update(payload=None)

    shown = as_("ana").get(path(approval)).text

    assert "its arguments are gone" in shown
    assert 'value="approve"' not in shown


def test_an_open_page_learns_what_happened(world: World) -> None:
    approval = world.ask()
    ana = as_("ana")
    before = ana.get(path(approval, "state")).json()
    cast(approval, "ben", "deny")

    after = ana.get(path(approval, "state")).json()

    assert before == {"state": "pending", "have": 0, "sentence": "0 of 1 have approved"}
    assert (after["state"], after["have"]) == ("denied", 0)
    assert re.fullmatch(r"Denied by ben, (\d+ \w+ )?\d\d:\d\d UTC", after["sentence"])


def test_a_request_of_ten_thousand_characters_stays_a_small_page(world: World) -> None:
    page = as_("ana").get(path(world.ask(body="word " * 2000)))

    assert len(page.content) < 100_000


def test_how_a_voter_had_signed_in_is_told_in_words(world: World) -> None:
    approval = world.ask()
    by_provider = replace(signed_in("ana"), sign_in_methods=("oidc", "oidc_factor"))
    vote(
        approval.pk,
        by=by_provider,
        fingerprint=bytes(approval.fingerprint),
        verdict="approve",
        reason="",
        now=timezone.now(),
    )

    shown = text(as_("ben").get(path(approval)).text)

    assert "(on the page, single sign-on and a second factor there)" in shown
