"""The review page: what it shows, for whom it opens, and what it never does."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from approvals.models import Approval, Vote
from audit.models import Record
from governance.models import User
from tests.approvals.asking import World, a_world, approved, cast
from tests.factories import TenantFactory, person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    return a_world()


def as_(name: str) -> Client:
    """Return a browser in which this person signed in just now."""
    client = Client()
    form = {"login": name, "password": "correct horse battery staple"}
    assert client.post("/account/login/", form).status_code == 302
    return client


def path(approval: Approval, action: str = "") -> str:
    return f"/approvals/{approval.pk}/{action}"


def ballot(approval: Approval, verdict: str = "approve", **more: str) -> dict[str, str]:
    fingerprint = f"sha256:{bytes(approval.fingerprint).hex()}"
    return {"verdict": verdict, "fingerprint": fingerprint, "reason": "", **more}


def without_token(page: str) -> str:
    """Return the page less what differs each time that it is rendered."""
    return re.sub(r'(name="csrfmiddlewaretoken" value)="[^"]*"', r"\1", page)


def text(page: str) -> str:
    """Return what a reader sees, roughly."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


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

    sentence = re.search(r'<h1 class="sentence">(.*?)</h1>', page.text, re.DOTALL)
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
    assert "Denied by ben" in text(answer.text)
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


def test_an_open_page_learns_what_happened(world: World) -> None:
    approval = world.ask()
    ana = as_("ana")
    before = ana.get(path(approval, "state")).json()
    cast(approval, "ben", "deny")

    after = ana.get(path(approval, "state")).json()

    assert before == {"state": "pending", "have": 0, "sentence": "0 of 1 have approved"}
    assert after == {"state": "denied", "have": 0, "sentence": "Denied by ben"}


def test_the_next_request_is_one_link_away(world: World) -> None:
    first, second = world.ask(), world.ask(pull=185)
    ana = as_("ana")

    ana.post(path(first, "vote"), ballot(first))
    page = ana.get(path(first)).text

    assert "Next: 1 waiting" in page
    assert path(second) in page


def test_a_request_of_ten_thousand_characters_stays_a_small_page(world: World) -> None:
    page = as_("ana").get(path(world.ask(body="word " * 2000)))

    assert len(page.content) < 100_000
