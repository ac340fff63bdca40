"""Arguments as a person can trust them: visible, in rows, folded, reviewable. Pure."""

from approvals.display.reviewable import Unreviewable, reviewable
from approvals.display.rows import Fold, Row, Shown, Table, rows, table
from approvals.display.runs import Kind, Run, original, visible

__all__ = [
    "Fold",
    "Kind",
    "Row",
    "Run",
    "Shown",
    "Table",
    "Unreviewable",
    "original",
    "reviewable",
    "rows",
    "table",
    "visible",
]
