"""Holding the log against what was seen of it outside of this database.

The anchor's file, and notes that somebody else kept: who received the webhook, or an
auditor.  So whoever has the database and the log's key is contradicted too.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from audit import verify
from audit.models import AnchorReceipt, LogKey
from audit.proofs import known_keys
from audit.sealing.keys import log_number, origin_of_log, private_keys


@dataclass(frozen=True, slots=True)
class Kept:
    """A file of notes, and how long it was before the log was looked at.

    What is appended later may be of a log that has grown meanwhile.
    """

    path: Path
    length: int
    is_due: bool  # whether a note that can be used has to be in it

    def notes(self) -> Iterator[bytes]:
        """Yield the notes that were there; none if the file is not."""
        if not self.length:
            return
        with self.path.open("rb") as file:
            yield from verify.parse_notes(self._lines(file))

    def _lines(self, file: Iterator[bytes]) -> Iterator[bytes]:
        left = self.length
        for line in file:
            left -= len(line)
            if left < 0:
                return
            yield line


def kept_elsewhere(earlier: Sequence[Path] = ()) -> list[Kept]:
    """Return the files to hold the log against; the anchor's may not exist yet.

    Raises OSError if one can't be read.
    """
    given = [Kept(path, path.stat().st_size, is_due=True) for path in earlier]
    if not settings.AUDIT_ANCHOR_FILE:
        return given
    anchor = Path(settings.AUDIT_ANCHOR_FILE)
    # Asked before the file is looked at: the anchor writes the receipt last.
    is_due = AnchorReceipt.objects.filter(anchor="file").exists()
    length = anchor.stat().st_size if anchor.exists() else 0
    return [Kept(anchor, length, is_due=is_due), *given]


def seen_elsewhere(
    kept: Sequence[Kept], *, size: int, report: verify.Report
) -> Iterator[tuple[int, bytes]]:
    """Yield size and root of each checkpoint that the log of ``size`` must agree with.

    What it can't agree with any more goes into the report.
    """
    logs, number = _logs(size), lru_cache(64)(log_number)
    current = number(origin_of_log())
    for each in kept:
        told = _Told(
            each.path.name, logs, lambda origin: number(origin) > current, each.is_due
        )
        for seen in filter(None, map(told.read, each.notes())):
            if seen.size <= logs[seen.origin].size:
                yield seen.size, seen.root
        told.sum_up(size, report)


@dataclass(frozen=True, slots=True)
class _Log:
    """One of the installation's logs: its keys, and how far it still counts."""

    keys: Sequence[verify.Key]
    size: int
    is_current: bool


def _logs(size: int) -> dict[str, _Log]:
    """Return them by origin; after an accepted rollback there are several."""
    known, current = known_keys(), origin_of_log()
    begins = dict(LogKey.objects.order_by("-id").values_list("origin", "from_size"))
    public = {each.public_key().public_bytes_raw() for each in private_keys()}
    public |= {key.public for key in known}
    return {
        origin: _Log(
            keys=[verify.make_key(origin, each) for each in public],
            size=_end(origin, begins, size),
            is_current=origin == current,
        )
        for origin in {current, *begins}
    }


def _end(origin: str, begins: Mapping[str, int], size: int) -> int:
    later = [
        begin
        for other, begin in begins.items()
        if log_number(other) > log_number(origin)
    ]
    return min([size, *later])


@dataclass(slots=True)
class _Told:
    """What a file of notes told that could not be held against the tree."""

    name: str
    logs: Mapping[str, _Log]
    is_later: Callable[[str], bool]
    is_due: bool
    used: int = 0
    unread: int = 0
    foreign: int = 0
    later: str = ""
    wrong: str = ""
    most: int = 0

    def read(self, note: bytes) -> verify.Checkpoint | None:
        """Return the checkpoint of a note that is of this installation."""
        origin = note.split(b"\n", 1)[0].decode(errors="replace")
        log = self.logs.get(origin)
        if log is None:
            self._see_another(origin)
            return None
        try:
            seen = verify.open_checkpoint(note, log.keys)
        except verify.Unreadable:
            self.unread += 1
            return None
        except verify.Refused as refused:
            self.wrong = str(refused)
            return None
        # An older log's notes may know of what an accepted rollback gave up.
        if log.is_current:
            self.most = max(self.most, seen.size)
        self.used += 1
        return seen

    def _see_another(self, origin: str) -> None:
        # An older database does not know the log that began after its backup.
        if self.is_later(origin):
            self.later = origin
        else:
            self.foreign += 1

    def sum_up(self, size: int, report: verify.Report) -> None:
        """Report it, in a few lines however long the file is."""
        if self.wrong:
            text = f"{self.name} holds a checkpoint that is not the log's: {self.wrong}"
            report.add(verify.TAMPERED, None, text)
        if self.most > size:
            text = f"{self.name} has seen {self.most:,} records, here are {size:,}"
            report.add(verify.INCOMPLETE, size, text)
        if self.later:
            text = f"{self.name} has seen the log {self.later}, here is an earlier one"
            report.add(verify.INCOMPLETE, None, text)
        if self.is_due and not (self.used or self.wrong or self.later):
            text = f"{self.name} has no checkpoint of this log: nothing was held to it"
            report.add(verify.INCOMPLETE, None, text)
        for count, what in (
            (self.unread, "can't be read, as after a crash"),
            (self.foreign, "are of another log"),
        ):
            if count:
                text = f"{count:,} checkpoints of {self.name} {what}: not used"
                report.add(verify.VERIFIED, None, text)
