"""Values of agents on a page: every character seen, nothing of it markup."""

from collections.abc import Iterable, Mapping

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from approvals import wording
from approvals.display import Kind, Run, original, visible
from approvals.models import Approval, Vote

register = template.Library()

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
        return format_html('<span class="note">{}</span>', run.text)
    return format_html(picturing, f"seen {run.kind}", run.label, picture, layout)


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
    """Look a value up by a name that is itself one."""
    return values[name]


@register.filter
def grouped(number: int) -> str:
    """Write a number with its thousands apart: ``12,310``."""
    return f"{number:,}"
