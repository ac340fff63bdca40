"""What a backend's answer means (docs/one-call.md has the table).

Pure.  What is not clear is called so, wherever the request may have changed something.
"""

import re
from dataclasses import dataclass, replace
from typing import Final, Literal

from governance.arguments import JSON, InvalidJson, parse_json
from governance.decision import Reason, Risk

State = Literal["completed", "failed", "outcome_unknown"]

_DONE: Final = frozenset({*range(200, 300), 303})  # 303 is not followed
_ELSEWHERE: Final = range(300, 400)
_MISTAKEN: Final = range(400, 500)
_REFUSED_US: Final = frozenset({401, 403, 407})
_REQUEST_TIMEOUT: Final = 408
_NOT_DONE: Final = frozenset({501, 503, 505})

_CREDENTIAL_REFUSED: Final = "The backend refused Sealwright's credential."
_MEDIA_TYPE = re.compile(
    r"[A-Za-z0-9!#$&^_.+-]{1,80}/[A-Za-z0-9!#$&^_.+-]{1,80}"
    r"(?:[ \t]*;[ \t]*charset=\"?[A-Za-z0-9_.:-]{1,40}\"?)?"
)
_JSON_TYPE = re.compile(r"application/(?:[^;\s]+\+)?json(?:[ \t]*;.*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class BackendOutcome:
    """What became of a call; ``body`` is the answer as the agent may see it, if it may.

    ``status`` is None where there was no answer, ``origin`` where nothing was sent;
    ``drop_lease`` says that the credential was refused; ``detail`` is a sentence of
    ours, and ``note`` what more the record may know: an agent need not learn a
    backend's addresses.
    """

    state: State
    reason: Reason | None
    detail: str
    note: str = ""
    status: int | None = None
    content_type: str = ""
    body: bytes | None = None
    drop_lease: bool = False
    origin: str | None = None


def not_sent(note: str) -> BackendOutcome:
    """No byte of the request left, so nothing can have happened."""
    detail = "The backend could not be reached; nothing was sent."
    return BackendOutcome("failed", Reason.BACKEND_UNREACHABLE, detail, note)


def lost(detail: str, *, risk: Risk) -> BackendOutcome:
    """Judge a request that was sent, and whose answer was cut, late or unreadable."""
    return _unclear(_failed(detail), risk=risk)


def too_large(status: int, *, risk: Risk) -> BackendOutcome:
    """Judge an answer whose body was over the cap and dropped."""
    outcome = judge(status, risk=risk)
    if outcome.state != "completed":
        return replace(outcome, body=None)
    detail = "It ran, and its answer was larger than the backend may send."
    return BackendOutcome("completed", Reason.RESPONSE_TOO_LARGE, detail, status=status)


def judge(
    status: int,
    *,
    risk: Risk,
    content_type: str = "",
    body: bytes = b"",
    origin: str | None = None,
) -> BackendOutcome:
    """Judge a whole answer."""
    if status in _DONE:
        return BackendOutcome(
            "completed", None, "", "", status, content_type, body, origin=origin
        )
    outcome = replace(undone(status, risk=risk), origin=origin)
    is_told = status in _MISTAKEN and status != _REQUEST_TIMEOUT
    if is_told and not outcome.drop_lease:
        return replace(outcome, content_type=content_type, body=body)
    return outcome


def undone(status: int, *, risk: Risk) -> BackendOutcome:
    """Judge a status that does not say that it was done; the body says nothing."""
    if status in _REFUSED_US:
        return _failed(_CREDENTIAL_REFUSED, status=status, drop_lease=True)
    failed = _failed(f"The backend answered {status}.", status=status)
    if status in _MISTAKEN and status != _REQUEST_TIMEOUT:
        return failed
    if status in _ELSEWHERE or status in _NOT_DONE:
        return failed
    return _unclear(failed, risk=risk)


def media_type(header: str) -> str:
    """Return a ``Content-Type`` without what is not needed of it; empty if odd."""
    return header if _MEDIA_TYPE.fullmatch(header) else ""


def result_body(body: bytes, content_type: str) -> JSON:
    """Return an answer's body for the agent: JSON where it is strictly that, or text.

    The door takes objects only and an answer may be a list, so it goes in as the one
    member of an object; a body that closes the object itself adds a second member.
    """
    if _JSON_TYPE.fullmatch(content_type):
        try:
            wrapped = parse_json(b'{"body":' + body + b"}", max_bytes=len(body) + 9)
        except InvalidJson:
            return _text(body)
        if len(wrapped) == 1:
            return wrapped["body"]
    return _text(body)


def _text(body: bytes) -> str:
    # A NUL can't be stored, nor sent on as JSON to those who store it.
    return body.decode("utf-8", "replace").replace("\0", "\ufffd")


def _failed(
    detail: str, *, status: int | None = None, drop_lease: bool = False
) -> BackendOutcome:
    return BackendOutcome(
        "failed", Reason.BACKEND_ERROR, detail, status=status, drop_lease=drop_lease
    )


def _unclear(failed: BackendOutcome, *, risk: Risk) -> BackendOutcome:
    """Only a read is known to have changed nothing."""
    if risk is Risk.READ:
        return failed
    return replace(failed, state="outcome_unknown", reason=Reason.OUTCOME_UNKNOWN)
