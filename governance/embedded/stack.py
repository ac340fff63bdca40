"""Everything that ``up`` starts, in its order."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from governance.demo.credentials import make_credentials
from governance.embedded import ports, postgres, valkey
from governance.embedded.home import Home
from governance.embedded.programs import Programs
from governance.embedded.supervisor import Supervisor, Voice
from governance.keys import make_keys

DYING_SECONDS: Final = 15
READY_SECONDS: Final = 120
MIGRATE: Final = ("migrate", "--no-input", "--skip-checks", "--verbosity", "0")


@dataclass(frozen=True, slots=True)
class Stack:
    """What runs on one data folder."""

    home: Home
    supervisor: Supervisor
    voice: Voice
    checkout: Path

    def start(self, port: int, *, demo: bool) -> dict[str, str]:
        """Start everything and return the URLs to use, by name.

        Raises CannotStart if a piece is missing, or does not come up.
        """
        # What a killed predecessor left is dying, and may hold the port a moment yet.
        patience = DYING_SECONDS if self.home.abandoned else 0
        ports.claim_port(port, patience_seconds=patience)
        environ = self._environ(port)
        programs = Programs(self.checkout, os.environ | environ)
        self._say("Preparing the database.")
        self.supervisor.run(programs.manage(*MIGRATE))
        self._say("Starting the web server and the worker.")
        self.supervisor.start(programs.web(port))
        self.home.write_environment(environ)
        urls = {"Sealwright": environ["PUBLIC_URL"]}
        if demo:
            urls["Demo remote"] = self._start_remote(programs, port)
        ports.wait_for_answer(
            port, "/readyz", check=self.supervisor.check, seconds=READY_SECONDS
        )
        # Last, so that they do not take the processors from who is waited for.
        self.supervisor.start(programs.worker())
        self.supervisor.start(programs.beat())
        return urls

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

    def _start_remote(self, programs: Programs, port: int) -> str:
        credentials = self.home.folder / "demo-credentials.json"
        make_credentials(credentials)
        remote_port = ports.next_free_port(port)
        self.supervisor.start(programs.remote(remote_port, credentials))
        return f"http://{ports.HOST}:{remote_port}"

    def _say(self, line: str) -> None:
        self.voice.say("up", line)
