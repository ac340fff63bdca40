"""Children end with their parent, whatever ends it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from governance.embedded import processes, tether
from governance.embedded.owner import Owner, unprivileged
from governance.embedded.processes import Spawn
from tests.governance.embedded.conftest import needs_linux, needs_root, python

FOREVER = "import signal; signal.pause()"
DEAF = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print(1, flush=True); signal.pause()"
)
# A parent that starts one child as the given user, says its number, and waits.
PARENT = """
import signal, subprocess, sys
from pathlib import Path
from governance.embedded.owner import Owner
from governance.embedded.processes import Program, spawn
owner = Owner(*map(int, sys.argv[1:])) if sys.argv[1:] else None
command = ("/bin/sleep", "600")
program = Program("sleep", command, Path("/"), {}, owner, signal.SIGKILL)
print(spawn(program, output=subprocess.DEVNULL).pid, flush=True)
signal.pause()
"""


def tethered(parent: int, owner: str, *command: str) -> tuple[int, str]:
    finished = subprocess.run(  # noqa: S603 - our own file and programs
        [sys.executable, tether.__file__, str(parent), "9", owner, *command],
        capture_output=True,
        text=True,
        check=False,
    )
    return finished.returncode, finished.stdout


def child_of_a_killed_parent(owner: Owner | None) -> psutil.Process:
    arguments = [str(owner.uid), str(owner.gid)] if owner else []
    with subprocess.Popen(  # noqa: S603 - the program above
        [sys.executable, "-c", PARENT, *arguments],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as parent:
        assert parent.stdout
        child = psutil.Process(int(parent.stdout.readline()))
        _wait_for_sleep(child)
        parent.kill()
    return child


def _wait_for_sleep(child: psutil.Process) -> None:
    # The tether has become the program once it bears its name.
    while child.name() != "sleep":
        assert child.status() != psutil.STATUS_ZOMBIE


@needs_linux
def test_a_child_dies_when_its_parent_is_killed() -> None:
    child = child_of_a_killed_parent(None)

    assert psutil.wait_procs([child], timeout=120)[1] == []


@needs_linux
@needs_root
def test_a_child_of_another_user_dies_with_its_parent_too() -> None:
    child = child_of_a_killed_parent(unprivileged())

    assert psutil.wait_procs([child], timeout=120)[1] == []


@needs_linux
def test_a_child_of_a_parent_that_is_gone_already_does_not_start() -> None:
    init = 1

    status, said = tethered(init, "", "/bin/echo", "started")

    assert (status, said) == (1, "")


@needs_root
def test_a_child_gives_up_root_and_every_group() -> None:
    owner = unprivileged()
    assert owner

    user = f"{owner.uid}:{owner.gid}"
    _, said = tethered(os.getpid(), user, "/usr/bin/env", "id", "-G")

    assert said.split() == [str(owner.gid)]


def test_ctrl_c_in_the_terminal_does_not_reach_a_child(
    tmp_path: Path, spawn: Spawn
) -> None:
    process = spawn(python(tmp_path, FOREVER))

    assert os.getsid(process.pid) != os.getsid(0)


def test_a_child_is_stopped_by_its_signal(tmp_path: Path, spawn: Spawn) -> None:
    program = python(tmp_path, FOREVER)
    process = spawn(program)

    processes.stop(process, program)

    assert process.returncode == -signal.SIGTERM


def test_a_child_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    program = python(tmp_path, DEAF)
    process = processes.spawn(program, output=subprocess.PIPE)
    assert process.stdout
    with process.stdout as output:
        output.readline()

        processes.stop(process, program, patience_seconds=0.05)

    assert process.returncode == -signal.SIGKILL


def test_a_program_does_not_show_its_environment(tmp_path: Path) -> None:
    program = python(tmp_path, FOREVER)

    assert "PYTHONPATH" not in repr(program)


@pytest.mark.parametrize("times", [1, 2])
def test_stopping_twice_is_harmless(tmp_path: Path, spawn: Spawn, times: int) -> None:
    program = python(tmp_path, FOREVER)
    process = spawn(program)

    for _ in range(times):
        processes.stop(process, program)

    assert process.poll() is not None
