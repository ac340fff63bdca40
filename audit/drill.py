"""The tamper drill: every way to change a small log, tried, and each must be found.

It works on a copy in a temporary folder, signed with a key of its own, and asks the
verifier as an auditor would.  The evidence itself is only read.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import merkle, verify
from audit.leaf import canonical
from audit.sealing.signing import Signer, checkpoint_note, signer

SIZE: Final = 50
ORIGIN: Final = "drill.invalid/log"


@dataclass(frozen=True, slots=True)
class Line:
    """One record of the copy: the sealed leaf, and what opens its commitments."""

    leaf: bytes
    values: dict[str, Any]
    salts: dict[str, Any]

    def at(self, index: int) -> bytes:
        """Return the line of an export."""
        return b'{"index":%d,"leaf":%b,"values":%b,"salts":%b}\n' % (
            index,
            self.leaf,
            canonical(self.values).encode(),
            canonical(self.salts).encode(),
        )

    def altered(self) -> "Line":
        """Return a lie that is well formed: another outcome, in canonical form."""
        told = json.loads(self.leaf)
        told["outcome"] = "done" if told["outcome"] != "done" else "allowed"
        return Line(canonical(told).encode(), self.values, self.salts)


@dataclass(frozen=True, slots=True)
class Copy:
    """A log as files, with the checkpoints that an anchor has seen."""

    lines: Sequence[Line]
    hashes: Sequence[bytes]
    note: str
    anchored: str

    def written(self, folder: Path, rows: Sequence[bytes]) -> None:
        """Write the files that an auditor is given."""
        (folder / "records.jsonl").write_bytes(b"".join(rows))
        (folder / "hashes.bin").write_bytes(b"".join(self.hashes))
        (folder / "checkpoint").write_text(self.note)
        (folder / "anchored").write_text(self.anchored)


@dataclass(frozen=True, slots=True)
class Trial:
    """One change that was tried, and what the verifier said of it."""

    change: str
    index: int
    is_found: bool
    said: str


Change = Callable[[Copy, Signer, int], tuple[Copy, list[bytes]]]


def drill(lines: Sequence[Line]) -> Iterator[Trial]:
    """Try every change at every record, one at a time, and yield what came of it.

    The first trial changes nothing, and must be found to hold.
    """
    signing = signer(Ed25519PrivateKey.generate(), ORIGIN)
    whole = copied(lines, signing)
    with tempfile.TemporaryDirectory(prefix="drill-") as name:
        folder = Path(name)
        report = _verified(folder, whole, _rows(whole), signing)
        yield Trial("nothing", 0, report.result == verify.VERIFIED, report.as_text())
        for change, make in CHANGES.items():
            for index in range(len(lines)):
                other, rows = make(whole, signing, index)
                report = _verified(folder, other, rows, signing)
                yield Trial(change, index, _names(report, index), report.as_text())


def copied(lines: Sequence[Line], signing: Signer) -> Copy:
    """Return a log of these records, anchored after each of them."""
    hashes = [verify.leaf_hash(line.leaf) for line in lines]
    notes, size, edge = [], 0, merkle.Edge()
    for hashed in hashes:
        extended = merkle.extend(size, edge, [hashed])
        size, edge = extended.size, extended.edge
        root = merkle.root_of(edge)
        notes.append(checkpoint_note(size, root, signers=[signing]))
    return Copy(lines, hashes, notes[-1], "\n".join([*notes, ""]))


def _rows(copy: Copy) -> list[bytes]:
    return [line.at(index) for index, line in enumerate(copy.lines)]


def _flip(copy: Copy, _signing: Signer, index: int) -> tuple[Copy, list[bytes]]:
    rows = _rows(copy)
    row, middle = bytearray(rows[index]), len(rows[index]) // 2
    row[middle] ^= 1
    return copy, [*rows[:index], bytes(row), *rows[index + 1 :]]


def _delete(copy: Copy, _signing: Signer, index: int) -> tuple[Copy, list[bytes]]:
    rows = _rows(copy)
    return copy, rows[:index] + rows[index + 1 :]


def _insert(copy: Copy, _signing: Signer, index: int) -> tuple[Copy, list[bytes]]:
    rows = _rows(copy)
    added = copy.lines[index].altered().at(index)
    return copy, [*rows[:index], added, *rows[index:]]


def _swap(copy: Copy, _signing: Signer, index: int) -> tuple[Copy, list[bytes]]:
    # Their contents change places, and each claims the index of the other.
    other = (index + 1) % len(copy.lines)
    lines = list(copy.lines)
    lines[index], lines[other] = lines[other], lines[index]
    return copy, [line.at(at) for at, line in enumerate(lines)]


def _truncate(copy: Copy, _signing: Signer, index: int) -> tuple[Copy, list[bytes]]:
    return copy, _rows(copy)[:index]


def _rewritten(copy: Copy, index: int) -> list[Line]:
    lines = list(copy.lines)
    lines[index] = lines[index].altered()
    return lines


def _rewrite(copy: Copy, _signing: Signer, index: int) -> tuple[Copy, list[bytes]]:
    """Rewrite the record and all hashes, without the key: the old note must do."""
    lines = _rewritten(copy, index)
    hashes = [verify.leaf_hash(line.leaf) for line in lines]
    other = Copy(lines, hashes, copy.note, copy.anchored)
    return other, _rows(other)


def _rewrite_and_sign(
    copy: Copy, signing: Signer, index: int
) -> tuple[Copy, list[bytes]]:
    """Rewrite everything with the key: only what was anchored contradicts."""
    forged = copied(_rewritten(copy, index), signing)
    other = Copy(forged.lines, forged.hashes, forged.note, copy.anchored)
    return other, _rows(other)


CHANGES: Final[dict[str, Change]] = {
    "flip a bit": _flip,
    "delete": _delete,
    "insert": _insert,
    "swap with the next": _swap,
    "cut the tail": _truncate,
    "rewrite without the key": _rewrite,
    "rewrite with the key": _rewrite_and_sign,
}


def _verified(
    folder: Path, copy: Copy, rows: Sequence[bytes], signing: Signer
) -> verify.Report:
    copy.written(folder, rows)
    return verify.examine(
        argparse.Namespace(
            export=str(folder / "records.jsonl"),
            key=[signing.key.text()],
            checkpoint=str(folder / "checkpoint"),
            hashes=str(folder / "hashes.bin"),
            proofs=None,
            earlier=str(folder / "anchored"),
            consistency=None,
            part=False,
            quick=False,
            json=False,
        )
    )


def _names(report: verify.Report, index: int) -> bool:
    bad = [found for found in report.findings if found.kind != verify.VERIFIED]
    return report.result != verify.VERIFIED and any(f.place == index for f in bad)
