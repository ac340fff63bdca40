"""``./dev up`` as a person runs it, and the demo that it brings up."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import requests
from django.conf import settings

from tests.measuring import measured

Process = subprocess.Popen[str]


@dataclass(slots=True)
class Running:
    """A demo that is up; ``said`` grows with everything that it prints."""

    process: Process
    folder: Path
    said: list[str] = field(default_factory=list)
    http: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.http.trust_env = False

    @property
    def text(self) -> str:
        """What was printed so far."""
        return "".join(self.said)

    @property
    def demo(self) -> dict[str, Any]:
        """What demo.json says."""
        return dict(json.loads((self.folder / "demo.json").read_text()))

    @property
    def commands(self) -> list[str]:
        """The commands that were printed to be pasted."""
        return [line.strip() for line in self.said if line.startswith("curl ")]

    def call(self, body: object, *, agent: str = "ci-agent") -> Any:
        """Send a call with the key of an agent."""
        return self._answer("POST", "/v1/calls", agent, json=body)

    def get(self, path: str, *, agent: str = "ci-agent") -> Any:
        """Ask the agents' door."""
        return self._answer("GET", path, agent)

    def _answer(self, method: str, path: str, agent: str, **how: Any) -> Any:
        url, key = self.demo["base_url"] + path, self.demo["agents"][agent]["key"]
        headers = {"Authorization": f"Bearer {key}"}
        return self.http.request(
            method, url, headers=headers, timeout=120, **how
        ).json()

    def writes(self) -> list[dict[str, Any]]:
        """Return what reached the remote and was no read; ``/mcp`` only reads."""
        url = f"{self.demo['remote_url']}/_received"
        received = self.http.get(url, timeout=120).json()["received"]
        return [each for each in received if _is_write(each)]

    def tokens(self) -> dict[str, str]:
        """Return the credential of each lane, and the key of the app."""
        path = self.folder / "demo-credentials.json"
        return dict(json.loads(path.read_text()))

    def issued(self) -> list[dict[str, Any]]:
        """Return the tokens that the remote's GitHub lent, oldest first."""
        url = f"{self.demo['remote_url']}/_issued"
        return list(self.http.get(url, timeout=120).json()["issued"])

    def stop(self) -> None:
        """Stop as Ctrl-C does; whoever is killed already stays so."""
        self.process.terminate()
        self.process.wait(300)

    def kill(self) -> None:
        """Kill -9 everything at once."""
        kill(self.process)


def _is_write(received: dict[str, Any]) -> bool:
    is_read: bool = received["method"] == "GET" or received["path"] == "/mcp"
    return not is_read


def paste(command: str) -> Any:
    """Run a printed command as a shell does and return its JSON."""
    pasted = subprocess.run(  # noqa: S603 - what we print is what we run
        ["/bin/sh", "-c", command], capture_output=True, check=True
    )
    return json.loads(pasted.stdout)


@contextmanager
def python(code: str, environ: dict[str, str]) -> Iterator[Process]:
    """Run a program of somebody else's, to its end."""
    with subprocess.Popen(  # noqa: S603 - the code of our own documents
        [sys.executable, "-u", "-c", code],
        env={"PATH": os.environ["PATH"], **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        yield process


@contextmanager
def up(folder: Path, port: int, **environ: str) -> Iterator[Running]:
    """Start the demo, wait until it is ready, and leave nothing of it."""
    arguments = "up", "--data", str(folder), "--port", str(port)
    with started(*arguments, **environ) as process:
        running = Running(process, folder)
        assert process.stdout
        for line in process.stdout:
            running.said.append(line)
            if "Ready." in line:
                break
        else:
            raise AssertionError(running.text)
        # Nobody else reads, and a full pipe would hold the whole demo up.
        reader = threading.Thread(target=running.said.extend, args=(process.stdout,))
        reader.start()
        yield running
        running.stop()
        reader.join()


@contextmanager
def started(*arguments: str, **environ: str) -> Iterator[Process]:
    """Start ``./dev`` without anything of these tests; kill it in the end."""
    with subprocess.Popen(  # noqa: S603 - our own script
        ["./dev", *arguments],
        cwd=settings.BASE_DIR,
        env={
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            **measured(),
            **environ,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            kill(process)


def kill(process: Process) -> None:
    """Kill -9 a process and all that came of it, and see it gone."""
    with suppress(psutil.NoSuchProcess):
        first = psutil.Process(process.pid)
        tree = [*first.children(recursive=True), first]
        for member in tree:
            with suppress(psutil.NoSuchProcess):
                member.kill()
        process.wait()
        assert psutil.wait_procs(tree, timeout=120)[1] == []
