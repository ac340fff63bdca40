"""The pages of the audit: search, activity, one call, session or record, exports."""

from audit.views.activity import ActivityView
from audit.views.calls import CallView, RecordView
from audit.views.exports import ExportView
from audit.views.search import SearchView
from audit.views.sessions import SessionView

__all__ = [
    "ActivityView",
    "CallView",
    "ExportView",
    "RecordView",
    "SearchView",
    "SessionView",
]
