"""``manage.py export_evidence DIR``: a folder that an auditor verifies alone."""

import sys
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit.errors import RecordUnavailable
from audit.exports import TooManyExports
from audit.exports.bundle import EVERYTHING, Bundle, NothingSealed, write_bundle
from audit.filters import Filters
from audit.forms import SearchForm
from audit.management.progress import bar
from audit.models import Record

# The filters of the page, under the names that they have in its address.
FILTERS: Final = (
    "from",
    "to",
    "tenant",
    "agent",
    "person",
    "tool",
    "backend",
    "lane",
    "scope",
    "outcome",
    "reason",
    "event",
    "q",
)


class Command(BaseCommand):
    """Write records, checkpoint, hashes, key and verifier into a folder."""

    help = "Write the evidence into a folder that can be verified without us."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the folder and the filters."""
        parser.add_argument("folder", type=Path)
        for name in FILTERS:
            parser.add_argument(f"--{name}", dest=f"filter_{name}", default="")
        parser.add_argument(
            "--no-personal",
            action="store_true",
            help="leave personal values and their salts out; it still verifies",
        )

    def handle(self, **options: Any) -> None:
        """Export, and say what to do with it."""
        folder: Path = options["folder"]
        bundle = Bundle(_filters(options), personal=not options["no_personal"])
        try:
            count = write_bundle(
                folder,
                bundle,
                now=timezone.now(),
                progress=bar("exporting", sys.stderr),
            )
        except NothingSealed as error:
            raise CommandError("Nothing is sealed yet: is a worker running?") from error
        except FileExistsError as error:
            raise CommandError(
                f"{error.filename} exists: name a new folder."
            ) from error
        except OSError as error:
            raise CommandError(
                f"{error.filename or folder} can't be written: {error.strerror}."
            ) from error
        except (TooManyExports, RecordUnavailable) as error:
            raise CommandError(
                "The export can't be recorded, so it is not made."
            ) from error
        self.stdout.write(
            f"{count:,} records in {folder}. README.md says how to verify."
        )


def _filters(options: dict[str, Any]) -> Filters:
    asked = {name: options[f"filter_{name}"] for name in FILTERS}
    form = SearchForm({k: v for k, v in asked.items() if v}, scope=EVERYTHING)
    if not form.is_valid():
        told = form.errors.as_text().replace("\n", " ")
        raise CommandError(told)
    filters = form.filters()
    if filters.tenant and not Record.objects.filter(tenant=filters.tenant).exists():
        raise CommandError(f"There is no record of a tenant “{filters.tenant}”.")
    return filters
