"""Faces of what a door refuses before any policy is asked."""

from typing import Final

from django.utils.translation import gettext_noop as _

from governance.decision import Reason
from governance.faces.face import Face

DOOR_FACES: Final = {
    Reason.UNAUTHENTICATED: Face(
        401,
        _("Not authenticated"),
        _("The request carries no valid agent key."),
        _("Send a valid key as `Authorization: Bearer swk_...`."),
    ),
    Reason.INVALID_JSON: Face(
        400,
        _("Not acceptable as JSON"),
        _("The body is not the strict JSON that is accepted here."),
        _("Mend the body; it was not looked at any further."),
    ),
    Reason.NOT_FOUND: Face(
        404,
        _("Not found"),
        _("There is nothing by this name or id that this key can see."),
        _("Check the address and the id; ids of others look the same as unknown ones."),
    ),
    Reason.METHOD_NOT_ALLOWED: Face(
        405,
        _("Method not allowed"),
        _("This address does not answer to this method."),
        _("Use one of the methods in the Allow header."),
    ),
    Reason.NOT_ACCEPTABLE: Face(
        406,
        _("Not acceptable"),
        _("Answers are JSON, and the Accept header rules that out."),
        _("Accept application/json."),
    ),
    Reason.BODY_TOO_LARGE: Face(
        413,
        _("Body too large"),
        _("The body is larger than 256 KiB."),
        _("Send less in one request."),
    ),
    Reason.UNSUPPORTED_MEDIA_TYPE: Face(
        415,
        _("Unsupported media type"),
        _("The body has to be application/json in UTF-8, without a content coding."),
        _("Set Content-Type to application/json and leave out Content-Encoding."),
    ),
    Reason.RATE_LIMITED: Face(
        429,
        _("Too many requests"),
        _("Too many requests came in a short time."),
        _("Wait as long as the answer says."),
        retryable=True,
    ),
    Reason.INVALID_REQUEST: Face(
        400,
        _("Invalid request"),
        _("The request is not built the way this address expects."),
        _("Mend the request."),
    ),
    Reason.ORIGIN_REFUSED: Face(
        403,
        _("Origin refused"),
        _("Requests from this web origin are not accepted."),
        _("Send it from a program, or let an operator add the origin."),
    ),
    Reason.HEADER_MISMATCH: Face(
        400,
        _("Header mismatch"),
        _("A header says something else than the body."),
        _("Make the header and the body agree."),
    ),
    Reason.MISSING_CAPABILITY: Face(
        400,
        _("Missing capability"),
        _("The client did not declare a capability that this request needs."),
        _("Declare the capability, or do without what needs it."),
    ),
    Reason.UNSUPPORTED_VERSION: Face(
        400,
        _("Unsupported version"),
        _("This protocol version is not spoken here."),
        _("Use one of the versions that the answer lists."),
    ),
    Reason.UNKNOWN_METHOD: Face(
        404,
        _("Unknown method"),
        _("There is no such protocol method here."),
    ),
    Reason.STATE_INVALID: Face(
        400,
        _("Request state invalid"),
        _("The request state is not one that was handed out for this request."),
        _("Begin again without the request state."),
    ),
}
