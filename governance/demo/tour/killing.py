"""A web process of the tour's own, to be killed with -9."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import requests

from governance.demo.tour.client import Agent, until
from governance.embedded.ports import HOST, next_free_port
from governance.server import server_command

FIRST_PORT = 18_400


@contextmanager
def web_process(checkout: Path) -> Iterator["WebProcess"]:
    """Start one more web process on the database of the running demo."""
    port = next_free_port(FIRST_PORT)
    with subprocess.Popen(  # noqa: S603 - the very command of `up`
        server_command(port=port, workers=1),
        cwd=checkout,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            yield WebProcess(process, f"http://{HOST}:{port}")
        finally:
            _kill(process)


class WebProcess:
    """It serves like the others, until it is killed."""

    def __init__(self, process: "subprocess.Popen[bytes]", url: str) -> None:
        self._process = process
        self.url = url
        until(self._answers, what="second web process")

    def kill_during(
        self, work: Callable[[Agent], object], *, agent: Agent, seen: Callable[[], bool]
    ) -> None:
        """Let an agent work through this process, and kill -9 it once ``seen``."""
        beside = Agent(self.url, agent.key, agent.session)

        def call() -> None:
            # Nobody answers any more: that is the point.
            with suppress(requests.RequestException):
                work(beside)

        thread = threading.Thread(target=call)
        thread.start()
        until(lambda: seen() or None, what="request at the remote")
        _kill(self._process)
        thread.join()

    def _answers(self) -> bool | None:
        with suppress(requests.RequestException):
            return requests.get(f"{self.url}/healthz", timeout=1).ok or None
        return None


def _kill(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
