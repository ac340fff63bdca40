"""``manage.py rotate_keys``: sign claims with the next key."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from governance.keys import KeyUnavailable
from governance.services.signing_keys import (
    NoSuchKey,
    ensure_signing_key,
    revoke_signing_key,
    rotate_keys,
)


class Command(BaseCommand):
    """Rotate the keys of claims, or revoke one."""

    help = (
        "The next key signs from now on, the active one only verifies what it signed,"
        " and a new next key is made. Copy the keys folder to every host before the"
        " next rotation."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the key to revoke, or that there is to be a first one."""
        parser.add_argument(
            "--first",
            action="store_true",
            help="make the first key active; change nothing where one is",
        )
        parser.add_argument(
            "--revoke",
            metavar="KID",
            help="honour nothing that this key signed, within a second everywhere",
        )

    def handle(
        self, *args: Any, revoke: str | None, first: bool, **options: Any
    ) -> None:
        """Rotate, revoke, or see that there is a key."""
        now = timezone.now()
        try:
            if revoke:
                key = revoke_signing_key(revoke, now=now)
            elif first:
                key = ensure_signing_key(now=now)
            else:
                key = rotate_keys(now=now)
        except NoSuchKey as error:
            raise CommandError(
                f"There is no key {revoke}. /.well-known/jwks.json lists them."
            ) from error
        except KeyUnavailable as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Key {key.kid} is {key.state}.")
