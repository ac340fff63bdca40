"""Long answers go out no faster than they are read."""

from contextlib import closing

import pytest

from tests.governance.server.conftest import LONG_PARTS, Served, request

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def test_a_long_answer_arrives_whole(served: Served) -> None:
    answer = served.ask(request("/long").replace(b"HTTP/1.1", b"HTTP/1.0"))

    assert len(answer.partition(b"\r\n\r\n")[2]) == LONG_PARTS * 100_000


def test_a_reader_who_goes_away_ends_the_making(served: Served) -> None:
    before = pulled(served)
    with closing(served.connect()) as connection:
        connection.sendall(request("/long"))
        connection.recv(1000)
    while (made := pulled(served) - before) == 0:
        continue

    # Buffers of the kernel hold some; two gigabytes' worth of nothing was not made.
    assert made < LONG_PARTS


def pulled(served: Served) -> int:
    return int(served.ask(request("/pulled")).partition(b"\r\n\r\n")[2])
