"""``manage.py tour``: the story that convinces, against a running demo."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from governance.demo.handout import Handout
from governance.demo.tour.client import Surprise, cast
from governance.demo.tour.story import Tour, play


def _again() -> str:
    return (
        "What was asked or denied in this demo before may stand in its way (too many"
        " requests waiting, a pause after a no): decide or withdraw what waits, or stop"
        f" `./dev up`, delete {settings.DATA_DIR} and start it anew. Then run the tour"
        " again."
    )


class Command(BaseCommand):
    """Play the story step by step; nothing that is refused reaches the remote."""

    help = "Show, against a running `./dev up`, what Sealwright stops and proves."
    requires_system_checks = ()  # the demo's own processes checked themselves

    def handle(self, *args: Any, **options: Any) -> None:
        """Play it, and say so if a step ends otherwise than it should."""
        handout = Handout.read(settings.DATA_DIR) if settings.MODE == "demo" else None
        if handout is None:
            raise CommandError("There is no demo here: start `./dev up` first.")
        try:
            actors = cast(handout)
        except (Surprise, OSError) as error:
            raise CommandError(
                f"Nobody answers at {handout.base_url}: is `./dev up` running?"
            ) from error
        self.stdout.write(
            f"The links below are for olu, the auditor: {handout.base_url}/audit/, "
            f"password {handout.passwords['olu']}"
        )
        try:
            play(Tour(actors, self.stdout.write, settings.BASE_DIR))
        except (Surprise, OSError) as error:
            raise CommandError(f"The story went wrong. {error} {_again()}") from error
        self.stdout.write("\nThat was the tour. Every step of it is in the evidence.")
