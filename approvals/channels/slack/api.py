"""One call of Slack's Web API, through the egress guard.

``slack_sdk``'s own client opens sockets by itself, so of that library only the shapes
of messages and the verifier of signatures are used.
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from django.conf import settings

from approvals.channels.failures import SendFailed, seconds_asked
from audit.connections import give_connection_back
from governance.arguments import InvalidJson, parse_json
from governance.egress import (
    BackendSettings,
    Deadline,
    EgressFailed,
    EgressRefused,
    OutboundAnswer,
    OutboundRequest,
    once,
)
from governance.envelope import Secret

SECONDS: Final = 5.0
MOST_ANSWER_BYTES: Final = 262_144

# What passes by itself; every other error of Slack's stays until somebody mends it.
_PASSING: Final = frozenset(
    {
        *("ratelimited", "rate_limited", "internal_error", "fatal_error"),
        *("service_unavailable", "request_timeout", "accesslimited"),
    }
)


def call(
    method: str,
    arguments: Mapping[str, Any],
    *,
    token: Secret,
    seconds: float = SECONDS,
) -> dict[str, Any]:
    """Call a method such as ``chat.postMessage`` and return what it answered.

    Raises SendFailed; its code is ``slack_`` and Slack's own word for the error.
    """
    body = json.dumps(dict(arguments), separators=(",", ":")).encode()
    headers = (
        ("Authorization", f"Bearer {token.reveal()}"),
        ("Content-Type", "application/json; charset=utf-8"),
    )
    request = OutboundRequest("POST", f"/{method}", headers, body)
    give_connection_back()
    try:
        answer = once(request, backend=_backend(), deadline=Deadline(seconds))
    except EgressRefused as error:
        raise SendFailed("address_refused", is_permanent=True) from error
    except EgressFailed as error:
        raise SendFailed("unreachable", is_permanent=False) from error
    return _read(answer)


def _backend() -> BackendSettings:
    return BackendSettings(
        id=0,
        version=0,
        base_url=settings.SLACK_API_URL,
        cidrs=tuple(settings.SLACK_API_CIDRS),
        max_response_bytes=MOST_ANSWER_BYTES,
    )


def _read(answer: OutboundAnswer) -> dict[str, Any]:
    if answer.status != HTTPStatus.OK:
        raise SendFailed(
            f"http_{answer.status}",
            is_permanent=False,
            retry_after=seconds_asked(answer.header("Retry-After")),
        )
    try:
        told: dict[str, Any] = parse_json(answer.body)
    except InvalidJson as error:
        raise SendFailed("bad_answer", is_permanent=False) from error
    if told.get("ok") is not True:
        word = _word(told.get("error"))
        raise SendFailed(f"slack_{word}", is_permanent=word not in _PASSING)
    return told


def _word(error: object) -> str:
    text = error if isinstance(error, str) else ""
    return text[:50] if text.isascii() and text.isidentifier() else "error"
