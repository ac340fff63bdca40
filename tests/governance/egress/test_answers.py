"""Answers are read the same however they are cut into pieces, or not at all."""

import io
import itertools
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from urllib3.connection import HTTPConnection

from governance.egress import AnswerTooLarge
from governance.egress.answers import (
    Answer,
    AnswerCut,
    AnswerMalformed,
    Receive,
    read_answer,
)

if TYPE_CHECKING:
    import socket

CAP = 1000


def pieces(raw: bytes, *ends: int) -> Receive:
    """Give ``raw`` in pieces that end at ``ends``, then the end of the connection."""
    bounds = [0, *sorted(ends), len(raw)]
    parts = [raw[a:b] for a, b in itertools.pairwise(bounds) if a < b]
    flow = iter([*parts, b""])
    return lambda: next(flow)


def read(raw: bytes, *ends: int, method: str = "POST") -> Answer:
    return read_answer(pieces(raw, *ends), method=method, cap=CAP)


def head(*lines: str, status: str = "200 OK") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode("latin-1")


@pytest.mark.parametrize(
    ("raw", "answer"),
    [
        (
            head("Content-Length: 2", "Content-Type: text/plain") + b"ok",
            Answer(200, "text/plain", b"ok", reusable=True),
        ),
        (
            head("content-length:0", status="201") + b"",
            Answer(201, "", b"", reusable=True),
        ),
        (
            head("Transfer-Encoding: Chunked")
            + b"2\r\nok\r\n1;x=y\r\n!\r\n0\r\nX-T: 1\r\n\r\n",
            Answer(200, "", b"ok!", reusable=True),
        ),
        (head(status="204 No"), Answer(204, "", b"", reusable=True)),
        (
            head("Content-Length: 5", status="304 Same"),
            Answer(304, "", b"", reusable=True),
        ),
        (head("X: y") + b"to the end", Answer(200, "", b"to the end", reusable=False)),
        (
            head("Content-Length: 2", "Connection: foo, Close") + b"ok",
            Answer(200, "", b"ok", reusable=False),
        ),
        (
            head("Content-Length: 2").replace(b"1.1", b"1.0") + b"ok",
            Answer(200, "", b"ok", reusable=False),
        ),
        (
            head("Content-Length: 2") + b"okHTTP/1.1 200 OK\r\n",
            Answer(200, "", b"ok", reusable=False),
        ),
        (
            head(status="100 Continue")
            + head("Link: </a>", status="103 Early")
            + head("Content-Length: 2")
            + b"ok",
            Answer(200, "", b"ok", reusable=True),
        ),
        (
            head("Content-Encoding: identity", "Content-Length: 2") + b"ok",
            Answer(200, "", b"ok", reusable=True),
        ),
    ],
)
def test_an_answer_is_read(raw: bytes, answer: Answer) -> None:
    assert read(raw) == answer


def test_the_answer_to_head_has_no_body() -> None:
    assert read(head("Content-Length: 5"), method="HEAD").body == b""


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n",
        head("Content-Length: 3") + b"ok",
        head("Transfer-Encoding: chunked") + b"2\r\nok\r\n",
        head("Transfer-Encoding: chunked") + b"2\r\nok\r\n0\r\n",
        head("Transfer-Encoding: chunked") + b"5\r\nok",
        head(status="100 Continue"),
    ],
)
def test_an_answer_that_ends_early_is_cut(raw: bytes) -> None:
    with pytest.raises(AnswerCut):
        read(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"nonsense\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 0200 OK\r\n\r\n",
        b"\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        head(status="101 Switching"),
        head("no colon"),
        head("Content-Length : 2"),
        head("X: a", " folded"),
        head("X: a\0b"),
        head("X: a\nY: b"),
        head("X: a\rY: b"),
        head("Content-Length: 2", "Content-Length: 2") + b"ok",
        head("Content-Length: 2", "Content-Length: 3") + b"ok!",
        head("Content-Length: 2, 2") + b"ok",
        head("Content-Length: +2") + b"ok",
        head("Content-Length: -2") + b"ok",
        head("Content-Length: 0x2") + b"ok",
        head("Content-Length:") + b"ok",
        head("Content-Length: ²") + b"ok",
        head("Content-Length: 2", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
        head("Transfer-Encoding: gzip, chunked") + b"0\r\n\r\n",
        head("Transfer-Encoding: chunked", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
        head("Transfer-Encoding: identity") + b"ok",
        head("Transfer-Encoding: chunked").replace(b"1.1", b"1.0") + b"0\r\n\r\n",
        head("Transfer-Encoding: chunked") + b"-2\r\nok\r\n0\r\n\r\n",
        head("Transfer-Encoding: chunked") + b"0x2\r\nok\r\n0\r\n\r\n",
        head("Transfer-Encoding: chunked") + b"2\r\nok!\r\n0\r\n\r\n",
        head("Transfer-Encoding: chunked") + b"\r\n",
        head("Transfer-Encoding: chunked") + b"1;" + b"x" * 2000 + b"\r\n",
        head("Content-Encoding: gzip", "Content-Length: 2") + b"ok",
        head("Content-Encoding: identity", "Content-Encoding: br") + b"ok",
    ],
)
def test_an_answer_that_two_readers_may_read_differently_is_refused(
    raw: bytes,
) -> None:
    with pytest.raises(AnswerMalformed):
        read(raw)


@pytest.mark.parametrize("count", [100, 101, 1000])
def test_an_answer_has_at_most_100_headers(count: int) -> None:
    raw = head(*["X: y"] * (count - 1), "Content-Length: 0")

    if count <= 100:
        assert read(raw).status == 200
    else:
        with pytest.raises(AnswerMalformed):
            read(raw)


@pytest.mark.parametrize("over", [0, 1])
def test_a_head_is_at_most_64_kib(over: int) -> None:
    line = "X: " + "y" * (65_536 + over - len(b"HTTP/1.1 204 OK\r\nX: "))
    raw = head(line, status="204 OK")

    if over:
        with pytest.raises(AnswerMalformed):
            read(raw)
    else:
        assert read(raw).status == 204


def test_a_head_without_end_is_given_up_at_the_bound() -> None:
    asked = 0

    def endless() -> bytes:
        nonlocal asked
        asked += 1
        return b"x" * 1024

    with pytest.raises(AnswerMalformed):
        read_answer(endless, method="GET", cap=CAP)

    assert asked == 65


def test_interim_answers_share_the_bounds_of_the_last_one() -> None:
    with pytest.raises(AnswerMalformed):
        read(head("X: y", status="100 Continue") * 101 + head("Content-Length: 0"))


@pytest.mark.parametrize(
    "raw",
    [
        head("Content-Length: 1001", status="201 Made"),
        head("Transfer-Encoding: chunked", status="201 Made") + b"3e9\r\n",
        head("Transfer-Encoding: chunked", status="201 Made")
        + b"3e8\r\n"
        + b"x" * 1000
        + b"\r\n1\r\n",
        head(status="201 Made") + b"x" * 1001,
    ],
)
def test_a_body_over_the_cap_is_not_read_on_and_its_status_is_told(raw: bytes) -> None:
    with pytest.raises(AnswerTooLarge) as failure:
        read(raw)

    assert failure.value.status == 201


@pytest.mark.parametrize(
    "raw",
    [
        head("Content-Length: 1000") + b"x" * 1000,
        head("Transfer-Encoding: chunked")
        + b"3e8\r\n"
        + b"x" * 1000
        + b"\r\n0\r\n\r\n",
        head() + b"x" * 1000,
    ],
)
def test_a_body_of_exactly_the_cap_is_whole(raw: bytes) -> None:
    assert len(read(raw).body) == CAP


WHOLE = [
    head(status="103 Early") + head("Content-Length: 5", "A: b") + b"hello",
    head("Transfer-Encoding: chunked") + b"2\r\nhe\r\n3\r\nllo\r\n0\r\nA: b\r\n\r\n",
    head() + b"hello",
]


@given(st.sampled_from(WHOLE), st.sets(st.integers(0, 200)))
def test_pieces_do_not_matter(raw: bytes, ends: set[int]) -> None:
    assert read(raw, *ends) == read(raw)


@given(st.binary(max_size=300), st.sampled_from([b"", head(), *WHOLE]))
def test_no_bytes_make_the_reader_fail_otherwise(noise: bytes, before: bytes) -> None:
    try:
        answer = read(before[:-3] + noise)
    except (AnswerCut, AnswerMalformed, AnswerTooLarge):
        return
    assert answer.status >= 200


class Wire:
    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._raw)


@given(
    st.integers(200, 599),
    st.binary(max_size=200),
    st.sampled_from(["length", "chunked", "close"]),
)
def test_the_library_reads_the_same(status: int, body: bytes, framing: str) -> None:
    raw = framed(status, body, framing)

    ours = read(raw)

    wire = cast("socket.socket", Wire(raw))
    theirs = HTTPConnection.response_class(wire, method="POST")
    theirs.begin()
    assert (ours.status, ours.body) == (theirs.status, theirs.read())
    assert ours.reusable is not theirs.will_close


def framed(status: int, body: bytes, framing: str) -> bytes:
    if status in {204, 304}:
        return head("Content-Length: 0", status=f"{status} X")
    if framing == "length":
        return head(f"Content-Length: {len(body)}", status=f"{status} X") + body
    if framing == "chunked":
        chunk = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
        return (
            head("Transfer-Encoding: chunked", status=f"{status} X")
            + chunk
            + b"0\r\n\r\n"
        )
    return head(status=f"{status} X") + body
