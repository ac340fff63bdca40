"""Make drafts of routes from an OpenAPI document."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from governance.imports import SourceRefused
from governance.management.choosing import chosen_backend, chosen_person
from governance.refusals import Refused
from governance.services import import_openapi


class Command(BaseCommand):
    """``manage.py import_openapi FILE --backend NAME``: see docs/importing.md."""

    help = "Makes a draft of each operation of an OpenAPI 3.0 or 3.1 document."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("file", help="JSON or YAML; - reads standard input")
        parser.add_argument("--backend", required=True, help="where the calls go")
        parser.add_argument("--tenant", help="whose backend, if the name is not unique")
        parser.add_argument("--by", help="user name of the person who imports")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import it, and say every difference."""
        backend = chosen_backend(options["backend"], tenant=options["tenant"])
        by = chosen_person(options["by"])
        raw = _bytes(options["file"])
        try:
            imported = import_openapi(raw, backend=backend, by=by, now=timezone.now())
        except (SourceRefused, Refused) as error:
            raise CommandError(f"Nothing was imported. {error}") from error
        for line in imported.lines:
            self.stdout.write(line)
        self.stdout.write(
            f"{imported.differences}, {imported.unchanged} operations as"
            " they were. Complete the drafts in the admin: Imported drafts."
        )


def _bytes(name: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise CommandError(f"{name} can't be read.") from error
