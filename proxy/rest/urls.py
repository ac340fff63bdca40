"""The addresses of /v1."""

from django.urls import path, re_path

from proxy.rest import views
from proxy.rest.openapi import OpenAPIView

urlpatterns = [
    path("calls", views.CallsView.as_view()),
    path("tools", views.ToolsView.as_view()),
    path("calls/<str:call_id>", views.CallView.as_view()),
    path("claims", views.ClaimsView.as_view()),
    path("approvals/<str:approval_id>", views.ApprovalView.as_view()),
    path("approvals/<str:approval_id>/cancel", views.CancelView.as_view()),
    path("sessions", views.SessionsView.as_view()),
    path("sessions/<str:session_id>", views.SessionView.as_view()),
    path("sessions/<str:session_id>/epoch", views.EpochView.as_view()),
    path("openapi.json", OpenAPIView.as_view()),
    re_path("^.*$", views.NowhereView.as_view()),
]
