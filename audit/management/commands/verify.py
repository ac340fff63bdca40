"""``manage.py verify``: verify all evidence where it lies, and record what came out."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit.management.progress import bar
from audit.services.verification import verify_and_record
from audit.verify import USAGE


class Command(BaseCommand):
    """Verify the log, and end with the verifier's exit code."""

    help = "Verify all evidence in the database: 0 verified, 1 tampered, 2 incomplete."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take how much, and in which form to say it."""
        parser.add_argument(
            "--quick", action="store_true", help="hashes, roots and signatures only"
        )
        parser.add_argument(
            "--earlier",
            action="append",
            type=Path,
            default=[],
            metavar="FILE",
            help="checkpoints that somebody else kept: who receives the webhook, or an "
            "auditor; the anchor's file is always read",
        )
        parser.add_argument("--json", action="store_true", help="the report as JSON")

    def handle(self, **options: Any) -> None:
        """Verify, print the report, exit."""
        try:
            report = verify_and_record(
                now=timezone.now(),
                is_quick=options["quick"],
                earlier=options["earlier"],
                progress=bar("verifying", sys.stderr),
            )
        except OSError as error:
            told = f"{error.filename} can't be read ({error.strerror})."
            raise CommandError(told, returncode=USAGE) from error
        told = report.as_json() if options["json"] else report.as_text()
        self.stdout.write(told, ending="")
        if report.result:
            sys.exit(report.result)
