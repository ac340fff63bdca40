"""``manage.py take_bounce``: read a delivery report from standard input."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from approvals.services.bounces import take_bounce


class Command(BaseCommand):
    """Take one report; the mail server pipes what reaches ``bounces+...@``."""

    help = (
        "Marks the message that came back as dead and tells the admins. Pipe to it"
        " whatever your mail server takes for bounces+<delivery>.<mac>@your-domain."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Read it; a second run of the same report changes nothing."""
        delivery = take_bounce(sys.stdin.buffer.read(), now=timezone.now())
        told = (
            f"{delivery} came back." if delivery else "No report of a failure of ours."
        )
        self.stdout.write(told)
