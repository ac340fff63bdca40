"""An ID token proves something only if everything about it is right."""

import base64
import hmac
import json
from typing import Any, Final

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from governance.oidc.tokens import Expected, TokenRefused, merged, verify

NOW: Final = 1_800_000_000
KEY: Final = rsa.generate_private_key(65537, 2048)
OTHER: Final = rsa.generate_private_key(65537, 2048)
EXPECTED: Final = Expected("https://id.example", "sealwright", "nonce-1")
CLAIMS: Final = {
    "iss": "https://id.example",
    "aud": "sealwright",
    "sub": "sub-ana",
    "nonce": "nonce-1",
    "iat": NOW,
    "exp": NOW + 300,
}


def jwk(key: rsa.RSAPrivateKey, **members: str) -> dict[str, Any]:
    public = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {**public, "kid": "k1", **members}


KEYS: Final = {"keys": [jwk(KEY, use="sig", alg="RS256")]}


def token(key: Any = KEY, alg: str = "RS256", kid: str = "k1", **claims: Any) -> str:
    return jwt.encode(CLAIMS | claims, key, algorithm=alg, headers={"kid": kid})


def unsigned(alg: str) -> str:
    return b".".join([coded({"alg": alg, "kid": "k1"}), coded(CLAIMS), b""]).decode()


def test_a_good_token_says_who_and_when() -> None:
    found = verify(token(auth_time=NOW - 60), keys=KEYS, expected=EXPECTED, now=NOW)

    assert (found.subject, found.auth_time) == ("sub-ana", NOW - 60)
    assert found.has_factor is False


def coded(value: object) -> bytes:
    raw = json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def hmac_with_the_public_key() -> str:
    public = KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    signed = b".".join([coded({"alg": "HS256", "kid": "k1"}), coded(CLAIMS)])
    mac = hmac.digest(public, signed, "sha256")
    return (signed + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")).decode()


def with_a_key_of_its_own() -> str:
    headers = {"kid": "k1", "jwk": jwk(OTHER), "jku": "https://evil.example/keys"}
    return jwt.encode(CLAIMS, OTHER, algorithm="RS256", headers=headers)


FORGERIES: Final = {
    "no signature": unsigned("none"),
    "no signature, spelled otherwise": unsigned("nOnE"),
    "an empty signature": unsigned("RS256"),
    "the public key as a secret": hmac_with_the_public_key(),
    "another key": token(OTHER),
    "another key, named in the header": with_a_key_of_its_own(),
    "an unknown key": token(kid="k2"),
    "another method than the key's": token(alg="PS256"),
    "no token": "None",
    "too long": token(padding="x" * 70_000),
    "twice a member": token().split(".")[0] + ".eyJhIjoxLCJhIjoyfQ.x",
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_token_proves_nothing(name: str) -> None:
    with pytest.raises(TokenRefused):
        verify(FORGERIES[name], keys=KEYS, expected=EXPECTED, now=NOW)


@pytest.mark.parametrize("keys", [{}, {"keys": None}, {"keys": []}, {"keys": ["k1"]}])
def test_without_a_key_nothing_is_proved(keys: dict[str, Any]) -> None:
    with pytest.raises(TokenRefused):
        verify(token(), keys=keys, expected=EXPECTED, now=NOW)


def test_a_key_for_encryption_signs_nothing() -> None:
    with pytest.raises(TokenRefused):
        verify(
            token(), keys={"keys": [jwk(KEY, use="enc")]}, expected=EXPECTED, now=NOW
        )


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": NOW - 30},
        {"exp": None},
        {"exp": True},
        {"iat": NOW + 31},
        {"iat": NOW - 601},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 192},
        {"aud": []},
        {"aud": None},
        {"nonce": "nonce-2"},
        {"iss": "https://id.example/"},
    ],
)
def test_one_wrong_claim_is_enough(claims: dict[str, Any]) -> None:
    with pytest.raises(TokenRefused):
        verify(token(**claims), keys=KEYS, expected=EXPECTED, now=NOW)


@pytest.mark.parametrize(
    ("auth_time", "fresh"),
    [(NOW, True), (NOW - 30, True), (NOW - 31, False), (None, False), ("now", False)],
)
def test_a_fresh_proof_is_one_that_came_after_the_question(
    auth_time: Any, *, fresh: bool
) -> None:
    asked = Expected(
        "https://id.example", "sealwright", "nonce-1", authenticated_after=NOW
    )
    given = token(auth_time=auth_time)

    if fresh:
        assert verify(given, keys=KEYS, expected=asked, now=NOW).auth_time == auth_time
    else:
        with pytest.raises(TokenRefused):
            verify(given, keys=KEYS, expected=asked, now=NOW)


PROVED = {"email": "ana@example.com", "email_verified": True}


@pytest.mark.parametrize(
    ("claims", "is_proved"),
    [
        ({}, True),
        ({"email": "ana@example.com"}, True),
        ({"email": "ben@example.com"}, None),
        ({"email": "ben@example.com", "email_verified": True}, True),
        ({"email": "ana@example.com", "email_verified": False}, False),
    ],
)
def test_what_is_said_of_one_address_proves_no_other(
    claims: dict[str, Any], is_proved: bool | None
) -> None:
    found = merged(claims, {**PROVED, "groups": ["staff"]})

    assert found["email"] == claims.get("email", "ana@example.com")
    assert found.get("email_verified") is is_proved
    assert found["groups"] == ["staff"]
