"""Processes of agents, beside the one that runs the tests."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.db import connection

from tests.racing import WAIT_SECONDS
from tests.stage import COMMENT

Told = tuple[str, str]  # what became of a call, and its id


class AgentProcess:
    """One process that makes equal calls at once; see ``tests.attacks.agent.calls``."""

    def __init__(
        self, process: "subprocess.Popen[str]", orders: dict[str, Any]
    ) -> None:
        self._process = process
        self._say(json.dumps(orders))

    def wait_until_ready(self) -> None:
        """Return once every call of it is about to be made."""
        assert self._hear() == "ready"

    def go(self) -> None:
        """Let it make its calls."""
        self._say("go")

    def told(self) -> list[Told]:
        """Return what became of each call."""
        return [(what, call_id) for what, call_id in json.loads(self._hear())]

    def was_killed(self) -> bool:
        """Wait for its end, and tell whether that was kill -9."""
        return self._process.wait(WAIT_SECONDS) == -signal.SIGKILL

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def _hear(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@contextmanager
def agent_process(
    key: str,
    *,
    calls: int = 1,
    dies: str = "",
    environ: dict[str, str] | None = None,
    **asked: Any,
) -> Iterator[AgentProcess]:
    """Start a process that will make these calls, and end it with the block."""
    request = {"tool": "github.comment_pr", "args": COMMENT, **asked}
    orders = {"key": key, "calls": calls, "dies": dies, "asked": request}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.attacks.agent"],
        env={**os.environ, **_environ(), **(environ or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield AgentProcess(process, orders)
        finally:
            process.kill()


def run_process(key: str, **asked: Any) -> list[Told]:
    """Run one process from start to end."""
    with agent_process(key, **asked) as process:
        process.wait_until_ready()
        process.go()
        return process.told()


def run_together(count: int, key: str, **asked: Any) -> list[Told]:
    """Run several processes whose calls all begin once every process is ready."""
    with ExitStack() as stack:
        processes = [
            stack.enter_context(agent_process(key, **asked)) for _ in range(count)
        ]
        for process in processes:
            process.wait_until_ready()
        for process in processes:
            process.go()
        return [each for process in processes for each in process.told()]


def kill(key: str, *, dies: str, **asked: Any) -> None:
    """Make one call in a process that kill -9 hits at a step."""
    with agent_process(key, dies=dies, **asked) as process:
        process.wait_until_ready()
        process.go()
        assert process.was_killed()


def _environ() -> dict[str, str]:
    """Return what leads a process to the database of the tests."""
    url = urlsplit(os.environ["DATABASE_URL"])
    name = connection.settings_dict["NAME"]
    return {
        "DATABASE_URL": urlunsplit(url._replace(path=f"/{name}")),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "WEB_THREADS": "64",
    }
