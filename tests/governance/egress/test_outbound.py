import pytest

from governance.egress import OutboundRequest, parse_url
from governance.egress.outbound import RequestMalformed, encode, fixed_head

FIXED = fixed_head(parse_url("https://api.example.com:8443/v3"))


def encoded(
    *,
    method: str = "GET",
    target: str = "/a",
    headers: tuple[tuple[str, str], ...] = (),
    body: bytes | None = None,
) -> bytes:
    request = OutboundRequest(method, target, headers, body)
    return encode(request, path="/v3", fixed=FIXED)


def test_a_request_is_these_very_bytes() -> None:
    raw = encoded(method="POST", target="/a?b=%20", headers=(("X-A", "1"),), body=b"{}")

    assert raw == (
        b"POST /v3/a?b=%20 HTTP/1.1\r\n"
        b"Host: api.example.com:8443\r\n"
        b"User-Agent: sealwright\r\n"
        b"Accept-Encoding: identity\r\n"
        b"X-A: 1\r\n"
        b"Content-Length: 2\r\n"
        b"\r\n"
        b"{}"
    )


@pytest.mark.parametrize(("method", "said"), [("POST", True), ("GET", False)])
def test_an_empty_body_has_a_length_where_one_is_expected(
    method: str, said: bool
) -> None:
    assert (b"Content-Length: 0\r\n" in encoded(method=method)) is said


@pytest.mark.parametrize(
    "target",
    [
        "a",
        "/a b",
        "/a\r\nX: y",
        "/a#b",
        "/ä",
        "/%zz",
        "/a/../b",
        "/a/..",
        "/%2e%2e/b",
        "/./b",
        "/a?b=c d",
        "/a?b=\x7f",
        "/a\\b",
        "//evil.example\n",
    ],
)
def test_a_target_that_is_not_fully_encoded_is_refused(target: str) -> None:
    with pytest.raises(RequestMalformed):
        encoded(target=target)


@pytest.mark.parametrize("method", ["get", "GE T", "", "GET\r\n"])
def test_an_odd_method_is_refused(method: str) -> None:
    with pytest.raises(RequestMalformed):
        encoded(method=method)


@pytest.mark.parametrize(
    "header",
    [
        ("X-A", "1\r\nX-B: 2"),
        ("X-A", "1\n"),
        ("X-A", "\0"),
        ("X-A", "ä"),
        ("X A", "1"),
        ("X-A:", "1"),
        ("", "1"),
        ("Host", "evil.example"),
        ("host", "evil.example"),
        ("Content-Length", "0"),
        ("Transfer-Encoding", "chunked"),
        ("Connection", "close"),
        ("Cookie", "a=b"),
        ("Accept-Encoding", "gzip"),
        ("Expect", "100-continue"),
    ],
)
def test_a_header_that_could_move_the_request_is_refused(
    header: tuple[str, str],
) -> None:
    with pytest.raises(RequestMalformed):
        encoded(headers=(header,))


def test_a_header_twice_is_refused_in_any_letter_case() -> None:
    with pytest.raises(RequestMalformed):
        encoded(headers=(("Authorization", "a"), ("authorization", "b")))


def test_a_head_over_the_bound_is_refused() -> None:
    with pytest.raises(RequestMalformed):
        encoded(headers=(("X-A", "a" * 65_536),))
