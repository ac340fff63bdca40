"""The OpenID providers, for the pages that offer them."""

from django import template

from governance.oidc.configuration import ProviderSettings, providers

register = template.Library()


@register.simple_tag
def oidc_providers() -> tuple[ProviderSettings, ...]:
    """Return the providers of this installation."""
    return providers()
