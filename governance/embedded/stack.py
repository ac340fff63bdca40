"""Everything that ``up`` starts, in its order."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.utils import timezone

from governance.demo.beginning import Demo
from governance.embedded import ports, postgres, valkey
from governance.embedded.home import Home
from governance.embedded.programs import Programs
from governance.embedded.supervisor import Supervisor, Voice
from governance.keys import make_keys

DYING_SECONDS: Final = 15
READY_SECONDS: Final = 120
MIGRATE: Final = ("migrate", "--no-input", "--skip-checks", "--verbosity", "0")
FIRST_KEY: Final = ("rotate_keys", "--first", "--skip-checks")


@dataclass(frozen=True, slots=True)
class Stack:
    """What runs on one data folder."""

    home: Home
    supervisor: Supervisor
    voice: Voice
    checkout: Path

    def start(self, port: int, *, demo: bool) -> str:
        """Start everything and return what to tell whoever started it.

        Raises CannotStart if a piece is missing, or does not come up.
        """
        # What a killed predecessor left is dying, and may hold the port a moment yet.
        patience = DYING_SECONDS if self.home.abandoned else 0
        ports.claim_port(port, patience_seconds=patience)
        folder = self.home.folder
        show = Demo.beside(port, folder, patience_seconds=patience) if demo else None
        environ = self._environ(port)
        programs = Programs(self.checkout, os.environ | environ)
        self._say("Preparing the database.")
        self._prepare(programs, show)
        self._say("Starting the web server and the worker.")
        self.supervisor.start(programs.web(port))
        self.home.write_environment(environ)
        self._wait(ports.wait_for_listener, port)
        words = (
            show.welcome(timezone.now()) if show else f"\n{environ['PUBLIC_URL']}/\n"
        )
        # Not ready: what was recorded before the last stop may wait to be sealed.
        self._wait(ports.wait_for_answer, port, "/healthz")
        # Last, so that they do not take the processors from who is waited for.
        self.supervisor.start(programs.worker())
        self.supervisor.start(programs.beat())
        return words

    def _prepare(self, programs: Programs, show: Demo | None) -> None:
        if show is None:
            self.supervisor.run(programs.manage(*MIGRATE))
            self.supervisor.run(programs.manage(*FIRST_KEY))
            return
        self.supervisor.start(show.remote(programs))
        self.supervisor.run(show.seeding(programs))
        self._wait(ports.wait_for_answer, show.remote_port, "/_received")

    def _wait(self, until: Callable[..., None], *arguments: int | str) -> None:
        until(*arguments, check=self.supervisor.check, seconds=READY_SECONDS)

    def _environ(self, port: int) -> dict[str, str]:
        folder = self.home.folder
        # What the processes of last time counted is over with them.
        shutil.rmtree(folder / "metrics", ignore_errors=True)
        for name in ("mail", "static", "metrics"):
            (folder / name).mkdir(mode=0o700, exist_ok=True)
        keys = folder / "keys"
        if make_keys(keys, development=True):
            self._say(f"Generated keys for development in {keys}.")
        return {
            "MODE": "demo",
            "DATA_DIR": str(folder),
            "KEYS_DIR": str(keys),
            "PUBLIC_URL": f"http://{ports.HOST}:{port}",
            "ALLOWED_HOSTS": f"{ports.HOST},localhost",
            "PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics"),
            "PYTHONUNBUFFERED": "1",
            "DATABASE_URL": os.environ.get("DATABASE_URL") or self._database(),
            "REDIS_URL": os.environ.get("REDIS_URL") or self._queue(),
        }

    def _database(self) -> str:
        self._say("Starting a private PostgreSQL.")
        return postgres.start(self.home.folder / "pg", spawn=self.supervisor.start)

    def _queue(self) -> str:
        self._say("Starting a private Valkey.")
        return valkey.start(self.home.folder / "valkey", spawn=self.supervisor.start)

    def _say(self, line: str) -> None:
        self.voice.say("up", line)
