"""The header of a claim is compared and never obeyed."""

import dataclasses
import hmac
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from approvals import claims
from tests.approvals.tokens import (
    HEADER,
    KEY,
    KID,
    MALFORMED,
    NOW,
    PAYLOAD,
    PUBLIC_BYTES,
    STRANGER,
    TOKEN,
    UNSIGNED,
    b64,
    signed,
    verify,
    with_header,
)


@pytest.mark.parametrize("algorithm", ["none", "nOnE", "HS256", "ES256", "RS256"])
def test_another_algorithm_in_the_header_is_malformed(algorithm: str) -> None:
    assert verify(with_header({**HEADER, "alg": algorithm})) == MALFORMED


def by_hmac(secret: bytes) -> str:
    """Forge by hand what PyJWT refuses to: a public key used as a shared secret."""
    header = json.dumps({**HEADER, "alg": "HS256"}).encode()
    text = f"{b64(header)}.{b64(json.dumps(PAYLOAD.members()).encode())}"
    return f"{text}.{b64(hmac.digest(secret, text.encode(), 'sha256'))}"


def foreign_tokens() -> list[str]:
    members, headers = PAYLOAD.members(), {"typ": HEADER["typ"], "kid": KID}
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64(PUBLIC_BYTES)}
    rsa_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return [
        jwt.encode(members, "", algorithm="none", headers=headers),
        by_hmac(PUBLIC_BYTES),
        by_hmac(json.dumps(jwk).encode()),
        jwt.encode(members, ec.generate_private_key(ec.SECP256R1()), "ES256", headers),
        jwt.encode(members, rsa_key, "RS256", headers),
    ]


def test_a_token_signed_by_another_algorithm_is_malformed() -> None:
    assert {verify(token) for token in foreign_tokens()} == {MALFORMED}


def test_a_token_without_a_signature_is_malformed() -> None:
    unsigned = TOKEN.rpartition(".")[0]

    assert verify(unsigned) == verify(unsigned + ".") == MALFORMED


@pytest.mark.parametrize("member", ["jku", "x5u", "jwk", "x5c", "crit", "b64", "cty"])
def test_a_header_member_that_is_not_ours_is_malformed(member: str) -> None:
    assert verify(with_header({**HEADER, member: "https://example.org"})) == MALFORMED


@pytest.mark.parametrize("member", ["alg", "typ", "kid"])
def test_a_header_member_missing_is_malformed(member: str) -> None:
    header = {name: value for name, value in HEADER.items() if name != member}

    assert verify(with_header(header)) == MALFORMED


@pytest.mark.parametrize("typ", ["JWT", "sealwright-subject+jwt", "", None, 1])
def test_another_type_of_token_is_not_a_claim(typ: object) -> None:
    assert verify(with_header({**HEADER, "typ": typ})) == MALFORMED


@pytest.mark.parametrize(
    "kid", ["../claim", "' OR 1=1 --", "k" * 65, "", "k\n", None, 1, [KID], {"a": 1}]
)
def test_a_key_id_that_names_no_key_of_ours_in_form_is_malformed(kid: object) -> None:
    assert verify(with_header({**HEADER, "kid": kid})) == MALFORMED


def test_a_key_id_that_nobody_knows_is_a_bad_signature() -> None:
    assert verify(with_header({**HEADER, "kid": "2024-01"})) == UNSIGNED


def test_a_key_id_is_only_ever_looked_up() -> None:
    asked: list[str] = []

    class Keys(dict[str, Any]):
        def get(self, kid: str, default: object = None) -> Any:
            asked.append(kid)

    claims.verify(TOKEN, keys=Keys(), issuer=PAYLOAD.iss, audience=PAYLOAD.aud, now=NOW)

    assert asked == [KID]


def test_a_stranger_s_signature_under_our_key_id_is_refused() -> None:
    assert verify(claims.sign(PAYLOAD, kid=KID, key=STRANGER)) == UNSIGNED


def test_a_payload_under_the_signature_of_another_is_refused() -> None:
    other = claims.sign(dataclasses.replace(PAYLOAD, tool="x"), kid=KID, key=KEY)
    header, payload, _ = other.split(".")

    assert verify(f"{header}.{payload}.{TOKEN.split('.')[2]}") == UNSIGNED


@pytest.mark.parametrize("name", ["alg", "typ", "kid"])
def test_a_header_member_twice_is_malformed_though_signed(name: str) -> None:
    text = json.dumps(HEADER)[:-1] + f', "{name}": "{HEADER[name]}"}}'
    payload = json.dumps(PAYLOAD.members()).encode()

    assert verify(signed(text.encode(), payload)) == MALFORMED
