"""Django's entry for the app."""

from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    """See docs/one-call.md for what lives here."""

    name = "approvals"
