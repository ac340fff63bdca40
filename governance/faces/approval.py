"""Faces of how asking a person can end."""

from typing import Final

from governance.decision import Reason
from governance.faces.face import Face

APPROVAL_FACES: Final = {
    Reason.APPROVAL_REQUIRED: Face(
        403,
        "Approval required",
        "A person has to approve this; nothing was done.",
        "Wait for the approval, then repeat the identical call.",
        retryable=True,
    ),
    Reason.APPROVAL_PENDING: Face(
        403,
        "Approval pending",
        "A person was asked already and has not decided; nothing was done.",
        "Wait for the approval, then repeat the identical call.",
        retryable=True,
    ),
    Reason.APPROVAL_DENIED: Face(
        403,
        "Approval denied",
        "A person said no; nothing was done.",
        "Do not ask the same again; do something else, or ask your human.",
    ),
    Reason.APPROVAL_EXPIRED: Face(
        410,
        "Approval expired",
        "Nobody decided in time, which is not a no; nothing was done.",
        "Ask again, if it is still wanted.",
        retryable=True,
    ),
    Reason.APPROVAL_CANCELLED: Face(
        403,
        "Approval cancelled",
        "The request for approval was cancelled; nothing was done.",
        "Ask again, if it is still wanted.",
        retryable=True,
    ),
    Reason.APPROVAL_SUPERSEDED: Face(
        403,
        "Approval superseded",
        "The tool was changed while the approval was open; nothing was done.",
        "Ask again, if it is still wanted.",
        retryable=True,
    ),
    Reason.APPROVAL_REVOKED: Face(
        403,
        "Approval revoked",
        "The approval was taken back before it was used; nothing was done.",
        "Ask your human before asking again.",
        retryable=True,
    ),
    Reason.APPROVAL_LAPSED: Face(
        410,
        "Approval lapsed",
        "It was approved, but not used in time; nothing was done.",
        "Ask again, if it is still wanted.",
        retryable=True,
    ),
    Reason.APPROVAL_UNSATISFIABLE: Face(
        403,
        "Approval cannot be reached",
        "Too few people are left who could approve this; nothing was done.",
        "Ask an admin of the tenant to look at the approver group.",
    ),
    Reason.TOO_MANY_PENDING: Face(
        429,
        "Too many approvals pending",
        "Too many requests wait for people already; nobody was asked.",
        "Wait until some are decided, or cancel what is no longer wanted.",
        retryable=True,
    ),
    Reason.COOLING_DOWN: Face(
        429,
        "Cooling down",
        "This was refused a short while ago; nobody was asked again.",
        "Wait as long as Retry-After says, or do something else.",
        retryable=True,
    ),
    Reason.APPROVAL_CLOSED: Face(
        409,
        "Approval closed",
        "The approval was no longer pending.",
        "Look at the approval to see how it ended.",
    ),
}
