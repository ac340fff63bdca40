"""Servers and children of one test, stopped with it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from governance.embedded import processes
from governance.embedded.processes import Process, Program, Spawn

needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="a Linux matter")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes users")


@pytest.fixture
def spawn() -> Iterator[Spawn]:
    """Start a program in silence, and stop it with the test."""
    with ExitStack() as stack:

        def start(program: Program) -> Process:
            process = processes.spawn(program, output=subprocess.DEVNULL)
            stack.callback(processes.stop, process, program)
            return process

        yield start


def python(folder: Path, code: str) -> Program:
    """Return a program that runs some Python."""
    return Program(
        name="python",
        command=(sys.executable, "-c", code),
        folder=folder,
        environ={"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
