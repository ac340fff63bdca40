"""Child processes that end with us, whatever ends us."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from governance.embedded import tether
from governance.embedded.owner import Owner


@dataclass(frozen=True, slots=True)
class Program:
    """What to run, and how it likes to be stopped."""

    name: str
    command: tuple[str, ...]
    folder: Path
    environ: Mapping[str, str] = field(repr=False)
    owner: Owner | None = None
    stop_signal: signal.Signals = signal.SIGTERM


Process = subprocess.Popen[bytes]
Spawn = Callable[[Program], Process]


def spawn(program: Program, *, output: int | IO[bytes]) -> Process:
    """Start a program that gets its stop signal when we die, even by ``kill -9``.

    Call it from the main thread: Linux counts the thread that forked as the parent.
    The child leads a session of its own, so Ctrl-C reaches us and only us.
    """
    owner = program.owner
    return subprocess.Popen(  # noqa: S603 - the programs are ours, no shell
        (
            *(sys.executable, "-I", "-S", tether.__file__),
            *(str(os.getpid()), str(int(program.stop_signal))),
            f"{owner.uid}:{owner.gid}" if owner else "",
            *program.command,
        ),
        cwd=program.folder,
        env=dict(program.environ),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def stop(process: Process, program: Program, *, patience_seconds: float = 10) -> None:
    """Ask a child to stop, then end what is left of it and of its own children."""
    process.send_signal(program.stop_signal)
    with suppress(subprocess.TimeoutExpired):
        process.wait(patience_seconds)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
