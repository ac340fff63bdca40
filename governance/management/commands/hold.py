"""Legal holds: what neither retention nor an erasure may take."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit.errors import HoldRefused
from audit.models import Hold
from audit.services import place_hold, release_hold
from governance.models import Tenant


class Command(BaseCommand):
    """``manage.py hold place|release|list``: see docs/operations.md."""

    help = "Keeps the records that a search finds, until the hold is released."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the three verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        placing = verbs.add_parser("place", help="hold what a search finds")
        placing.add_argument("tenant")
        placing.add_argument("filters", nargs="*", help="such as agent=ci-agent")
        placing.add_argument("--why", required=True)
        placing.add_argument("--by", help="user name of who decided it")
        releasing = verbs.add_parser("release", help="let a hold go")
        releasing.add_argument("number", type=int)
        releasing.add_argument("--by", help="user name of who decided it")
        verbs.add_parser("list", help="show the open holds")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what the verb says."""
        getattr(self, f"_{options['verb']}")(options)

    def _place(self, options: dict[str, Any]) -> None:
        if not Tenant.objects.filter(slug=options["tenant"]).exists():
            raise CommandError(f"There is no tenant “{options['tenant']}”.")
        try:
            hold = place_hold(
                options["tenant"],
                filters=dict(_pair(each) for each in options["filters"]),
                why=options["why"],
                by=options["by"],
                now=timezone.now(),
            )
        except HoldRefused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Hold {hold.pk} is placed.")

    def _release(self, options: dict[str, Any]) -> None:
        hold = Hold.objects.open().filter(pk=options["number"]).first()
        if hold is None:
            raise CommandError(f"There is no open hold {options['number']}.")
        release_hold(hold, by=options["by"], now=timezone.now())
        self.stdout.write(f"Hold {hold.pk} is released.")

    def _list(self, _: dict[str, Any]) -> None:
        for hold in Hold.objects.open().order_by("pk"):
            asked = " ".join(f"{name}={value}" for name, value in hold.filters.items())
            found = asked or "everything"
            self.stdout.write(f"{hold.pk}  {hold.tenant}  {found}  {hold.why}")


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise CommandError(f"“{text}” is no filter: write name=value.")
    return name, value
