"""Keys that are missing, weak, shared or meant for development."""

import stat
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.checks import CheckMessage

from governance import keys
from governance.checks.refusal import refusal
from governance.keys import DEVELOPMENT_MARK, KeyUnavailable

# What every process needs; the log's key belongs to the one that seals.
NEEDED: Final[tuple[Callable[[], object], ...]] = (
    keys.seal_key,
    keys.nonce_key,
    keys.fingerprint_key,
    lambda: keys.kek(keys.newest_kek_id()),
)
# Of 32 random bytes fewer than 20 differ once in 10**8 keys; of a default all do.
MIN_DIFFERENT: Final = 16
_OTHERS: Final = stat.S_IRWXO


def missing_keys() -> Iterator[CheckMessage]:
    """Yield the keys that are not there or are not what their name says."""
    try:
        names = {path.name for path in settings.KEYS_DIR.iterdir()}
    except OSError:
        yield refusal(
            "keys_folder",
            f"The folder of keys {settings.KEYS_DIR} cannot be read: set KEYS_DIR, or "
            "make it with `manage.py make_keys`.",
        )
        return
    for read in NEEDED:
        try:
            read()
        except KeyUnavailable as error:
            yield refusal("key_missing", str(error))
    if not keys.claim_kids() or "django.key" not in names:
        yield refusal(
            "key_missing",
            f"{settings.KEYS_DIR} lacks claim-<kid>.key or django.key: put it back "
            "from your backup; `manage.py make_keys` makes what never was.",
        )


def weak_keys() -> Iterator[CheckMessage]:
    """Yield the keys that production must not use."""
    uses: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(settings.KEYS_DIR.glob("*.key")):
        try:
            text, mode = path.read_text("ascii"), path.stat().st_mode
        except (OSError, UnicodeDecodeError):
            yield refusal("key_unreadable", f"{path} cannot be read: mend its owner.")
            continue
        yield from _weak(path, text, mode)
        uses[_material(text)].append(path.name)
    for names in uses.values():
        if len(names) > 1:
            yield refusal(
                "key_shared",
                f"{' and '.join(names)} hold the same key: a key has one purpose, so "
                "make them anew with `manage.py make_keys`.",
            )


def _weak(path: Path, text: str, mode: int) -> Iterator[CheckMessage]:
    if text.startswith(DEVELOPMENT_MARK):
        yield refusal(
            "key_development",
            f"{path} was generated for development: make production's own keys with "
            "`manage.py make_keys` in a new folder.",
        )
    if mode & _OTHERS:
        yield refusal(
            "key_readable",
            f"{path} may be read by everybody on this machine: `chmod 600` it, and "
            "replace it if others have accounts here.",
        )
    if len(set(_material(text))) < MIN_DIFFERENT:
        yield refusal(
            "key_default",
            f"{path} is no random key: remove it and run `manage.py make_keys`.",
        )


def _material(text: str) -> str:
    return "\n".join(
        line.strip() for line in text.splitlines() if not line.startswith("#")
    )
