"""A folder that an auditor takes away: records, checkpoint, hashes, key, verifier."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from audit import assembly
from audit.access import AuditScope
from audit.exports import is_part
from audit.exports.stream import Export, Order
from audit.filters import Filters
from audit.models import Checkpoint, Leaf, LogKey

EVERYTHING: Final = AuditScope(None)
HASHES: Final = 20_000

Progress = Callable[[int, int], None]

_README: Final = """\
# Evidence of {origin}

{count:,} records{which}, under the checkpoint of size {size:,}. Verify them, on any
machine with Python 3.11 or newer and the package `cryptography`:

    {command}

It ends with 0 (verified), 1 (tampered: the index is named), 2 (incomplete) or 3 (wrong
usage). `verify.py` is one file that you can read; better still, use a copy that you had
before, and compare `vkey.txt` with the key that you were given on another way. To show
that the log only grew, pass a checkpoint that you kept, or the file of an anchor:
`--earlier FILE`.

| file | what |
|---|---|
| `records.jsonl` | a record a line: index, leaf, personal values, their salts{proved} |
| `checkpoint` | the signed statement of size and root (C2SP tlog-checkpoint) |
{hashes}| `vkey.txt` | the log's verifier keys |
| `verify.py` | the verifier |
"""


class NothingSealed(Exception):
    """There is no checkpoint yet, so there is nothing that could be verified."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Which records are wanted, and whether with personal values."""

    filters: Filters
    personal: bool = True

    @property
    def is_part(self) -> bool:
        """Whether something is left out, so that each record brings its proof."""
        return is_part(self.filters, EVERYTHING)


def write_bundle(
    folder: Path, bundle: Bundle, *, now: datetime, progress: Progress
) -> int:
    """Write the folder and return how many records are in it.

    The export is recorded like any other.  Raises NothingSealed, FileExistsError if a
    file of the bundle is there already, and what ``Export`` raises.
    """
    checkpoint = Checkpoint.objects.newest()
    if checkpoint is None:
        raise NothingSealed
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    count = _write_records(folder, bundle, checkpoint, now, progress)
    _write(folder / "checkpoint", checkpoint.note)
    _write(folder / "vkey.txt", _keys(checkpoint))
    _write(folder / "verify.py", assembly.VERIFIER.read_text("utf-8"))
    if not bundle.is_part:
        _write_hashes(folder / "hashes.bin", checkpoint.size)
    _write(folder / "README.md", _readme(bundle, checkpoint, count))
    return count


def _write(path: Path, text: str) -> None:
    with path.open("x", encoding="utf-8", newline="") as file:
        file.write(text)


def _write_records(
    folder: Path,
    bundle: Bundle,
    checkpoint: Checkpoint,
    now: datetime,
    progress: Progress,
) -> int:
    order = _order(bundle, checkpoint)
    total = order.after(None, until="").count() if bundle.is_part else checkpoint.size
    with (folder / "records.jsonl").open("xb") as file:
        export = Export(order, now=now)
        try:
            for lines in export:
                file.write(lines)
                progress(export.count, total)
        finally:
            export.close()
    return export.count


def _order(bundle: Bundle, checkpoint: Checkpoint) -> Order:
    return Order(
        records=bundle.filters.records(EVERYTHING),
        form="jsonl",
        facts={
            "tenant": bundle.filters.tenant or None,
            "actor_kind": "system",
            "detail": {
                "form": "jsonl",
                "filters": bundle.filters.in_words(),
                "tenants": "all",
                "personal": bundle.personal,
                "size": checkpoint.size,
            },
        },
        checkpoint=checkpoint,
        proved=bundle.is_part,
        personal=bundle.personal,
    )


def hashes_up_to(size: int) -> "list[range]":
    """Return the pieces in which the hashes of a log of this size are read."""
    starts = range(0, size, HASHES)
    return [range(begin, min(begin + HASHES, size)) for begin in starts]


def read_piece(piece: range) -> bytes:
    """Return the hashes of these indexes, 32 bytes each."""
    within = Leaf.objects.filter(index__gte=piece.start, index__lt=piece.stop)
    rows = within.order_by("index").values_list("leaf_hash", flat=True)
    return b"".join(map(bytes, rows))


def _write_hashes(path: Path, size: int) -> None:
    with path.open("xb") as file:
        for piece in hashes_up_to(size):
            file.write(read_piece(piece))


def _keys(checkpoint: Checkpoint) -> str:
    origin = checkpoint.note.partition("\n")[0]
    known = LogKey.objects.filter(origin=origin).order_by("-id")
    return "".join(f"{key.vkey}\n" for key in known)


def _readme(bundle: Bundle, checkpoint: Checkpoint, count: int) -> str:
    command = "python verify.py records.jsonl --key vkey.txt --checkpoint checkpoint"
    # A tenant's own export is judged by the counts of its heartbeats.
    is_whole_tenant = bundle.filters.used() == ["tenant"] and not bundle.filters.q
    if not bundle.is_part:
        command += " --hashes hashes.bin"
    elif not is_whole_tenant:
        command += " --part"
    return _README.format(
        origin=checkpoint.note.partition("\n")[0],
        count=count,
        size=checkpoint.size,
        which=" (a part of the log)" if bundle.is_part else "",
        command=command,
        proved=", and its proof" if bundle.is_part else "",
        hashes=""
        if bundle.is_part
        else "| `hashes.bin` | the hash of every leaf of the log, 32 bytes each |\n",
    )
