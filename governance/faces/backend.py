"""Faces of what fails between us, our own parts and the remote system."""

from typing import Final

from django.utils.translation import gettext_noop as _

from governance.decision import Reason
from governance.faces.face import Face

BACKEND_FACES: Final = {
    Reason.BACKEND_BUSY: Face(
        503,
        _("Backend busy"),
        _("Too many calls to this system are running; nothing was spent or sent."),
        _("Wait as long as the answer says, then repeat the call."),
        retryable=True,
    ),
    Reason.CREDENTIAL_UNAVAILABLE: Face(
        502,
        _("Credential unavailable"),
        _("The credential for this call could not be had; nothing was sent."),
        _("Try again later; if it goes on, tell an admin of the tenant."),
        retryable=True,
    ),
    Reason.BACKEND_UNREACHABLE: Face(
        502,
        _("Backend unreachable"),
        _("The remote system could not be reached; nothing was sent."),
        _("Try again later; if it goes on, tell an admin of the tenant."),
        retryable=True,
    ),
    Reason.BACKEND_ERROR: Face(
        502,
        _("Backend refused"),
        _("The remote system answered that it did not do this."),
        _("Look at `result`, if there is one, and mend the request."),
    ),
    Reason.OUTCOME_UNKNOWN: Face(
        504,
        _("Outcome unknown"),
        _("The request was sent and its answer was lost: it may have been done."),
        _("Do not repeat it. Find out first whether it happened."),
    ),
    Reason.RESPONSE_TOO_LARGE: Face(
        502,
        _("Answer too large"),
        _("It was done, but the answer was too large and was dropped."),
        _("Do not repeat it to get the answer; ask for less."),
    ),
    Reason.AUDIT_UNAVAILABLE: Face(
        503,
        _("Evidence unavailable"),
        _("Evidence cannot be written at present, so nothing was spent or sent."),
        _("Wait as long as the answer says, then repeat the request."),
        retryable=True,
    ),
    Reason.UNAVAILABLE: Face(
        503,
        _("Unavailable"),
        _("This cannot be answered at present; nothing was spent or sent."),
        _("Wait as long as the answer says, then repeat the request."),
        retryable=True,
    ),
}
