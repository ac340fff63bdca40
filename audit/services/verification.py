"""Verifying the evidence where it lies: the same checks as on an export, and more.

Every column is held against its leaf, every leaf against its place, every checkpoint
against the leaves below it, and every record must have a place or wait for one.
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

from django.db import connection, transaction

from audit import merkle, verify
from audit.columns import CLEAR
from audit.exports.formats import jsonl_lines
from audit.models import Checkpoint, Leaf, Node, Record
from audit.proofs import Verdict, known_keys, proof_of
from audit.rows import read_with_salts
from audit.services.elsewhere import Kept, kept_elsewhere, seen_elsewhere
from audit.services.recording import record
from audit.text import instant

PAGE: Final = 2000
HASHES: Final = 20_000
NAMED: Final = 5

Progress = Callable[[int, int], None]


def _silent(_done: int, _total: int) -> None:
    """Say nothing."""


def verify_log(
    *,
    is_quick: bool = False,
    earlier: Sequence[Path] = (),
    progress: Progress = _silent,
) -> verify.Report:
    """Verify all that is sealed and all that waits; memory stays flat.

    The log is held against its anchor's file, and against the files of notes that are
    given.  Raises OSError if one can't be read.
    """
    report = verify.Report()
    kept = kept_elsewhere(earlier)  # before the log: it may grow, never shrink
    newest = Checkpoint.objects.newest()
    if newest is None:
        list(seen_elsewhere(kept, size=0, report=report))
        _check_waiting(report)
        return report
    report.checkpoint = _opened(newest, report)
    with tempfile.TemporaryDirectory(prefix="verify-") as folder:
        ledger = verify.Ledger(folder)
        examination = verify.Examination(report, ledger, is_part=False)
        try:
            ledger.keep_earlier(_seen(newest.size, kept, report))
            with (Path(folder) / "hashes").open("wb+") as hashes:
                _gather(hashes, newest.size, report)
                _check_tree(hashes, newest, examination)
                _check_rows(hashes, newest, examination, progress, is_quick=is_quick)
            examination.end(newest.size, is_quick=is_quick)
        finally:
            ledger.close()
    _check_waiting(report)
    return report


def verify_and_record(
    *,
    now: datetime,
    is_quick: bool = False,
    earlier: Sequence[Path] = (),
    progress: Progress = _silent,
) -> verify.Report:
    """Verify everything, and record what came out.

    Raises OSError if a file of notes can't be read.
    """
    report = verify_log(is_quick=is_quick, earlier=earlier, progress=progress)
    detail: dict[str, Any] = {
        "result": verify.WORDS[report.result],
        "records": report.records,
        "size": report.checkpoint.size if report.checkpoint else 0,
        "quick": is_quick,
    }
    if report.result == verify.VERIFIED:
        with transaction.atomic():
            record("log.verified", now=now, actor_kind="system", detail=detail)
        return report
    bad = [found for found in report.findings if found.kind != verify.VERIFIED]
    detail["findings"] = [
        {"index": found.place, "what": found.text[:200]} for found in bad[:NAMED]
    ]
    with transaction.atomic():
        record("log.verify_failed", now=now, actor_kind="system", detail=detail)
    return report


def verify_record(record_id: str) -> Verdict:
    """Verify one record just now: columns, commitments, leaf, proof, signature."""
    proof = proof_of(record_id)
    rows = read_with_salts(Record.objects.filter(pk=record_id))
    if not rows:
        return Verdict("there is no such record any more", proof)
    (row,) = rows
    job = verify.Job("jsonl", quick=False, size=0, root=b"", is_proved=False)
    piece = verify.check_piece(jsonl_lines([{**row, "index": 0}]), job)
    wrong = [found.text for found in piece.findings] + _columns_wrong(row)
    if proof is None:
        return Verdict(" ".join(wrong), None)
    try:
        seen = verify.open_checkpoint(proof.checkpoint.note.encode(), known_keys())
        hashed = verify.leaf_hash(bytes(row["leaf"]))
        verify.check_inclusion(proof.index, seen.size, hashed, proof.path, seen.root)
    except verify.Refused as refused:
        wrong.append(str(refused))
    return Verdict("; ".join(wrong), proof)


def _opened(checkpoint: Checkpoint, report: verify.Report) -> verify.Checkpoint | None:
    try:
        seen = verify.open_checkpoint(checkpoint.note.encode(), known_keys())
    except verify.Refused as refused:
        text = f"the checkpoint of size {checkpoint.size} is not the log's: {refused}"
        report.add(verify.TAMPERED, None, text)
        return None
    if (seen.size, seen.root) != (checkpoint.size, bytes(checkpoint.root)):
        text = f"the checkpoint of size {checkpoint.size} is not what its note says"
        report.add(verify.TAMPERED, None, text)
    return seen


def _seen(
    size: int, kept: Sequence[Kept], report: verify.Report
) -> Iterator[tuple[int, bytes]]:
    yield from _checkpoints(size, report)
    yield from seen_elsewhere(kept, size=size, report=report)


def _checkpoints(size: int, report: verify.Report) -> Iterator[tuple[int, bytes]]:
    after = -1
    while page := list(
        Checkpoint.objects.filter(size__gt=after, size__lte=size).order_by("size")[
            :PAGE
        ]
    ):
        for checkpoint in page:
            seen = _opened(checkpoint, report)
            if seen is not None:
                yield seen.size, seen.root
        after = page[-1].size


def _gather(hashes: BinaryIO, size: int, report: verify.Report) -> None:
    """Write the hashes of all leaves into a file; compare the kept subtrees."""
    done, edge = 0, merkle.Edge()
    while done < size:
        rows = Leaf.objects.filter(index__gte=done, index__lt=min(done + HASHES, size))
        page = [
            bytes(row)
            for row in rows.order_by("index").values_list("leaf_hash", flat=True)
        ]
        if len(page) < min(HASHES, size - done):
            text = "places of the log are missing from here on"
            report.add(verify.INCOMPLETE, done, text)
            return
        extended = merkle.extend(done, edge, page)
        done, edge = extended.size, extended.edge
        _compare_nodes(extended.subtrees, report)
        hashes.write(b"".join(page))
    hashes.flush()


def _compare_nodes(full: Sequence[merkle.Subtree], report: verify.Report) -> None:
    for level in {each.level for each in full}:
        ours = {each.position: each.hash for each in full if each.level == level}
        rows = Node.objects.filter(level=level, position__in=list(ours))
        kept = {
            at: bytes(hashed) for at, hashed in rows.values_list("position", "hash")
        }
        for position, hashed in ours.items():
            if kept.get(position) != hashed:
                text = f"the subtree {level}/{position} is not that of its leaves"
                report.add(verify.TAMPERED, position * 256**level, text)


def _check_tree(
    hashes: BinaryIO, newest: Checkpoint, examination: verify.Examination
) -> None:
    hashes.seek(0)
    told = verify.Checkpoint("", newest.size, bytes(newest.root))
    verify.check_hashes(hashes, told, examination)


def _check_rows(
    hashes: BinaryIO,
    newest: Checkpoint,
    examination: verify.Examination,
    progress: Progress,
    *,
    is_quick: bool,
) -> None:
    job = verify.Job("jsonl", quick=is_quick, size=0, root=b"", is_proved=False)
    for begin in range(0, newest.size, PAGE):
        end = min(begin + PAGE, newest.size)
        sealed = Record.objects.filter(sealed__index__gte=begin, sealed__index__lt=end)
        page = read_with_salts(sealed.order_by("sealed__index"))
        if page:
            piece = verify.check_piece(jsonl_lines(page), job)
            _blame_columns(page, piece)
            examination.take(piece, hashes=hashes)
        progress(end, newest.size)


def _blame_columns(page: Sequence[Mapping[str, Any]], piece: verify.Piece) -> None:
    for row in page:
        for text in _columns_wrong(row):
            piece.findings.append(verify.Finding(verify.TAMPERED, row["index"], text))


def _columns_wrong(row: Mapping[str, Any]) -> list[str]:
    """Return what the columns say otherwise than the leaf."""
    try:
        leaf = json.loads(bytes(row["leaf"]))
    except ValueError:
        return ["the leaf is not JSON"]
    return [
        f"the column {column} is not what was sealed"
        for column in CLEAR
        if _as_sealed(row[column]) != leaf.get(column)
    ]


def _as_sealed(value: Any) -> Any:
    return instant(value) if isinstance(value, datetime) else value


_WAITING: Final = r"""
    WITH page AS MATERIALIZED (
      SELECT id FROM audit_record WHERE id > %s ORDER BY id LIMIT %s),
    odd AS (
      SELECT r.id, u.record_id IS NULL AS is_nowhere
      FROM page JOIN audit_record r USING (id)
      LEFT JOIN audit_unsealed u ON u.record_id = r.id
      WHERE NOT EXISTS (SELECT FROM audit_leaf l WHERE l.record_id = r.id)
        AND u.leaf_hash IS DISTINCT FROM sha256('\x00'::bytea || r.leaf))
    SELECT (SELECT max(id) FROM page),
           (SELECT coalesce(json_object_agg(id, is_nowhere), '{}') FROM odd)
"""


def _check_waiting(report: verify.Report) -> None:
    """Every record has a place in the log, or waits with the hash of its leaf."""
    after = ""
    while after is not None:
        with connection.cursor() as cursor:
            cursor.execute(_WAITING, [after, HASHES])
            after, odd = cursor.fetchone()
        told = json.loads(odd) if isinstance(odd, str) else odd
        for record_id, is_nowhere in told.items():
            how = "is neither sealed nor waiting" if is_nowhere else "waits as another"
            report.add(verify.TAMPERED, None, f"the record {record_id} {how}")
