"""The pieces of messages and modals; a value is inert in every one of them.

Values stand in ``rich_text`` or in ``plain_text`` without emoji.  In mrkdwn
``<!channel>`` would ring for everybody, and ``<https://evil|payments-api>`` would read
like the real thing.
"""

from collections.abc import Iterable
from itertools import accumulate
from typing import Final

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    PlainTextObject,
    RichTextBlock,
    RichTextElementParts,
    RichTextPreformattedElement,
    RichTextSectionElement,
    SectionBlock,
)

from approvals.channels.slack.fit import MAX_SENTENCE, value, weight, written
from approvals.display import Row
from approvals.models import Approval
from approvals.views.sentence import Piece, sentence
from governance.arguments import JSON, parse_json

MAX_FIELD: Final = 1900
MAX_TEXT: Final = 2900
MAX_LABEL: Final = 75  # of buttons and options
MAX_TITLE: Final = 24  # of modals, and of their buttons

Text = RichTextElementParts.Text
Style = RichTextElementParts.TextStyle


def plain(text: str) -> PlainTextObject:
    """Return words as nothing but words."""
    return PlainTextObject(text=text, emoji=False)


def label(text: str) -> PlainTextObject:
    """Return what stands on a button; a longer language is cut, and not refused."""
    return plain(_cut(text, MAX_LABEL))


def title(text: str) -> PlainTextObject:
    """Return what stands above a modal, or on the buttons below it."""
    return plain(_cut(text, MAX_TITLE))


def inert(text: str) -> str:
    """Return words for the one place that is mrkdwn always: a message's ``text``."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def words(text: str) -> Block:
    """Return a paragraph; Slack must not fold it away."""
    return SectionBlock(text=plain(_cut(text, MAX_TEXT)), expand=True)


def facts(pairs: Iterable[tuple[str, str]]) -> Block:
    """Return at most ten names with their values."""
    return SectionBlock(
        fields=[plain(_cut(f"{name}\n{value_}", MAX_FIELD)) for name, value_ in pairs],
        expand=True,
    )


def told(approval: Approval) -> Block:
    """Return the sentence of a request, its values set apart from our words."""
    pieces = sentence(approval, args_of(approval))
    text = sentence_of(approval)
    if weight(text) > MAX_SENTENCE:
        return _rich([Text(text=_cut(text, MAX_SENTENCE), style=Style(code=True))])
    return _rich([_piece(piece) for piece in pieces])


def sentence_of(approval: Approval) -> str:
    """Return the sentence as it is read here, everything in it visible."""
    return "".join(piece.text for piece in sentence(approval, args_of(approval)))


def argument(row: Row) -> Block:
    """Return one argument, whole."""
    name = written(row.name).removeprefix("/")
    return RichTextBlock(
        elements=[
            RichTextSectionElement(elements=[Text(text=name, style=Style(bold=True))]),
            RichTextPreformattedElement(elements=[Text(text=value(row))]),
        ]
    )


def buttons(*elements: ButtonElement) -> Block:
    """Return a row of buttons."""
    return ActionsBlock(elements=list(elements))


def link(name: str, url: str) -> Block:
    """Return one button that only leads somewhere of ours."""
    return buttons(ButtonElement(text=label(name), url=url, action_id="review"))


def args_of(approval: Approval) -> dict[str, JSON] | None:
    """Return the arguments, or None once they were dropped."""
    if approval.payload is None:
        return None
    return parse_json(bytes(approval.payload.request))


def _piece(piece: Piece) -> Text:
    return (
        Text(text=piece.text, style=Style(code=True))
        if piece.is_value
        else Text(text=piece.text)
    )


def _rich(elements: list[Text]) -> Block:
    # Slack refuses an empty text.
    kept = [each for each in elements if each.text]
    return RichTextBlock(elements=[RichTextSectionElement(elements=kept)])


def _cut(text: str, most: int) -> str:
    if weight(text) <= most:
        return text
    kept = sum(end < most for end in accumulate(map(weight, text)))
    return f"{text[:kept]}…"
