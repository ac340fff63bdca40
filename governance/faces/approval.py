"""Faces of how asking a person can end."""

from typing import Final

from django.utils.translation import gettext_noop as _

from governance.decision import Reason
from governance.faces.face import Face

APPROVAL_FACES: Final = {
    Reason.APPROVAL_REQUIRED: Face(
        403,
        _("Approval required"),
        _("A person has to approve this; nothing was done."),
        _("Wait for the approval, then repeat the identical call."),
        retryable=True,
    ),
    Reason.APPROVAL_PENDING: Face(
        403,
        _("Approval pending"),
        _("A person was asked already and has not decided; nothing was done."),
        _("Wait for the approval, then repeat the identical call."),
        retryable=True,
    ),
    Reason.APPROVAL_DENIED: Face(
        403,
        _("Approval denied"),
        _("A person said no; nothing was done."),
        _("Do not ask the same again; do something else, or ask your human."),
    ),
    Reason.APPROVAL_EXPIRED: Face(
        410,
        _("Approval expired"),
        _("Nobody decided in time, which is not a no; nothing was done."),
        _("Ask again, if it is still wanted."),
        retryable=True,
    ),
    Reason.APPROVAL_CANCELLED: Face(
        403,
        _("Approval cancelled"),
        _("The request for approval was cancelled; nothing was done."),
        _("Ask again, if it is still wanted."),
        retryable=True,
    ),
    Reason.APPROVAL_SUPERSEDED: Face(
        403,
        _("Approval superseded"),
        _("The tool was changed while the approval was open; nothing was done."),
        _("Ask again, if it is still wanted."),
        retryable=True,
    ),
    Reason.APPROVAL_REVOKED: Face(
        403,
        _("Approval revoked"),
        _("The approval was taken back before it was used; nothing was done."),
        _("Ask your human before asking again."),
        retryable=True,
    ),
    Reason.APPROVAL_LAPSED: Face(
        410,
        _("Approval lapsed"),
        _("It was approved, but not used in time; nothing was done."),
        _("Ask again, if it is still wanted."),
        retryable=True,
    ),
    Reason.APPROVAL_UNSATISFIABLE: Face(
        403,
        _("Approval cannot be reached"),
        _("Too few people are left who could approve this; nothing was done."),
        _("Ask an admin of the tenant to look at the approver group."),
    ),
    Reason.TOO_MANY_PENDING: Face(
        429,
        _("Too many approvals pending"),
        _("Too many requests wait for people already; nobody was asked."),
        _("Wait until some are decided, or cancel what is no longer wanted."),
        retryable=True,
    ),
    Reason.COOLING_DOWN: Face(
        429,
        _("Cooling down"),
        _("This was refused a short while ago; nobody was asked again."),
        _("Wait as long as the answer says, or do something else."),
        retryable=True,
    ),
    Reason.APPROVAL_CLOSED: Face(
        409,
        _("Approval closed"),
        _("The approval was no longer pending."),
        _("Look at the approval to see how it ended."),
    ),
}
