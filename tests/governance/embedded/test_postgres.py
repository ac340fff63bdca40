"""The private PostgreSQL: private, durable, and up again after any end."""

import os
import signal
import stat
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from governance.embedded import postgres
from governance.embedded.errors import CannotStart
from governance.embedded.processes import Process, Program, Spawn
from tests.governance.embedded.conftest import needs_linux, needs_root


class Recorder:
    """Spawns, and remembers what it spawned."""

    def __init__(self, spawn: Spawn) -> None:
        self._spawn = spawn
        self.programs: list[Program] = []
        self.processes: list[Process] = []

    def __call__(self, program: Program) -> Process:
        """Start a program."""
        self.programs.append(program)
        self.processes.append(self._spawn(program))
        return self.processes[-1]


@pytest.fixture
def recorder(spawn: Spawn) -> Recorder:
    return Recorder(spawn)


def setting(url: str, name: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    assert row
    return str(row[0])


def test_the_database_has_its_own_role_that_is_no_superuser(
    tmp_path: Path, spawn: Spawn
) -> None:
    url = postgres.start(tmp_path / "pg", spawn=spawn)

    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT current_user, current_database(), usesuper FROM pg_user"
            " WHERE usename = current_user"
        ).fetchone()
    assert row == ("sealwright", "sealwright", False)


def test_the_server_listens_on_no_port_and_syncs(tmp_path: Path, spawn: Spawn) -> None:
    url = postgres.start(tmp_path / "pg", spawn=spawn)

    assert setting(url, "listen_addresses") == ""
    assert setting(url, "fsync") == "on"
    assert setting(url, "synchronous_commit") == "on"


def test_only_the_tests_are_careless(tmp_path: Path, spawn: Spawn) -> None:
    url = postgres.start(tmp_path / "pg", spawn=spawn, durable=False)

    assert setting(url, "fsync") == "off"


def test_folder_and_socket_are_closed_to_others(tmp_path: Path, spawn: Spawn) -> None:
    postgres.start(tmp_path / "pg", spawn=spawn)

    socket = tmp_path / "pg" / postgres.SOCKET
    assert stat.S_IMODE((tmp_path / "pg").stat().st_mode) == 0o700
    assert stat.S_IMODE(socket.stat().st_mode) == 0o700


@needs_linux
@needs_root
def test_it_is_not_root_even_in_a_folder_that_only_root_may_enter(
    tmp_path: Path, recorder: Recorder
) -> None:
    tmp_path.chmod(0o700)

    postgres.start(tmp_path / "pg", spawn=recorder)

    assert psutil.Process(recorder.processes[0].pid).uids().effective != 0


def test_rows_survive_a_kill_of_everything(tmp_path: Path, recorder: Recorder) -> None:
    url = postgres.start(tmp_path / "pg", spawn=recorder)
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 184 AS pull")
    server = psutil.Process(recorder.processes[0].pid)
    family = [*server.children(recursive=True), server]
    for process in family:
        with suppress(psutil.NoSuchProcess):  # the backend of our own connection
            process.kill()
    recorder.processes[0].wait()
    psutil.wait_procs(family)

    url = postgres.start(tmp_path / "pg", spawn=recorder)

    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT pull FROM kept").fetchone() == (184,)


@needs_linux
def test_a_pid_file_that_names_another_process_is_no_obstacle(
    tmp_path: Path, recorder: Recorder
) -> None:
    postgres.start(tmp_path / "pg", spawn=recorder)
    recorder.processes[0].send_signal(signal.SIGINT)
    recorder.processes[0].wait()
    # As after a reboot: the number now belongs to somebody of the same user.
    (tmp_path / "pg" / "postmaster.pid").write_text(f"{os.getpid()}\n")

    assert postgres.start(tmp_path / "pg", spawn=recorder)


def test_a_long_folder_has_its_socket_elsewhere(tmp_path: Path, spawn: Spawn) -> None:
    folder = tmp_path / ("long" * 25)

    url = postgres.start(folder, spawn=spawn)

    assert setting(url, "fsync") == "on"
    assert str(folder) not in url


def test_a_folder_that_holds_something_else_is_told(
    tmp_path: Path, spawn: Spawn
) -> None:
    (tmp_path / "pg").mkdir()
    (tmp_path / "pg" / "letter.txt").write_text("not a database")

    with pytest.raises(CannotStart, match="holds something else"):
        postgres.start(tmp_path / "pg", spawn=spawn)

    assert (tmp_path / "pg" / "letter.txt").exists()


def test_a_first_start_that_was_cut_is_made_good(tmp_path: Path, spawn: Spawn) -> None:
    (tmp_path / ".pg.new").mkdir()
    (tmp_path / ".pg.new" / "PG_VERSION").write_text("18\n")

    assert postgres.start(tmp_path / "pg", spawn=spawn)


def test_a_server_that_does_not_come_up_is_told(tmp_path: Path, spawn: Spawn) -> None:
    (tmp_path / "pg").mkdir()
    (tmp_path / "pg" / "PG_VERSION").write_text("9\n")

    with pytest.raises(CannotStart, match="stopped as it started"):
        postgres.start(tmp_path / "pg", spawn=spawn)
