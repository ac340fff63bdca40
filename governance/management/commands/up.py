"""``manage.py up``: database, queue, server, worker and demo remote in one command."""

import signal
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from governance.embedded.errors import CannotStart
from governance.embedded.home import enter
from governance.embedded.stack import Stack
from governance.embedded.supervisor import Supervisor, Voice

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop(BaseException):
    """Somebody asked us to stop: Ctrl-C, or a signal."""


class Command(BaseCommand):
    """Run all of Sealwright on this machine until Ctrl-C."""

    help = "Run database, queue, server, worker and a demo remote, to try it out."
    requires_system_checks = ()  # they concern the children, who check themselves

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the port, the data folder, and whether there is to be a demo."""
        parser.add_argument(
            "--port",
            type=int,
            default=8000,
            help="of the web server; default 8000, and the demo remote takes the next",
        )
        parser.add_argument(
            "--data",
            type=Path,
            default=settings.BASE_DIR / "var",
            help="folder for everything that is kept; default var",
        )
        parser.add_argument(
            "--no-demo",
            action="store_false",
            dest="demo",
            help="start empty, without demo data and without the demo remote",
        )

    def handle(self, *, port: int, data: Path, demo: bool, **_: Any) -> None:
        """Hold the data folder and run everything on it until something ends."""
        try:
            _on_signals(_stop)
            with enter(data) as home:
                voice = Voice(self.stdout)
                supervisor = Supervisor(voice)
                try:
                    stack = Stack(home, supervisor, voice, settings.BASE_DIR)
                    voice.show(stack.start(port, demo=demo))
                    voice.say("up", "Ready. Ctrl-C stops everything.")
                    supervisor.wait()
                finally:
                    # A second Ctrl-C must not leave anything running.
                    _on_signals(signal.SIG_IGN)
                    supervisor.stop()
        except CannotStart as error:
            raise CommandError(str(error)) from error
        except Stop:
            self.stdout.write("Stopped.")


def _on_signals(action: Any) -> None:
    for number in SIGNALS:
        signal.signal(number, action)


def _stop(*_: object) -> None:
    raise Stop
