"""Writing evidence: with the thing that it records, or alone after a refusal."""

import logging
from datetime import datetime
from typing import Final, NoReturn, Unpack

from django.db import DatabaseError, InterfaceError, connection, transaction
from prometheus_client import Counter

from audit.errors import OutsideTransaction, RecordUnavailable
from audit.services.facts import Facts
from audit.services.preparation import Prepared, prepare
from audit.services.statement import evidence_ctes

_logger: Final = logging.getLogger(__name__)
_unavailable: Final = Counter(
    "sealwright_audit_unavailable", "Records that could not be written."
)
_INSERT: Final = (
    "WITH source AS (SELECT 1)," + evidence_ctes("e", source="source") + " SELECT 1"
)


def record(event: str, *, now: datetime, **facts: Unpack[Facts]) -> str:
    """Record an event in the transaction of what it records, and return its id.

    Raises OutsideTransaction without an open atomic block, RecordUnavailable if the
    database refuses: then what is recorded must not happen either.
    """
    if not connection.in_atomic_block:
        raise OutsideTransaction(f"{event} must commit with what it records.")
    prepared = prepare(event, now=now, **facts)
    try:
        _insert(prepared)
    except (DatabaseError, InterfaceError) as error:
        _give_up(event, error)
    return prepared.id


def record_denied(event: str, *, now: datetime, **facts: Unpack[Facts]) -> str:
    """Record a refusal in a transaction of its own, and return the record's id.

    The transaction is durable: it can't be nested in, and so not be rolled back with,
    the work that was refused.  Raises RecordUnavailable if it can't be written.
    """
    prepared = prepare(event, now=now, **facts)
    try:
        with transaction.atomic(durable=True):
            _insert(prepared)
    except (DatabaseError, InterfaceError) as error:
        _give_up(event, error)
    return prepared.id


def _insert(prepared: Prepared) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, prepared.params("e"))


def _give_up(event: str, error: Exception) -> NoReturn:
    _unavailable.inc()
    # The class alone: a driver's message quotes the statement, and so the evidence.
    _logger.error(
        "audit unavailable: %s not recorded (%s)", event, type(error).__name__
    )
    raise RecordUnavailable(event) from error
