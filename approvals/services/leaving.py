"""What ends with an account, beside its sessions and its say in votes."""

from datetime import datetime

from approvals.models import ReviewLink, SlackLink
from approvals.services.slack.links import end_link
from governance.models import User


def leave(person: User, *, by: User | None, now: datetime) -> None:
    """Void her links: those of mails, and the one of her Slack account.

    They stay void if she comes back: she links her Slack account anew.  To be called in
    the transaction that deactivates her.
    """
    ReviewLink.objects.filter(person=person, expires_at__gt=now).update(expires_at=now)
    links = SlackLink.objects.filter(person=person, ended_at=None)
    for link in links.select_related("person", "workspace__tenant"):
        end_link(link, by=by, now=now)
