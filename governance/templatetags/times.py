"""Times as people read them: their own zone, UTC beside it, and how far away."""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from django import template
from django.utils import timezone
from django.utils.dateformat import format as written
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

register = template.Library()

MINUTE: Final = 60
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


@register.simple_tag(takes_context=True)
def moment(context: Mapping[str, Any], at: datetime | None) -> str:
    """Return ``14:05 CET (13:05 UTC), in 9 min`` as a ``time`` element."""
    if at is None:
        return ""
    now = timezone.now()
    return format_html(
        '<time datetime="{}">{}, <span class="relative">{}</span></time>',
        machine(at),
        clock(at, zone=_zone(context), now=now),
        distance(at, now=now),
    )


@register.simple_tag(takes_context=True)
def instant(context: Mapping[str, Any], at: datetime | None) -> str | SafeString:
    """Return ``14:05 CET (13:05 UTC)`` as a ``time`` element."""
    if at is None:
        return ""
    shown = clock(at, zone=_zone(context), now=timezone.now())
    return format_html('<time datetime="{}">{}</time>', machine(at), shown)


def _zone(context: Mapping[str, Any]) -> tzinfo:
    access = getattr(context.get("request"), "access", None)
    return getattr(access, "zone", UTC)


def machine(at: datetime) -> str:
    """Return a time as programs read it (RFC 3339, UTC, whole seconds)."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def clock(at: datetime, *, zone: tzinfo, now: datetime) -> str:
    """Return the time of day in a zone and in UTC, with its date unless it is today."""
    local, universal = at.astimezone(zone), at.astimezone(UTC)
    day = _day(local, now.astimezone(zone))
    here = f"{day}{local:%H:%M} {local.tzname()}"
    if local.utcoffset() == universal.utcoffset():
        return here
    return f"{here} ({universal:%H:%M} UTC)"


def _day(at: datetime, today: datetime) -> str:
    if at.date() == today.date():
        return ""
    # Django's format takes the month's name from the reader's language.
    return f"{written(at, 'j M' if at.year == today.year else 'j M Y')} "


def distance(at: datetime, *, now: datetime) -> str:
    """Return ``in 9 min`` or ``3 h ago``."""
    seconds = (at - now).total_seconds()
    far = abs(seconds)
    if far < MINUTE:
        return _("in under a minute") if seconds > 0 else _("just now")
    words = _("in %(span)s") if seconds > 0 else _("%(span)s ago")
    return words % {"span": span(far)}


@register.filter
def span(seconds: float) -> str:
    """Return a length of time in its largest sensible unit, rounded down."""
    if seconds < MINUTE:
        return _("%(count)d s") % {"count": seconds}
    if seconds < 2 * HOUR and seconds != HOUR:
        return _("%(count)d min") % {"count": seconds // MINUTE}
    if seconds < 2 * DAY:
        return _("%(count)d h") % {"count": seconds // HOUR}
    days = int(seconds // DAY)
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
