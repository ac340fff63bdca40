"""What the decision form offers this person, and what stands where it offers less."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.core import signing
from django.utils.translation import get_language

from approvals.models import Approval, Vote
from approvals.views.page import ReviewPage
from governance.arguments import digest_text
from governance.signin import SignIn, is_recent

TEMPLATE_VERSION: Final = 2
_SALT: Final = "approvals.shown"


@dataclass(frozen=True, slots=True)
class DecisionForm:
    """Deny is offered to every seat; approve where ``obstacle`` is empty."""

    can_vote: bool
    obstacle: str
    fingerprint: str
    shown: str
    reason_required: bool
    can_withdraw: bool
    can_revoke: bool
    can_cancel: bool
    can_take: bool

    @property
    def can_approve(self) -> bool:
        """Whether the button is drawn; the vote service checks it all again."""
        return self.can_vote and not self.obstacle


def decision_form(
    page: ReviewPage, sign_in: SignIn, *, has_second_factor: bool, now: datetime
) -> DecisionForm:
    """Return what the person may do with the request that she sees."""
    approval, mine = page.approval, page.people.my_vote
    seat = page.people.mine.seat
    is_open = approval.state == Approval.State.PENDING and approval.decide_by > now
    approved = mine is not None and mine.verdict == Vote.Verdict.APPROVE
    is_owner = approval.agent.owner_id == page.people.mine.person.pk
    speaks = approval.session.human_id == page.people.mine.person.pk
    return DecisionForm(
        can_vote=is_open and seat is not None and mine is None,
        obstacle=_obstacle(page, sign_in, now, has_second_factor=has_second_factor),
        fingerprint=digest_text(bytes(approval.fingerprint)),
        shown=_shown(page, now),
        reason_required=approval.route_version.justification_required
        or bool(page.arguments and page.arguments.unreadable),
        can_withdraw=is_open and approved and seat is not None,
        can_revoke=approval.state == Approval.State.APPROVED and seat is not None,
        can_cancel=is_open and (is_owner or speaks),
        can_take=is_open and seat is not None and not page.talk.i_look,
    )


def _obstacle(
    page: ReviewPage, sign_in: SignIn, now: datetime, *, has_second_factor: bool
) -> str:
    if page.arguments is None:
        return "gone"
    if page.is_folded:
        return "folded"
    allowed = page.approval.route_version.allow_unreadable
    if page.arguments.unreadable and not allowed:
        return "unreadable"
    if settings.SECOND_FACTOR == "required" and not sign_in.has_factor:
        return "stale"
    fresh = is_recent(
        sign_in,
        seconds=settings.RECENT_SIGN_IN_SECONDS,
        now=now,
        has_second_factor=has_second_factor,
    )
    return "" if fresh or not wants_fresh_sign_in(page) else "stale"


def wants_fresh_sign_in(page: ReviewPage) -> bool:
    """Whether approving this wants a sign-in of the last quarter of an hour."""
    is_owner = page.people.mine.seat == Vote.Seat.OWNER
    return page.approval.risk == "privileged" or is_owner


def _shown(page: ReviewPage, now: datetime) -> str:
    facts = {
        "approval": page.approval.pk,
        "view": "full" if page.full else "folded" if page.is_folded else "plain",
        "template": str(TEMPLATE_VERSION),
        "locale": get_language() or "",
        "unicode": unicodedata.unidata_version,
        "at": now.isoformat(timespec="milliseconds"),
    }
    return signing.dumps(facts, salt=_SALT)


def read_shown(signed: str, approval_id: str) -> Mapping[str, str]:
    """Return what we said we showed; nothing, where it is not ours or not of this."""
    try:
        facts = signing.loads(signed, salt=_SALT, max_age=settings.SESSION_COOKIE_AGE)
    except signing.BadSignature:
        return {}
    known: Mapping[str, str] = facts if isinstance(facts, dict) else {}
    return known if known.get("approval") == approval_id else {}
