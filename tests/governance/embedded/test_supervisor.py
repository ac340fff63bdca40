"""Many children, one voice, one end."""

import io
from pathlib import Path

import psutil
import pytest

from governance.embedded.errors import CannotStart
from governance.embedded.supervisor import Supervisor, Voice
from tests.governance.embedded.conftest import python

FOREVER = "import signal; signal.pause()"


class Gone(io.StringIO):
    """A stream whose reader has left."""

    def write(self, text: str) -> int:
        """Refuse."""
        raise BrokenPipeError


def test_what_a_child_says_is_prefixed(tmp_path: Path) -> None:
    stream = io.StringIO()
    supervisor = Supervisor(Voice(stream))

    supervisor.start(python(tmp_path, "print('one'); print('two')"))
    with pytest.raises(CannotStart):
        supervisor.wait()

    assert stream.getvalue() == "python   | one\npython   | two\n"


def test_what_is_to_be_copied_has_no_prefix() -> None:
    stream = io.StringIO()

    Voice(stream).show("curl -sS")

    assert stream.getvalue() == "curl -sS\n"


def test_the_first_child_that_ends_is_named(tmp_path: Path) -> None:
    supervisor = Supervisor(Voice(io.StringIO()))
    supervisor.start(python(tmp_path, FOREVER))
    supervisor.start(python(tmp_path, "raise SystemExit(3)"))

    with pytest.raises(CannotStart, match="python has stopped with status 3"):
        supervisor.wait()
    supervisor.stop()


def test_stopping_ends_every_child(tmp_path: Path) -> None:
    supervisor = Supervisor(Voice(io.StringIO()))
    children = [supervisor.start(python(tmp_path, FOREVER)) for _ in range(3)]

    supervisor.stop()

    assert not any(psutil.pid_exists(child.pid) for child in children)


def test_a_step_that_ends_well_is_silent(tmp_path: Path) -> None:
    stream = io.StringIO()

    Supervisor(Voice(stream)).run(python(tmp_path, "print('fine')"))

    assert stream.getvalue() == ""


def test_a_step_that_fails_tells_its_last_words(tmp_path: Path) -> None:
    stream = io.StringIO()
    failing = python(tmp_path, "print('why'); raise SystemExit(1)")

    with pytest.raises(CannotStart, match="python failed"):
        Supervisor(Voice(stream)).run(failing)

    assert stream.getvalue() == "python   | why\n"


def test_a_reader_that_left_does_not_block_a_child(tmp_path: Path) -> None:
    supervisor = Supervisor(Voice(Gone()))
    supervisor.start(python(tmp_path, "print('x' * 1_000_000)"))

    with pytest.raises(CannotStart, match="status 0"):
        supervisor.wait()


def test_children_that_all_run_pass_the_check(tmp_path: Path) -> None:
    supervisor = Supervisor(Voice(io.StringIO()))
    supervisor.start(python(tmp_path, FOREVER))

    supervisor.check()

    supervisor.stop()
