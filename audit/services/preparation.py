"""From the facts of an event to the rows that say so: leaf, salts, leaf hash."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Unpack

from django.conf import settings

from audit.columns import PERSONAL, VERSION, salt_of
from audit.context import Context, current
from audit.digests import digest_text
from audit.events import outcome_of
from audit.ids import new_id
from audit.leaf import SALT_BYTES, Json, canonical, commitment, leaf_bytes, leaf_hash
from audit.randomness import random_bytes
from audit.redaction import redact
from audit.services.facts import ActorKind, Facts
from audit.text import (
    INDEXED_CHARACTERS,
    NAME_CHARACTERS,
    SUMMARY_CHARACTERS,
    TEXT_CHARACTERS,
    capped,
    fitting,
    instant,
    plain,
)

_TEXTS: Final[Mapping[str, int]] = {
    "reason": INDEXED_CHARACTERS,
    "tenant": INDEXED_CHARACTERS,
    "agent": INDEXED_CHARACTERS,
    "tool": INDEXED_CHARACTERS,
    "risk": NAME_CHARACTERS,
    "backend": INDEXED_CHARACTERS,
    "backend_origin": NAME_CHARACTERS,
    "session_id": NAME_CHARACTERS,
    "call_id": NAME_CHARACTERS,
    "approval_id": NAME_CHARACTERS,
    "claim_id": NAME_CHARACTERS,
    "scope": TEXT_CHARACTERS,
    "lane": INDEXED_CHARACTERS,
    "policy": TEXT_CHARACTERS,
    "request_id": NAME_CHARACTERS,
    "trace_id": NAME_CHARACTERS,
    "person": NAME_CHARACTERS,
    "on_behalf_of": NAME_CHARACTERS,
    "summary": SUMMARY_CHARACTERS,
    "client_address": NAME_CHARACTERS,
}
_DIGESTS: Final = frozenset(
    {
        "claim_nonce",
        "credential",
        "route_digest",
        "args_digest",
        "summary_digest",
        "fingerprint",
    }
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """One record, ready to be inserted by any statement (``evidence_ctes``)."""

    id: str
    leaf: bytes
    leaf_hash: bytes
    personal: str | None

    def params(self, prefix: str) -> dict[str, str | bytes | None]:
        """Return the named parameters of ``evidence_ctes(prefix, …)``."""
        return {
            f"{prefix}_leaf": self.leaf.decode(),
            f"{prefix}_leaf_hash": self.leaf_hash,
            f"{prefix}_personal": self.personal,
        }


def prepare(event: str, *, now: datetime, **facts: Unpack[Facts]) -> Prepared:
    """Return the rows of a record with salts, leaf and leaf hash; writes nothing.

    Raises UnknownEvent if ``audit.events`` lacks the event.
    """
    context = current()
    record_id = new_id("evt")
    columns: dict[str, Json] = {
        "id": record_id,
        "version": VERSION,
        "at": instant(now),
        "event": event,
        "outcome": outcome_of(event),
        "actor_kind": facts.get("actor_kind") or _actor_kind(facts, context),
        "door": context.door,
        "software": settings.VERSION,
        **_said(facts, context),
    }
    values = {
        column: _as_committed(columns.pop(column))
        for column in PERSONAL
        if column in columns
    }
    salts = _salts(values)
    leaf = leaf_bytes(
        columns, {name: commitment(salts[name], name, values[name]) for name in values}
    )
    return Prepared(
        record_id, leaf, leaf_hash(leaf), _personal_row(record_id, values, salts)
    )


def _said(facts: Facts, context: Context) -> dict[str, Json]:
    asked: Mapping[str, object] = {
        "request_id": context.request_id,
        "trace_id": context.trace_id,
        "client_address": context.client_address,
        **facts,
    }
    # Absent, None and empty are one thing, so that a leaf has no nulls; 0 is a number.
    return {
        column: _fit(column, value)
        for column, value in asked.items()
        if (value or value == 0) and column != "actor_kind"
    }


def _fit(column: str, value: object) -> Json:
    if column in _TEXTS and isinstance(value, str):
        return capped(value, _TEXTS[column])
    if column in _DIGESTS and isinstance(value, bytes | str):
        return digest_text(value)
    if isinstance(value, int):
        return value
    # Only these two may hold words that are not ours, and with them a secret.
    foreign = column in {"detail", "stated_reason"}
    told = plain(value, clean=redact if foreign else str)
    return fitting(told) if isinstance(told, dict) else told


def _actor_kind(facts: Facts, context: Context) -> ActorKind:
    if facts.get("person"):
        return "person"
    if facts.get("agent"):
        return "agent"
    return "system" if context.door in {"task", "command"} else "anonymous"


def _as_committed(value: Json) -> str:
    return value if isinstance(value, str) else canonical(value)


def _salts(values: Mapping[str, str]) -> dict[str, bytes]:
    # One reading of the system's randomness, cut into a salt for each value.
    pool = random_bytes(SALT_BYTES * len(values))
    return {
        column: pool[number * SALT_BYTES : (number + 1) * SALT_BYTES]
        for number, column in enumerate(values)
    }


def _personal_row(
    record_id: str, values: Mapping[str, str], salts: Mapping[str, bytes]
) -> str | None:
    if not values:
        return None
    row: dict[str, Json] = {"record_id": record_id, **values}
    row.update({salt_of(name): rf"\x{salt.hex()}" for name, salt in salts.items()})
    return canonical(row)
