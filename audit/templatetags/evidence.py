"""How evidence is shown: inert, with nothing hidden."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django import template
from django.utils.translation import gettext as _

from audit import visible as hidden
from audit.columns import CLEAR, PERSONAL, Row
from audit.leaf import committed
from audit.methods import in_words as methods_in_words
from audit.reasons import words_of
from audit.words import ACTORS, CHANNELS, FINDINGS, OUTCOMES, RISKS

register = template.Library()
_LEFT_OUT: Final = frozenset({"id", "version", "at", "event", "outcome"})


@register.filter
def visible(text: object) -> str:
    """Show a text's hidden characters."""
    return hidden.visible(str(text or ""))


@register.filter
def visible_lines(text: str) -> str:
    """Show the hidden characters of a text of several lines, keeping its lines."""
    return "\n".join(hidden.visible(line) for line in text.split("\n"))


@register.filter
def utc(at: datetime | None) -> str:
    """Return ``2026-11-23 10:02:03 UTC``."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if at else ""


@register.filter
def machine_time(at: datetime) -> str:
    """Return what belongs into ``<time datetime>``."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


@register.filter
def reason_in_words(reason: str | None) -> str:
    """Return why, in the reader's words and as a code."""
    words = words_of(reason) if reason else None
    return f"{_(words)} ({reason})" if words else reason or ""


@register.filter
def outcome_word(outcome: str) -> str:
    """Return how an event ended, as a word."""
    return str(OUTCOMES.get(outcome, outcome))


@register.filter
def actor_word(kind: str) -> str:
    """Return what kind of somebody did it, as words."""
    return str(ACTORS.get(kind, kind))


@register.filter
def recorded_risk(risk: str) -> str:
    """Return a recorded risk as a word."""
    return str(RISKS.get(risk, risk))


@register.filter
def channel_words(channel: str) -> str:
    """Return where somebody answered: ``on the page``."""
    return hidden.visible(str(CHANNELS.get(channel, channel)))


@register.filter
def finding_words(finding: str | None) -> str:
    """Return what somebody found out of an unknown outcome."""
    return hidden.visible(str(FINDINGS.get(finding or "", finding or "")))


@register.filter
def sign_in_words(methods: str | None) -> str:
    """Return how somebody signed in: ``password and one-time code``."""
    return hidden.visible(methods_in_words(methods or ""))


@register.filter
def took(duration: timedelta) -> str:
    """Return ``2 min 5 s``."""
    minutes, seconds = divmod(max(0, round(duration.total_seconds())), 60)
    hours, minutes = divmod(minutes, 60)
    parts = (
        (hours, _("%(count)d h")),
        (minutes, _("%(count)d min")),
        (seconds, _("%(count)d s")),
    )
    told = [words % {"count": number} for number, words in parts if number]
    return " ".join(told) or _("%(count)d s") % {"count": 0}


@register.filter
def in_a_line(shown: Mapping[str, Any] | str) -> str:
    """Return what is known of a rendering: ``locale en, view full``."""
    if isinstance(shown, str):
        return hidden.visible(shown)
    return hidden.visible(", ".join(f"{key} {shown[key]}" for key in sorted(shown)))


@register.filter
def as_json(value: object) -> str:
    """Return a value of a record's detail as one line of JSON."""
    return hidden.visible(json.dumps(value, ensure_ascii=False))


@register.filter
def columns(row: Row) -> list[tuple[str, str]]:
    """Return the columns of a record that hold something, by name, as text.

    A value that its leaf commits to and that is gone is shown as erased.
    """
    values = dict(row)
    said = [
        (name, _shown(values[name]))
        for name in (*CLEAR, *PERSONAL)
        if name not in _LEFT_OUT and values[name] is not None
    ]
    gone = sorted(name for name in committed(row["leaf"]) if values[name] is None)
    return said + [(name, _("erased")) for name in gone]


def _shown(value: object) -> str:
    if isinstance(value, dict):
        value = json.dumps(value, ensure_ascii=False)
    return hidden.visible(str(value))
