"""Addresses that other systems call."""

from django.urls import path

from approvals.views import slack

app_name = "hooks"
urlpatterns = [path("slack/interactivity", slack.interactivity, name="slack")]
