"""``manage.py doctor``: what is wrong here, in plain words, and how to mend it."""

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from governance.operations.diagnosis import Diagnosis, diagnose


class Command(BaseCommand):
    """Examine this installation; exit with 1 if anything is wrong."""

    help = "Say what is wrong with this installation, and how to mend it."
    requires_system_checks = ()  # it says the same, and more

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the form of the answer."""
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, **options: Any) -> None:
        """Examine, tell, and exit with 1 if there is a problem."""
        found = diagnose(now=timezone.now())
        is_well = all(part.is_well for part in found)
        if options["json"]:
            parts = [{**asdict(part), "is_well": part.is_well} for part in found]
            self.stdout.write(json.dumps({"is_well": is_well, "parts": parts}))
        else:
            self._tell(found)
        if not is_well:
            sys.exit(1)

    def _tell(self, found: Iterable[Diagnosis]) -> None:
        for part in found:
            self.stdout.write(f"{'OK     ' if part.is_well else 'PROBLEM'} {part.part}")
            for finding in part.findings:
                mark = "-" if finding.is_problem else "note:"
                self.stdout.write(f"          {mark} {finding.sentence}")
