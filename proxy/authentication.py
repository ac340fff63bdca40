"""Step 1 of the road: a bearer credential becomes a principal."""

import hashlib
import hmac
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from audit.context import current
from audit.services import record_flood
from governance.decision import Reason
from governance.errors import Denied
from governance.models import AgentKey
from governance.policy import Principal, principal_of, refresh
from proxy.limits import (
    block_of,
    refuse_busy_agent,
    refuse_guesser,
    remember_guess,
)

if TYPE_CHECKING:  # the settings name this module while rest_framework.views loads
    from rest_framework.views import APIView

TOUCH: Final = timedelta(minutes=1)

# The scheme in any case (RFC 9110, section 11.1).
_BEARER: Final = re.compile(r"(?i:Bearer) ([A-Za-z0-9._~+/-]+=*)")
_KEY: Final = re.compile(r"swk_([a-z0-9]{4,32})_([A-Za-z0-9_-]{16,128})")
_NOBODY: Final = bytes(32)
_used_at: Final[dict[str, datetime]] = {}


class AgentRequest(Request):
    """A request whose ``auth`` is the agent that its key speaks for."""

    auth: Principal


class AgentAuthentication(BaseAuthentication):
    """``Authorization: Bearer swk_<key id>_<secret>``; never a cookie."""

    def authenticate(self, request: Request) -> tuple[None, Principal]:
        """Return the principal as ``request.auth``; there is no ``request.user``.

        Raises Denied ``unauthenticated``, the same for every kind of wrong key.
        """
        header = request.META.get("HTTP_AUTHORIZATION", "")
        return None, authenticate(header, now=timezone.now())

    def authenticate_header(self, request: Request) -> str:
        """Name the scheme that a 401 asks for (RFC 9110, section 11.6.1)."""
        return 'Bearer realm="sealwright"'


class IsAgent(BasePermission):
    """Only an agent's key opens this door; the default everywhere under /v1."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Answer whether a key was shown and held."""
        return isinstance(request.auth, Principal)


def authenticate(header: str, *, now: datetime) -> Principal:
    """Return whom a header speaks for, and count the request.

    Raises Denied as ``identify`` does, and ``rate_limited`` for an agent over its rate.
    """
    principal = identify(header, now=now)
    refuse_busy_agent(principal, now=now)
    return principal


def identify(header: str, *, now: datetime) -> Principal:
    """Return whom a header speaks for.

    Raises Denied ``unauthenticated``; ``rate_limited`` for an address that guesses,
    whatever key it shows.
    """
    address = block_of(current().client_address or "")
    refuse_guesser(address, now=now)
    form = _BEARER.fullmatch(header)
    principal = None if form is None else _verified(form[1], now=now)
    if principal is None:
        key_id = _key_id(form[1]) if form else ""
        remember_guess(address)
        record_flood(
            "key.refused",
            f"{key_id or address}",
            now=now,
            reason=Reason.UNAUTHENTICATED,
            detail={"key_id": key_id} if key_id else None,
        )
        refusal = Denied(Reason.UNAUTHENTICATED)
        refusal.is_recorded = True
        raise refusal
    _touch(principal, now=now)
    return principal


def _verified(credential: str, *, now: datetime) -> Principal | None:
    """Let the verifier of this form of credential say whom it speaks for.

    The form decides and nothing in it is obeyed: no other verifier is tried.
    """
    for form, verify in _VERIFIERS.items():
        if credential.startswith(form):
            return verify(credential, now)
    return None


def _by_key(credential: str, now: datetime) -> Principal | None:
    form = _KEY.fullmatch(credential)
    key_id, secret = (form[1], form[2]) if form else ("", "")
    return _holder(key_id, secret, now=now)


# Agent keys; an access token of an authorization server is another form.
_VERIFIERS: Final[dict[str, Callable[[str, datetime], Principal | None]]] = {
    "swk_": _by_key
}


def _key_id(credential: str) -> str:
    form = _KEY.fullmatch(credential)
    return form[1] if form else ""


def _holder(key_id: str, secret: str, *, now: datetime) -> Principal | None:
    principal = principal_of(key_id) if key_id else None
    # An unknown id takes the same path as a wrong secret.
    expected = principal.secret_hash if principal else _NOBODY
    shown = hashlib.sha256(secret.encode()).digest()
    is_right = hmac.compare_digest(expected, shown)
    if principal is None or not is_right:
        return None
    over = principal.expires_at is not None and principal.expires_at <= now
    return None if over else principal


def _touch(principal: Principal, *, now: datetime) -> None:
    # Once a minute a process: "last used" is for people who clean up keys.
    if _used_at.get(principal.key_id, now - TOUCH) <= now - TOUCH:
        _used_at[principal.key_id] = now
        AgentKey.objects.filter(pk=principal.key_pk).update(last_used_at=now)


def fresh(principal: Principal) -> Principal:
    """Return the principal at the policy in force, for requests that spend nothing.

    Raises Denied ``unauthenticated``, ``tenant_suspended`` or ``agent_suspended``.
    """
    now = refresh(principal)
    if now is None:
        raise Denied(Reason.UNAUTHENTICATED)
    if now.tenant_suspended:
        raise Denied(Reason.TENANT_SUSPENDED)
    if now.agent_suspended:
        raise Denied(Reason.AGENT_SUSPENDED)
    return now
