"""Changed groups and rules, and what was weakened: told to whoever has to know."""

from collections.abc import Collection, Sequence
from datetime import datetime

from approvals.models import Delivery
from approvals.services.broadcasts import create
from approvals.services.notices import admins
from approvals.services.ways import by_choice
from governance.models import Tenant, User


def tell_changed(
    event: str,
    tenant: Tenant,
    *,
    what: str,
    lines: Sequence[str],
    by: User | None,
    at: datetime,
    people: Collection[User] = (),
) -> None:
    """Tell these people and all admins; whoever did it, too: it may not have been her.

    To be called in the transaction of the change.
    """
    about = {
        "what": what,
        "changes": "; ".join(lines),
        "by": by.username if by else "a command",
    }
    told = {each.pk: each for each in (*people, *admins(tenant, at=at))}
    rows = [
        Delivery(
            tenant=tenant,
            event=event,
            recipient=person,
            address=person.email,
            about=about,
            created_at=at,
            due_at=at,
        )
        for person in told.values()
        if person.is_active
    ]
    create(by_choice(rows))
