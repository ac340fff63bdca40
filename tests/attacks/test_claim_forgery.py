"""Somebody bends, forges or rewrites the token of a claim."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.utils import timezone

from approvals.models import Claim
from approvals.redemption import redeem
from approvals.services.keyring import active_kid
from governance.decision import Reason
from governance.errors import Denied
from governance.keys import claim_private_key
from proxy.judging import Trail, judge
from tests.attacks.attack import Attack, token
from tests.attacks.forgery import (
    b64,
    header_of,
    payload_of,
    signed,
    spelled,
    unsigned,
    with_header,
    with_payload,
)
from tests.stage import Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

MALFORMED = Reason.CLAIM_MALFORMED
NOT_OURS = Reason.CLAIM_SIGNATURE_INVALID


def hmac_with(secret: bytes, good: str) -> str:
    text = unsigned({**header_of(good), "alg": "HS256"}, payload_of(good))
    return f"{text}.{b64(hmac.digest(secret, text.encode(), hashlib.sha256))}"


def other_algorithms(good: str) -> Iterator[str]:
    """Yield tokens that name another algorithm, each signed as it says."""
    payload, kid = payload_of(good), active_kid()
    for name in ("none", "nOnE", "None", ""):
        header = {**header_of(good), "alg": name}
        yield f"{unsigned(header, payload)}."
        yield signed(header, payload)
    public = claim_private_key(kid).public_key()
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64(public.public_bytes_raw())}
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for secret in (public.public_bytes_raw(), pem, json.dumps(jwk).encode()):
        yield hmac_with(secret, good)
    for name, key in (
        ("ES256", ec.generate_private_key(ec.SECP256R1())),
        ("RS256", rsa.generate_private_key(65537, 2048)),
    ):
        headers = {"typ": "sealwright-claim+jwt", "kid": kid}
        yield jwt.encode(payload, key, algorithm=name, headers=headers)


def other_headers(good: str) -> Iterator[str]:
    """Yield tokens whose header asks for more than an algorithm and a key's name."""
    for name, value in (
        ("jku", "http://127.0.0.1/keys"),
        ("x5u", "http://127.0.0.1/chain"),
        ("jwk", {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}),
        ("x5c", ["AAAA"]),
        ("crit", ["exp"]),
        ("b64", False),
    ):
        yield with_header(good, **{name: value})
    for kid in ("../seal", "' OR 1=1 --", "k" * 4000, "", None, 7, "a\0b"):
        yield with_header(good, kid=kid)
    for typ in ("JWT", "jwt", "at+jwt", "sealwright-subject+jwt", "SEALWRIGHT-CLAIM"):
        yield with_header(good, typ=typ)
    header = json.dumps(header_of(good))
    yield signed(header.replace("{", '{"alg":"EdDSA",', 1), payload_of(good))


def other_payloads(good: str) -> Iterator[str]:
    """Yield tokens that we signed, and whose payload is still not a claim's."""
    payload = payload_of(good)
    for name in payload:
        yield signed(header_of(good), {k: v for k, v in payload.items() if k != name})
    yield with_payload(good, more=1)
    yield spelled(good, '"max_uses"', '"scope": "repo:other/pull:1", "max_uses"')
    for issuer in ("https://elsewhere.example", payload["iss"] + "/", [payload["iss"]]):
        yield with_payload(good, iss=issuer)
    for audience in ("https://elsewhere.example", [payload["aud"]], None):
        yield with_payload(good, aud=audience)
    end = payload["exp"]
    for value in (str(end), float(end), True, 253_402_300_799, payload["iat"] + 601):
        yield with_payload(good, exp=value)
    yield spelled(good, f'"exp": {end}', '"exp": 1e400')
    yield spelled(good, f'"exp": {end}', f'"exp": {"9" * 4000}')
    for uses in (2, 0, -1, True, "1"):
        yield with_payload(good, max_uses=uses)
    for text in ("repo:\0", "repo:\ud800"):
        yield with_payload(good, scope=text)


def other_forms(good: str) -> Iterator[str]:
    """Yield texts that a lenient reader would take for the good token."""
    header, payload, signature = good.split(".")
    spare = chr(ord(signature[-1]) + 1)  # the last character has four spare bits
    yield f"{header}.{payload}.{signature[:-1]}{spare}"
    yield from (f"{good}==", f" {good}", f"{good} ", f"{good}\n")
    yield from (f"{header}.{payload}", f"{good}.", f"{good}.{signature}", "..", ".")
    yield from ("x" * 4097, good + "x" * (4097 - len(good)), f"Bearer {good}")
    yield from (f"{header}.{payload}.", f"{header}=.{payload}.{signature}", "null")
    yield good.replace("e", "\u0435", 1)
    for deep in (b"[" * 1000, b'{"a":' * 1000):
        yield f"{header}.{b64(deep)}.{signature}"


def flipped(token: bytes, position: int) -> str:
    bent = bytearray(token)
    bent[position // 8] ^= 1 << position % 8
    return bent.decode("latin-1")


@pytest.mark.parametrize(
    "forge", [other_algorithms, other_headers, other_payloads, other_forms]
)
def test_a_bent_token_is_malformed_and_spends_nothing(
    attack: Attack, forge: Callable[[str], Iterator[str]]
) -> None:
    claim = attack.stage.approved()
    good = token(claim)

    for bent in forge(good):
        attack.assert_refused(MALFORMED, claim=bent)

    assert Claim.objects.get(pk=claim.pk).uses == 0
    attack.runs(claim=good)


def test_a_strangers_signature_or_an_unknown_key_is_not_ours(attack: Attack) -> None:
    claim = attack.stage.approved()
    good = token(claim)
    text, _, signature = good.rpartition(".")
    stranger = Ed25519PrivateKey.generate().sign(text.encode())

    attack.assert_refused(NOT_OURS, claim=f"{text}.{b64(stranger)}")
    attack.assert_refused(NOT_OURS, claim=f"{text}.{b64(bytes(64))}")
    attack.assert_refused(NOT_OURS, claim=with_header(good, kid="2019-01"))
    changed = {**payload_of(good), "scope": "repo:other/pull:1"}
    kept = f"{unsigned(header_of(good), changed)}.{signature}"
    attack.assert_refused(NOT_OURS, claim=kept)

    attack.runs(claim=good)


def test_what_we_signed_but_never_stored_is_not_a_claim(attack: Attack) -> None:
    """Whoever has the signing key alone still needs a row, and its nonce."""
    claim = attack.stage.approved()
    good = token(claim)

    unknown = with_payload(good, jti="clm_06bnu5k0s1v6h5v3k9q2p7m4ec")
    attack.assert_refused(NOT_OURS, claim=unknown)
    attack.assert_refused(NOT_OURS, claim=with_payload(good, nonce="A" * 22))

    attack.runs(claim=good)


def test_a_claim_opens_no_door_as_a_bearer_credential(stage: Stage) -> None:
    stage.key = token(stage.approved())

    answer = stage.post({"tool": "github.comment_pr"})

    assert answer.status_code == 401
    assert answer.json()["code"] == "unauthenticated"
    assert stage.last_record().event == "key.refused"
    assert stage.sent() == 0


def test_an_agents_key_is_no_claim(attack: Attack) -> None:
    attack.stage.approved()

    attack.assert_refused(MALFORMED, claim=attack.stage.key)


def test_no_single_bit_of_a_token_can_be_flipped(attack: Attack) -> None:
    stage = attack.stage
    claim, now = stage.approved(), timezone.now()
    good = token(claim).encode()
    action = judge(stage.ask(), principal=stage.principal, trail=Trail(now)).action

    reasons = {}
    for position in range(len(good) * 8):
        bent = flipped(good, position)
        with pytest.raises(Denied) as denial:
            redeem(bent, action, now=now)
        reasons[position] = denial.value.reason

    assert set(reasons.values()) == {MALFORMED, NOT_OURS}
    for position in (3, len(good) * 4, len(good) * 8 - 90):
        attack.assert_refused(reasons[position], claim=flipped(good, position))
    assert Claim.objects.get(pk=claim.pk).uses == 0
    attack.runs(claim=good.decode())


def test_a_token_of_another_installation_is_not_ours(attack: Attack) -> None:
    claim = attack.stage.approved()
    good = token(claim, at=timezone.now() - timedelta(seconds=1))

    for name, text in (("iss", "https://other.example"), ("aud", "https://o.example")):
        attack.assert_refused(MALFORMED, claim=with_payload(good, **{name: text}))
