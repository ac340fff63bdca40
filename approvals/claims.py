"""Sign and verify a claim; the one place where a ``VerifiedClaim`` is made. Pure.

A claim is judged in an order that the token can't influence: form, issuer, audience
and beginning, then key, then signature.  Whether it is over is not judged here: the row
decides that, on the database's clock, because spent comes before expired.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Final, NoReturn, Self, final

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from audit.mac import hmac_sha256
from governance.decision import Decision, Reason

ALGORITHM: Final = "EdDSA"
TYPE: Final = "sealwright-claim+jwt"
MAX_TOKEN_BYTES: Final = 4096
MAX_LIFE_SECONDS: Final = 600
LEEWAY_SECONDS: Final = 5

_MAX_USES: Final = 2**15 - 1  # what the row's column can hold
_MAX_BRACKETS: Final = 32  # both objects are flat; an IPv6 issuer has a pair
_SIGNATURE_BYTES: Final = 64
_NONCE_BYTES: Final = 16
_RISKS: Final = frozenset({"read", "write", "privileged"})
# A lone surrogate or a NUL can't be stored: it would be an error 500 later on.
_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")
_KID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_HEADER: Final = frozenset({"alg", "typ", "kid"})
_EDDSA: Final = jwt.get_algorithm_by_name(ALGORITHM)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimPayload:
    """The members of a claim, exactly; times are seconds, digests ``sha256:...``."""

    iss: str
    aud: str
    jti: str
    iat: int
    nbf: int
    exp: int
    tenant_id: str
    sub: str
    session_id: str
    tool: str
    risk: str
    scope: str
    lane: str
    route: str
    args: str
    summary: str
    approval_id: str | None
    nonce: str
    max_uses: int

    def members(self) -> dict[str, str | int | None]:
        """Return the payload as the token spells it."""
        return {name: getattr(self, name) for name in _MEMBERS}


_MEMBERS: Final = tuple(field.name for field in fields(ClaimPayload))
_EXACT: Final = frozenset(_MEMBERS)
_TIMES: Final = ("iat", "nbf", "exp")
_INTEGERS: Final = (*_TIMES, "max_uses")
_NULLABLE: Final = "approval_id"
_TEXTS: Final = tuple(_EXACT.difference(_INTEGERS, {_NULLABLE}))

_MADE_HERE: Final = object()


@final
class VerifiedClaim:
    """Proof that a claim was verified, or granted on the spot, by this module.

    It can't be constructed, subclassed, copied, pickled or changed by anybody else.
    """

    __slots__ = ("_payload",)
    _payload: ClaimPayload

    def __new__(cls, payload: ClaimPayload, *, made_by: object = None) -> Self:
        """Refuse everybody but this module."""
        if made_by is not _MADE_HERE:
            raise TypeError("A VerifiedClaim comes from verify() or granted() only.")
        claim = object.__new__(cls)
        object.__setattr__(claim, "_payload", payload)
        return claim

    def __init_subclass__(cls) -> NoReturn:
        raise TypeError("A VerifiedClaim has no subclasses.")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("A VerifiedClaim does not change.")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("A VerifiedClaim does not change.")

    # Copying and pickling would both make one that nobody verified.
    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A VerifiedClaim is neither copied nor pickled.")

    def __repr__(self) -> str:
        return f"<VerifiedClaim {self.jti}>"

    @property
    def payload(self) -> ClaimPayload:
        """What the claim says, as it was verified."""
        return self._payload

    @property
    def jti(self) -> str:
        """The claim's public id, ``clm_...``."""
        return self._payload.jti


def sign(payload: ClaimPayload, *, kid: str, key: Ed25519PrivateKey) -> str:
    """Return the token that carries ``payload`` (RFC 7519, RFC 8037).

    Raises ValueError if ``verify`` would call the result malformed.
    """
    members = payload.members()
    if not _is_kid(kid) or _well_formed(members) is None:
        raise ValueError("This payload would make a malformed claim.")
    headers = {"typ": TYPE, "kid": kid}
    token = jwt.encode(members, key, algorithm=ALGORITHM, headers=headers)
    if len(token) > MAX_TOKEN_BYTES:
        raise ValueError("This payload would make too long a claim.")
    return token


def verify(
    token: str,
    *,
    keys: Mapping[str, Ed25519PublicKey],
    issuer: str,
    audience: str,
    now: int,
) -> VerifiedClaim | Decision:
    """Check form, then issuer and times, then key, then signature.

    ``alg`` is compared, never obeyed; ``kid`` only looks up a dictionary.
    """
    parts = _parse(token)
    if parts is None or not _meant_for_us(parts.payload, issuer, audience, now):
        return Decision.deny(Reason.CLAIM_MALFORMED)
    key = keys.get(parts.kid)
    if key is None or not _EDDSA.verify(parts.signed, key, parts.signature):
        return Decision.deny(Reason.CLAIM_SIGNATURE_INVALID)
    return _verified(parts.payload)


def granted(payload: ClaimPayload) -> VerifiedClaim:
    """Return the claim that the server itself grants on the spot, without a token.

    Only for a payload that was just built from trusted rows, never from a request.
    """
    return _verified(payload)


def nonce_for(claim_id: str, key: bytes) -> str:
    """Return a claim's nonce, the same each time its token is signed anew."""
    mac = hmac_sha256(key, claim_id.encode())
    return _encoded(mac[:_NONCE_BYTES])


def nonce_hash(nonce: str) -> bytes:
    """Return what the row holds of a nonce: a stolen table is not a claim."""
    return hashlib.sha256(nonce.encode()).digest()


def _meant_for_us(payload: ClaimPayload, issuer: str, audience: str, now: int) -> bool:
    begun = max(payload.iat, payload.nbf) <= now + LEEWAY_SECONDS
    return (payload.iss, payload.aud) == (issuer, audience) and begun


def _verified(payload: ClaimPayload) -> VerifiedClaim:
    return VerifiedClaim(payload, made_by=_MADE_HERE)


@dataclass(frozen=True, slots=True)
class _Parts:
    """A token whose form is right; nothing about it is proved yet."""

    kid: str
    payload: ClaimPayload
    signed: bytes
    signature: bytes


def _parse(token: str) -> _Parts | None:
    try:
        segments = token.encode("ascii").split(b".")
        if len(token) > MAX_TOKEN_BYTES or len(segments) != 3:  # noqa: PLR2004 - RFC 7515
            return None
        header, payload, signature = map(_decoded, segments)
        kid, claim = _kid(_flat(header)), _well_formed(_flat(payload))
    except ValueError:
        return None
    if kid is None or claim is None or len(signature) != _SIGNATURE_BYTES:
        return None
    return _Parts(kid, claim, b".".join(segments[:2]), signature)


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(segment: bytes) -> bytes:
    raw = base64.urlsafe_b64decode(segment + b"=" * (-len(segment) % 4))
    # The decoder skips what it does not know and drops spare bits: one text, one token.
    if _encoded(raw).encode() != segment:
        raise ValueError("not canonical base64url")
    return raw


def _flat(raw: bytes) -> dict[str, object]:
    # Not governance.arguments.parse_json: it reads 1.0 as 1, and no time of ours is so.
    if raw.count(b"{") + raw.count(b"[") > _MAX_BRACKETS:
        raise ValueError("too deep")  # before the parser could recurse
    value: object = json.loads(
        raw.decode(),
        object_pairs_hook=_unique,
        parse_float=_refuse,
        parse_constant=_refuse,
    )
    if not isinstance(value, dict):
        raise ValueError("not an object")  # noqa: TRY004 - every malformed input ends alike
    return value


def _unique(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    members: dict[str, object] = {}
    for name, value in pairs:
        if name in members:
            raise ValueError("a member twice")
        members[name] = value
    return members


def _refuse(number: str) -> NoReturn:
    raise ValueError(f"{number} is not an integer")


def _kid(header: Mapping[str, object]) -> str | None:
    if header.keys() != _HEADER:
        return None
    kid, named = header["kid"], (header["alg"], header["typ"])
    exact = named == (ALGORITHM, TYPE) and isinstance(kid, str) and _is_kid(kid)
    return str(kid) if exact else None


def _is_kid(kid: str) -> bool:
    return _KID.fullmatch(kid) is not None


def _well_formed(members: Mapping[str, object]) -> ClaimPayload | None:
    """Return the payload if its members, their types and its limits are right."""
    if members.keys() != _EXACT:
        return None
    texts = all(_is_text(members[name]) for name in _TEXTS)
    approval = members[_NULLABLE]
    # `type(...) is int`: a bool is an int to isinstance.
    numbers = all(type(members[name]) is int for name in _INTEGERS)
    if not texts or not numbers or not (approval is None or _is_text(approval)):
        return None
    payload = ClaimPayload(**members)  # type: ignore[arg-type]  # checked just above
    return payload if _within_limits(payload) else None


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != "" and not _UNSTORABLE.search(value)


def _within_limits(payload: ClaimPayload) -> bool:
    uses = _MAX_USES if payload.risk == "read" else 1
    return (
        payload.risk in _RISKS
        and 0 <= payload.iat <= payload.nbf < payload.exp
        and payload.exp - payload.iat <= MAX_LIFE_SECONDS
        and 1 <= payload.max_uses <= uses
    )
