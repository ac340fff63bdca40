"""Values of agents on a page: every character seen, nothing of it markup."""

from collections.abc import Iterable, Mapping
from typing import Final

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from approvals import wording
from approvals.difference import Change, Line, Stretch
from approvals.display import Fold, Kind, Row, Run, original, visible
from approvals.models import Approval, Vote
from approvals.views.words import CATEGORIES, PRIVILEGES, SHORT_STATES
from audit.words import CHANNELS, RISKS

register = template.Library()

_ELEMENTS: Final = {
    Change.SAME: "{}",
    Change.ADDED: "<ins>{}</ins>",
    Change.REMOVED: "<del>{}</del>",
}
_CHANGES: Final = {
    Change.SAME: gettext_lazy("the same"),
    Change.CHANGED: gettext_lazy("changed"),
    Change.ADDED: gettext_lazy("added"),
    Change.REMOVED: gettext_lazy("removed"),
}
_TYPES: Final = {
    "text": gettext_lazy("text"),
    "true or false": gettext_lazy("true or false"),
    "whole number": gettext_lazy("whole number"),
    "number": gettext_lazy("number"),
    "nothing": gettext_lazy("nothing"),
    "list": gettext_lazy("list"),
    "object": gettext_lazy("object"),
}
_NOTES: Final = {
    "empty text": gettext_lazy("empty text"),
    "empty list": gettext_lazy("empty list"),
    "empty object": gettext_lazy("empty object"),
}
# Spoken in the place of a picture; the name of a character is Unicode's.
_SPOKEN: Final = {
    "line break": gettext_lazy("line break"),
    "tab": gettext_lazy("tab"),
}
# Their own direction, never translated: a page must not reorder or reword a value.
_VALUE = '<bdi dir="auto" translate="no" class="value">{}</bdi>'


@register.filter
def value(text: str) -> SafeString:
    """Show a text of an agent with all that hides in it made visible."""
    return format_html(_VALUE, _runs(visible(text)))


@register.filter
def runs(shown: Iterable[Run]) -> SafeString:
    """Show runs that were made visible before."""
    return format_html(_VALUE, _runs(shown))


@register.filter
def marked(shown: Iterable[Run]) -> SafeString:
    """Show a value inside of a sentence of ours, told apart from its words."""
    return format_html(_VALUE.replace('"value"', '"value marked"'), _runs(shown))


@register.filter
def words(shown: Iterable[Run]) -> SafeString:
    """Show words of the route; the blanks at their ends part them from values."""
    return format_html_join("", "{}", ((_word(run),) for run in shown))


def _word(run: Run) -> str | SafeString:
    return original([run]) if run.kind is Kind.SPACES else _element(run)


def _runs(shown: Iterable[Run]) -> SafeString:
    return format_html_join("", "{}", ((_element(run),) for run in shown))


def _element(run: Run) -> str | SafeString:
    if run.kind is Kind.TEXT:
        return run.text
    # The line break itself stays outside of the element that pictures it.
    picture, layout = run.text.rstrip("\n"), "\n" if run.text.endswith("\n") else ""
    picturing = '<span class="{}" role="img" aria-label="{}">{}</span>{}'
    if run.kind is Kind.NOTE:
        note = _NOTES.get(run.text, run.text)
        return format_html('<span class="note">{}</span>', note)
    label = _SPOKEN.get(run.label, run.label)
    return format_html(picturing, f"seen {run.kind}", label, picture, layout)


@register.filter
def compared(stretches: Iterable[Stretch]) -> SafeString:
    """Show a changed text: what went and what came, in elements that say so."""
    return format_html(_VALUE, format_html_join("", "{}", map(_stretch, stretches)))


def _stretch(stretch: Stretch) -> tuple[SafeString]:
    shown = _runs(stretch.runs)
    return (format_html(_ELEMENTS[stretch.change], shown),)


@register.filter
def change_of(line: Line) -> str:
    """Say what became of an argument; never told by colour alone."""
    return str(_CHANGES[line.change])


@register.filter
def type_of(row: Row) -> str:
    """Say what type a value has, and how long a text is."""
    word = str(_TYPES[row.type])
    if row.length is None:
        return word
    count = {"type": word, "count": grouped(row.length)}
    text = ngettext(
        "%(type)s, %(count)s character", "%(type)s, %(count)s characters", row.length
    )
    return text % count


@register.filter
def bar(fold: Fold) -> str:
    """Say how much is folded: ``12,310 more characters, 214 lines``."""
    count = {"characters": grouped(fold.characters), "lines": grouped(fold.lines)}
    text = ngettext(
        "%(characters)s more characters, %(lines)s line",
        "%(characters)s more characters, %(lines)s lines",
        fold.lines,
    )
    return text % count


@register.filter
def state_word(state: str) -> str:
    """Return the state of a request as a word."""
    return str(SHORT_STATES.get(state, state))


@register.filter
def risk_word(risk: str) -> str:
    """Return a risk as a word."""
    return str(RISKS.get(risk, risk))


@register.filter
def privilege_word(privilege: str) -> str:
    """Return what a lane may do as a word."""
    return str(PRIVILEGES.get(privilege, privilege))


@register.filter
def channel_word(channel: str) -> str:
    """Return where somebody voted."""
    return str(CHANNELS.get(channel, channel))


@register.filter
def category_word(category: str) -> str:
    """Return why somebody said no."""
    return str(CATEGORIES.get(category, category))


@register.filter
def voted(vote: Vote) -> str:
    """Say who voted how; an owner confirms, and never approves for another."""
    words = _("%(name)s approved")
    if vote.verdict == Vote.Verdict.DENY:
        words = _("%(name)s denied")
    elif vote.seat == Vote.Seat.OWNER:
        words = _("%(name)s confirmed as owner")
    return words % {"name": vote.person.username}


@register.filter
def lookers(approval: Approval) -> str:
    """Name who is looking, from what was prefetched."""
    return wording.listed([each.person.username for each in approval.takings.all()])


@register.filter
def what_happened(approval: Approval) -> str:
    """Say in a few words how a request stands or ended."""
    return wording.what_happened(approval)


@register.filter
def yes_votes(approval: Approval) -> int:
    """Count the approving votes of a request, from what was prefetched."""
    return sum(v.verdict == Vote.Verdict.APPROVE for v in approval.votes.all())


@register.filter
def get(values: Mapping[str, object], name: str) -> object:
    """Look a value up by a name that is itself one; None where there is none."""
    return values.get(name)


@register.filter
def grouped(number: int) -> str:
    """Write a number with its thousands apart: ``12,310``."""
    return f"{number:,}"
