"""An export on its way out: page by page, itself recorded, two at a time."""

import hashlib
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import BoundedSemaphore
from typing import Any, Final, Literal, Self

from django.db import transaction
from django.utils import timezone

from audit import merkle
from audit.connections import give_connection_back
from audit.context import current, use
from audit.digests import digest_text
from audit.exports.formats import (
    BYTE_ORDER_MARK,
    Values,
    csv_header,
    csv_lines,
    jsonl_lines,
    without_personal,
)
from audit.models import Checkpoint, RecordQuerySet
from audit.proofs import in_base64, tree_under
from audit.rows import read_with_salts
from audit.services import Fact, Facts, record

PAGE: Final = 2000
PIECE: Final = 200  # as many become text at a time
AT_ONCE: Final = 2  # a process must have threads left for calls
_slots: Final = BoundedSemaphore(AT_ONCE)

Form = Literal["csv", "jsonl"]


class TooManyExports(Exception):
    """There are as many exports on their way as a process may have."""


@dataclass(frozen=True, slots=True)
class Order:
    """Which records, in which form, and who asked; ``facts`` go into its records."""

    records: RecordQuerySet
    form: Form
    facts: Facts
    checkpoint: Checkpoint | None = None  # None: nothing is sealed yet
    proved: bool = False  # each line of JSONL holds its record's proof
    personal: bool = True
    byte_order_mark: bool = False

    def head(self) -> bytes:
        """Return what stands before the first record."""
        mark = BYTE_ORDER_MARK if self.byte_order_mark else b""
        return mark + csv_header() if self.form == "csv" else b""

    def after(self, last: Values | None, *, until: str) -> RecordQuerySet:
        """Return the records that follow one, in the order of the log.

        Under a checkpoint these are what it covers; before there is one, what was
        recorded before the export itself.
        """
        if self.checkpoint is None:
            waiting = self.records.filter(pk__lt=until).order_by("pk")
            return waiting.filter(pk__gt=last["id"]) if last else waiting
        sealed = self.records.filter(sealed__index__lt=self.checkpoint.size)
        beyond = last["index"] if last else -1
        return sealed.filter(sealed__index__gt=beyond).order_by("sealed__index")

    def with_proofs(
        self, page: list[dict[str, Any]], tree: merkle.Tree | None
    ) -> list[dict[str, Any]]:
        """Add to each record its path in the tree, where the order asks for it."""
        if tree is None:
            return page
        return [
            {**values, "proof": in_base64(tree.inclusion(values["index"]))}
            for values in page
        ]

    def tree(self) -> merkle.Tree | None:
        """Return the tree that proofs are read from; None where there are none."""
        if self.checkpoint is None or not self.proved:
            return None
        return tree_under(self.checkpoint)

    def lines(self, page: Sequence[Values]) -> bytes:
        """Return a page of records in the form that was asked for."""
        if not self.personal:
            page = [without_personal(values) for values in page]
        if self.form == "csv":
            return csv_lines(page, personal=self.personal)
        return jsonl_lines(page)


class Export:
    """The bytes of an export, in pages; close it, whether or not it was read.

    ``export.started`` is committed before the first byte, ``export.finished`` after
    the last, or ``export.aborted`` if whoever reads goes away.  What is recorded
    after the start does not appear.  No transaction, cursor or connection is held
    while somebody reads slowly.
    """

    def __init__(self, order: Order, *, now: datetime) -> None:
        """Take a slot and record the start.

        Raises TooManyExports, or RecordUnavailable: then nothing leaves.
        """
        if not _slots.acquire(blocking=False):
            raise TooManyExports
        self._order = order
        self._context = current()
        self.count = 0
        self._digest = hashlib.sha256()
        self._is_over = False
        try:
            self._started_id = self._record("export.started", now, {})
        except BaseException:
            _slots.release()
            raise
        self._pages = self._read()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        """Return the next bytes; at the end, record the finish first."""
        try:
            sent = next(self._pages)
        except StopIteration:
            self._end("export.finished")
            raise
        self._digest.update(sent)
        return sent

    def close(self) -> None:
        """Give the slot back; record how far it got if it was not read to its end."""
        self._pages.close()
        self._end("export.aborted")

    def _read(self) -> Generator[bytes, None, None]:
        if head := self._order.head():
            yield head
        last: Values | None = None
        tree = self._order.tree()
        while page := self._page(last, tree):
            give_connection_back()
            last = page[-1]
            for begin in range(0, len(page), PIECE):
                piece = page[begin : begin + PIECE]
                self.count += len(piece)
                yield self._order.lines(piece)

    def _page(
        self, last: Values | None, tree: merkle.Tree | None
    ) -> list[dict[str, Any]]:
        following = self._order.after(last, until=self._started_id)
        return self._order.with_proofs(read_with_salts(following[:PAGE]), tree)

    def _end(self, event: str) -> None:
        if self._is_over:
            return
        self._is_over = True
        sent: dict[str, Fact] = {
            "started": self._started_id,
            "count": self.count,
            "digest": digest_text(self._digest.digest()),
        }
        try:
            self._record(event, timezone.now(), sent)
        finally:
            _slots.release()
            give_connection_back()

    def _record(self, event: str, now: datetime, sent: Mapping[str, Fact]) -> str:
        facts = self._order.facts.copy()
        facts["detail"] = {**(facts.get("detail") or {}), **sent}
        # Most of a stream is read after the request's own context has gone.
        with use(self._context), transaction.atomic():
            return record(event, now=now, **facts)
