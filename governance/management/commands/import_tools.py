"""Make drafts of routes from the tools of an upstream MCP server."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from governance.above import import_tools
from governance.imports import SourceRefused
from governance.management.choosing import (
    chosen_backend,
    chosen_lane,
    chosen_person,
)
from governance.refusals import Refused
from governance.settled import NotSettled


class Command(BaseCommand):
    """``manage.py import_tools BACKEND --lane NAME``: see docs/importing.md."""

    help = "Lists an MCP server's tools by a governed call, and makes drafts of them."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("backend", help="a backend of the kind mcp")
        parser.add_argument("--lane", required=True, help="whose credential lists them")
        parser.add_argument("--tenant", help="whose backend, if the name is not unique")
        parser.add_argument("--by", help="user name of the person who imports")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import them, and say every difference."""
        backend = chosen_backend(options["backend"], tenant=options["tenant"])
        lane = chosen_lane(options["lane"], backend=backend)
        by, now = chosen_person(options["by"]), timezone.now()
        try:
            imported = import_tools(backend, lane=lane, by=by, now=now)
        except (SourceRefused, Refused, NotSettled) as error:
            raise CommandError(f"No tools were imported. {error}") from error
        for line in imported.lines:
            self.stdout.write(line)
        self.stdout.write(
            f"{imported.differences}, {imported.unchanged} tools as they"
            " were. Complete the drafts in the admin: Imported drafts."
        )
