"""Every event that this version records, with the outcome that goes with it.  Pure.

Names are API: add, never rename.  ``docs/events.md`` lists the same, and a test holds
the two together.
"""

from collections.abc import Mapping
from typing import Final, Literal

Outcome = Literal["allowed", "asked", "denied", "done", "failed", "unknown"]


class UnknownEvent(LookupError):
    """An event that nobody declared here: a mistake in the program."""


def _all(outcome: Outcome, names: str) -> dict[str, Outcome]:
    return dict.fromkeys(names.split(), outcome)


EVENTS: Final[Mapping[str, Outcome]] = {
    # the call
    **_all("allowed", "call.allowed"),
    **_all("denied", "call.denied request.refused"),
    **_all("done", "call.completed call.resolved call.replayed"),
    **_all("failed", "call.failed credential.too_broad credential.revoke_failed"),
    **_all("unknown", "call.unknown"),
    **_all(
        "done",
        "session.opened session.ended session.expired session.context_changed",
    ),
    # who said yes
    **_all("asked", "approval.requested"),
    **_all(
        "done",
        "approval.notified approval.reminded approval.voted approval.approved"
        " approval.expired approval.lapsed approval.cancelled approval.superseded"
        " approval.revoked approval.commented"
        " claim.minted claim.revoked epoch.changed",
    ),
    **_all("denied", "approval.vote_refused approval.denied"),
    **_all("failed", "approval.notify_failed"),
    # what is allowed
    **_all(
        "done",
        "tenant.created tenant.changed tenant.suspended tenant.resumed"
        " tenant.writes_stopped tenant.writes_resumed"
        " agent.created agent.changed agent.suspended agent.resumed"
        " backend.created backend.changed backend.suspended backend.resumed"
        " key.created key.revoked membership.granted membership.ended group.changed"
        " toolset.changed lane.created lane.changed lane.secret_replaced"
        " route.created route.drafted route.published route.suspended"
        " route.resumed route.imported route.drifted route.proposed"
        " route.draft_dismissed"
        " signing_key.created signing_key.activated signing_key.retired"
        " signing_key.revoked kek.rotated lane.tested"
        " webhook.created webhook.changed webhook.secret_replaced"
        " slack.installed slack.changed slack.secret_replaced"
        " slack.linked slack.unlinked",
    ),
    **_all("denied", "key.refused slack.refused"),
    # people
    **_all(
        "done",
        "person.created person.changed person.signed_in person.signed_out"
        " person.reauthenticated person.password_changed person.factor_changed"
        " person.linked person.unlinked person.left person.preferences_changed",
    ),
    **_all("denied", "person.sign_in_failed person.locked"),
    # the evidence itself
    **_all("done", "export.started export.finished retention.applied"),
    **_all("done", "hold.placed hold.released person.erased"),
    **_all("failed", "export.aborted"),
    **_all(
        "done",
        "proof.exported log.heartbeat log.caught_up log.repaired log.key_changed"
        " log.anchor_recovered log.verified log.rollback_accepted",
    ),
    **_all(
        "failed",
        "log.lagging log.anchor_failed log.verify_failed log.rollback_detected",
    ),
}

# How a call ended: each allowed call has exactly one of these.
ENDINGS: Final = frozenset({"call.completed", "call.failed", "call.unknown"})


def outcome_of(event: str) -> Outcome:
    """Return the outcome that an event stands for.

    Raises UnknownEvent if nobody declared it.
    """
    try:
        return EVENTS[event]
    except KeyError as error:
        raise UnknownEvent(event) from error
