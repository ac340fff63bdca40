"""What a person is asked in a modal, and what she is told there.

What a modal holds for its submission is signed: whoever has the bot's token could open
one that shows this request and holds another.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.core import signing
from django.utils.translation import gettext as _
from slack_sdk.models.blocks import (
    Block,
    DividerBlock,
    InputBlock,
    Option,
    PlainTextInputElement,
    StaticSelectElement,
)
from slack_sdk.models.views import View

from approvals.channels.letters import written as time_written
from approvals.channels.slack import parts
from approvals.channels.slack.fit import Fit
from approvals.models import Approval
from approvals.views.words import CATEGORIES, what_happens

MOST_REASON: Final = 2000
REASON: Final = "reason"
CATEGORY: Final = "category"
_SALT: Final = "approvals.slack.modal"


def deny(approval: Approval, *, holds: Mapping[str, str]) -> dict[str, Any]:
    """Ask for the reason of a no; the agent is told, and the label says so."""
    return _modal(
        _("Deny"),
        [
            parts.told(approval),
            _where(approval),
            InputBlock(
                block_id=CATEGORY,
                label=parts.plain(_("What is wrong (the agent is told)")),
                element=StaticSelectElement(
                    action_id=CATEGORY,
                    options=_categories(),
                    initial_option=_categories()[0],
                ),
            ),
            _reason(_("Reason (the agent is told)"), is_optional=True),
        ],
        holds=_about(approval, "deny", holds),
    )


def approve(
    approval: Approval, *, holds: Mapping[str, str], shown: Fit, wants_reason: bool
) -> dict[str, Any]:
    """Show everything that the yes is about, and ask for it."""
    label = _("Why you approve this (the agent is not told)")
    return _modal(
        _("Approve"),
        [
            parts.told(approval),
            parts.words(f"{what_happens(approval)}."),
            _where(approval),
            DividerBlock(),
            *(parts.argument(row) for row in shown.rows),
            DividerBlock(),
            _reason(label, is_optional=not wants_reason),
        ],
        holds=_about(approval, "approve", holds),
    )


def notice(title: str, text: str, *, url: str = "", label: str = "") -> dict[str, Any]:
    """Tell something, with at most one way on."""
    blocks: list[Block] = [parts.words(text)]
    if url:
        blocks.append(parts.link(label or _("Open the page"), url))
    view = View(
        type="modal",
        title=parts.title(title),
        close=parts.title(_("Close")),
        blocks=blocks,
    )
    return _shaped(view)


def held(metadata: str) -> dict[str, str]:
    """Return what one of our modals holds; nothing, if it is not ours."""
    try:
        found: dict[str, str] = signing.loads(metadata, salt=_SALT)
    except signing.BadSignature:
        return {}
    return found


def _about(
    approval: Approval, verdict: str, holds: Mapping[str, str]
) -> dict[str, str]:
    shown = bytes(approval.fingerprint).hex()
    return {**holds, "verdict": verdict, "fingerprint": shown}


def _modal(
    title: str, blocks: Sequence[Block], *, holds: Mapping[str, str]
) -> dict[str, Any]:
    view = View(
        type="modal",
        callback_id=holds["verdict"],
        title=parts.title(title),
        submit=parts.title(title),
        close=parts.title(_("Back")),
        blocks=blocks,
        private_metadata=signing.dumps(dict(holds), salt=_SALT),
    )
    return _shaped(view)


def _shaped(view: View) -> dict[str, Any]:
    shaped: dict[str, Any] = view.to_dict()
    return shaped


def _where(approval: Approval) -> Block:
    until = time_written(approval.decide_by, zone=approval.tenant.time_zone)
    return parts.facts(
        [
            (_("Code"), approval.code),
            (_("Scope"), approval.scope),
            (_("Decide by"), until),
        ]
    )


def _reason(label: str, *, is_optional: bool) -> Block:
    return InputBlock(
        block_id=REASON,
        label=parts.plain(label),
        optional=is_optional,
        element=PlainTextInputElement(
            action_id=REASON, multiline=True, max_length=MOST_REASON
        ),
    )


def _categories() -> list[Option]:
    return [
        Option(text=parts.label(str(words)), value=name)
        for name, words in CATEGORIES.items()
    ]
