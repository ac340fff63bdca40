"""Faces of what a door refuses before any policy is asked."""

from typing import Final

from governance.decision import Reason
from governance.faces.face import Face

DOOR_FACES: Final = {
    Reason.UNAUTHENTICATED: Face(
        401,
        "Not authenticated",
        "The request carries no valid agent key.",
        "Send a valid key as `Authorization: Bearer swk_...`.",
    ),
    Reason.INVALID_JSON: Face(
        400,
        "Not acceptable as JSON",
        "The body is not the strict JSON that is accepted here.",
        "Mend the body; it was not looked at any further.",
    ),
    Reason.NOT_FOUND: Face(
        404,
        "Not found",
        "There is nothing by this name or id that this key can see.",
        "Check the address and the id; ids of others look the same as unknown ones.",
    ),
    Reason.METHOD_NOT_ALLOWED: Face(
        405,
        "Method not allowed",
        "This address does not answer to this method.",
        "Use one of the methods in the Allow header.",
    ),
    Reason.NOT_ACCEPTABLE: Face(
        406,
        "Not acceptable",
        "Answers are JSON, and the Accept header rules that out.",
        "Accept application/json.",
    ),
    Reason.BODY_TOO_LARGE: Face(
        413,
        "Body too large",
        "The body is larger than 256 KiB.",
        "Send less in one request.",
    ),
    Reason.UNSUPPORTED_MEDIA_TYPE: Face(
        415,
        "Unsupported media type",
        "The body has to be application/json in UTF-8, without a content coding.",
        "Set Content-Type to application/json and leave out Content-Encoding.",
    ),
    Reason.RATE_LIMITED: Face(
        429,
        "Too many requests",
        "Too many requests came in a short time.",
        "Wait as long as Retry-After says.",
        retryable=True,
    ),
    Reason.INVALID_REQUEST: Face(
        400,
        "Invalid request",
        "The request is not built the way this address expects.",
        "Mend the request.",
    ),
    Reason.ORIGIN_REFUSED: Face(
        403,
        "Origin refused",
        "Requests from this web origin are not accepted.",
        "Send it from a program, or let an operator add the origin.",
    ),
    Reason.HEADER_MISMATCH: Face(
        400,
        "Header mismatch",
        "A header says something else than the body.",
        "Make the header and the body agree.",
    ),
    Reason.MISSING_CAPABILITY: Face(
        400,
        "Missing capability",
        "The client did not declare a capability that this request needs.",
        "Declare the capability, or do without what needs it.",
    ),
    Reason.UNSUPPORTED_VERSION: Face(
        400,
        "Unsupported version",
        "This protocol version is not spoken here.",
        "Use one of the versions that the answer lists.",
    ),
    Reason.UNKNOWN_METHOD: Face(
        404,
        "Unknown method",
        "There is no such protocol method here.",
    ),
    Reason.STATE_INVALID: Face(
        400,
        "Request state invalid",
        "The request state is not one that was handed out for this request.",
        "Begin again without the request state.",
    ),
}
