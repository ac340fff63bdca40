"""What people press in Slack, and what they see of it.

A button or a modal is a wish; state, seat, fit and fingerprint are judged here and by
the vote service, whatever was drawn.  ``message.blocks`` is not looked at.
"""

import logging
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext as _

from approvals import eligibility
from approvals.channels.failures import SendFailed
from approvals.channels.slack import api, modals
from approvals.channels.slack.parts import args_of
from approvals.clock import database_now
from approvals.models import Approval, Delivery, SlackLink, Vote
from approvals.quick import fit_of, obstacle
from approvals.services.ballots import SLACK, Voter, Why
from approvals.services.links import page_url
from approvals.services.slack.accounts import link_behind
from approvals.services.slack.arrivals import Arrival
from approvals.services.slack.sending import copy_of, copy_value, opened_token
from approvals.services.votes import vote
from approvals.wording import what_happened
from governance.decision import Reason
from governance.errors import Denied
from governance.models import User

_logger: Final = logging.getLogger(__name__)

# Slack's trigger lives for three seconds, and its answer has to be sent by then, too.
OPEN_SECONDS: Final = 1.5
LINK_PATH: Final = "/account/slack/"

View = dict[str, Any]


def press(arrival: Arrival) -> None:
    """Answer a pressed button with a modal; one that only leads away, with none."""
    action = _action(arrival.payload)
    if action.get("action_id") not in Vote.Verdict.values:
        return
    view = _asked(arrival, str(action["action_id"]), _text(action, "value"))
    trigger = _text(arrival.payload, "trigger_id")
    try:
        api.call(
            "views.open",
            {"trigger_id": trigger, "view": view},
            token=opened_token(arrival.workspace),
            seconds=OPEN_SECONDS,
        )
    except SendFailed as failure:
        # No retry: the trigger is over.  Nothing is decided; she presses again.
        _logger.warning("a modal was not opened: %s", failure.code)


def submit(arrival: Arrival, *, now: datetime) -> dict[str, Any]:
    """Cast the vote that a modal asks for; return what the modal shows then."""
    view = arrival.payload.get("view")
    form: dict[str, Any] = view if isinstance(view, dict) else {}
    held = modals.held(_text(form, "private_metadata"))
    verdict = _text(form, "callback_id")
    found = _found(arrival, held.get("copy", ""))
    if isinstance(found, dict):
        return _update(found)
    copy, approval, link = found
    if (held["by"], held["verdict"]) != (link.slack_user, verdict):
        return _update(_nowhere())
    try:
        after = vote(
            approval.pk,
            by=_voter(link),
            verdict=verdict,
            fingerprint=bytes.fromhex(held["fingerprint"]),
            reason=_why(form, verdict),
            now=now,
            shown={"view": "slack modal"},
            delivery_id=copy.pk,
        )
    except Denied as denied:
        return _refusal(approval, denied)
    return _update(_done(after, verdict))


def _asked(arrival: Arrival, verdict: str, value: str) -> View:
    """Return the modal that belongs to a button, or why there is none."""
    found = _found(arrival, value)
    if isinstance(found, dict):
        return found
    copy, approval, link = found
    closed = _closed(approval, link.person)
    if closed:
        return _notice(closed, approval)
    if verdict == Vote.Verdict.DENY:
        return modals.deny(approval, holds=_holds(copy, link))
    return _approving(approval, copy, link)


def _found(arrival: Arrival, value: str) -> tuple[Delivery, Approval, SlackLink] | View:
    """Return whose wish it is about what, or what to tell instead."""
    copy = copy_of(value)
    approval = copy.approval if copy else None
    if (
        copy is None
        or approval is None
        or approval.tenant_id != arrival.workspace.tenant_id
    ):
        return _nowhere()
    if not arrival.is_of_workspace:
        return modals.notice(
            _("Not available"), _("Guests of a channel can't decide anything here.")
        )
    link = link_behind(arrival.workspace, arrival.slack_user)
    if link is None:
        return modals.notice(
            _("Link your account"),
            _(
                "Sealwright does not know whose Slack account this is. Sign in there"
                " and link it; then press again."
            ),
            url=f"{settings.PUBLIC_URL}{LINK_PATH}",
            label=_("Link my account"),
        )
    return copy, approval, link


def _nowhere() -> View:
    return modals.notice(_("Not available"), _("This button leads nowhere any more."))


def _closed(approval: Approval, person: User) -> str:
    """Say why this person has nothing to decide here; empty if she has."""
    at = database_now()
    if approval.state != Approval.State.PENDING:
        return f"{what_happened(approval)}."
    if approval.decide_by <= at:
        return _("It is too late to decide this.")
    if approval.votes.filter(person=person).exists():
        return _("You have voted on this.")
    answer = eligibility.seat_of(person, approval, now=at)
    if answer.seat is None:
        told = _("You can't vote here: %(person)s %(why)s.")
        return told % {"person": person, "why": answer.why}
    return ""


def _holds(copy: Delivery, link: SlackLink) -> dict[str, str]:
    return {"copy": copy_value(copy), "by": link.slack_user}


def _approving(approval: Approval, copy: Delivery, link: SlackLink) -> View:
    version = approval.route_version
    why = obstacle(
        approval,
        approve_in_slack=version.approve_in_slack,
        schema=version.arguments_schema,
    )
    closed = str(why or "")
    seat = eligibility.seat_of(link.person, approval, now=database_now()).seat
    if not closed and seat == Vote.Seat.OWNER:
        closed = _("You own this agent: confirm it on the page.")
    if closed:
        return _notice(closed, approval)
    return modals.approve(
        approval,
        holds=_holds(copy, link),
        shown=fit_of(approval, args_of(approval) or {}, version.arguments_schema),
        wants_reason=version.justification_required,
    )


def _notice(text: str, approval: Approval) -> View:
    title = approval.code
    return modals.notice(title, text, url=page_url(approval.pk))


def _done(approval: Approval, verdict: str) -> View:
    if verdict == Vote.Verdict.DENY:
        return _notice(_("You denied this. Nothing will be done."), approval)
    if approval.state == Approval.State.PENDING:
        return _notice(_("Your yes counts. More people are needed."), approval)
    return _notice(f"{what_happened(approval)}.", approval)


def _refusal(approval: Approval, denied: Denied) -> dict[str, Any]:
    if denied.reason is Reason.INVALID_REQUEST:
        return {"response_action": "errors", "errors": {modals.REASON: denied.told}}
    now_stands = Approval.objects.get(pk=approval.pk)
    told = denied.told
    if now_stands.state != Approval.State.PENDING:
        told = f"{told} {what_happened(now_stands)}."
    return _update(_notice(told, now_stands))


def _update(view: View) -> dict[str, Any]:
    return {"response_action": "update", "view": view}


def _voter(link: SlackLink) -> Voter:
    # When she showed us who she is: as she linked the account, and not by pressing.
    since = link.linked_at or link.created_at
    return Voter(link.person, ("slack link",), since, SLACK, has_second_factor=False)


def _why(form: dict[str, Any], verdict: str) -> Why:
    reason = _typed(form, modals.REASON, "value")
    if verdict != Vote.Verdict.DENY:
        return Why(reason)
    state = _block(form, modals.CATEGORY).get("selected_option")
    category = _text(state if isinstance(state, dict) else {}, "value")
    known = category if category in Vote.Category.values else Vote.Category.OTHER
    return Why(reason, known)


def _typed(form: dict[str, Any], block: str, name: str) -> str:
    return _text(_block(form, block), name)


def _block(form: dict[str, Any], block: str) -> dict[str, Any]:
    """Return ``view.state.values[block][block]``, as far as it is there."""
    found: Any = form
    for step in ("state", "values", block, block):
        found = found.get(step) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _action(payload: dict[str, Any]) -> dict[str, Any]:
    actions = payload.get("actions")
    first = actions[0] if isinstance(actions, list) and actions else None
    return first if isinstance(first, dict) else {}


def _text(holder: dict[str, Any], name: str) -> str:
    value = holder.get(name)
    return value if isinstance(value, str) else ""
