"""Paths below ``/audit/``."""

from django.urls import path

from audit.views import (
    ActivityView,
    CallView,
    ExportView,
    RecordView,
    SearchView,
    SessionView,
)
from audit.views import log as log_views

app_name = "audit"
urlpatterns = [
    path("", SearchView.as_view(), name="search"),
    path("activity/", ActivityView.as_view(), name="activity"),
    path("sessions/<slug:session_id>/", SessionView.as_view(), name="session"),
    path("calls/<slug:call_id>/", CallView.as_view(), name="call"),
    path("records/<slug:record_id>/", RecordView.as_view(), name="record"),
    path("records/<slug:record_id>/proof", log_views.ProofView.as_view(), name="proof"),
    path("log/", log_views.LogView.as_view(), name="log"),
    path("log/checkpoint", log_views.CheckpointView.as_view(), name="checkpoint"),
    path("log/vkey.txt", log_views.KeysView.as_view(), name="vkey"),
    path("log/verify.py", log_views.VerifierView.as_view(), name="verifier"),
    path("log/hashes.bin", log_views.HashesView.as_view(), name="hashes"),
    path("log/consistency", log_views.ConsistencyView.as_view(), name="consistency"),
    path("export.csv", ExportView.as_view(form="csv"), name="export_csv"),
    path("export.jsonl", ExportView.as_view(form="jsonl"), name="export_jsonl"),
]
