"""What an ID token must hold before anybody is believed.  Pure.

OpenID Connect Core 1.0, section 3.1.3.7.  The signature is always checked: that the
token came over TLS would be enough for the specification, and is not for us.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import jwt

from governance.arguments import InvalidJson, parse_json

# Asymmetric ones alone: with an HMAC the client secret, or a public key, would sign.
ALGORITHMS: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
    | {"ES256", "ES384", "ES512", "EdDSA"}
)
LEEWAY_SECONDS: Final = 30
MAX_AGE_SECONDS: Final = 600
MAX_TOKEN: Final = 65_536
MAX_SUBJECT: Final = 191  # as long as allauth's column; the specification allows 255


class TokenRefused(ValueError):
    """An ID token proves nothing; the text says which check failed, never a value."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What this sign-in asked for; ``authenticated_after`` wants a fresh one."""

    issuer: str
    client_id: str
    nonce: str
    acr: str = ""
    authenticated_after: int | None = None


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """Who a provider says has signed in; only ``verify`` makes one."""

    subject: str
    auth_time: int | None
    has_factor: bool
    claims: Mapping[str, Any]


def verify(
    token: str, *, keys: Mapping[str, Any], expected: Expected, now: int
) -> VerifiedToken:
    """Check signature, issuer, audience, times, nonce and, if asked for, freshness.

    ``alg`` chooses among asymmetric signatures, ``kid`` among the issuer's own keys;
    no header names a key that is fetched.  Raises TokenRefused.
    """
    claims = _signed(token, keys)
    _check_parties(claims, expected)
    _check_times(claims, now)
    if not hmac.compare_digest(
        _text(claims, "nonce").encode(), expected.nonce.encode()
    ):
        raise TokenRefused("The nonce is not that of this sign-in.")
    auth_time = _check_freshness(claims, expected, now)
    if expected.acr and claims.get("acr") != expected.acr:
        raise TokenRefused("The provider did not sign in as strongly as asked.")
    return VerifiedToken(_subject(claims), auth_time, _factor(claims, expected), claims)


def _signed(token: str, keys: Mapping[str, Any]) -> dict[str, Any]:
    if len(token) > MAX_TOKEN:
        raise TokenRefused("The ID token is too long.")
    try:
        header = jwt.get_unverified_header(token)
        key = _key(header, keys)
        alg = str(header["alg"])
        whole = jwt.PyJWS().decode_complete(token, key=key, algorithms=[alg])
        return parse_json(whole["payload"])
    except (jwt.PyJWTError, InvalidJson) as error:
        raise TokenRefused(
            "The signature or the form of the ID token is bad."
        ) from error


def _key(header: Mapping[str, Any], keys: Mapping[str, Any]) -> jwt.PyJWK:
    alg, kid = header.get("alg"), header.get("kid")
    if alg not in ALGORITHMS:
        raise TokenRefused("The ID token is not signed by a method that we accept.")
    fitting = [
        key
        for key in _signing_keys(keys)
        if (kid is None or key.get("kid") == kid) and key.get("alg", alg) == alg
    ]
    if len(fitting) != 1:
        raise TokenRefused("The ID token is not signed by a key of the provider.")
    return jwt.PyJWK(fitting[0], algorithm=alg)


def _signing_keys(keys: Mapping[str, Any]) -> list[dict[str, Any]]:
    published = keys.get("keys")
    if not isinstance(published, list):
        raise TokenRefused("The provider publishes no keys.")
    return [
        key
        for key in published
        if isinstance(key, dict) and key.get("use", "sig") == "sig"
    ]


def _check_parties(claims: Mapping[str, Any], expected: Expected) -> None:
    if claims.get("iss") != expected.issuer:
        raise TokenRefused("The ID token is of another issuer.")
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if expected.client_id not in audiences:
        raise TokenRefused("The ID token is for another application.")
    azp = claims.get("azp", None if len(audiences) > 1 else expected.client_id)
    if azp != expected.client_id:
        raise TokenRefused("The ID token was made for another application.")


def _check_times(claims: Mapping[str, Any], now: int) -> None:
    if _seconds(claims, "exp") <= now - LEEWAY_SECONDS:
        raise TokenRefused("The ID token has expired.")
    made = _seconds(claims, "iat")
    if not now - MAX_AGE_SECONDS <= made <= now + LEEWAY_SECONDS:
        raise TokenRefused("The ID token was not made just now.")


def _check_freshness(
    claims: Mapping[str, Any], expected: Expected, now: int
) -> int | None:
    """Return when the provider saw proof of the person; None if it does not say."""
    after = expected.authenticated_after
    if claims.get("auth_time") is None and after is None:
        return None
    auth_time = _seconds(claims, "auth_time")
    if auth_time > now + LEEWAY_SECONDS:
        raise TokenRefused("The ID token speaks of a sign-in in the future.")
    if after is not None and auth_time < after - LEEWAY_SECONDS:
        raise TokenRefused("The provider did not ask anew who sits there.")
    return min(auth_time, now)


def _factor(claims: Mapping[str, Any], expected: Expected) -> bool:
    # "mfa" is the one value that means more than one factor (RFC 8176, section 2).
    amr = claims.get("amr")
    return bool(expected.acr) or (isinstance(amr, list) and "mfa" in amr)


def _subject(claims: Mapping[str, Any]) -> str:
    subject = _text(claims, "sub")
    if not 0 < len(subject) <= MAX_SUBJECT:
        raise TokenRefused("The ID token names nobody.")
    return subject


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str):
        raise TokenRefused(f"The ID token has no {name}.")
    return value


def _seconds(claims: Mapping[str, Any], name: str) -> int:
    value = claims.get(name)
    if type(value) is not int:
        raise TokenRefused(f"The ID token has no {name}.")
    return value


def merged(claims: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Add to an ID token's claims what it lacks of ``more``, the userinfo's.

    That an address is proved is said of that one only, not of another in the token.
    """
    if "email" in claims and claims["email"] != more.get("email"):
        more = {name: more[name] for name in more if name != "email_verified"}
    return {**more, **claims}


def texts(value: object) -> Sequence[str]:
    """Return a claim that holds names, as a list or as one, as a list."""
    listed = value if isinstance(value, list) else [value]
    return [each for each in listed if isinstance(each, str)]
