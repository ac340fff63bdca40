"""Paths below ``/audit/``."""

from django.urls import path

from audit.views import CallView, ExportView, RecordView, SearchView

app_name = "audit"
urlpatterns = [
    path("", SearchView.as_view(), name="search"),
    path("calls/<slug:call_id>/", CallView.as_view(), name="call"),
    path("records/<slug:record_id>/", RecordView.as_view(), name="record"),
    path("export.csv", ExportView.as_view(form="csv"), name="export_csv"),
    path("export.jsonl", ExportView.as_view(form="jsonl"), name="export_jsonl"),
]
