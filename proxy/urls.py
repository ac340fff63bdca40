"""The addresses of calls, for people."""

from django.urls import path

from proxy import pages

app_name = "calls"
urlpatterns = [
    path("<slug:call_id>/", pages.call_page, name="call"),
    path("<slug:call_id>/resolve", pages.resolve, name="resolve"),
]
