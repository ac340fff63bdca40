"""Load configuration from a reviewed file."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from governance.loading import DocumentInvalid, Secrets, load
from governance.models import User
from governance.settled import NotSettled


class Command(BaseCommand):
    """``manage.py load_routes FILE [--check]``: see docs/routes.md."""

    help = "Makes the configuration what a YAML file says: all of it, or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("file", help="the file; - reads standard input")
        parser.add_argument(
            "--check", action="store_true", help="only say what differs"
        )
        parser.add_argument("--tenant", help="only this tenant of the file")
        parser.add_argument("--by", help="user name of the person who publishes")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load it, and say every difference."""
        try:
            lines = load(
                _text(options["file"]),
                secrets=Secrets(Path(options["file"]).parent),
                by=_person(options["by"]),
                now=timezone.now(),
                only=options["tenant"],
                check=options["check"],
            )
        except DocumentInvalid as error:
            raise CommandError(f"Nothing was changed.\n{error}") from error
        except NotSettled as error:
            raise CommandError(str(error)) from error
        for line in lines:
            self.stdout.write(line)
        verb = "would be made" if options["check"] else "made"
        changes = "1 change" if len(lines) == 1 else f"{len(lines)} changes"
        self.stdout.write(f"{changes} {verb}." if lines else "No changes.")


def _text(name: str) -> str:
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text("utf-8")
    except FileNotFoundError as error:
        raise CommandError(f"There is no file {name}.") from error
    except OSError as error:
        raise CommandError(f"{name} can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{name} is not text in UTF-8.") from error


def _person(username: str | None) -> User | None:
    if username is None:
        return None
    person = User.objects.filter(username=username, is_active=True).first()
    if person is None:
        raise CommandError(f"There is no active person “{username}”.")
    return person
