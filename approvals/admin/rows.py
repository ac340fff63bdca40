"""Approvals in the admin: to look at, and to take back what is unspent."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from approvals.models import Approval, Claim, Delivery, Vote
from approvals.services import revoke, revoke_claim
from approvals.services.deliveries import send_again
from audit.visible import visible
from governance.admin.base import LookOnlyAdmin
from governance.admin.buttons import Button, ButtonsAdmin
from governance.errors import Denied
from governance.models import User
from governance.refusals import Refused


def _revoke(approval: Approval, *, by: User, now: datetime) -> None:
    try:
        revoke(approval.pk, by=by, now=now)
    except Denied as denied:
        raise Refused({"": [str(denied)]}) from denied


def _revoke_claim(claim: Claim, *, by: User, now: datetime) -> bool:
    if claim.approval is not None:
        _revoke(claim.approval, by=by, now=now)
        return True
    return revoke_claim(claim.pk, by=by, now=now)


def _is_approved(approval: Approval) -> bool:
    return approval.state == Approval.State.APPROVED


def _is_unspent(claim: Claim) -> bool:
    return claim.revoked_at is None and claim.uses < claim.max_uses


def _revoking(run: Callable[..., object], shown: Callable[[Any], bool]) -> Button:
    return Button(
        name="revoke",
        label=_("Revoke"),
        question=_(
            "Revoke {row}? The agent can't use it any more and has to ask again."
        ),
        run=run,
        shown=shown,
        is_dangerous=True,
    )


@admin.register(Approval)
class ApprovalAdmin(ButtonsAdmin):
    """What was asked and what became of it; decided on its own page, never here."""

    list_display = ("code", "tool", "scope", "agent", "state", "created_at")
    list_filter = ("state", "risk")
    search_fields = ("id", "code", "scope")
    exclude = (
        *("payload", "args_digest", "summary_digest", "fingerprint"),
        *("summary", "reasons", "reason_for_agent"),
    )
    readonly_fields = ("sentence", "words_of_the_agent", "told_the_agent")
    buttons: ClassVar[tuple[Button, ...]] = (_revoking(_revoke, _is_approved),)

    # What others wrote is shown as elsewhere: hidden characters made visible.

    @admin.display(description=_("summary"))
    def sentence(self, approval: Approval) -> str:
        """Return the sentence that was shown."""
        return visible(approval.summary)

    @admin.display(description=_("written by the agent, not checked"))
    def words_of_the_agent(self, approval: Approval) -> str:
        """Return the agent's reasons, a line each."""
        return "; ".join(visible(reason["text"]) for reason in approval.reasons)

    @admin.display(description=_("reason for the agent"))
    def told_the_agent(self, approval: Approval) -> str:
        """Return what the agent was told."""
        return visible(approval.reason_for_agent)


@admin.register(Vote)
class VoteAdmin(LookOnlyAdmin):
    """Who said what; append only."""

    tenant_path = "approval__tenant"
    list_display = ("approval", "person", "seat", "verdict", "channel", "at")
    list_filter = ("verdict", "seat")
    exclude = ("fingerprint", "seal")


@admin.register(Claim)
class ClaimAdmin(ButtonsAdmin):
    """A yes as a row; what it was spent on is in the evidence."""

    list_display = ("id", "tool", "scope", "agent", "uses", "max_uses", "execute_by")
    search_fields = ("id", "scope")
    exclude = ("args_digest", "summary_digest", "nonce_hash", "seal")
    buttons: ClassVar[tuple[Button, ...]] = (_revoking(_revoke_claim, _is_unspent),)


@admin.register(Delivery)
class DeliveryAdmin(ButtonsAdmin):
    """The outbox; a dead letter says why, and can be sent again."""

    list_display = (
        "event",
        "channel",
        "to",
        "state",
        "attempts",
        "error_code",
        "due_at",
    )
    list_filter: ClassVar = (
        *("state", "channel", "event"),
        ("webhook", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("recipient",)
    search_fields = ("approval__id", "recipient__username", "address")
    buttons: ClassVar[tuple[Button, ...]] = (
        Button(
            name="again",
            label=_("Send again"),
            question=_("Send {row} again?"),
            run=lambda delivery, **_: send_again(delivery.pk),
            shown=lambda delivery: delivery.state == Delivery.State.DEAD,
        ),
    )

    @admin.display(description=_("to"))
    def to(self, delivery: Delivery) -> str:
        """Return the person, or the place that is none."""
        return str(delivery.recipient or delivery.address)
