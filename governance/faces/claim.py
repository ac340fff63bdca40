"""Faces of claims that are refused."""

from typing import Final

from django.utils.translation import gettext_noop as _

from governance.decision import Reason
from governance.faces.face import Face

_ASK_AGAIN: Final = "Use the claim for exactly the call it was made for, or ask anew."


def _other(what: str) -> Face:
    return Face(
        403, f"Claim of another {what}", f"The claim is bound to another {what}."
    )


def _differs(what: str) -> Face:
    return Face(
        403,
        f"Claim of another {what}",
        f"The claim was made for another {what} than this call has.",
        _ASK_AGAIN,
    )


CLAIM_FACES: Final = {
    Reason.CLAIM_MALFORMED: Face(
        403,
        _("Claim malformed"),
        _("The claim is not one that this installation makes for a call."),
        _("Fetch the claim again from its approval."),
    ),
    Reason.CLAIM_SIGNATURE_INVALID: Face(
        403,
        _("Claim not genuine"),
        _("The claim does not prove what it says."),
        _("Fetch the claim again from its approval."),
    ),
    Reason.CLAIM_EXPIRED: Face(
        410,
        _("Claim expired"),
        _("The claim's time is over; it was not used."),
        _("Fetch a fresh token from the approval while it lives, or ask anew."),
    ),
    Reason.CLAIM_REVOKED: Face(
        403,
        _("Claim revoked"),
        _("The claim was taken back before it was used."),
        _("Ask anew, if it is still wanted."),
    ),
    Reason.CLAIM_SPENT: Face(
        409,
        _("Claim already used"),
        _("The claim was used already, and a claim runs once."),
        _("Look at the call that used it; do not assume that nothing happened."),
    ),
    Reason.CLAIM_WRONG_AGENT: _other("agent"),
    Reason.CLAIM_WRONG_SESSION: _other("session"),
    Reason.CLAIM_WRONG_TOOL: _differs("tool"),
    Reason.CLAIM_WRONG_RISK: _differs("risk"),
    Reason.CLAIM_WRONG_SCOPE: _differs("scope"),
    Reason.CLAIM_WRONG_ARGUMENTS: Face(
        403,
        _("Claim for other arguments"),
        _("The claim was made for other arguments than this call has."),
        _ASK_AGAIN,
    ),
    Reason.CLAIM_WRONG_ROUTE: Face(
        403,
        _("Claim for an older tool"),
        _("The tool was changed after the claim was made."),
        _("Ask anew, if it is still wanted."),
    ),
    Reason.CLAIM_WRONG_LANE: _differs("credential lane"),
}
