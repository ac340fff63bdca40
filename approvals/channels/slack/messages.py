"""What a channel reads: a question with buttons, or what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _
from slack_sdk.models.blocks import Block, ButtonElement

from approvals.channels.letters import written as time_written
from approvals.channels.slack import parts
from approvals.channels.slack.fit import fit
from approvals.channels.wording import APPROVED, CONFIRMED, SAYINGS
from approvals.display import rows
from approvals.models import Approval, Vote
from approvals.wording import listed, what_happened
from audit.words import RISKS

# A message is retrieved whole by everybody's client: no unfurling, no mentions.
QUIET: Final = {"unfurl_links": False, "unfurl_media": False, "link_names": False}


@dataclass(frozen=True, slots=True)
class Question:
    """A request as it is put to a channel; ``value`` names this copy to us.

    ``approvers`` are those whose yes counts by now.
    """

    approval: Approval
    url: str
    value: str
    offers_approval: bool
    approvers: tuple[str, ...] = ()


def question(asked: Question) -> dict[str, Any]:
    """Return the message that asks."""
    approval = asked.approval
    lead = _("%(agent)s asks for a decision.") % {"agent": approval.agent.name}
    return message(
        _("Approval %(code)s: %(tool)s waits for a decision.") % _named(approval),
        [
            parts.words(lead),
            parts.told(approval),
            parts.facts([*_facts(approval), *_open_facts(asked)]),
            *_arguments(approval),
            _buttons(asked),
        ],
    )


def ended(approval: Approval, *, outcome: str) -> dict[str, Any]:
    """Return what takes the question's place: who, when, where, and what came of it.

    ``outcome`` is an event of a call, or empty.  No buttons.
    """
    happened = _happened(approval)
    lines = [f"{happened}."]
    if outcome in SAYINGS:
        by_owner = approval.votes.filter(seat=Vote.Seat.OWNER).exists()
        yes = CONFIRMED if by_owner else APPROVED
        lines.append(SAYINGS[outcome].said(yes=yes))
    named = _("Approval %(code)s: %(tool)s.") % _named(approval)
    return message(
        f"{named} {what_happened(approval)}.",
        [
            parts.words("\n".join(lines)),
            parts.told(approval),
            parts.facts(_facts(approval)),
        ],
    )


def notice(approval: Approval, *, event: str, url: str) -> dict[str, Any]:
    """Return a message about something that everybody has to know of."""
    saying = SAYINGS[event]
    return message(
        f"{saying.prefix} {approval.code} {approval.tool}",
        [
            parts.words(saying.said()),
            parts.told(approval),
            parts.facts(_facts(approval)),
            parts.link(_("Open"), url),
        ],
    )


def text_only(text: str) -> dict[str, Any]:
    """Return a message of our words alone."""
    return message(text, [parts.words(text)])


def message(text: str, blocks: Sequence[Block]) -> dict[str, Any]:
    """Return what is posted: blocks, and a text for whoever does not see them."""
    shown = [block.to_dict() for block in blocks]
    return {"text": parts.inert(text), "blocks": shown, **QUIET}


def _named(approval: Approval) -> dict[str, str]:
    return {"code": approval.code, "tool": approval.tool}


def _facts(approval: Approval) -> list[tuple[str, str]]:
    agent = _("%(agent)s, owned by %(owner)s") % {
        "agent": approval.agent.name,
        "owner": approval.agent.owner,
    }
    return [
        (_("Code"), approval.code),
        (_("Tool"), approval.tool),
        (_("Scope"), approval.scope),
        (_("Risk"), str(RISKS.get(approval.risk, approval.risk))),
        (_("Agent"), agent),
    ]


def _open_facts(asked: Question) -> list[tuple[str, str]]:
    approval = asked.approval
    needed = _("%(quorum)s of %(group)s") % {
        "quorum": approval.quorum,
        "group": approval.group.name,
    }
    return [
        (_("Needed"), needed),
        (_("Approved so far"), _so_far(asked)),
        (_("Decide by"), _time(approval, approval.decide_by)),
    ]


def _so_far(asked: Question) -> str:
    have = {"have": len(asked.approvers), "quorum": asked.approval.quorum}
    if not asked.approvers:
        return _("%(have)s of %(quorum)s") % have
    names = {**have, "names": listed(asked.approvers)}
    return _("%(have)s of %(quorum)s: %(names)s") % names


def _time(approval: Approval, at: datetime) -> str:
    return time_written(at, zone=approval.tenant.time_zone)


def _arguments(approval: Approval) -> list[Block]:
    args, version = parts.args_of(approval), approval.route_version
    allowed = {k: v for k, v in (args or {}).items() if k in version.in_messages}
    if not allowed:
        return []
    found = rows(allowed, version.arguments_schema, full=True)
    shown = fit(found, sentence="")
    blocks = [parts.argument(row) for row in shown.rows]
    if len(shown.rows) < shown.count:
        count = {"shown": len(shown.rows), "count": shown.count}
        cut = (
            _("%(shown)s of %(count)s arguments shown; the page has them all.") % count
        )
        blocks.append(parts.words(cut))
    return blocks


def _buttons(asked: Question) -> Block:
    code = asked.approval.code
    elements = [
        ButtonElement(text=parts.label(_("Review")), url=asked.url, action_id="review"),
        ButtonElement(
            text=parts.label(_("Deny…")),
            action_id="deny",
            value=asked.value,
            accessibility_label=_("Deny %(code)s") % {"code": code},
        ),
    ]
    if asked.offers_approval:
        elements.append(
            ButtonElement(
                text=parts.label(_("Approve…")),
                action_id="approve",
                value=asked.value,
                accessibility_label=_("Approve %(code)s") % {"code": code},
            )
        )
    return parts.buttons(*elements)


def _happened(approval: Approval) -> str:
    at = approval.ended_at or approval.decided_at
    said = what_happened(approval)
    if at is None:
        return said
    when = _time(approval, at)
    last = approval.votes.order_by("-at").first()
    if last is None or approval.state not in _BY_VOTE:
        return f"{said}, {when}"
    where = _("in Slack") if last.channel == "slack" else _("on the page")
    return f"{said} {where}, {when}"


_BY_VOTE: Final = frozenset(
    {Approval.State.APPROVED, Approval.State.EXECUTED, Approval.State.DENIED}
)
