"""Who said yes, to exactly what: approvals, votes, claims and their deliveries."""

from approvals.models.approval import Approval, Vote
from approvals.models.claim import Claim
from approvals.models.comment import Comment, Taking
from approvals.models.delivery import Delivery, ReviewLink

__all__ = ["Approval", "Claim", "Comment", "Delivery", "ReviewLink", "Taking", "Vote"]
