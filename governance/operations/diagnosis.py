"""What ``manage.py doctor`` looks at: all that refuses a start, and what merely hurts.

A part yields what it finds; one that yields nothing is well.  Nothing found names a
secret, and what is counted is only counted.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import DatabaseError, InterfaceError, connection

from governance.checks import configuration_problems
from governance.checks.database import database_problems
from governance.operations.examinations.rows import (
    altered_rows,
    claim_keys,
    lanes,
    old_keks,
    refused_backends,
)
from governance.operations.examinations.services import clock, mail, queue
from governance.operations.examinations.settings import (
    measuring,
    odd_settings,
    pooling,
)
from governance.operations.finding import Finding

Examination = Callable[[datetime], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What one part was found to be."""

    part: str
    findings: tuple[Finding, ...]

    @property
    def is_well(self) -> bool:
        """Whether there is no problem; a note is none."""
        return not any(finding.is_problem for finding in self.findings)


def diagnose(*, now: datetime) -> list[Diagnosis]:
    """Examine every part; those that ask the database only where it answers."""
    found = [Diagnosis(part, tuple(look(now))) for part, look in WITHOUT_ROWS.items()]
    if not _has_rows():
        return found
    return found + [Diagnosis(part, tuple(look(now))) for part, look in ROWS.items()]


def configuration(_now: datetime) -> Iterator[Finding]:
    """Yield what refuses a start before any database is asked."""
    for problem in configuration_problems():
        yield Finding(problem.msg)


def database(_now: datetime) -> Iterator[Finding]:
    """Yield what refuses a start once the database is asked."""
    for problem in database_problems():
        yield Finding(problem.msg)


def _has_rows() -> bool:
    try:
        return "governance_tenant" in connection.introspection.table_names()
    except (DatabaseError, InterfaceError):
        return False


WITHOUT_ROWS: Final[Mapping[str, Examination]] = {
    "configuration and keys": configuration,
    "settings": odd_settings,
    "database": database,
    "connections": pooling,
    "queue": queue,
    "mail": mail,
    "metrics and traces": measuring,
}
ROWS: Final[Mapping[str, Examination]] = {
    "clock": clock,
    "signing keys": claim_keys,
    "sealed rows": altered_rows,
    "credential lanes": lanes,
    "keys of keys": old_keks,
    "backends": refused_backends,
}
