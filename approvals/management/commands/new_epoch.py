"""``manage.py new_epoch``: after a failover, make every older claim void."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from approvals.services import new_epoch


class Command(BaseCommand):
    """Move the failover epoch on."""

    help = (
        "Revokes every unspent claim. Run it once after a failover of a database that"
        " never changes its timeline (a managed service)."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it; a second run revokes what was minted since."""
        epoch = new_epoch(now=timezone.now())
        self.stdout.write(f"The failover epoch is {epoch}; older claims are revoked.")
