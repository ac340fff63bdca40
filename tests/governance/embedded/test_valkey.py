"""The private Valkey: a socket that only we may enter, and no port."""

import stat
from pathlib import Path

import pytest
import redis

from governance.embedded import valkey
from governance.embedded.errors import CannotStart
from governance.embedded.processes import Process, Program, Spawn
from tests.governance.embedded.conftest import python


def test_the_server_answers_on_its_socket_and_on_no_port(
    tmp_path: Path, spawn: Spawn
) -> None:
    url = valkey.start(tmp_path / "valkey", spawn=spawn)

    with redis.Redis.from_url(url, decode_responses=True) as client:
        assert client.config_get("port") == {"port": "0"}


def test_folder_and_socket_are_closed_to_others(tmp_path: Path, spawn: Spawn) -> None:
    valkey.start(tmp_path / "valkey", spawn=spawn)

    socket = tmp_path / "valkey" / valkey.SOCKET
    assert stat.S_IMODE((tmp_path / "valkey").stat().st_mode) == 0o700
    assert stat.S_IMODE(socket.stat().st_mode) == 0o700


def test_a_socket_that_was_left_behind_is_replaced(
    tmp_path: Path, spawn: Spawn
) -> None:
    (tmp_path / "valkey").mkdir()
    (tmp_path / "valkey" / valkey.SOCKET).touch()

    url = valkey.start(tmp_path / "valkey", spawn=spawn)

    with redis.Redis.from_url(url) as client:
        assert client.ping()


def test_a_long_folder_has_its_socket_elsewhere(tmp_path: Path, spawn: Spawn) -> None:
    url = valkey.start(tmp_path / ("long" * 25), spawn=spawn)

    with redis.Redis.from_url(url) as client:
        assert client.ping()


def test_a_server_that_does_not_come_up_is_told(tmp_path: Path, spawn: Spawn) -> None:
    def broken(_: Program) -> Process:
        return spawn(python(tmp_path, "raise SystemExit(1)"))

    with pytest.raises(CannotStart, match="stopped as it started"):
        valkey.start(tmp_path / "valkey", spawn=broken)
