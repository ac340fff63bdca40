"""What one person reads in a direct message: a letter as mail has it, less the mail."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _
from slack_sdk.models.blocks import Block

from approvals.channels.letters import Letter
from approvals.channels.slack import parts
from approvals.channels.slack.messages import message

# Slack takes at most ten fields in a section.
FIELDS: Final = 10
# Lines of a list that stand in one paragraph.
LINES: Final = 5


def direct(letter: Letter, *, named: str) -> dict[str, Any]:
    """Return the message; ``named`` is the code and the tool, for a notification."""
    return message(f"{letter.lead} {named}".strip(), list(_blocks(letter)))


def _blocks(letter: Letter) -> Iterator[Block]:
    yield parts.words(letter.lead)
    for pairs in _by(FIELDS, letter.facts):
        yield parts.facts(pairs)
    for pairs in _by(FIELDS, letter.arguments):
        yield parts.facts(pairs)
    if letter.waiting:
        yield parts.words(_("%(title)s:") % {"title": letter.waiting_title})
    for lines in _by(LINES, letter.waiting):
        yield parts.words("\n".join(f"• {line}" for line in lines))
    yield parts.link(letter.action, letter.url)


def _by(count: int, items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (items[at : at + count] for at in range(0, len(items), count))
