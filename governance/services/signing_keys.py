"""The keys that sign claims: next, active, retired, revoked.

``next``     made and published, so that every process has it before it signs
``active``   signs; there is one
``retired``  verifies what it signed until that is over
``revoked``  verifies nothing, at once
"""

import base64
from datetime import datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from audit.services import record
from governance.keys import claim_kids, claim_private_key, make_claim_key
from governance.models import SigningKey

# The longest life of a token, and the leeway of its clocks.
RETIRED_VERIFIES: Final = timedelta(seconds=605)

_State = SigningKey.State


class NoSuchKey(LookupError):
    """No signing key has this id."""


@transaction.atomic
def ensure_signing_key(*, now: datetime) -> SigningKey:
    """Return the active key; the first one comes from the folder of keys.

    Safe to run twice, and at once: the constraint lets one active key be.
    """
    active = SigningKey.objects.filter(state=_State.ACTIVE).first()
    return active or _activate(_next_key(now), now=now)


@transaction.atomic
def rotate_keys(*, now: datetime) -> SigningKey:
    """Sign with the next key from now on, retire the active one, make a new next.

    Returns the key that is active now.
    """
    keys = SigningKey.objects.select_for_update()
    following = keys.filter(state=_State.NEXT).first() or _next_key(now)
    for key in keys.filter(state=_State.ACTIVE):
        key.state, key.retired_at = _State.RETIRED, now
        _save(key, "retired", now=now)
    _activate(following, now=now)
    _next_key(now)
    return following


@transaction.atomic
def revoke_signing_key(kid: str, *, now: datetime) -> SigningKey:
    """Honour nothing that this key signed, within a second in all processes.

    An active one is replaced by the next first.  Raises NoSuchKey.
    """
    found = SigningKey.objects.select_for_update().filter(kid=kid).first()
    if found is None:
        raise NoSuchKey(kid)
    if found.state == _State.ACTIVE:
        rotate_keys(now=now)
        found.refresh_from_db()
    if found.state != _State.REVOKED:
        found.state, found.revoked_at = _State.REVOKED, now
        _save(found, "revoked", now=now)
    return found


def verifying(*, at: datetime) -> "QuerySet[SigningKey]":
    """Return the keys that a claim may be signed with at a moment."""
    fresh = Q(state=_State.RETIRED, retired_at__gt=at - RETIRED_VERIFIES)
    return SigningKey.objects.filter(Q(state__in=[_State.NEXT, _State.ACTIVE]) | fresh)


def jwks(*, at: datetime) -> dict[str, list[dict[str, str]]]:
    """Return the public keys as a JWK set (RFC 7517; RFC 8037, section 2)."""
    return {"keys": [_jwk(key) for key in verifying(at=at)]}


def _jwk(key: SigningKey) -> dict[str, str]:
    public = base64.urlsafe_b64encode(bytes(key.public_key)).rstrip(b"=")
    return {
        "kty": "OKP",
        "crv": "Ed25519",
        "use": "sig",
        "alg": "EdDSA",
        "kid": key.kid,
        "x": public.decode(),
    }


def _next_key(now: datetime) -> SigningKey:
    kid = _unused_kid() or make_claim_key(
        settings.KEYS_DIR, development=not settings.PRODUCTION
    )
    public = claim_private_key(kid).public_key()
    key = SigningKey(
        kid=kid,
        public_key=public.public_bytes(Encoding.Raw, PublicFormat.Raw),
        state=_State.NEXT,
        created_at=now,
    )
    _save(key, "created", now=now)
    return key


def _unused_kid() -> str | None:
    known = set(SigningKey.objects.values_list("kid", flat=True))
    return next((kid for kid in claim_kids() if kid not in known), None)


def _activate(key: SigningKey, *, now: datetime) -> SigningKey:
    key.state, key.activated_at = _State.ACTIVE, now
    _save(key, "activated", now=now)
    return key


def _save(key: SigningKey, what: str, *, now: datetime) -> None:
    key.save()
    record(f"signing_key.{what}", now=now, actor_kind="system", detail={"kid": key.kid})
