"""The limits of the server, asked for by plain sockets."""

from contextlib import ExitStack, closing

import pytest

from governance.server import server_command
from tests.governance.server.conftest import Served, read_all, request

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def option(command: list[str], name: str) -> str:
    return command[command.index(name) + 1]


def test_the_command_line_holds_the_limits_of_the_design() -> None:
    command = server_command(port=8000)

    assert option(command, "--http1-buffer-size") == "16384"
    assert option(command, "--http1-header-read-timeout") == "10000"
    assert int(option(command, "--workers-kill-timeout")) > 120
    assert option(command, "--http") == "1"
    assert "--log-config" not in command
    assert option(server_command(port=1, json_logs=True), "--log-config").endswith(
        "logging.json"
    )


def test_a_header_block_of_less_than_16_kib_is_served(served: Served) -> None:
    answer = served.ask(request("/", "X-Long: " + "a" * 15_000))

    assert answer.startswith(b"HTTP/1.1 200 ")


def test_a_longer_header_block_is_refused(served: Served) -> None:
    answer = served.ask(request("/", "X-Long: " + "a" * 16_400))

    assert answer.startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/" + "a" * 4000, b"200"),
        ("/" + "a" * 4096, b"414"),
        ("/?" + "a" * 4096, b"414"),
        ("/" + "%41" * 1400 + "%2F%2F", b"200"),
        ("/" + "%C3%A9" * 700, b"414"),
    ],
    ids=["long", "path", "query", "needlessly escaped", "escaped"],
)
def test_a_request_line_of_more_than_4_kib_is_refused(
    served: Served, target: str, status: bytes
) -> None:
    answer = served.ask(request(target))

    assert answer.split(b" ", 2)[1] == status


def test_headers_that_come_slowly_are_cut(served: Served) -> None:
    with closing(served.connect()) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")

        assert read_all(connection) == b""


def test_an_idle_connection_is_closed(served: Served) -> None:
    with closing(served.connect()) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")

        assert read_all(connection).count(b"HTTP/1.1 200 ") == 1


@pytest.mark.parametrize(
    ("header", "begun"),
    [("Content-Length: 10", b"abc"), ("Transfer-Encoding: chunked", b"3\r\nabc\r\n")],
)
def test_a_body_that_comes_slowly_is_cut(
    served: Served, header: str, begun: bytes
) -> None:
    answer = served.ask(request("/", header, method="POST", body=begun))

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in answer.lower()


def test_more_slow_bodies_than_threads_hold_up_nobody(served: Served) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(closing(served.connect())) for _ in range(50)]
        for connection in slow:
            connection.sendall(
                request("/", "Content-Length: 10", method="POST", body=b"a")
            )

        assert served.ask(request("/")).startswith(b"HTTP/1.1 200 ")
        # None of them had been answered when somebody else was.
        for connection in slow:
            assert read_all(connection).startswith(b"HTTP/1.1 408 ")


def test_a_body_that_ends_early_never_reaches_the_program(served: Served) -> None:
    with closing(served.connect()) as connection:
        connection.sendall(
            request("/", "Content-Length: 10", method="POST", body=b"abc")
        )
        connection.shutdown(1)

        assert b" 200 " not in read_all(connection)


@pytest.mark.parametrize("is_chunked", [False, True])
@pytest.mark.parametrize(
    ("length", "shown"), [(262_144, 262_144), (262_145, 262_145), (400_000, 262_145)]
)
def test_a_body_over_the_bound_is_shown_cut_to_the_program(
    served: Served, length: int, shown: int, is_chunked: bool
) -> None:
    body = b"a" * length
    header = f"Content-Length: {length}"
    if is_chunked:
        body, header = (
            b"%x\r\n%s\r\n0\r\n\r\n" % (length, body),
            ("Transfer-Encoding: chunked"),
        )

    answer = served.ask(request("/", header, method="POST", body=body))

    assert answer.split(b" ", 2)[1] == b"200"
    assert b'"length": %d' % shown in answer


def test_trace_is_no_method_of_ours(served: Served) -> None:
    assert served.ask(request(method="TRACE")).startswith(b"HTTP/1.1 405 ")
