"""``manage.py demo``: the tenants, people, agents and routes of the demo."""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from governance.demo.handout import NAME, Handout, publish
from governance.demo.seeding import Addresses, NotOurs, seed
from governance.keys import KeyUnavailable
from governance.loading import DocumentInvalid
from governance.refusals import Refused


class Command(BaseCommand):
    """Make what is missing of the demo; safe to run twice."""

    help = "Make the demo of `./dev up` and write demo.json; what exists stays."
    requires_system_checks = ()  # they ask for the tables that --migrate makes

    def add_arguments(self, parser: CommandParser) -> None:
        """Take where the demo remote is, and whether this is a part of ``up``."""
        parser.add_argument("--remote-url", help="default: as in demo.json")
        parser.add_argument(
            "--starting",
            action="store_true",
            help="migrate first, and leave demo.json to `up`, which publishes it",
        )

    def handle(self, *, remote_url: str | None, starting: bool, **_: Any) -> None:
        """Seed, in any mode but production."""
        if settings.PRODUCTION:
            raise CommandError("The demo's passwords are no secret: never here.")
        folder: Path = settings.DATA_DIR
        if starting:
            call_command("migrate", interactive=False, skip_checks=True, verbosity=0)
        try:
            seed(folder, addresses=_addresses(folder, remote_url), now=timezone.now())
        except (NotOurs, DocumentInvalid, Refused, KeyUnavailable) as error:
            raise CommandError(str(error)) from error
        if not starting:
            publish(folder)
            self.stdout.write(f"{folder / NAME} says who can sign in, and how.")


def _addresses(folder: Path, remote_url: str | None) -> Addresses:
    kept = Handout.read(folder)
    remote_url = remote_url or (kept.remote_url if kept else "")
    if not remote_url:
        raise CommandError("Say where the demo remote is, with --remote-url.")
    return Addresses(
        base_url=settings.PUBLIC_URL,
        remote_url=remote_url,
        database_url=os.environ.get("DATABASE_URL", ""),
    )
