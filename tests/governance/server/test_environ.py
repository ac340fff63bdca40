"""What the program is told of a request."""

import pytest

from tests.governance.server.conftest import Served, request

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def test_the_program_sees_the_request_as_wsgi_has_it(served: Served) -> None:
    told = served.told(
        request(
            "/a%2Fb/%C3%A9?q=%20a&b",
            "Content-Type: application/json",
            "Content-Length: 2",
            "X-Twice: 1",
            "X-Twice: 2",
            "Cookie: a=b",
            "Cookie: c=d",
            method="POST",
            body=b"{}",
        )
    )["environ"]

    assert told["REQUEST_METHOD"] == "POST"
    assert told["PATH_INFO"] == "/a/b/\u00c3\u00a9"  # UTF-8 read as Latin-1
    assert told["QUERY_STRING"] == "q=%20a&b"
    assert told["CONTENT_TYPE"] == "application/json"
    assert told["CONTENT_LENGTH"] == "2"
    assert told["HTTP_X_TWICE"] == "1,2"
    assert told["HTTP_COOKIE"] == "a=b; c=d"
    assert told["HTTP_HOST"] == "x"
    assert told["REMOTE_ADDR"] == "127.0.0.1"
    assert told["SERVER_PROTOCOL"] == "HTTP/1.1"


def test_a_header_with_an_underscore_never_passes_for_another(served: Served) -> None:
    told = served.told(request("/", "X_Forwarded_For: 192.0.2.7"))["environ"]

    assert "HTTP_X_FORWARDED_FOR" not in told


def test_the_environment_of_the_process_is_no_part_of_a_request(
    served: Served,
) -> None:
    told = served.told(request("/"))["environ"]

    assert not {"PATH", "DATABASE_URL", "REDIS_URL"} & set(told)


def test_a_header_that_cannot_be_read_is_refused_and_not_left_out(
    served: Served,
) -> None:
    refused = served.ask(request("/", "Idempotency-Key: caf\u00e9"))
    read = served.told(request("/", "Cookie: a=caf\u00e9", "X-Plain: 1"))["environ"]

    assert refused.startswith(b"HTTP/1.1 400 ")
    assert b"The header idempotency-key has characters beyond ASCII." in refused
    assert read["HTTP_X_PLAIN"] == "1"
    assert "HTTP_COOKIE" not in read


@pytest.mark.parametrize(
    "name", ["Authorization", "Sealwright-Session", "MCP-Name", "X-Forwarded-For"]
)
def test_what_the_product_reads_is_never_left_out(served: Served, name: str) -> None:
    refused = served.ask(request("/", f"{name}: caf\u00e9"))

    assert refused.startswith(b"HTTP/1.1 400 ")


def test_a_header_that_nobody_reads_may_hold_anything(served: Served) -> None:
    read = served.told(request("/", "X-User-Name: Zo\u00eb", "X-Plain: 1"))["environ"]

    assert read["HTTP_X_PLAIN"] == "1"
    assert "HTTP_X_USER_NAME" not in read
