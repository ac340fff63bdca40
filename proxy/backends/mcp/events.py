"""A stream of server-sent events (WHATWG HTML, section 9.2), as messages.  Pure."""

import re
from typing import Final

MAX_EVENTS: Final = 1000
_STREAM: Final = re.compile(r"text/event-stream[ \t]*(?:;.*)?", re.IGNORECASE)
# A carriage return alone ends a line too, unless its other half may be on its way.
_LINE_END: Final = re.compile(rb"\r\n|\n|\r(?=[^\n])")
_DATA: Final = b"data"
_BOM: Final = b"\xef\xbb\xbf"


class TooManyEvents(ValueError):
    """A stream goes on and on without the response."""


def is_stream(content_type: str) -> bool:
    """Whether a body of this type is a stream of events."""
    return _STREAM.fullmatch(content_type) is not None


class EventReader:
    """Reads a growing body; ``position`` is where unfinished data begins.

    ``may_be_data``: what is not finished is data, or nobody can tell yet.
    """

    __slots__ = ("_count", "_payload", "_read", "_searched", "may_be_data", "position")

    def __init__(self) -> None:
        self._payload: list[bytes] = []
        self._read = 0
        self._searched = 0
        self._count = 0
        self.position = 0
        self.may_be_data = True

    def take(self, body: bytes | bytearray) -> list[bytes]:
        """Return the payloads of the events that came to their end since last time.

        Comments, names, ids and what has no data are skipped.  Raises TooManyEvents.
        """
        if self._read == 0 and body.startswith(_BOM):
            self._read = len(_BOM)
        payloads = []
        while end := _LINE_END.search(body, self._searched):
            payload = self._line(body[self._read : end.start()])
            self._read = self._searched = end.end()
            if not self._payload:
                self.position = self._read
            if payload is not None:
                payloads.append(payload)
        # One endless line in pieces of a byte costs one pass, not one for each piece.
        self._searched = max(self._read, len(body) - 1)
        begun = bytes(body[self._read : self._read + len(_DATA)])
        self.may_be_data = bool(self._payload) or _DATA.startswith(begun)
        return payloads

    def _line(self, line: bytes | bytearray) -> bytes | None:
        if line:
            name, _, value = line.partition(b":")
            if name == b"data":
                self._payload.append(bytes(value.removeprefix(b" ")))
            return None
        payload, self._payload = self._payload, []
        if not payload:
            return None
        self._count += 1
        if self._count > MAX_EVENTS:
            raise TooManyEvents("The stream goes on and on without the response.")
        return b"\n".join(payload)


def payloads_of(body: bytes) -> list[bytes]:
    """Return the payloads of a whole body; an event without its end counts for none.

    Raises TooManyEvents.
    """
    return EventReader().take(body + b"\n" if body.endswith(b"\r") else body)
