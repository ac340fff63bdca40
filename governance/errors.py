"""Every way to fail in public, rendered once (RFC 9457).

Denied    between layers: a refusal, with what the record calls it
Problem   in public: a ``Denied`` or a failure of the door, with its face
"""

import json
import logging
import math
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Self, cast

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpResponse
from django.utils import translation
from django.utils.functional import Promise, lazy
from rest_framework import exceptions
from rest_framework.settings import api_settings

from governance.decision import Reason
from governance.faces import FACES, Face
from governance.operations.counting import observe_refusal

__all__ = [
    "FACES",
    "Denied",
    "Face",
    "Problem",
    "exception_handler",
    "problem_of",
    "problem_response",
    "said_later",
]

log = logging.getLogger(__name__)

RETRY_AFTER_SECONDS: Final = 2
ASK_ANEW: Final = (
    "An approval runs once. To try again, send the call with another Idempotency-Key: "
    "people are asked anew."
)

_WAITING: Final = frozenset({429, 503})

# The record says that a tool is not granted; the answer must not tell it from none.
_PUBLIC: Final = {Reason.TOOL_NOT_GRANTED: Reason.UNKNOWN_TOOL}


class Denied(Exception):
    """A refusal on its way from a lower layer to a door.

    ``recorded_as`` is the reason for the record, at times more precise than
    ``reason``, which the caller is told; ``members`` join the public problem.
    ``is_recorded`` says that the record is written: a door writes what is missing.

    As a string it is English, whoever reads, as records and agents have it; ``told``
    is for people.
    """

    is_recorded = False

    def __init__(
        self,
        reason: Reason,
        detail: str | Promise = "",
        *,
        recorded_as: Reason | None = None,
        **members: object,
    ) -> None:
        self.reason = _PUBLIC.get(reason, reason)
        self.recorded_as = recorded_as or reason
        self.detail = _in_english(detail)
        self.members = members
        self._said = detail or FACES[self.reason].detail
        super().__init__(self.detail or self._said)

    @property
    def told(self) -> str:
        """The sentence in the language of whoever reads it now."""
        if isinstance(self._said, Promise):
            return str(self._said)
        return translation.gettext(self._said)


def said_later(sentence: str, **values: object) -> Promise:
    """Return a sentence that is translated, and then filled, where it is read."""

    def said() -> str:
        return translation.gettext(sentence) % values

    return cast("Promise", lazy(said, str)())


def _in_english(detail: str | Promise) -> str:
    if isinstance(detail, str):
        return detail
    with translation.override(None):
        return str(detail)


class Problem(Exception):
    """A failure as the public sees it; ``retry_after`` in seconds is a member too.

    ``is_recorded`` as for ``Denied``; ``is_final`` says that the same request gets the
    same answer, whatever its reason says in general.
    """

    is_recorded = False
    is_final = False

    def __init__(self, reason: Reason, detail: str = "", **members: object) -> None:
        self.reason = _PUBLIC.get(reason, reason)
        self.members = members
        super().__init__(detail or self.face.detail)

    @classmethod
    def of(cls, denied: Denied) -> Self:
        """Show a refusal to the public."""
        problem = cls(denied.reason, denied.detail, **denied.members)
        problem.is_recorded = denied.is_recorded
        return problem

    @property
    def face(self) -> Face:
        """The row of the one table that says how this reason looks."""
        return FACES[self.reason]

    def as_dict(self, *, request_id: str) -> dict[str, object]:
        """Return the ``application/problem+json`` members (RFC 9457, section 3.1)."""
        next_step = ASK_ANEW if self.is_final else self.face.next
        following = {"next": next_step} if next_step else {}
        return {
            **following,
            **self.members,  # before the rest: an extension overrides no member below
            "type": f"urn:sealwright:problem:{self.reason}",
            "title": self.face.title,
            "status": self.face.status,
            "code": self.reason,
            "detail": str(self),
            "request_id": request_id,
            "retryable": self.face.retryable and not self.is_final,
        }


def problem_response(problem: Problem, request_id: str) -> HttpResponse:
    """Render a problem for the HTTP doors."""
    return HttpResponse(
        json.dumps(problem.as_dict(request_id=request_id), separators=(",", ":")),
        status=problem.face.status,
        content_type="application/problem+json",
        headers=_headers(problem),
    )


def exception_handler(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """Answer any exception of a DRF view as a problem.

    What nobody foresaw is ``unavailable``; only its class is logged, for the text
    of a foreign error may hold arguments or secrets.
    """
    request_id = getattr(context.get("request"), "request_id", "")
    problem = problem_of(error)
    observe_refusal(problem.reason)
    response = problem_response(problem, request_id)
    if isinstance(error, exceptions.MethodNotAllowed):
        response["Allow"] = ", ".join(context["view"].allowed_methods)
    return response


def problem_of(error: Exception) -> Problem:
    """Return how any exception of a DRF view looks in public."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, Denied):
        return Problem.of(error)
    if isinstance(error, exceptions.ValidationError):
        return Problem(
            Reason.INVALID_ARGUMENTS, _BODY, errors=_errors(error.get_codes())
        )
    if isinstance(error, exceptions.Throttled):
        return _throttled(error)
    for kind, reason in _FOREIGN.items():
        if isinstance(error, kind):
            return Problem(reason)
    log.error("unforeseen %s at %s", type(error).__qualname__, _place(error))
    return Problem(Reason.UNAVAILABLE)


_FOREIGN: Final[dict[type[Exception], Reason]] = {
    exceptions.NotAuthenticated: Reason.UNAUTHENTICATED,
    exceptions.AuthenticationFailed: Reason.UNAUTHENTICATED,
    exceptions.PermissionDenied: Reason.POLICY_DENIED,
    PermissionDenied: Reason.POLICY_DENIED,
    exceptions.NotFound: Reason.NOT_FOUND,
    Http404: Reason.NOT_FOUND,
    exceptions.ParseError: Reason.INVALID_JSON,
    exceptions.MethodNotAllowed: Reason.METHOD_NOT_ALLOWED,
    exceptions.NotAcceptable: Reason.NOT_ACCEPTABLE,
    exceptions.UnsupportedMediaType: Reason.UNSUPPORTED_MEDIA_TYPE,
    RequestDataTooBig: Reason.BODY_TOO_LARGE,
}


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "-"


def _headers(problem: Problem) -> dict[str, str]:
    if problem.reason is Reason.UNAUTHENTICATED:
        return {"WWW-Authenticate": 'Bearer realm="sealwright"'}
    if problem.face.status in _WAITING or "retry_after" in problem.members:
        wait = problem.members.get("retry_after", RETRY_AFTER_SECONDS)
        return {"Retry-After": str(wait)}
    return {}


def _throttled(error: exceptions.Throttled) -> Problem:
    wait: float | None = getattr(error, "wait", None)  # the stubs lack it
    seconds = RETRY_AFTER_SECONDS if wait is None else math.ceil(wait)
    return Problem(Reason.RATE_LIMITED, retry_after=seconds)


_BODY: Final = "The body is not what this address takes."
# Our own words: DRF's messages repeat what was sent.
_MESSAGES: Final = {
    "required": "is required",
    "null": "must not be null",
    "blank": "must not be empty",
    "max_length": "is too long",
    "min_length": "is too short",
    "invalid_choice": "is not one of the allowed values",
    "unknown": "is not a known member",
    "not_text": "has to be text",
    "not_a_dict": "has to be an object",
}


def _errors(codes: Any, pointer: str = "") -> list[dict[str, str]]:
    """Flatten DRF's tree of error codes into pointers (RFC 6901) and messages."""
    if isinstance(codes, str):
        return [{"pointer": pointer, "message": _MESSAGES.get(codes, "is not valid")}]
    members = codes.items() if isinstance(codes, dict) else enumerate(codes)
    return [
        each
        for name, below in members
        for each in _errors(below, _below(pointer, name, below))
    ]


def _below(pointer: str, name: str | int, codes: Any) -> str:
    """Point at a member; DRF's lists of plain codes are about their owner."""
    if name == api_settings.NON_FIELD_ERRORS_KEY or isinstance(codes, str):
        return pointer
    return f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"
