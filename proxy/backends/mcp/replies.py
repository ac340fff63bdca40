"""What came back for a message: a result, an error, or a bare status.  Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from governance.arguments import JSON, MAX_NODES, InvalidJson, parse_json
from proxy.backends.mcp.events import TooManyEvents, is_stream, payloads_of

_OK: Final = range(200, 300)


class Unreadable(ValueError):
    """What came is no response of ours; the text says why."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A response: ``result`` or ``error``, or neither where HTTP itself refused."""

    status: int
    result: dict[str, JSON] | None = None
    error: int | None = None
    supported: tuple[str, ...] = ()  # of -32022
    size: int = 0  # bytes of the body
    session: str = ""  # what a legacy upstream calls the conversation


@dataclass(frozen=True, slots=True)
class Reading:
    """How an answer is read: for which id, and within which bounds."""

    id: str
    max_bytes: int
    max_nodes: int = MAX_NODES


def read_reply(
    status: int, content_type: str, body: bytes, *, reading: Reading
) -> Reply:
    """Find the response to our id in a whole answer.

    Raises Unreadable if there should be one and is none.
    """
    try:
        message = _message(content_type, body, reading)
        return _reply(status, message, reading.id)
    except (Unreadable, InvalidJson, TooManyEvents) as error:
        if status not in _OK:
            return Reply(status)  # a page of a proxy's, or a plain text
        raise Unreadable("The answer is not a response to what was asked.") from error


def concerns(payload: bytes, *, reading: Reading) -> dict[str, JSON] | None:
    """Return a message of a stream; None if it is none that can be read."""
    try:
        return parse_json(
            payload, max_bytes=reading.max_bytes, max_nodes=reading.max_nodes
        )
    except InvalidJson:
        return None


def is_response(message: dict[str, JSON], *, id_: str) -> bool:
    """Whether a message answers what was asked under this id."""
    return message.get("id") == id_ and ("result" in message or "error" in message)


def _message(content_type: str, body: bytes, reading: Reading) -> dict[str, JSON]:
    if is_stream(content_type):
        return _response_of(payloads_of(body), reading)
    return parse_json(body, max_bytes=reading.max_bytes, max_nodes=reading.max_nodes)


def _response_of(payloads: Iterable[bytes], reading: Reading) -> dict[str, JSON]:
    for payload in payloads:
        message = concerns(payload, reading=reading)
        if message is not None and is_response(message, id_=reading.id):
            return message
    raise Unreadable("The stream ended without the response.")


def _reply(status: int, message: dict[str, JSON], id_: str) -> Reply:
    if message.get("jsonrpc") != "2.0" or "method" in message:
        raise Unreadable("It is not a JSON-RPC response.")
    error, result = message.get("error"), message.get("result")
    # An upstream that could not read our id answers with null (JSON-RPC 2.0, 5).
    is_refusal = message.get("id") in (id_, None) and result is None
    if is_refusal and isinstance(error, dict):
        return _refused(status, error)
    is_ours = message.get("id") == id_ and status in _OK
    if is_ours and isinstance(result, dict) and error is None:
        return Reply(status, result=result)
    raise Unreadable("It answers somebody else, or says neither yes nor no.")


def _refused(status: int, error: dict[str, JSON]) -> Reply:
    code, more = error.get("code"), error.get("data")
    if not isinstance(code, int) or isinstance(code, bool):
        raise Unreadable("The error has no number.")
    listed = more.get("supported") if isinstance(more, dict) else None
    supported = listed if isinstance(listed, list) else []
    return Reply(
        status,
        error=code,
        supported=tuple(each for each in supported if isinstance(each, str)),
    )
