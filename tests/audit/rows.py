"""Rows of records as the pure sentence takes them; no database."""

import json
from datetime import datetime
from typing import Any, cast

from audit.columns import CLEAR, PERSONAL, Row
from audit.events import outcome_of
from audit.services import Facts, prepare
from tests.audit.evidence import CALL, NOW


def row(event: str, *, at: datetime = NOW, **changes: Any) -> Row:
    """Return what reading back a record of the call would give, with changes."""
    facts = cast("Facts", {**CALL, **changes})
    prepared = prepare(event, now=at, **facts)
    leaf = json.loads(prepared.leaf)
    personal = json.loads(prepared.personal or "{}")
    told: dict[str, Any] = {column: leaf.get(column) for column in CLEAR}
    told |= {column: personal.get(column) for column in PERSONAL}
    told |= {"at": at, "outcome": outcome_of(event), "leaf": prepared.leaf}
    return cast("Row", told)


def erased(told: Row, *columns: str) -> Row:
    """Return the row after these personal values were erased."""
    return cast("Row", {**told, **dict.fromkeys(columns)})
