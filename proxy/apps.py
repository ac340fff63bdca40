"""Django's entry for the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProxyConfig(AppConfig):
    """See docs/one-call.md for what lives here."""

    name = "proxy"
    verbose_name = _("Calls")
