"""What a call's credential could do, for pages that show the call."""

from django import template

from governance.above import Power, power_of
from governance.models import RouteVersion

register = template.Library()


@register.simple_tag
def credential_power(version: RouteVersion, scope: str) -> Power | None:
    """Return what could be done with it; None where the lane does not fit the scope."""
    try:
        return power_of(version, scope)
    except ValueError:
        return None
