"""The programs that ``up`` runs beside the database and the queue."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from signal import Signals

from governance.embedded.ports import HOST
from governance.embedded.processes import Program
from governance.server import server_command, server_environ

CELERY = ("celery", "--app", "governance.celery", "--quiet")


@dataclass(frozen=True, slots=True)
class Programs:
    """Our own programs, of one checkout and in one environment."""

    checkout: Path
    environ: Mapping[str, str]

    def manage(self, *arguments: str) -> Program:
        """Return ``manage.py`` with a command that ends by itself."""
        return self._python(arguments[0], "manage.py", *arguments)

    def web(self, port: int, *, workers: int = 2) -> Program:
        """Return the web server, on the loopback; Ctrl-C does not wait for long."""
        command = server_command(port=port, host=HOST, workers=workers, drain_seconds=3)
        environ = server_environ(self.environ)
        return Program("web", tuple(command), self.checkout, environ)

    def worker(self) -> Program:
        """Return the Celery worker: threads, since tasks wait more than they work."""
        return self._module(
            "worker",
            *(*CELERY, "worker"),
            *("--pool", "threads", "--concurrency", "4", "--loglevel", "WARNING"),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        )

    def beat(self) -> Program:
        """Return the clock of the sweeps."""
        return self._module(
            "beat",
            *(*CELERY, "beat"),
            # Sweeps of a few seconds' interval: nothing to remember over a restart.
            *("--scheduler", "celery.beat:Scheduler", "--pidfile", ""),
            *("--loglevel", "WARNING"),
        )

    def remote(self, port: int, credentials: Path) -> Program:
        """Return the demo remote."""
        return self._module(
            "remote",
            *("governance.demo.remote", "--port", str(port)),
            *("--credentials", str(credentials)),
            stop_signal=Signals.SIGKILL,  # it keeps nothing
        )

    def _module(
        self, name: str, *arguments: str, stop_signal: Signals = Signals.SIGTERM
    ) -> Program:
        # Celery warns of root, which whoever runs this as root knows.
        return self._python(
            name, "-W", "ignore", "-m", *arguments, stop_signal=stop_signal
        )

    def _python(
        self, name: str, *arguments: str, stop_signal: Signals = Signals.SIGTERM
    ) -> Program:
        return Program(
            name=name,
            command=(sys.executable, *arguments),
            folder=self.checkout,
            environ=self.environ,
            stop_signal=stop_signal,
        )
