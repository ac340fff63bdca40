"""The pieces of messages and modals; a value is inert in every one of them.

Values stand in ``rich_text`` or in ``plain_text`` without emoji.  In mrkdwn
``<!channel>`` would ring for everybody, and ``<https://evil|payments-api>`` would read
like the real thing.
"""

from collections.abc import Iterable
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

from approvals.channels.slack.fit import MAX_SENTENCE, value, written
from approvals.display import Row
from approvals.models import Approval
from approvals.views.sentence import Piece, sentence
from governance.arguments import JSON, parse_json

MAX_FIELD: Final = 1900
MAX_TEXT: Final = 2900

Text = RichTextElementParts.Text
Style = RichTextElementParts.TextStyle


def plain(text: str) -> PlainTextObject:
    """Return words as nothing but words."""
    return PlainTextObject(text=text, emoji=False)


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
    if sum(len(written(piece.runs)) for piece in pieces) > MAX_SENTENCE:
        text = written(run for piece in pieces for run in piece.runs)
        return _rich([Text(text=_cut(text, MAX_SENTENCE), style=Style(code=True))])
    return _rich([_piece(piece) for piece in pieces])


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


def link(label: str, url: str) -> Block:
    """Return one button that only leads somewhere of ours."""
    return buttons(ButtonElement(text=plain(label), url=url, action_id="review"))


def args_of(approval: Approval) -> dict[str, JSON] | None:
    """Return the arguments, or None once they were dropped."""
    if approval.payload is None:
        return None
    return parse_json(bytes(approval.payload.request))


def _piece(piece: Piece) -> Text:
    text = written(piece.runs)
    return (
        Text(text=text, style=Style(code=True)) if piece.is_value else Text(text=text)
    )


def _rich(elements: list[Text]) -> Block:
    # Slack refuses an empty text.
    kept = [each for each in elements if each.text]
    return RichTextBlock(elements=[RichTextSectionElement(elements=kept)])


def _cut(text: str, most: int) -> str:
    # Room for what Slack makes entities of; what matters whole is measured by `fit`.
    return text if len(text) <= most else f"{text[: most - 1]}…"
