"""Key files: made once, marked, private, refused when they are not what they say."""

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pytest_django.fixtures import Settings

from governance import keys


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.KEYS_DIR = tmp_path / "keys"
    keys.make_keys(settings.KEYS_DIR, development=False)
    keys.forget()
    return tmp_path / "keys"


def test_a_set_of_keys_has_one_file_a_purpose(folder: Path) -> None:
    names = sorted(path.name for path in folder.iterdir())

    (claim,) = keys.claim_kids()
    assert names == [
        f"claim-{claim}.key",
        "django.key",
        "fingerprint.key",
        "kek-0001.key",
        "log.key",
        "nonce.key",
        "seal.key",
    ]


def test_only_their_owner_may_read_keys(folder: Path) -> None:
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}

    assert modes == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_making_keys_again_touches_nothing(folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    made = keys.make_keys(folder, development=False)

    assert made == []
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_making_keys_again_makes_the_missing_one(folder: Path) -> None:
    seal = keys.seal_key()
    (folder / "nonce.key").unlink()

    assert keys.make_keys(folder, development=False) == ["nonce.key"]
    keys.forget()
    assert keys.seal_key() == seal


def test_development_keys_carry_a_mark_and_work(
    tmp_path: Path, settings: Settings
) -> None:
    settings.KEYS_DIR = tmp_path
    keys.make_keys(tmp_path, development=True)
    keys.forget()

    texts = [path.read_text() for path in tmp_path.iterdir()]

    assert all(text.startswith(f"{keys.DEVELOPMENT_MARK}\n") for text in texts)
    assert len(keys.seal_key()) == 32
    assert keys.claim_private_key(keys.claim_kids()[0]).sign(b"claim")


def test_production_keys_carry_no_mark(folder: Path) -> None:
    assert not any("development" in path.read_text() for path in folder.iterdir())


def test_every_secret_is_another_one(folder: Path) -> None:
    secrets = {
        keys.seal_key(),
        keys.nonce_key(),
        keys.fingerprint_key(),
        keys.kek(keys.newest_kek_id()),
    }

    assert len(secrets) == 4
    assert {len(secret) for secret in secrets} == {32}


def test_a_claim_key_signs(folder: Path) -> None:
    key = keys.claim_private_key(keys.claim_kids()[0])

    assert isinstance(key, Ed25519PrivateKey)
    key.public_key().verify(key.sign(b"claim"), b"claim")


def test_the_newest_kek_is_the_last_by_name(folder: Path) -> None:
    (folder / "kek-0002.key").write_text((folder / "seal.key").read_text())

    assert keys.newest_kek_id() == "0002"
    assert keys.kek("0002") == keys.seal_key()


def test_a_key_is_read_once_until_it_is_forgotten(folder: Path) -> None:
    first = keys.seal_key()
    (folder / "seal.key").unlink()

    assert keys.seal_key() == first
    keys.forget()
    with pytest.raises(keys.KeyUnavailable, match="cannot be read"):
        keys.seal_key()


@pytest.mark.parametrize(
    "text", ["", "c2hvcnQ", "not base64!", "é" * 43, "A" * 43 + "=" * 4]
)
def test_a_secret_that_is_not_32_bytes_is_unavailable(folder: Path, text: str) -> None:
    (folder / "seal.key").write_text(text)

    with pytest.raises(keys.KeyUnavailable):
        keys.seal_key()


@pytest.mark.parametrize("text", ["", "-----BEGIN PRIVATE KEY-----\n"])
def test_a_claim_key_that_is_no_key_is_unavailable(folder: Path, text: str) -> None:
    kid = keys.claim_kids()[0]
    (folder / f"claim-{kid}.key").write_text(text)

    with pytest.raises(keys.KeyUnavailable):
        keys.claim_private_key(kid)


@pytest.mark.parametrize("key_id", ["", "../seal", "a/b", "A", "x" * 41, "0001\n"])
def test_an_id_never_becomes_a_path(folder: Path, key_id: str) -> None:
    with pytest.raises(keys.KeyUnavailable, match="no such id"):
        keys.kek(key_id)
    with pytest.raises(keys.KeyUnavailable, match="no such id"):
        keys.claim_private_key(key_id)


def test_a_folder_without_a_kek_is_told(folder: Path) -> None:
    (folder / "kek-0001.key").unlink()

    with pytest.raises(keys.KeyUnavailable, match="kek-<id>"):
        keys.newest_kek_id()
