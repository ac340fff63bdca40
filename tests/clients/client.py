"""A client program that runs, told what to do line by line."""

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from tests.clients.environments import Environment, made

PATIENCE_SECONDS: Final = 400


@dataclass(frozen=True, slots=True)
class Client:
    """One program; ``begin`` asks, ``end`` waits for what came of it."""

    process: subprocess.Popen[str]

    def tools(self) -> list[str]:
        """Return the names that it lists."""
        self._ask({"do": "list"})
        return list(self._told()["tools"])

    def call(self, tool: str, args: dict[str, Any]) -> str:
        """Call a tool and return the text that came back."""
        self.begin(tool, args)
        return self.end()

    def begin(self, tool: str, args: dict[str, Any]) -> None:
        """Call a tool, and do not wait."""
        self._ask({"do": "call", "tool": tool, "args": args})

    def end(self) -> str:
        """Wait for the call that was begun."""
        return str(self._told()["text"])

    def _ask(self, asked: object) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()

    def _told(self) -> dict[str, Any]:
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, "The client has ended."
        told: dict[str, Any] = json.loads(line)
        return told


@contextmanager
def client(environment: Environment, program: str, *arguments: str) -> Iterator[Client]:
    """Run a program in its environment, and see it end."""
    command = made(environment).command(program, *arguments)
    with subprocess.Popen(  # noqa: S603 (programs of ours)
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=environment.folder,
        env={"PATH": os.environ["PATH"], "HOME": str(environment.folder)},
    ) as process:
        # Whoever hangs is ended: a read of its output waits for good.
        end = threading.Timer(PATIENCE_SECONDS, process.kill)
        end.start()
        try:
            yield Client(process)
        finally:
            assert process.stdin
            process.stdin.close()
            process.wait()
            end.cancel()
