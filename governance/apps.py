"""Django's entry for the app."""

from importlib import import_module

from django.apps import AppConfig


class GovernanceConfig(AppConfig):
    """See docs/one-call.md for what lives here."""

    name = "governance"
    verbose_name = "Configuration"

    def ready(self) -> None:
        """Register the system checks."""
        import_module("governance.checks")
