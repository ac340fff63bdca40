"""Approvals in the admin.

rows.py       to look at, and to take back what is unspent
slack.py      a workspace, its channels, who is whom there
webhooks.py   where a tenant's own systems are told
"""

from approvals.admin import rows, slack, webhooks

__all__ = ["rows", "slack", "webhooks"]
