"""What happened to an approval, in words for people."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from approvals.models import Approval, Vote
from governance.decision import Reason

_State = Approval.State
_ALONE: Final[Mapping[str, Promise]] = {
    _State.PENDING: gettext_lazy("Waits for a decision"),
    _State.EXPIRED: gettext_lazy("Nobody decided in time"),
    _State.SUPERSEDED: gettext_lazy("The tool was changed while this was open"),
}


def what_happened(approval: Approval) -> str:
    """Return a sentence without its full stop: ``Denied by Ben``.

    Reads ``votes`` with their persons, and ``agent``; prefetch them for a list.
    """
    state = _State(approval.state)
    if state in _ALONE:
        return str(_ALONE[state])
    return _WITH_NAMES.get(state, _yes)(approval)


def said_yes(votes: Iterable[Vote]) -> str:
    """Return who approved; an owner's yes is never called another's."""
    yes = [vote for vote in votes if vote.verdict == Vote.Verdict.APPROVE]
    owners = [v.person.username for v in yes if v.seat == Vote.Seat.OWNER]
    others = [v.person.username for v in yes if v.seat != Vote.Seat.OWNER]
    names = {"others": listed(others), "owner": listed(owners)}
    if others and owners:
        return _("Approved by %(others)s, confirmed by its owner %(owner)s") % names
    if owners:
        return _("Confirmed by its owner %(owner)s") % names
    return _("Approved by %(others)s") % names if others else _("Approved")


def listed(names: Sequence[str]) -> str:
    """Join names as a sentence does: ``Ana, Ben and Olu``."""
    *first, last = names or [""]
    if not first:
        return last
    both = {"first": ", ".join(first), "last": last}
    return pgettext("names", "%(first)s and %(last)s") % both


def _yes(approval: Approval) -> str:
    return said_yes(approval.votes.all())


def _lapsed(approval: Approval) -> str:
    return _("%(said)s, but not used in time") % {"said": _yes(approval)}


def _revoked(approval: Approval) -> str:
    return _("Taken back by %(name)s") % {"name": _ender(approval)}


def _denied(approval: Approval) -> str:
    denials = [
        vote.person.username
        for vote in approval.votes.all()
        if vote.verdict == Vote.Verdict.DENY
    ]
    if denials:
        return _("Denied by %(name)s") % {"name": listed(denials)}
    return _("Withdrawn by %(name)s") % {"name": _ender(approval)}


def _cancelled(approval: Approval) -> str:
    if approval.ended_reason == Reason.APPROVAL_UNSATISFIABLE:
        return _("Cancelled: too few people are left who could approve it")
    return _("Cancelled by %(name)s") % {"name": _ender(approval)}


def _ender(approval: Approval) -> str:
    if approval.ended_by_person is not None:
        return approval.ended_by_person.username
    if approval.ended_by == Approval.By.AGENT:
        return approval.agent.name
    return "Sealwright"


_WITH_NAMES: Final[Mapping[str, Callable[[Approval], str]]] = {
    _State.DENIED: _denied,
    _State.CANCELLED: _cancelled,
    _State.REVOKED: _revoked,
    _State.LAPSED: _lapsed,
}
