"""What closes the quick channel to a yes; the page is open to all that has a seat."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from approvals.channels.slack.fit import Fit, fit
from approvals.channels.slack.parts import sentence_of
from approvals.display import reviewable, rows
from approvals.flagging import flags_of
from approvals.models import Approval
from governance.arguments import JSON, parse_json
from governance.decision import Risk
from governance.errors import said_later


def obstacle(
    approval: Approval, *, approve_in_slack: bool, schema: Mapping[str, Any]
) -> Promise | None:
    """Say why this can't be approved in Slack; None if it can, by a plain seat.

    ``approve_in_slack`` and ``schema`` are the route's: where a vote is cast, those
    whose seal holds.
    """
    if not approve_in_slack or approval.risk != Risk.WRITE:
        return _("This is approved on its page only.")
    if settings.SECOND_FACTOR == "required":
        return _("Approving wants a second factor, so it is done on the page.")
    if approval.payload is None:
        return _("Its arguments are gone.")
    args = parse_json(bytes(approval.payload.request))
    if reviewable(args, dict(schema)) or flags_of(approval, args):
        return _("Something in it wants a closer look, so it is approved on the page.")
    shown = fit_of(approval, args, schema)
    if not shown.is_whole:
        cut = gettext_noop(
            "%(shown)s of %(count)s arguments fit here: approve it on the page."
        )
        return said_later(cut, shown=len(shown.rows), count=shown.count)
    return None


def fit_of(approval: Approval, args: dict[str, JSON], schema: Mapping[str, Any]) -> Fit:
    """Return which of the arguments Slack can show whole."""
    return fit(rows(args, dict(schema), full=True), sentence=sentence_of(approval))
