"""Deciding on the page: what a form does, and all that it must not do."""

import re

import pytest
from django.test import Client

from approvals.models import Approval, Vote
from audit.models import Record
from governance.models import User
from tests.approvals.asking import World, a_world, approved, cast
from tests.approvals.pages import as_, ballot, path, text

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    return a_world()


def test_a_vote_leads_back_to_the_page_that_says_so(world: World) -> None:
    approval = world.ask()
    ana = as_("ana")

    answer = ana.post(path(approval, "vote"), ballot(approval))

    assert (answer.status_code, answer.headers["Location"]) == (
        303,
        path(approval, "#result"),
    )
    shown = text(ana.get(path(approval)).text)
    assert "Approved by ana" in shown
    assert "Not run yet. ci-agent may run it until" in shown


def test_a_vote_keeps_how_the_person_signed_in_and_what_she_saw(world: World) -> None:
    approval = world.ask()
    ana = as_("ana")
    page = ana.get(path(approval)).text
    shown = re.search(r'name="shown" value="([^"]*)"', page)
    assert shown is not None

    ana.post(path(approval, "vote"), ballot(approval, shown=shown[1]))

    vote = Vote.objects.get()
    assert (vote.channel, vote.signed_in_by) == ("page", "password")
    assert vote.shown["view"] == "plain"


def test_what_was_shown_is_believed_only_under_our_signature(world: World) -> None:
    approval = world.ask()

    as_("ana").post(path(approval, "vote"), ballot(approval, shown="full"))

    assert Vote.objects.get().shown == {}


def test_a_denial_tells_the_agent_why(world: World) -> None:
    approval = world.ask()

    as_("ana").post(path(approval, "vote"), ballot(approval, "deny", reason="not now"))

    approval.refresh_from_db()
    assert (approval.state, approval.reason_for_agent) == ("denied", "not now")


def test_whoever_is_slower_gets_the_page_that_says_what_happened(world: World) -> None:
    approval = world.ask()
    cast(approval, "ben", "deny")

    answer = as_("ana").post(path(approval, "vote"), ballot(approval, reason="fine"))

    assert answer.status_code == 409
    assert re.search(r"Denied by ben, (\d+ \w+ )?\d\d:\d\d UTC\.", text(answer.text))
    assert "Content-Security-Policy" in answer.headers
    assert "trusted-types 'none'" in answer.headers["Content-Security-Policy"]


def test_a_stale_fingerprint_is_no_vote(world: World) -> None:
    approval = world.ask()
    stale = ballot(approval) | {"fingerprint": f"sha256:{'0' * 64}"}

    answer = as_("ana").post(path(approval, "vote"), stale)

    assert answer.status_code == 409
    assert not Vote.objects.exists()


@pytest.mark.parametrize("fingerprint", ["", "sha256:zz", "🤷"])
def test_a_form_without_a_fingerprint_is_no_vote(
    world: World, fingerprint: str
) -> None:
    approval = world.ask()
    form = ballot(approval) | {"fingerprint": fingerprint}

    assert as_("ana").post(path(approval, "vote"), form).status_code == 409


def test_the_owner_sees_why_he_cannot_vote_and_may_cancel(world: World) -> None:
    approval = world.ask()
    sam = as_("sam")

    shown = text(sam.get(path(approval)).text)
    refused = sam.post(path(approval, "vote"), ballot(approval))
    sam.post(path(approval, "cancel"))

    assert "no vote: sam owns the agent" in shown
    assert "Approve:" not in shown
    assert refused.status_code == 403
    approval.refresh_from_db()
    assert approval.state == "cancelled"


@pytest.mark.parametrize("action", ["vote", "withdraw", "revoke", "cancel"])
@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_changes_nothing(world: World, action: str, method: str) -> None:
    approval = world.ask()
    records = Record.objects.count()
    ana = as_("ana")
    signed_in = Record.objects.count()

    answer = getattr(ana, method)(path(approval, action), ballot(approval))
    getattr(ana, method)(path(approval))

    assert answer.status_code == 405
    assert signed_in == records + 1 == Record.objects.count()
    assert Approval.objects.get().state == "pending"


def test_a_post_without_our_token_or_from_elsewhere_is_refused(world: World) -> None:
    approval = world.ask()
    ana = Client(enforce_csrf_checks=True)
    ana.force_login(User.objects.get(username="ana"))
    trusting = as_("ana")
    elsewhere = {"Sec-Fetch-Site": "cross-site"}

    without_token = ana.post(path(approval, "vote"), ballot(approval))
    cross_site = trusting.post(
        path(approval, "vote"), ballot(approval), headers=elsewhere
    )

    assert (without_token.status_code, cross_site.status_code) == (403, 403)
    assert not Vote.objects.exists()


def test_an_approval_is_taken_back_before_it_is_used(world: World) -> None:
    approval = approved(world)

    answer = as_("ben").post(path(approval, "revoke"))

    approval.refresh_from_db()
    assert (answer.status_code, approval.state) == (303, "revoked")


def test_one_of_two_yes_is_withdrawn() -> None:
    world = a_world("ana", "ben", quorum=2)
    approval = cast(world.ask(), "ana")
    ana = as_("ana")
    before = text(ana.get(path(approval)).text)

    ana.post(path(approval, "withdraw"))

    assert "1 of 2 approvals" in before
    assert "You approved this. It runs only after more people" in before
    assert "Withdrawn by ana" in text(ana.get(path(approval)).text)


def test_an_owners_yes_is_never_called_anothers() -> None:
    world = a_world("ana", separation="confirm")
    approval = world.ask()
    sam = as_("sam")
    before = text(sam.get(path(approval)).text)

    sam.post(path(approval, "vote"), ballot(approval))

    after = text(sam.get(path(approval)).text)
    assert "You confirm your own agent's action" in before.replace("&#x27;", "'")
    assert "Confirmed by its owner sam" in after
    assert "Approved by" not in after


def test_the_next_request_is_one_link_away(world: World) -> None:
    first, second = world.ask(), world.ask(pull=185)
    ana = as_("ana")

    ana.post(path(first, "vote"), ballot(first))
    page = ana.get(path(first)).text

    assert "Next: 1 waiting" in page
    assert path(second) in page
