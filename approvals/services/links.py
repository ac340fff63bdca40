"""The link in a mail: it addresses a request, and never authorises anybody."""

import hashlib
import secrets
from datetime import datetime
from typing import Final

from django.conf import settings

from approvals.models import Delivery, ReviewLink
from governance.models import User

TOKEN_BYTES: Final = 32


def make_link(delivery: Delivery, *, now: datetime) -> str:
    """Return a fresh link to a delivery's approval; only its hash is kept.

    Each attempt to send makes another, for the first mail may have arrived.
    """
    approval = delivery.approval
    if approval is None:
        raise ValueError("Only a message about an approval links to one.")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    ReviewLink.objects.create(
        token_hash=_hash(token),
        approval=approval,
        person=delivery.reader,
        delivery=delivery,
        expires_at=max(approval.decide_by, now),
    )
    return f"{page_url(approval.pk)}?k={token}"


def page_url(approval_id: str) -> str:
    """Return the address of a review page."""
    return f"{settings.PUBLIC_URL}/approvals/{approval_id}/"


def resolve_token(approval_id: str, token: str, *, now: datetime) -> ReviewLink | None:
    """Return the live link of a token; writes nothing, however often it is followed."""
    return ReviewLink.objects.filter(
        token_hash=_hash(token), approval=approval_id, expires_at__gt=now
    ).first()


def use_link(delivery: Delivery, *, person: User, at: datetime) -> None:
    """Use up the addressee's links as she votes; anybody else's vote leaves them."""
    links = ReviewLink.objects.filter(delivery=delivery, person=person, used_at=None)
    links.update(used_at=at)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
