"""Write the configuration as a file."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from governance.loading import dump
from governance.models import Tenant


class Command(BaseCommand):
    """``manage.py dump_routes [--tenant SLUG]``: see docs/routes.md."""

    help = "Writes the published configuration as YAML, without any secret."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--tenant", help="only this tenant")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it."""
        tenants = Tenant.objects.all()
        if options["tenant"] is not None:
            tenants = tenants.filter(slug=options["tenant"])
            if not tenants:
                raise CommandError(f"There is no tenant “{options['tenant']}”.")
        self.stdout.write(dump(tenants, now=timezone.now()), ending="")
