"""Recording evidence: what every other app calls."""

from audit.errors import OutsideTransaction, RecordUnavailable
from audit.services.facts import Approver, Fact, Facts
from audit.services.floods import flush_floods, record_flood, settle_floods
from audit.services.preparation import Prepared, prepare
from audit.services.recording import record, record_denied
from audit.services.statement import evidence_ctes

__all__ = [
    "Approver",
    "Fact",
    "Facts",
    "OutsideTransaction",
    "Prepared",
    "RecordUnavailable",
    "evidence_ctes",
    "flush_floods",
    "prepare",
    "record",
    "record_denied",
    "record_flood",
    "settle_floods",
]
