"""Records as files: CSV and JSONL, streamed, and each export itself recorded."""

from audit.access import AuditScope
from audit.exports.stream import Export, Form, Order, TooManyExports
from audit.filters import Filters

__all__ = ["Export", "Form", "Order", "TooManyExports", "is_part"]


def is_part(filters: Filters, scope: AuditScope) -> bool:
    """Whether an export lacks records of the log, so that each brings its own proof."""
    return scope.tenants is not None or bool(filters.used() or filters.q)
