"""Django's view of this app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    """Why we believed that it was allowed."""

    name = "audit"
    verbose_name = _("Evidence")
