"""A verified claim says what was signed, and only this module can make one."""

import base64
import copy
import dataclasses
import hashlib
import json
import pickle

import jwt
import pytest

from approvals import claims
from approvals.claims import VerifiedClaim
from tests.approvals.tokens import (
    HEADER,
    KEY,
    KID,
    NOW,
    PAYLOAD,
    TOKEN,
    signed,
    verify,
    with_payload,
)


def test_a_claim_that_we_signed_is_verified_with_all_it_says() -> None:
    claim = verify(TOKEN)

    assert isinstance(claim, VerifiedClaim)
    assert claim.payload == PAYLOAD
    assert claim.jti == PAYLOAD.jti
    assert repr(claim) == f"<VerifiedClaim {PAYLOAD.jti}>"  # no nonce in a log


def test_signing_again_gives_the_same_token() -> None:
    assert claims.sign(PAYLOAD, kid=KID, key=KEY) == TOKEN


def test_the_token_is_a_jwt_that_any_library_reads() -> None:
    read = jwt.decode(
        TOKEN,
        KEY.public_key(),
        ["EdDSA"],
        options={"verify_exp": False, "verify_iat": False, "verify_nbf": False},
        audience=PAYLOAD.aud,
    )

    assert read == PAYLOAD.members()
    assert jwt.get_unverified_header(TOKEN) == HEADER


def test_the_order_of_members_and_blanks_do_not_matter() -> None:
    backwards = dict(reversed(PAYLOAD.members().items()))
    token = signed(
        json.dumps(HEADER, indent=1).encode(), json.dumps(backwards, indent=1).encode()
    )

    assert isinstance(verify(token), VerifiedClaim)


def test_a_claim_without_an_approval_is_verified() -> None:
    claim = verify(with_payload(approval_id=None))

    assert isinstance(claim, VerifiedClaim)
    assert claim.payload.approval_id is None


def test_a_read_may_have_more_uses_than_one() -> None:
    assert isinstance(verify(with_payload(risk="read", max_uses=5)), VerifiedClaim)


def test_a_claim_that_is_over_is_left_to_the_row_to_judge() -> None:
    assert isinstance(verify(TOKEN, now=NOW + 86_400), VerifiedClaim)


def test_nothing_is_signed_that_would_not_verify() -> None:
    for changes in ({"exp": NOW + 601}, {"max_uses": 2}, {"scope": "s" * 4096}):
        with pytest.raises(ValueError, match="would make"):
            claims.sign(dataclasses.replace(PAYLOAD, **changes), kid=KID, key=KEY)
    with pytest.raises(ValueError, match="would make"):
        claims.sign(PAYLOAD, kid="../claim", key=KEY)


def test_a_verified_claim_cannot_be_made_by_hand() -> None:
    for arguments in ({}, {"made_by": None}, {"made_by": object()}):
        with pytest.raises(TypeError):
            VerifiedClaim(PAYLOAD, **arguments)


def test_a_verified_claim_cannot_be_copied_or_pickled() -> None:
    claim = claims.granted(PAYLOAD)

    for duplicate in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError):
            duplicate(claim)
    with pytest.raises(TypeError):
        dataclasses.replace(claim, payload=PAYLOAD)  # type: ignore[type-var]  # the attack


def test_a_verified_claim_cannot_be_changed() -> None:
    claim = claims.granted(PAYLOAD)

    with pytest.raises(AttributeError):
        claim.payload = PAYLOAD  # type: ignore[misc]  # the attack
    with pytest.raises(AttributeError):
        del claim._payload  # noqa: SLF001 - the attack
    with pytest.raises(dataclasses.FrozenInstanceError):
        claim.payload.scope = "repo:billing-api/pull:1"  # type: ignore[misc]  # the attack


def test_a_verified_claim_cannot_be_subclassed() -> None:
    with pytest.raises(TypeError):
        type("Forged", (VerifiedClaim,), {})


def test_a_nonce_is_128_bits_that_only_the_key_can_make_again() -> None:
    nonce = claims.nonce_for("clm_1", bytes(32))

    assert len(base64.urlsafe_b64decode(nonce + "==")) == 16
    assert nonce == claims.nonce_for("clm_1", bytes(32))
    assert nonce != claims.nonce_for("clm_2", bytes(32))
    assert nonce != claims.nonce_for("clm_1", bytes(31) + b"\1")


def test_the_row_holds_only_the_digest_of_a_nonce() -> None:
    assert claims.nonce_hash("abc") == hashlib.sha256(b"abc").digest()
