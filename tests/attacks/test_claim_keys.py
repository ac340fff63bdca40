"""A key that signed claims is retired or revoked; its tokens die with it."""

from datetime import datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.utils import timezone

from approvals.services import keyring
from governance.decision import Reason
from governance.models import SigningKey
from governance.services.signing_keys import revoke_signing_key, rotate_keys
from tests.attacks.attack import Attack, token
from tests.attacks.forgery import header_of

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

NOT_OURS = Reason.CLAIM_SIGNATURE_INVALID


def read_keys_again() -> None:
    """Do what every process does within a second."""
    assert keyring.REMEMBERED_SECONDS < 1
    keyring.forget()


def test_a_revoked_key_verifies_nothing_but_the_past(attack: Attack) -> None:
    claim = attack.stage.approved()
    stale = token(claim)
    kid = header_of(stale)["kid"]

    revoke_signing_key(kid, now=timezone.now())
    read_keys_again()

    attack.assert_refused(NOT_OURS, claim=stale)
    public = bytes(SigningKey.objects.get(kid=kid).public_key)
    evidence = jwt.decode(
        stale,
        Ed25519PublicKey.from_public_bytes(public),
        ["EdDSA"],
        options={"verify_aud": False},
    )
    assert evidence["jti"] == claim.pk
    fresh = token(claim)
    assert header_of(fresh)["kid"] != kid
    attack.runs(claim=fresh)


@pytest.mark.parametrize(("seconds", "verifies"), [(540, True), (606, False)])
def test_a_retired_key_verifies_what_it_signed_until_that_is_over(
    attack: Attack, seconds: int, verifies: bool
) -> None:
    old = token(attack.stage.approved())

    rotate_keys(now=_ago(seconds))
    read_keys_again()

    if verifies:
        attack.runs(claim=old)
    else:
        attack.assert_refused(NOT_OURS, claim=old)


def _ago(seconds: int) -> datetime:
    return timezone.now() - timedelta(seconds=seconds)
