"""Each page for people that is worth a look: a name, a reader, a path."""

from datetime import timedelta
from typing import Final

from django.utils import timezone

from approvals.models import Approval
from approvals.services import Why, comment, take
from audit import sealing
from audit.services import Fact
from governance.models import User
from tests.approvals.asking import World, a_world, approved, cast
from tests.audit.evidence import CALL, CALL_ID, LATER, write
from tests.factories import person
from tests.proxy.calls import unclear_call

Screens = dict[str, tuple[str, str]]

# What the outcome of a call on a lane of GitHub says of its credential.
LENT: Final[dict[str, Fact]] = {
    "lane_kind": "github_app",
    "narrowed": True,
    "asked": {"repositories": ["payments-api"], "permissions": {"issues": "write"}},
    "granted": "payments-api: issues=write, metadata=read",
    "expires_at": LATER,
    "revoked": "at the end of the call",
    "status": 201,
}


def a_busy_world() -> World:
    """Return a world with an admin and an auditor in it."""
    world = a_world()
    person("sam", "admin")
    person("olu", "auditor")
    return world


def screens(world: World) -> Screens:
    """Ask and decide, and return the pages by name."""
    decided = approved(world, pull=187, body="LGTM: the tests pass")
    call = unclear_call(decided)
    pages = {**_reviews(world), **_endings(world, decided)}
    for pull in range(200, 205):
        world.ask(pull=pull)
    write("call.allowed")
    write("call.completed", {**CALL, "credential": "4f1c9a", "detail": LENT})
    sealing.seal_all(now=timezone.now())
    others = {
        "sign-in": ("", "/account/login/"),
        "home": ("ana", "/"),
        "home-admin": ("sam", "/"),
        "inbox": ("ana", "/approvals/"),
        "inbox-decided": ("ana", "/approvals/?tab=decided"),
        "inbox-filtered": ("ana", "/approvals/?q=nothing"),
        "inbox-empty": ("olu", "/approvals/"),
        "mine": ("ben", "/approvals/mine/"),
        "figures": ("sam", "/approvals/figures/"),
        "figures-person": ("olu", "/approvals/figures/?by=person"),
        "call-unknown": ("sam", f"/calls/{call.pk}/"),
        "audit": ("olu", "/audit/"),
        "audit-activity": ("olu", "/audit/activity/?per=minute"),
        "audit-log": ("olu", "/audit/log/"),
        "audit-call": ("olu", f"/audit/calls/{CALL_ID}/"),
        "audit-session": ("olu", f"/audit/sessions/{decided.session_id}/"),
        "account": ("ana", "/account/"),
        "preferences": ("ana", "/account/preferences/"),
        "second-factor": ("ana", "/account/mfa/"),
        "password": ("ana", "/account/password/change/"),
        "reauthenticate": ("ana", "/account/reauthenticate/"),
        "not-found": ("ana", "/approvals/apr_unknown/"),
    }
    return {**others, **pages}


def _reviews(world: World) -> Screens:
    plain = world.ask(reason="The tests pass and Ben asked for this comment.")
    folded = world.ask(pull=185, body="A long line of words.\n" * 200)
    flagged = world.ask(
        pull=186, body="All good\u202e gnihton\n\n\n\n\n\nd\u043ene " + " " * 12
    )
    ben, now = User.objects.get(username="ben"), timezone.now()
    say = "Which ticket is this for?"
    comment(plain.pk, by=ben, text=say, to_agent=True, now=now)
    take(plain.pk, by=ben, now=now)
    return {
        "review-plain": ("ana", f"/approvals/{plain.pk}/"),
        "review-owner": ("sam", f"/approvals/{plain.pk}/"),
        "review-folded": ("ana", f"/approvals/{folded.pk}/"),
        "review-full": ("ana", f"/approvals/{folded.pk}/?view=full"),
        "review-flagged": ("ana", f"/approvals/{flagged.pk}/"),
    }


def _endings(world: World, decided: Approval) -> Screens:
    why = Why("Not before the freeze.", "not_now")
    denied = cast(world.ask(pull=188), "ben", "deny", reason=why)
    late = world.ask(pull=190)
    past = timezone.now() - timedelta(minutes=3)
    Approval.objects.filter(pk=late.pk).update(decide_by=past)
    privileged = world.ask(pull=191)
    Approval.objects.filter(pk=privileged.pk).update(risk="privileged", quorum=2)
    return {
        "review-decided": ("ana", f"/approvals/{decided.pk}/"),
        "review-denied": ("ana", f"/approvals/{denied.pk}/"),
        "review-late": ("ana", f"/approvals/{late.pk}/"),
        "review-privileged": ("ana", f"/approvals/{privileged.pk}/"),
    }
