"""Arguments as a person can trust them: visible, in rows, folded, reviewable. Pure."""

from approvals.display.flags import Flag, FlagKind, flags
from approvals.display.reviewable import Unreviewable, reviewable
from approvals.display.rows import Fold, Row, Shown, Table, rows, table
from approvals.display.runs import Kind, Run, original, visible

__all__ = [
    "Flag",
    "FlagKind",
    "Fold",
    "Kind",
    "Row",
    "Run",
    "Shown",
    "Table",
    "Unreviewable",
    "flags",
    "original",
    "reviewable",
    "rows",
    "table",
    "visible",
]
