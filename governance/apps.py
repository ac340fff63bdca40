"""Django's entry for the app."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GovernanceConfig(AppConfig):
    """See docs/one-call.md for what lives here."""

    name = "governance"
    verbose_name = _("Configuration")

    def ready(self) -> None:
        """Register the system checks."""
        import_module("governance.checks")
