"""Access tokens of an authorization server, by client credentials (RFC 6749, 4.4)."""

import base64
import json
import re
import secrets
from functools import partial
from typing import Any, Final
from urllib.parse import quote, urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.utils import timezone
from prometheus_client import Counter

from governance.egress import Deadline, OutboundAnswer
from governance.envelope import Secret
from proxy.credentials.credential import Credential, Placement
from proxy.credentials.failures import NotLent, TooBroad
from proxy.credentials.issuer import FORM, ask, members_of
from proxy.credentials.keys import signing_key
from proxy.credentials.loans import Borrowing, LaneSettings, Loan
from proxy.credentials.narrowing import Broader, check_life, check_oauth

ASSERTION_SECONDS: Final = 60
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
NO_ENDPOINT: Final = "the lane has no revocation endpoint"

_OK: Final = 200
_TOKEN: Final = re.compile(r"[\x21-\x7e]{8,8000}")
_dropped: Final = Counter(
    "sealwright_refresh_tokens_dropped", "Refresh tokens that nobody asked for."
)
_SAID: Final = {
    "invalid_client": "The authorization server does not take the client's ID and"
    " secret (invalid_client); with a signed assertion, a clock may be off.",
    "invalid_scope": "The authorization server does not give this client the scope that"
    " the lane asks for (invalid_scope).",
    "unauthorized_client": "The client may not use client credentials"
    " (unauthorized_client).",
    "unsupported_grant_type": "The server has no client credentials grant"
    " (unsupported_grant_type).",
    "invalid_target": "The server does not know the resource (invalid_target).",
    "invalid_authorization_details": "The server refuses the authorization details.",
}


def borrow(borrowing: Borrowing) -> Loan:
    """Ask for a token of the map's scope.  Raises NotLent, TooBroad."""
    lane = borrowing.lane
    said = token_answer(
        lane,
        borrowing.secret,
        asked=dict(borrowing.asked),
        now=borrowing.now,
        deadline=borrowing.deadline,
    )
    token = said.get("access_token")
    if not isinstance(token, str) or not token:
        raise NotLent("The answer holds no token.")
    url = lane.settings.get("revocation_url")
    ending = partial(give_back, token, lane, borrowing.secret) if url else None
    granted = _granted(said)
    try:
        expires_at = _checked(borrowing, said)
        header = Placement.parse(lane.placement).put(token)
    except ValueError as error:  # Broader among them
        raise TooBroad(
            str(error), granted=granted, give_back=ending, secret=token
        ) from error
    credential = Credential(header, secrets=(token,))
    why = "" if ending else NO_ENDPOINT
    return Loan(credential, granted, expires_at, ending, why)


def token_answer(
    lane: LaneSettings,
    secret: Secret,
    *,
    asked: dict[str, Any],
    now: int,
    deadline: Deadline,
) -> dict[str, Any]:
    """Return what the token endpoint says.  Raises NotLent."""
    form = {"grant_type": "client_credentials"}
    if "scope" in asked:
        form["scope"] = asked["scope"]
    if resource := lane.settings.get("resource"):
        form["resource"] = resource
    if "authorization_details" in asked:
        form["authorization_details"] = json.dumps(asked["authorization_details"])
    answer = _posted(
        lane.settings["token_url"],
        form,
        lane=lane,
        secret=secret,
        deadline=deadline,
        now=now,
    )
    if answer.status != _OK:
        raise NotLent(_why(answer), status=answer.status)
    return members_of(answer)


def give_back(
    token: str, lane: LaneSettings, secret: Secret, deadline: Deadline
) -> None:
    """Revoke a token (RFC 7009).  Raises NotLent if the server did not answer 200."""
    answer = _posted(
        lane.settings["revocation_url"],
        {"token": token, "token_type_hint": "access_token"},
        lane=lane,
        secret=secret,
        deadline=deadline,
        now=int(timezone.now().timestamp()),
    )
    if answer.status != _OK:
        raise NotLent(f"The server answered {answer.status}.", status=answer.status)


def _posted(
    url: str,
    form: dict[str, str],
    *,
    lane: LaneSettings,
    secret: Secret,
    deadline: Deadline,
    now: int,
) -> OutboundAnswer:
    headers: tuple[tuple[str, str], ...] = (FORM, ("Accept", "application/json"))
    client = lane.settings["client_id"]
    if lane.settings.get("authentication") == "private_key_jwt":
        assertion = _assertion(lane, secret, now=now)
        form |= {
            "client_id": client,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
        }
    else:
        # Form-encoded before base64 (RFC 6749, section 2.3.1); a blank as %20, which
        # those servers decode, too, that know no plus sign.
        pair = f"{quote(client, safe='')}:{quote(secret.reveal(), safe='')}".encode()
        basic = base64.b64encode(pair).decode()
        headers = (*headers, ("Authorization", f"Basic {basic}"))
    body = urlencode(form).encode()
    return ask("POST", url, lane=lane, deadline=deadline, headers=headers, body=body)


def _assertion(lane: LaneSettings, secret: Secret, *, now: int) -> str:
    client = lane.settings["client_id"]
    claims = {
        "iss": client,
        "sub": client,
        "aud": lane.settings["token_url"],
        "jti": secrets.token_urlsafe(16),
        "iat": now,
        "exp": now + ASSERTION_SECONDS,
    }
    kid = lane.settings.get("key_id")
    try:
        key = signing_key(secret)
        algorithm = "RS256" if isinstance(key, RSAPrivateKey) else "ES256"
        headers = {"kid": kid} if kid else None
        return jwt.encode(claims, key, algorithm=algorithm, headers=headers)
    except (ValueError, TypeError, jwt.PyJWTError):
        # Without the cause: it may be about bytes of the key.
        raise NotLent("The lane's private key can't be used: set it anew.") from None


def _checked(borrowing: Borrowing, said: dict[str, Any]) -> int:
    """Return when the token ends.  Raises Broader."""
    if not _TOKEN.fullmatch(said["access_token"]):
        raise Broader("The token is none that can stand in a header.")
    if str(said.get("token_type", "")).lower() != "bearer":
        raise Broader("The token is not of the type Bearer.")
    seconds = said.get("expires_in")
    if type(seconds) is not int:  # a bool is an int to isinstance()
        raise Broader("The answer does not say how long the token lives.")
    limit = borrowing.lane.max_seconds
    if seconds > limit:
        raise Broader(f"The token lives longer than {limit} seconds.")
    expires_at = borrowing.now + seconds
    check_life(expires_at, now=borrowing.now, max_seconds=limit)
    check_oauth(borrowing.asked, said)
    return expires_at


def _granted(said: dict[str, Any]) -> dict[str, Any]:
    shown = {n: said[n] for n in ("scope", "authorization_details") if n in said}
    if "refresh_token" in said:
        # Dropped unread: with it, somebody could have a new token at any time.
        _dropped.inc()
        shown["dropped"] = "a refresh one that nobody asked for"
    return shown


def _why(answer: OutboundAnswer) -> str:
    try:
        code = members_of(answer).get("error")
    except NotLent:
        code = None
    said = f"The authorization server answered {answer.status}: check its address."
    return _SAID.get(str(code), said)
