"""``manage.py rotate_kek``: wrap what is sealed under the newest key of keys."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from governance.keys import KeyUnavailable, make_kek, newest_kek_id
from governance.models import Resealing
from governance.services.keks import keks_in_use, rotate_kek


class Command(BaseCommand):
    """Rotate the key of keys; safe under load, to interrupt, and to run again."""

    help = (
        "Wrap every sealed secret under the newest kek-<id>.key. On several machines:"
        " copy the new key to all of them first, then rotate, then delete the old one."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what is to be made new, and whether only to look."""
        parser.add_argument(
            "--new",
            action="store_true",
            help="make the next key of keys first; only where all processes share"
            " this machine's folder of keys",
        )
        parser.add_argument(
            "--reseal",
            action="store_true",
            help="make new data keys, too: where one may be known to somebody; goes on"
            " with a --reseal that was interrupted, if there is one",
        )
        parser.add_argument(
            "--check", action="store_true", help="say what is where; change nothing"
        )

    def handle(
        self, *args: Any, new: bool, reseal: bool, check: bool, **options: Any
    ) -> None:
        """Look, or rotate and say what is left."""
        try:
            if not check:
                self._rotate(new=new, reseal=reseal)
            self._tell()
        except KeyUnavailable as error:
            raise CommandError(str(error)) from error

    def _rotate(self, *, new: bool, reseal: bool) -> None:
        if new:
            made = make_kek(settings.KEYS_DIR, development=not settings.PRODUCTION)
            self.stdout.write(f"Made kek-{made}.key: back it up.")
        done = rotate_kek(now=timezone.now(), reseal=reseal)
        self.stdout.write(f"{done.wrapped} secrets are now under kek-{done.kek_id}.")
        if done.resumed_from:
            self.stdout.write(
                f"{done.already} had new data keys already, from the --reseal that"
                f" began at {done.resumed_from:%Y-%m-%d %H:%M} UTC and was interrupted."
                " To make new ones for these, too, run --reseal again."
            )
        elif done.already:
            self.stdout.write(f"{done.already} were there already.")
        if done.missed:
            self.stdout.write(f"{done.missed} changed meanwhile: run this once more.")
        if done.broken:
            raise CommandError(
                "These do not open, and stayed as they are; put the old kek files back,"
                f" or set those secrets anew: {'; '.join(done.broken)}"
            )

    def _tell(self) -> None:
        newest = newest_kek_id()
        for run in Resealing.objects.all():
            self.stdout.write(f"A --reseal is not finished, {run}: run it again.")
        for kek_id, count in keks_in_use().items():
            is_old = "" if kek_id == newest else " (old: run rotate_kek)"
            self.stdout.write(f"kek-{kek_id}: {count} secrets{is_old}")
