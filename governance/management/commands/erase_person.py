"""Erase a person from everything that is kept."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit.services import count_values
from governance.models import User
from governance.refusals import Refused
from governance.services.erasure import erase_person, names_of


class Command(BaseCommand):
    """``manage.py erase_person USERNAME [--check]``: see docs/operations.md."""

    help = "Erases a person's names and words; every proof holds as before."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("username")
        parser.add_argument("--check", action="store_true", help="only count")
        parser.add_argument("--by", help="user name of who decided it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Erase, and say what was reached."""
        person = _person(options["username"])
        if options["check"]:
            count = count_values(names_of(person))
            self.stdout.write(f"{count} records hold her name. Nothing was changed.")
            return
        by = _person(options["by"]) if options["by"] else None
        try:
            done = erase_person(person, by=by, now=timezone.now())
        except Refused as error:
            raise CommandError(" ".join(error.sentences())) from error
        self.stdout.write(
            f"Erased: {done.records} records, {done.words} texts, the arguments of"
            f" {done.calls} calls. Records that a hold keeps as they are: {done.held}."
        )
        self.stdout.write("Backups keep her name until they expire.")


def _person(username: str) -> User:
    person = User.objects.filter(username=username).first()
    if person is None:
        raise CommandError(f"There is nobody with the user name “{username}”.")
    return person
