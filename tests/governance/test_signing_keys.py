"""The keys that sign claims, from next to revoked."""

import base64
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from approvals.claims import LEEWAY_SECONDS, MAX_LIFE_SECONDS
from approvals.services import keyring
from audit.models import Record
from governance import keys
from governance.keys import claim_private_key, make_keys
from governance.models import SigningKey
from governance.services.signing_keys import (
    RETIRED_VERIFIES,
    ensure_signing_key,
    jwks,
    revoke_signing_key,
    rotate_keys,
    verifying,
)

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """Give each test a folder of keys of its own."""
    settings.KEYS_DIR = tmp_path
    make_keys(tmp_path, development=True)
    keys.forget()
    yield tmp_path
    keys.forget()


def states() -> dict[str, str]:
    return dict(SigningKey.objects.values_list("kid", "state"))


def test_the_first_key_comes_from_the_folder(folder: Path) -> None:
    key = ensure_signing_key(now=NOW)
    again = ensure_signing_key(now=NOW)

    assert key == again
    assert (folder / f"claim-{key.kid}.key").exists()
    public = claim_private_key(key.kid).public_key().public_bytes_raw()
    assert bytes(SigningKey.objects.get().public_key) == public


def test_a_rotation_retires_the_active_key_and_makes_a_next_one() -> None:
    first = ensure_signing_key(now=NOW)

    second = rotate_keys(now=NOW)
    third = rotate_keys(now=NOW)

    assert second.kid != third.kid
    found = states()
    assert found.pop(third.kid) == "active"
    assert found.pop(first.kid) == found.pop(second.kid) == "retired"
    assert list(found.values()) == ["next"]


def test_a_rotation_signs_with_what_was_published_as_next() -> None:
    rotate_keys(now=NOW)
    following = SigningKey.objects.get(state="next")

    assert rotate_keys(now=NOW).kid == following.kid


def test_a_retired_key_verifies_until_what_it_signed_is_over() -> None:
    first = ensure_signing_key(now=NOW)
    rotate_keys(now=NOW)

    def honoured(at: timedelta) -> set[str]:
        return {key.kid for key in verifying(at=NOW + at)}

    assert first.kid in honoured(RETIRED_VERIFIES - timedelta(seconds=1))
    assert first.kid not in honoured(RETIRED_VERIFIES)


def test_the_time_of_a_retired_key_is_that_of_the_longest_token() -> None:
    assert RETIRED_VERIFIES.total_seconds() == MAX_LIFE_SECONDS + LEEWAY_SECONDS


def test_a_revoked_key_verifies_nothing_and_its_public_half_stays() -> None:
    first = ensure_signing_key(now=NOW)
    rotate_keys(now=NOW)

    revoke_signing_key(first.kid, now=NOW)
    revoke_signing_key(first.kid, now=NOW)

    assert first.kid not in {key.kid for key in verifying(at=NOW)}
    assert bytes(SigningKey.objects.get(kid=first.kid).public_key)
    assert Record.objects.filter(event="signing_key.revoked").count() == 1


def test_revoking_the_active_key_puts_the_next_one_in_its_place() -> None:
    first = ensure_signing_key(now=NOW)

    revoke_signing_key(first.kid, now=NOW)

    assert states()[first.kid] == "revoked"
    assert SigningKey.objects.filter(state="active").count() == 1


def test_a_process_learns_of_a_revoked_key_after_half_a_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moment = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: moment[0])
    first = ensure_signing_key(now=NOW)
    keyring.forget()
    assert first.kid in keyring.verification_keys()
    revoke_signing_key(first.kid, now=NOW)

    moment[0] += keyring.REMEMBERED_SECONDS

    assert first.kid not in keyring.verification_keys()
    assert keyring.active_kid() != first.kid


def test_the_set_of_keys_is_what_others_verify_with() -> None:
    key = ensure_signing_key(now=NOW)

    (shown,) = jwks(at=NOW)["keys"]

    public = base64.urlsafe_b64decode(shown.pop("x") + "=")
    signature = claim_private_key(key.kid).sign(b"claim")
    Ed25519PublicKey.from_public_bytes(public).verify(signature, b"claim")
    assert shown == {
        "kty": "OKP",
        "crv": "Ed25519",
        "use": "sig",
        "alg": "EdDSA",
        "kid": key.kid,
    }


def test_every_step_of_a_key_is_recorded() -> None:
    ensure_signing_key(now=NOW)
    rotate_keys(now=NOW)

    events = Record.objects.order_by("id").values_list("event", flat=True)
    assert list(events) == [
        "signing_key.created",
        "signing_key.activated",
        "signing_key.created",
        "signing_key.retired",
        "signing_key.activated",
        "signing_key.created",
    ]


def test_the_command_rotates_and_revokes(capsys: pytest.CaptureFixture[str]) -> None:
    first = ensure_signing_key(now=NOW)

    call_command("rotate_keys")
    call_command("rotate_keys", revoke=first.kid)

    assert f"Key {first.kid} is revoked." in capsys.readouterr().out
    with pytest.raises(CommandError, match="no key nothing"):
        call_command("rotate_keys", revoke="nothing")


def test_the_command_says_what_key_is_missing(folder: Path) -> None:
    ensure_signing_key(now=NOW)
    (folder / "claim-0bad.key").write_text("not a key")

    with pytest.raises(CommandError, match=r"claim-0bad\.key is not a PEM"):
        call_command("rotate_keys")


def test_the_command_makes_the_first_key_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call_command("rotate_keys", first=True)
    call_command("rotate_keys", first=True)

    (kid,) = SigningKey.objects.values_list("kid", flat=True)
    assert capsys.readouterr().out == f"Key {kid} is active.\n" * 2
