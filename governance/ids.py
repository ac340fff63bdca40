"""Public ids, as everything above the audit layer imports them."""

from audit.ids import new_id

__all__ = ["new_id"]
