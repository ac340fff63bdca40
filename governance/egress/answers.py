"""Read one answer, strictly and within bounds (RFC 9112).  Pure.

``receive`` gives the next bytes, b"" at the end; it keeps the deadline.  The rules:

- Head: status line and headers at most 64 KiB and 100, interim answers included.  An
  end inside of it is a cut, never an answer without a body.
- Interim answers (1xx) are skipped; 101 was not asked for and is refused.
- Body: one ``Content-Length``, or ``chunked`` and nothing else, never both; otherwise
  it ends with the connection.  A content coding was not asked for and is refused.
- What is over the cap is not read on; nor is what comes after ``until`` has enough, as
  a stream of events may stay open for good.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from governance.egress.failures import AnswerTooLarge

Receive = Callable[[], bytes]
# Whether the body so far, of an answer with this content type, is all that is wanted.
Until = Callable[[str, bytes | bytearray], bool]

MAX_HEAD_BYTES: Final = 65_536
MAX_HEADERS: Final = 100
_MAX_SIZE_LINE: Final = 1024
_SWITCHING: Final = 101
_FIRST_FINAL: Final = 200
_BODILESS: Final = frozenset({204, 304})

_STATUS = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?: [^\x00\r\n]*)?")
_NAME = re.compile(rb"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_CONTROL = re.compile(rb"[\x00\r\n]")
_LENGTH = re.compile(rb"[0-9]{1,18}")
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\x00\r\n]*)?")


class AnswerMalformed(ValueError):
    """What came is not an answer that we read; the text says why."""


class AnswerCut(ValueError):
    """The connection ended before the answer did."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; ``reusable`` says that the connection may carry another."""

    status: int
    content_type: str
    body: bytes
    reusable: bool
    fields: Mapping[bytes, bytes] = field(  # names in lower case
        default_factory=dict, repr=False, compare=False
    )


@dataclass(frozen=True, slots=True)
class _Head:
    status: int
    minor: int
    fields: dict[bytes, bytes]

    @property
    def content_type(self) -> str:
        """What the body is said to be; empty if nothing is said."""
        return self.fields.get(b"content-type", b"").decode("latin-1")

    def words(self, name: bytes) -> bytes:
        """Return a header whose letter case says nothing; empty if it is missing."""
        return self.fields.get(name, b"").lower()


@dataclass(frozen=True, slots=True)
class _Bounds:
    cap: int
    content_type: str
    until: Until | None

    def enough(self, body: bytes | bytearray) -> bool:
        return self.until is not None and self.until(self.content_type, body)


class _Inflow:
    """The bytes that came and are not taken yet, and the way to more."""

    __slots__ = ("_receive", "head_left", "headers_left", "held")

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.held = bytearray()
        self.head_left = MAX_HEAD_BYTES
        self.headers_left = MAX_HEADERS

    def more(self) -> bool:
        """Wait for bytes; False if the connection is at its end."""
        received = self._receive()
        self.held += received
        return bool(received)

    def line(self, mark: bytes, limit: int) -> bytes:
        """Take what comes before ``mark``, of at most ``limit`` bytes."""
        searched = 0
        while (end := self.held.find(mark, searched)) < 0:
            if len(self.held) > limit:
                raise AnswerMalformed("Its head is too long.")
            searched = max(0, len(self.held) - len(mark) + 1)
            self.need_more()
        if end > limit:
            raise AnswerMalformed("Its head is too long.")
        return self._take(end, len(mark))

    def exactly(self, size: int) -> bytes:
        """Take ``size`` bytes."""
        while len(self.held) < size:
            self.need_more()
        return self._take(size, 0)

    def need_more(self) -> None:
        """Wait for bytes that must come."""
        if not self.more():
            raise AnswerCut("The connection ended before the answer did.")

    def _take(self, size: int, skipped: int) -> bytes:
        taken = bytes(memoryview(self.held)[:size])
        del self.held[: size + skipped]
        return taken


def read_answer(
    receive: Receive, *, method: str, cap: int, until: Until | None = None
) -> Answer:
    """Read the answer to a request with ``method``, with a body of at most ``cap``.

    Raises AnswerCut, AnswerMalformed or AnswerTooLarge, and whatever ``receive`` does.
    """
    inflow = _Inflow(receive)
    head = _final_head(inflow)
    if head.words(b"content-encoding") not in {b"", b"identity"}:
        raise AnswerMalformed("It is content-coded, which was not asked for.")
    body, framed = _body(inflow, head, method, _Bounds(cap, head.content_type, until))
    return Answer(
        status=head.status,
        content_type=head.content_type,
        body=body,
        reusable=framed and not inflow.held and _stays_open(head),
        fields=head.fields,
    )


def _final_head(inflow: _Inflow) -> _Head:
    head = _head(inflow)
    while head.status < _FIRST_FINAL:
        if head.status == _SWITCHING:
            raise AnswerMalformed("It changes the protocol, which was not asked for.")
        head = _head(inflow)
    return head


def _head(inflow: _Inflow) -> _Head:
    text = inflow.line(b"\r\n\r\n", inflow.head_left)
    inflow.head_left -= len(text)
    first, *lines = text.split(b"\r\n")
    status = _STATUS.fullmatch(first)
    inflow.headers_left -= len(lines)
    if status is None or inflow.headers_left < 0:
        raise AnswerMalformed("It is not HTTP/1.1, or has too many headers.")
    return _Head(int(status[2]), int(status[1]), _fields(lines))


def _fields(lines: list[bytes]) -> dict[bytes, bytes]:
    fields: dict[bytes, bytes] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not _NAME.fullmatch(name) or _CONTROL.search(value):
            raise AnswerMalformed("One of its headers is not a header.")
        name, value = name.lower(), value.strip(b" \t")
        # A name that comes twice is a list (RFC 9110, section 5.3), so two lengths
        # are no length.
        fields[name] = fields[name] + b", " + value if name in fields else value
    return fields


def _body(
    inflow: _Inflow, head: _Head, method: str, bounds: _Bounds
) -> tuple[bytes, bool]:
    """Read the body, and say whether its end was marked (RFC 9112, section 6.3)."""
    chunked, length = _framing(head)
    if method == "HEAD" or head.status in _BODILESS:
        return b"", True
    if chunked:
        return _chunks(inflow, head.status, bounds)
    if length is None:
        return _until_end(inflow, head.status, bounds), False
    if length > bounds.cap:
        raise AnswerTooLarge(head.status)
    return inflow.exactly(length), True


def _framing(head: _Head) -> tuple[bool, int | None]:
    coding = head.words(b"transfer-encoding")
    length = head.fields.get(b"content-length")
    if not coding:
        return False, _length(length)
    # Two readers of such an answer may disagree where it ends (RFC 9112, section 6.1).
    if coding != b"chunked" or length is not None or head.minor == 0:
        raise AnswerMalformed("It does not say plainly where it ends.")
    return True, None


def _length(text: bytes | None) -> int | None:
    if text is None:
        return None
    if not _LENGTH.fullmatch(text):
        raise AnswerMalformed("Its length is not one number.")
    return int(text)


def _chunks(inflow: _Inflow, status: int, bounds: _Bounds) -> tuple[bytes, bool]:
    body = bytearray()
    while size := _chunk_size(inflow):
        if len(body) + size > bounds.cap:
            raise AnswerTooLarge(status)
        body += inflow.exactly(size)
        if bounds.enough(body):
            return bytes(body), False
        if inflow.exactly(2) != b"\r\n":
            raise AnswerMalformed("A chunk of it does not end where it says.")
    while trailer := inflow.line(b"\r\n", inflow.head_left):
        inflow.head_left -= len(trailer)
    return bytes(body), True


def _chunk_size(inflow: _Inflow) -> int:
    size = _SIZE.fullmatch(inflow.line(b"\r\n", _MAX_SIZE_LINE))
    if size is None:
        raise AnswerMalformed("A chunk of it has no size.")
    return int(size[1], 16)


def _until_end(inflow: _Inflow, status: int, bounds: _Bounds) -> bytes:
    # Nothing marks this end, so a cut can't be told from it; the status line did come.
    while len(inflow.held) <= bounds.cap and not bounds.enough(inflow.held):
        if not inflow.more():
            break
    if len(inflow.held) > bounds.cap:
        raise AnswerTooLarge(status)
    return bytes(inflow.held)


def _stays_open(head: _Head) -> bool:
    said = {each.strip() for each in head.words(b"connection").split(b",")}
    return head.minor == 1 and b"close" not in said
