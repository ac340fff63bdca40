"""One exchange with an upstream: what is ours is added, what comes back is read."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Self

from audit.redaction import redact_known
from governance.arguments import JSON, MAX_NODES
from governance.egress import (
    AnswerTooLarge,
    BackendSettings,
    Deadline,
    Egress,
    EgressFailed,
    OutboundAnswer,
    OutboundRequest,
    parse_url,
)
from proxy.backends.mcp.events import EventReader, TooManyEvents, is_stream
from proxy.backends.mcp.messages import Message, Writer
from proxy.backends.mcp.replies import (
    Reading,
    Reply,
    Unreadable,
    concerns,
    is_response,
    read_reply,
)
from proxy.credentials.credential import Credential

MAX_ANSWERED: Final = 10
ENDING_SECONDS: Final = 1.0
_HEADERS: Final = (
    ("Content-Type", "application/json"),
    ("Accept", "application/json, text/event-stream"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """The way to one upstream, for one call: address, credential, trace, time."""

    backend: BackendSettings
    target: str
    credential: Credential
    traceparent: str
    deadline: Deadline
    egress: Egress

    @classmethod
    def to(
        cls,
        backend: BackendSettings,
        credential: Credential,
        *,
        traceparent: str,
        deadline: Deadline,
        egress: Egress,
    ) -> Self:
        """Return the line to a backend, whose base URL is the whole endpoint."""
        at, target = _endpoint(backend)
        return cls(at, target, credential, traceparent, deadline, egress)

    def ask(
        self,
        message: Message,
        *,
        writer: Writer,
        cap: int | None = None,
        max_nodes: int = MAX_NODES,
    ) -> Reply:
        """Send a request and return its response.

        Raises what ``Egress.send`` raises, and Unreadable if what came is none.
        """
        cap = cap or self.backend.max_response_bytes
        reading = Reading(message.id or "", cap, max_nodes)
        watch = _Watch(self, writer, reading)
        try:
            answer = self._sent(message, cap=cap, until=watch)
        except TooManyEvents as error:
            raise Unreadable(str(error)) from error
        except AnswerTooLarge as error:
            if watch.is_flooded:
                raise Unreadable("The stream goes on without the response.") from error
            raise
        content_type, body = self._redacted(answer)
        reply = read_reply(answer.status, content_type, body, reading=reading)
        session = answer.header("Mcp-Session-Id")
        return replace(reply, session=session, size=len(body))

    def tell(self, message: Message) -> int:
        """Send what has no response; return the status.  Raises as ``Egress.send``."""
        return self._sent(message).status

    def hang_up(self, writer: Writer) -> None:
        """End a legacy session if the upstream likes; nothing depends on it."""
        if not writer.session:
            return
        headers = (*writer.session_headers, ("MCP-Protocol-Version", writer.version))
        request = self._request("DELETE", headers, None)
        with contextlib.suppress(EgressFailed):
            self.egress.send(
                request,
                backend=self.backend,
                deadline=self.deadline.at_most(ENDING_SECONDS),
            )

    def posted(self, message: Message) -> OutboundRequest:
        """Return a message as it will leave, less what the guard adds to each.

        The guard refuses a name that comes twice: nothing of a message stands beside
        the credential or the trace.
        """
        return self._request("POST", (*_HEADERS, *message.headers), message.body)

    def _request(
        self, method: str, headers: tuple[tuple[str, str], ...], body: bytes | None
    ) -> OutboundRequest:
        lent = () if self.credential.header is None else (self.credential.header,)
        fixed = (("traceparent", self.traceparent), *lent)
        return OutboundRequest(method, self.target, (*headers, *fixed), body)

    def _sent(
        self, message: Message, *, cap: int | None = None, until: "_Watch | None" = None
    ) -> OutboundAnswer:
        return self.egress.send(
            self.posted(message),
            backend=self.backend,
            deadline=self.deadline,
            cap=cap,
            until=until,
        )

    def _redacted(self, answer: OutboundAnswer) -> tuple[str, bytes]:
        # On bytes, before anybody parses them: an echoed credential goes no further.
        said = b"%b\n%b" % (answer.content_type.encode(), answer.body)
        said = redact_known(said, self.credential.secrets)
        content_type, _, body = said.partition(b"\n")
        return content_type.decode(), body


class _Watch:
    """Reads a stream as it grows, until the response is there.

    A request in it is answered, since a legacy upstream may wait for that before it
    goes on; ten at most, and whether the answer arrives is the upstream's affair.
    """

    def __init__(self, line: Line, writer: Writer, reading: Reading) -> None:
        self._line, self._writer, self._reading = line, writer, reading
        self._events = EventReader()
        self._answered = 0

    def __call__(self, content_type: str, body: bytes | bytearray) -> bool:
        if not is_stream(content_type):
            return False
        return any(self._ends(message) for message in self._new(body))

    @property
    def is_flooded(self) -> bool:
        """Whether anything but one message that is too large reached the cap."""
        is_much = self._events.position > self._reading.max_bytes // 2
        return is_much or not self._events.may_be_data

    def _new(self, body: bytes | bytearray) -> Iterator[dict[str, JSON]]:
        for payload in self._events.take(body):
            message = concerns(payload, reading=self._reading)
            if message is not None:
                yield message

    def _ends(self, message: dict[str, JSON]) -> bool:
        if is_response(message, id_=self._reading.id):
            return True
        if "method" in message and "id" in message:
            self._answer(message)
        return False

    def _answer(self, message: dict[str, JSON]) -> None:
        self._answered += 1
        if self._writer.is_modern or self._answered > MAX_ANSWERED:
            return
        answer = self._writer.answer(message["method"], message["id"])
        # Not to be told from a failure of the call itself, were it to go on.
        with contextlib.suppress(EgressFailed):
            self._line.tell(answer)


def _endpoint(backend: BackendSettings) -> tuple[BackendSettings, str]:
    """Part an endpoint into origin and path, and keep a slash that ends it."""
    try:
        at = parse_url(backend.base_url)
    except ValueError:  # the guard says so, where it is an outcome
        return backend, "/"
    ends = "/" if backend.base_url.endswith("/") or not at.path else ""
    return replace(backend, base_url=at.origin), at.path + ends
