"""What a person settles about herself: how she is asked, her linked Slack account."""

from django.urls import path

from approvals.views import preferences, slack_account

app_name = "approvals_account"
urlpatterns = [
    path("preferences/", preferences.preferences, name="preferences"),
    path("slack/", slack_account.linking, name="slack"),
    path("slack/link", slack_account.link, name="slack_link"),
    path("slack/confirm", slack_account.confirm, name="slack_confirm"),
    path("slack/unlink", slack_account.unlink, name="slack_unlink"),
]
