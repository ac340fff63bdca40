"""``manage.py tamper_drill``: try every way to change a copy of the log."""

import json
import sys
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.drill import CHANGES, SIZE, Line, drill
from audit.exports.formats import jsonl_lines
from audit.management.progress import bar
from audit.models import Record
from audit.rows import read_with_salts


class Command(BaseCommand):
    """Change, remove, add, swap, cut and rewrite each record; each must be found."""

    help = "Tamper with a copy of the evidence in every way, and see that it is found."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take how many records the copy has."""
        parser.add_argument("--records", type=int, default=SIZE)

    def handle(self, **options: Any) -> None:
        """Drill, and say what was found."""
        lines = _lines(options["records"])
        if not lines:
            raise CommandError("Nothing is sealed yet, so there is nothing to copy.")
        draw, total = bar("drilling", sys.stderr), 1 + len(CHANGES) * len(lines)
        found, missed = Counter[str](), []
        for number, trial in enumerate(drill(lines), start=1):
            draw(number, total)
            found[trial.change] += trial.is_found
            missed += [] if trial.is_found else [trial]
        for trial in missed:
            self.stdout.write(f"NOT FOUND: {trial.change}, index {trial.index}")
            self.stdout.write(trial.said)
        for change in CHANGES:
            self.stdout.write(f"{change:<24} {found[change]} of {len(lines)} found")
        if missed:
            raise CommandError(f"{len(missed)} changes were not found.")


def _lines(count: int) -> list[Line]:
    """Copy the first records of the log that are whole, as an export tells them."""
    sealed = Record.objects.filter(sealed__isnull=False).order_by("sealed__index")
    rows = read_with_salts(sealed[:count])
    told = jsonl_lines(rows).splitlines()
    return [
        Line(bytes(row["leaf"]), parts["values"], parts["salts"])
        for row, parts in zip(rows, map(json.loads, told), strict=True)
    ]
