"""A database that knows less than what was anchored: yesterday's backup, put back.

To go on would sign a second history under one name, so nothing is sealed and no call
is made until somebody accepts it.  Then all that was approved before is void, and a
log with the next origin begins.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from audit import verify
from audit.anchors import file as anchor_file
from audit.models import Checkpoint, LogKey, LogState
from audit.proofs import known_keys, tree_of
from audit.sealing.keys import (
    ForeignKey,
    first_origin,
    log_number,
    origin_of_log,
    private_keys,
    remember,
)
from audit.sealing.signing import signer
from audit.services.recording import record

_logger: Final = logging.getLogger(__name__)


class RolledBack(Exception):
    """The database is behind its last anchor, or contradicts it."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What the anchor has seen, and what the database has."""

    anchored: verify.Checkpoint
    sentence: str


def contradiction() -> Contradiction | None:
    """Compare the database with the last checkpoint in the anchor's file."""
    seen = last_anchored()
    if seen is None:
        return None
    ours, theirs = log_number(origin_of_log()), log_number(seen.origin)
    if theirs < ours:  # the log before an accepted rollback
        return None
    what = f"the anchor has seen {seen.origin} with {seen.size:,} records"
    newest = Checkpoint.objects.newest()
    size = newest.size if newest else 0
    if theirs > ours or seen.size > size:
        return Contradiction(seen, f"{what}, the database has {size:,}")
    if seen.size and _root_at(seen.size) != seen.root:
        return Contradiction(seen, f"{what}, the database has others")
    return None


def rollback_in_sight() -> str | None:
    """Return what the anchor has seen and the database has not; None if all is well.

    It only looks, so that any process may ask.  Raises OSError if the anchor's file
    can't be read and no sealer has found anything yet.
    """
    if noted := rolled_back():
        return noted
    found = contradiction()
    return found.sentence if found else None


def rolled_back() -> str | None:
    """Return what the anchor has seen and the database has not, if that was found."""
    state = LogState.objects.filter(pk=1, rollback_detected_at__isnull=False).first()
    return state.rollback if state else None


def last_anchored() -> verify.Checkpoint | None:
    """Return the last checkpoint in the anchor's file that is signed by our keys."""
    public = [private.public_key().public_bytes_raw() for private in private_keys()]
    public += [key.public for key in known_keys()]
    for note in anchor_file.last_notes():
        origin = note.split(b"\n", 1)[0].decode(errors="replace")
        if not log_number(origin):
            continue
        keys = [verify.make_key(origin, each) for each in public]
        try:
            return verify.open_checkpoint(note, keys)
        except verify.Refused:
            _logger.warning("a note in the anchor's file is not ours")
    return None


def _root_at(size: int) -> bytes:
    known = Checkpoint.objects.filter(size=size).first()
    return bytes(known.root) if known else tree_of(size).root()


def detect(*, now: datetime) -> str | None:
    """Look for a contradiction, and record the first sight of it."""
    found = contradiction()
    state = LogState.objects.get_or_create(pk=1)[0]
    if found is None:
        return state.rollback or None
    if state.rollback_detected_at is None:
        _note(found, now=now)
    return found.sentence


@transaction.atomic
def _note(found: Contradiction, *, now: datetime) -> None:
    unseen = LogState.objects.filter(pk=1, rollback_detected_at=None)
    if not unseen.update(rollback_detected_at=now, rollback=found.sentence):
        return
    _logger.error("rollback detected: %s", found.sentence)
    newest = Checkpoint.objects.newest()
    record(
        "log.rollback_detected",
        now=now,
        actor_kind="system",
        detail={
            "origin": found.anchored.origin,
            "anchored_size": found.anchored.size,
            "anchored_root": found.anchored.root.hex(),
            "size": newest.size if newest else 0,
        },
    )


@transaction.atomic
def accept(*, reason: str, now: datetime) -> str:
    """Go on from what the database has, and return the origin of the log that begins.

    Every claim that lives is revoked: what it allows may have been used after the
    backup was made.  Raises RolledBack if there is nothing to accept, ForeignKey
    where no key can sign the log that begins.
    """
    state = LogState.objects.select_for_update().filter(pk=1).first()
    found = contradiction()
    if found is None and (state is None or state.rollback_detected_at is None):
        raise RolledBack("The database is not behind its anchor.")
    seen = log_number(found.anchored.origin) if found else 0
    number = max(seen, log_number(origin_of_log())) + 1
    origin = f"{_first()}/{number}"
    newest = Checkpoint.objects.newest()
    size = newest.size if newest else 0
    signing = [signer(private, origin) for private in private_keys()]
    if not signing:
        raise ForeignKey("There is no log.key here: run this where the worker runs.")
    record(
        "log.rollback_accepted",
        now=now,
        actor_kind="system",
        stated_reason=reason,
        detail={"origin": origin, "size": size},
    )
    import_string(settings.ROLLBACK_ACCEPTED)(now=now)
    remember(signing, size=size, now=now)
    LogState.objects.filter(pk=1).update(rollback_detected_at=None, rollback="")
    return origin


def _first() -> str:
    first = LogKey.objects.order_by("id").first()
    return first.origin if first else first_origin()
