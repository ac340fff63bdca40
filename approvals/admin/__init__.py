"""Approvals in the admin.

rows.py       to look at, and to take back what is unspent
webhooks.py   where a tenant's own systems are told
"""

from approvals.admin import rows, webhooks

__all__ = ["rows", "webhooks"]
