"""Drop the records whose time is over."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from governance.services.retention import NotTheOwner, apply_everywhere


class Command(BaseCommand):
    """``manage.py apply_retention``: as the owner of the tables, once a day."""

    help = "Drops records that are older than their tenant keeps them."

    def handle(self, *args: Any, **options: Any) -> None:
        """Drop them, tenant by tenant."""
        try:
            done = apply_everywhere(now=timezone.now())
        except NotTheOwner as error:
            raise CommandError(str(error)) from error
        for tenant, retained in done.items():
            self.stdout.write(
                f"{tenant}: {retained.dropped} records dropped, {retained.held} held."
            )
