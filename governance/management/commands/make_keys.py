"""``manage.py make_keys``: the keys that an installation needs and lacks."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from governance.keys import make_keys


class Command(BaseCommand):
    """Create the missing keys in ``KEYS_DIR``; safe to run twice."""

    help = "Create the keys that KEYS_DIR lacks; a key that exists is never touched."
    requires_system_checks = ()  # they would refuse to run without the keys

    def handle(self, **_: Any) -> None:
        """Create what is missing and name it."""
        folder = settings.KEYS_DIR
        try:
            made = make_keys(folder, development=False)
        except OSError as error:
            raise CommandError(
                f"{folder} cannot be written: make it writable, or set KEYS_DIR."
            ) from error
        for name in made:
            self.stdout.write(f"Created {folder / name}")
        self.stdout.write(
            "Back the folder up, apart from the database: without it no claim, vote "
            "or secret of this installation can be read again."
            if made
            else f"{folder} has every key already."
        )
