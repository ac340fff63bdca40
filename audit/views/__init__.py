"""The pages of the audit: search, one call, one record, exports."""

from audit.views.calls import CallView, RecordView
from audit.views.exports import ExportView
from audit.views.search import SearchView

__all__ = ["CallView", "ExportView", "RecordView", "SearchView"]
