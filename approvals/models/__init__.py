"""Who said yes, to exactly what: approvals, votes, claims and their deliveries."""

from approvals.models.approval import Approval, Vote
from approvals.models.claim import Claim
from approvals.models.comment import Comment, Taking
from approvals.models.delivery import Delivery, ReviewLink
from approvals.models.preference import Preference, Way
from approvals.models.slack import (
    SlackChannel,
    SlackLink,
    SlackRequest,
    SlackWorkspace,
)
from approvals.models.webhook import Webhook

__all__ = [
    "Approval",
    "Claim",
    "Comment",
    "Delivery",
    "Preference",
    "ReviewLink",
    "SlackChannel",
    "SlackLink",
    "SlackRequest",
    "SlackWorkspace",
    "Taking",
    "Vote",
    "Way",
    "Webhook",
]
