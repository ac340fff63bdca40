"""One question to the issuer of a lane's credentials, through the egress guard.

One request, one try: whether a token was made is not known once a byte was sent.
"""

from typing import Any, Final

from governance.arguments import InvalidJson, parse_json
from governance.egress import (
    AnswerLost,
    AnswerTooLarge,
    BackendSettings,
    ConnectFailed,
    Deadline,
    EgressRefused,
    OutboundAnswer,
    OutboundRequest,
    once,
    parse_url,
)
from governance.lanekinds import CIDRS
from proxy.credentials.failures import NotLent
from proxy.credentials.loans import LaneSettings

MAX_SECONDS: Final = 5.0
MAX_JSON_BYTES: Final = 1_048_576
FORM: Final = ("Content-Type", "application/x-www-form-urlencoded")


def ask(
    method: str,
    url: str,
    *,
    lane: LaneSettings,
    deadline: Deadline,
    headers: tuple[tuple[str, str], ...] = (),
    body: bytes | None = None,
    max_bytes: int = MAX_JSON_BYTES,
) -> OutboundAnswer:
    """Ask once, and wait for at most 5 seconds and half of the call's time.

    Raises NotLent, with what an admin may mend.
    """
    destination = parse_url(url)
    request = OutboundRequest(method, destination.path or "/", headers, body)
    issuer = BackendSettings(
        id=0,
        version=0,
        base_url=destination.origin,
        cidrs=tuple(lane.settings.get(CIDRS, ())),
        max_response_bytes=max_bytes,
        ca_pem=lane.settings.get("ca_pem", ""),
    )
    own = deadline.at_most(min(MAX_SECONDS, deadline.seconds() / 2))
    try:
        return once(request, backend=issuer, deadline=own)
    except EgressRefused as error:
        raise NotLent(f"The issuer's address is not let through: {error}") from error
    except ConnectFailed as error:
        raise NotLent(f"The issuer can't be reached: {error}") from error
    except AnswerTooLarge as error:
        raise NotLent("The issuer's answer is too large to be one.") from error
    except AnswerLost as error:
        raise NotLent(f"The issuer did not answer: {error}") from error


def members_of(answer: OutboundAnswer) -> dict[str, Any]:
    """Return the JSON object of an answer.  Raises NotLent if it is none."""
    try:
        return parse_json(answer.body, max_bytes=MAX_JSON_BYTES)
    except InvalidJson as error:
        raise NotLent(
            "The issuer's answer is not a JSON object: check its address.",
            status=answer.status,
        ) from error
