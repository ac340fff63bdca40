"""``manage.py change_log_key``: let another key sign the log of the evidence."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit import sealing
from governance import keys


class Command(BaseCommand):
    """Make the next key, sign one checkpoint with both, then put it in place."""

    help = "Change the key that signs the log; both sign one checkpoint."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the reason."""
        parser.add_argument("--reason", required=True, help="it is recorded")

    def handle(self, **options: Any) -> None:
        """Change it; killed in between, run it again."""
        folder, now = settings.KEYS_DIR, timezone.now()
        keys.make_next_log_key(folder, development=not settings.PRODUCTION)
        try:
            vkey = sealing.change_key(now=now, reason=options["reason"])
            sealing.seal_all(now=now)
        except (sealing.ForeignKey, sealing.RolledBack) as error:
            raise CommandError(str(error)) from error
        kept = keys.use_next_log_key(folder)
        self.stdout.write(f"The log is signed by {vkey} from now on.")
        self.stdout.write(f"Keep the old key apart: {kept.name}.")
