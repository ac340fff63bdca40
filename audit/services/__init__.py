"""Recording evidence: what every other app calls."""

from audit.errors import OutsideTransaction, RecordUnavailable
from audit.services.erasure import Erased, Subjects, count_values, erase_values
from audit.services.facts import Approver, Fact, Facts
from audit.services.floods import flush_floods, record_flood, settle_floods
from audit.services.holds import held_subjects, place_hold, release_hold
from audit.services.preparation import Prepared, prepare
from audit.services.recording import record, record_denied
from audit.services.retention import Retained, apply_retention
from audit.services.retention import may_apply as may_apply_retention
from audit.services.statement import evidence_ctes

__all__ = [
    "Approver",
    "Erased",
    "Fact",
    "Facts",
    "OutsideTransaction",
    "Prepared",
    "RecordUnavailable",
    "Retained",
    "Subjects",
    "apply_retention",
    "count_values",
    "erase_values",
    "evidence_ctes",
    "flush_floods",
    "held_subjects",
    "may_apply_retention",
    "place_hold",
    "prepare",
    "record",
    "record_denied",
    "record_flood",
    "release_hold",
    "settle_floods",
]
