"""Django's entry for the app."""

from django.apps import AppConfig


class GovernanceConfig(AppConfig):
    """See docs/one-call.md for what lives here."""

    name = "governance"
    verbose_name = "Configuration"
