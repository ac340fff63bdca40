"""A stopping server takes nothing new and finishes what it has."""

from contextlib import closing

import pytest

from tests.governance.server.conftest import Served, read_all, request

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def test_what_is_in_flight_is_finished_and_nothing_new_is_taken(
    ending: Served,
) -> None:
    with closing(ending.connect()) as running, closing(ending.connect()) as waiting:
        running.sendall(request("/slow"))
        waiting.sendall(request("/wait"))
        while not ending.ask(request("/running")).endswith(b"2"):
            continue

        ending.terminate()

        assert read_all(waiting).endswith(b"\r\nreleased")
        assert read_all(running).endswith(b"finished")
    assert ending.process.wait(180) == 0
    assert ending.last_words.read_text() == "after 2 requests"
    with pytest.raises(ConnectionRefusedError):
        ending.connect()


def test_an_idle_server_says_its_last_words_before_it_ends(ending: Served) -> None:
    ending.terminate()

    assert ending.process.wait(180) == 0
    assert ending.last_words.read_text() == "after 0 requests"
