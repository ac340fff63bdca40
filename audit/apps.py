"""Django's view of this app."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Why we believed that it was allowed."""

    name = "audit"
    verbose_name = "Evidence"
