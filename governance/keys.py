"""The key files: made once, read once a process, never stored in the database.

``KEYS_DIR`` holds, each 0600: ``claim-<kid>.key`` and ``log.key`` (Ed25519, PKCS 8 in
PEM), ``seal.key``, ``nonce.key``, ``fingerprint.key`` and ``kek-<id>.key`` (32 bytes in
base64url) and ``django.key`` (text).  Lines that begin with ``#`` are remarks.
"""

import base64
import binascii
import functools
import os
import re
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.conf import settings

DEVELOPMENT_MARK = "# generated for development: not for production"
SECRET_BYTES = 32
FIRST_KEK = "0001"
LOG_KEY = "log.key"
NEXT_LOG_KEY = "log-next.key"
_NAME = re.compile(r"[a-z0-9-]{1,40}\Z")


class KeyUnavailable(Exception):
    """A key file is missing, unreadable or not what its name says."""


def seal_key() -> bytes:
    """Return the key of the HMACs over rows."""
    return _secret("seal.key")


def nonce_key() -> bytes:
    """Return the key that claims' nonces are derived with."""
    return _secret("nonce.key")


def fingerprint_key() -> bytes:
    """Return the key of the fingerprints that stand for credentials in records."""
    return _secret("fingerprint.key")


def kek(kek_id: str) -> bytes:
    """Return one key of keys; a row names which.

    Raises KeyUnavailable if there is none of that id.
    """
    return _secret(_file("kek", kek_id))


def newest_kek_id() -> str:
    """Return the id that new secrets are sealed under: the last one by name."""
    ids = _ids("kek")
    if not ids:
        raise KeyUnavailable(f"{settings.KEYS_DIR} has no kek-<id>.key. {_MEND}")
    return ids[-1]


def kek_ids() -> list[str]:
    """Return the ids of the keys of keys in the folder, by name."""
    return _ids("kek")


def claim_kids() -> list[str]:
    """Return the ids of the claim keys in the folder, by name."""
    return _ids("claim")


@functools.cache
def claim_private_key(kid: str) -> Ed25519PrivateKey:
    """Return the key that signs claims under ``kid``."""
    return _private_key(_file("claim", kid))


def _private_key(name: str) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(_text(name).encode(), password=None)
    except ValueError as error:
        raise KeyUnavailable(f"{name} is not a PEM private key. {_MEND}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnavailable(f"{name} is not an Ed25519 key. {_MEND}")
    return key


def log_private_keys() -> list[Ed25519PrivateKey]:
    """Return what signs the log: ``log.key`` and, if it is there, ``log-next.key``.

    Read anew each time: keys change while a worker runs.  Raises KeyUnavailable.
    """
    found = [_private_key(LOG_KEY)]
    if (settings.KEYS_DIR / NEXT_LOG_KEY).exists():
        found.append(_private_key(NEXT_LOG_KEY))
    return found


def make_next_log_key(folder: Path, *, development: bool) -> None:
    """Create the key that follows ``log.key``, unless it is there already."""
    mark = f"{DEVELOPMENT_MARK}\n" if development else ""
    if not (folder / NEXT_LOG_KEY).exists():
        _write(folder / NEXT_LOG_KEY, f"{mark}{_new_private_key().strip()}\n")


def use_next_log_key(folder: Path) -> Path:
    """Let the next key take the place of ``log.key``; return where the old one lies."""
    kept = folder / f"log-retired-{secrets.token_hex(4)}.key"
    os.link(folder / LOG_KEY, kept)
    (folder / NEXT_LOG_KEY).replace(folder / LOG_KEY)
    return kept


def forget() -> None:
    """Drop what was read, so that the next use reads the files again."""
    _secret.cache_clear()
    claim_private_key.cache_clear()


def make_keys(folder: Path, *, development: bool) -> list[str]:
    """Create the keys that ``folder`` lacks and return their file names.

    What exists is never touched.  Keys for development carry a mark that production
    refuses to start with.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    makers = _makers(folder)
    missing = [name for name in makers if not (folder / name).exists()]
    mark = f"{DEVELOPMENT_MARK}\n" if development else ""
    for name in missing:
        _write(folder / name, f"{mark}{makers[name]().strip()}\n")
    return missing


def make_claim_key(folder: Path, *, development: bool) -> str:
    """Create one more key for claims and return its id."""
    kid = secrets.token_hex(4)
    mark = f"{DEVELOPMENT_MARK}\n" if development else ""
    _write(folder / _file("claim", kid), f"{mark}{_new_private_key().strip()}\n")
    return kid


def make_kek(folder: Path, *, development: bool) -> str:
    """Create the next key of keys, by number, and return its id.

    What is sealed stays under its own until ``rotate_kek`` wraps it anew.  Raises
    KeyUnavailable if the newest has no number for a name.
    """
    newest = newest_kek_id()
    if not newest.isdecimal():
        raise KeyUnavailable(
            f"kek-{newest}.key has no number: make the next one by hand, as 32 bytes in"
            " base64url, with a name that sorts after it."
        )
    kek_id = f"{int(newest) + 1:0{len(newest)}d}"
    mark = f"{DEVELOPMENT_MARK}\n" if development else ""
    _write(folder / _file("kek", kek_id), f"{mark}{_new_secret()}\n")
    return kek_id


_MEND = "Put it back from your backup; `manage.py make_keys` makes what never was."


@functools.cache
def _secret(name: str) -> bytes:
    try:
        key = base64.b64decode(_text(name).strip() + "=", altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise KeyUnavailable(f"{name} is not base64url. {_MEND}") from error
    if len(key) != SECRET_BYTES:
        raise KeyUnavailable(f"{name} does not hold {SECRET_BYTES} bytes. {_MEND}")
    return key


def _text(name: str) -> str:
    try:
        lines = (settings.KEYS_DIR / name).read_text("ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        path = settings.KEYS_DIR / name
        raise KeyUnavailable(f"{path} cannot be read. {_MEND}") from error
    return "\n".join(line for line in lines if not line.startswith("#"))


def _file(kind: str, key_id: str) -> str:
    # The id may come from a row: it must not become a path.
    if not _NAME.match(key_id):
        raise KeyUnavailable(f"A {kind} key has no such id.")
    return f"{kind}-{key_id}.key"


def _ids(kind: str) -> list[str]:
    prefix = f"{kind}-"
    names = settings.KEYS_DIR.glob(f"{prefix}*.key")
    return sorted(path.stem.removeprefix(prefix) for path in names)


def _makers(folder: Path) -> dict[str, Callable[[], str]]:
    makers: dict[str, Callable[[], str]] = {
        "seal.key": _new_secret,
        "nonce.key": _new_secret,
        "fingerprint.key": _new_secret,
        "log.key": _new_private_key,
        "django.key": lambda: secrets.token_urlsafe(60),
    }
    if not any(folder.glob("kek-*.key")):
        makers[f"kek-{FIRST_KEK}.key"] = _new_secret
    if not any(folder.glob("claim-*.key")):
        makers[f"claim-{secrets.token_hex(4)}.key"] = _new_private_key
    return makers


def _new_secret() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)


def _new_private_key() -> str:
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem.decode()


def _write(path: Path, text: str) -> None:
    # Whole or not at all, never over an existing file, 0600 from its first byte.
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=".key-")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    finally:
        Path(draft).unlink()
