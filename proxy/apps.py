"""Django's entry for the app."""

from django.apps import AppConfig


class ProxyConfig(AppConfig):
    """See docs/one-call.md for what lives here."""

    name = "proxy"
    verbose_name = "Calls"
