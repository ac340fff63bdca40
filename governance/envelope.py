"""Seal a lane's secret so that it opens in its own place only. Pure.

AES-256-GCM twice: a data key of its own for each secret, and the key of keys around
the data key.  Both are bound to tenant, lane, field and version, so a sealed text that
was copied to another row does not open.  Keys and random bytes come in.
"""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NoReturn, final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from governance.arguments import canonical, parse_json

MIN_SECRET_CHARACTERS: Final = 8

_DOMAIN: Final = b"sealwright/secret/v1\0"
_RUN: Final = b"sealwright/reseal/v1\0"
_FORMAT: Final = 1
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_TEXTS: Final = frozenset({"kek", "key", "key_nonce", "nonce", "data"})
_KEK_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


class SealBroken(ValueError):
    """A sealed secret does not open; nothing is said about why, or of its bytes."""

    def __init__(self) -> None:
        super().__init__("The sealed secret does not open.")


@dataclass(frozen=True, slots=True)
class Context:
    """Where a sealed secret belongs, and the only place where it opens."""

    tenant: str
    lane: str
    field: str
    version: int


@final
class Secret:
    """A secret in memory: shown, formatted, copied, pickled or dumped as nothing."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the secret itself, for the one place that needs it."""
        return self._text

    def __repr__(self) -> str:
        return "***"

    def __format__(self, specification: str) -> NoReturn:
        # Whoever builds a text around a secret has a mistake to hear of.
        raise TypeError("A secret is not formatted.")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A secret is neither copied nor pickled.")


def seal_secret(
    plain: bytes,
    *,
    kek_id: str,
    kek: bytes,
    aad: Context,
    random: Callable[[int], bytes],
    run: bytes | None = None,
) -> str:
    """Return the JSON text that holds ``plain``, under a data key of its own.

    What is sealed in a ``run`` is told by ``made_in``, for whoever knows the run.
    Raises ValueError if the secret is not UTF-8 or too short to be redacted safely.
    """
    if len(plain.decode()) < MIN_SECRET_CHARACTERS:
        raise ValueError(f"A secret has at least {MIN_SECRET_CHARACTERS} characters.")
    data_key, key_nonce = random(_KEY_BYTES), random(_NONCE_BYTES)
    nonce = random(_NONCE_BYTES) if run is None else _nonce(run, aad)
    wrapped = AESGCM(kek).encrypt(key_nonce, data_key, _bound(aad, kek=kek_id))
    envelope = {
        "v": _FORMAT,
        "kek": kek_id,
        "key": _encoded(wrapped),
        "key_nonce": _encoded(key_nonce),
        "nonce": _encoded(nonce),
        "data": _encoded(AESGCM(data_key).encrypt(nonce, plain, _bound(aad))),
    }
    return json.dumps(envelope)


def open_secret(text: str, *, keks: Callable[[str], bytes], aad: Context) -> Secret:
    """Open what ``seal_secret`` made for this very place.

    Raises SealBroken, and whatever ``keks`` raises where the key is missing.
    """
    kek_id, sealed = _parse(text)
    data_key = _data_key(sealed, kek_id=kek_id, kek=keks(kek_id), aad=aad)
    try:
        plain = AESGCM(data_key).decrypt(sealed["nonce"], sealed["data"], _bound(aad))
        return Secret(plain.decode())
    except (InvalidTag, ValueError):
        # Without the cause: its text or traceback could name bytes.
        raise SealBroken from None


def made_in(text: str, *, run: bytes, aad: Context) -> bool:
    """Return whether this was sealed in this run, and by nobody since.

    Raises SealBroken if it is not a sealed text.
    """
    return _parse(text)[1]["nonce"] == _nonce(run, aad)


def kek_of(text: str) -> str:
    """Return the id of the key of keys that a sealed text names.

    Raises SealBroken if it is not a sealed text.
    """
    return _parse(text)[0]


def rewrap(
    text: str,
    *,
    keks: Callable[[str], bytes],
    kek_id: str,
    aad: Context,
    random: Callable[[int], bytes],
) -> str:
    """Wrap the data key anew under ``kek_id``; what it sealed stays as it is.

    Raises SealBroken, and whatever ``keks`` raises where a key is missing.
    """
    old_id, sealed = _parse(text)
    data_key = _data_key(sealed, kek_id=old_id, kek=keks(old_id), aad=aad)
    key_nonce = random(_NONCE_BYTES)
    wrapped = AESGCM(keks(kek_id)).encrypt(key_nonce, data_key, _bound(aad, kek=kek_id))
    envelope = json.loads(text)
    envelope |= {
        "kek": kek_id,
        "key": _encoded(wrapped),
        "key_nonce": _encoded(key_nonce),
    }
    return json.dumps(envelope)


def _data_key(
    sealed: Mapping[str, bytes], *, kek_id: str, kek: bytes, aad: Context
) -> bytes:
    bound = _bound(aad, kek=kek_id)
    try:
        return AESGCM(kek).decrypt(sealed["key_nonce"], sealed["key"], bound)
    except (InvalidTag, ValueError):
        # Without the cause: its text or traceback could name bytes.
        raise SealBroken from None


def _nonce(run: bytes, aad: Context) -> bytes:
    # Not random, and need not be: each data key encrypts once.
    return hashlib.sha256(_RUN + run + _bound(aad)).digest()[:_NONCE_BYTES]


def _bound(aad: Context, **more: str) -> bytes:
    place = {"tenant": aad.tenant, "lane": aad.lane, "field": aad.field}
    return _DOMAIN + canonical({**place, "version": aad.version, **more})


@lru_cache(maxsize=1024)  # of sealed texts: nothing secret is remembered
def _parse(text: str) -> tuple[str, Mapping[str, bytes]]:
    """Return the key's id, fit for a file name, and the binary members."""
    try:
        members = parse_json(text.encode())
        texts = {name: text for name, text in members.items() if isinstance(text, str)}
        if texts.keys() != _TEXTS or members != {**texts, "v": _FORMAT}:
            raise SealBroken
        kek_id = texts.pop("kek")
        sealed = {name: _decoded(value) for name, value in texts.items()}
    except ValueError:
        raise SealBroken from None
    if not _KEK_ID.fullmatch(kek_id):
        raise SealBroken
    return kek_id, sealed


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
