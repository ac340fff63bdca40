"""Which keys sign the log, and under which origin.

The layer above reads the files; the rows hold public halves, for whoever shows them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from audit.models import LogKey
from audit.sealing.signing import Signer, signer
from audit.services.recording import record


class ForeignKey(Exception):
    """``log.key`` is not the key that this log is signed with."""


def current_key() -> LogKey | None:
    """Return the key that the log goes by now; None before the first checkpoint."""
    return LogKey.objects.order_by("-id").first()


def origin_of_log() -> str:
    """Return the log's origin: that of its key, or the one that it will begin with."""
    key = current_key()
    return key.origin if key else first_origin()


def first_origin() -> str:
    """Return the origin of this installation's first log."""
    return cast("str", import_string(settings.LOG_ORIGIN)())


def log_number(origin: str) -> int:
    """Return 1 for the first log, 2 for the one after a rollback, and so on; else 0."""
    first = LogKey.objects.order_by("id").first()
    begin = first.origin if first else first_origin()
    if origin == begin:
        return 1
    head, _, number = origin.rpartition("/")
    return int(number) if head == begin and number.isdecimal() else 0


def signers(origin: str) -> list[Signer]:
    """Return what signs: the log's key first, and beside it one that follows.

    Raises ForeignKey if the log's own key is not among the files.
    """
    found = [signer(private, origin) for private in private_keys()]
    if not found:
        raise ForeignKey("There is no log.key here that can be read: nothing seals.")
    known = LogKey.objects.filter(origin=origin).order_by("-id").first()
    if known and known.vkey not in {each.key.text() for each in found}:
        raise ForeignKey(
            f"log.key is not the key of this log ({known.vkey}): put that one back, or "
            "change keys with `manage.py change_log_key`."
        )
    return found


def private_keys() -> Sequence[Ed25519PrivateKey]:
    """Return the private keys, read anew: a file may have changed since."""
    read = import_string(settings.LOG_KEYS)
    return cast("Sequence[Ed25519PrivateKey]", read())


def remember(signing: Sequence[Signer], *, size: int, now: datetime) -> None:
    """Keep the public half of what signed for the first time."""
    for each in signing:
        LogKey.objects.get_or_create(
            vkey=each.key.text(),
            defaults={"origin": each.key.name, "from_size": size, "at": now},
        )


@transaction.atomic
def change_key(*, now: datetime, reason: str) -> str:
    """Record that another key follows; return its verifier key.

    It lies beside the old one already.  The next checkpoint covers this record and is
    signed by both.  Raises ForeignKey if there is none beside it.
    """
    origin = origin_of_log()
    found = signers(origin)
    if len(found) == 1:
        raise ForeignKey("There is no second key beside log.key.")
    old, new = found[0].key.text(), found[1].key.text()
    record(
        "log.key_changed",
        now=now,
        actor_kind="system",
        stated_reason=reason,
        detail={"from": old, "to": new},
    )
    return new
