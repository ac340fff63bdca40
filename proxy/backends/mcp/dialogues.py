"""Learn which era an upstream is of, and open what a legacy one needs for a call.

A call is never the probe: whatever goes wrong here, nothing was asked for.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from django.conf import settings

from governance.egress import EgressFailed
from proxy.backends.answers import BackendOutcome, not_sent
from proxy.backends.mcp.eras import ERAS
from proxy.backends.mcp.lines import Line
from proxy.backends.mcp.messages import LEGACY, MODERN, Message, Writer
from proxy.backends.mcp.outcomes import (
    HEADER_MISMATCH,
    MISSING_CAPABILITY,
    REFUSED_US,
    UNSUPPORTED_VERSION,
    refused_us,
)
from proxy.backends.mcp.replies import Reply, Unreadable

_OK: Final = range(200, 300)
# It may be there and of either era: a passing state is no verdict.
_NO_VERDICT: Final = frozenset({408, 425, 429, *range(300, 400), *range(500, 600)})
_SESSION: Final = re.compile(r"[!-~]{0,1024}")


class NotOpened(Exception):
    """An upstream could not be spoken to; ``outcome`` says how the call ends."""

    def __init__(self, outcome: BackendOutcome) -> None:
        self.outcome = outcome
        super().__init__(outcome.note or outcome.detail)


@contextmanager
def dialogue(line: Line) -> Iterator[Writer]:
    """Give a writer for one call: nothing of it is shared with another call.

    Raises NotOpened.
    """
    writer = _writer(line, ERAS.known(line.backend) or _learnt(line))
    if writer.is_modern:
        yield writer
        return
    writer = _opened(line, writer)
    try:
        _begin(line, writer)
        yield writer
    finally:
        line.hang_up(writer)


def _writer(line: Line, version: str) -> Writer:
    return Writer(version, line.traceparent, settings.VERSION)


def _learnt(line: Line) -> str:
    writer = _writer(line, MODERN)
    message = writer.request("server/discover", {}, id_="discover")
    try:
        version = _verdict(_asked(line, message, writer))
    except Unreadable:
        version = LEGACY[0]
    ERAS.learn(line.backend, version)
    return version


def _asked(line: Line, message: Message, writer: Writer) -> Reply:
    """Ask what comes before the call.  Raises NotOpened and Unreadable."""
    try:
        reply = line.ask(message, writer=writer)
    except EgressFailed as failure:
        raise NotOpened(not_sent(str(failure))) from failure
    _insist_on_service(reply.status)
    return reply


def _insist_on_service(status: int) -> None:
    if status in REFUSED_US:
        raise NotOpened(refused_us(status))
    if status in _NO_VERDICT:
        raise NotOpened(not_sent(f"The backend answered {status} before the call."))


def _verdict(reply: Reply) -> str:
    if reply.error in (HEADER_MISMATCH, MISSING_CAPABILITY):
        return MODERN
    listed: object = reply.supported if reply.error == UNSUPPORTED_VERSION else ()
    if reply.result is not None:
        listed = reply.result.get("supportedVersions")
    speaks = isinstance(listed, list | tuple) and MODERN in listed
    return MODERN if speaks else LEGACY[0]


def _opened(line: Line, writer: Writer) -> Writer:
    try:
        reply = _asked(line, writer.initialize(), writer)
    except Unreadable as error:
        raise _failed(line, str(error)) from error
    version = (reply.result or {}).get("protocolVersion")
    if not isinstance(version, str) or version not in LEGACY:
        raise _failed(line, "The backend speaks no revision that Sealwright speaks.")
    if not _SESSION.fullmatch(reply.session):
        raise _failed(line, "The backend's session has no usable name.")
    return replace(writer, version=version, session=reply.session)


def _begin(line: Line, writer: Writer) -> None:
    try:
        status = line.tell(writer.initialized())
    except EgressFailed as failure:
        raise NotOpened(not_sent(str(failure))) from failure
    _insist_on_service(status)
    if status not in _OK:
        raise _failed(line, f"The backend answered {status} before the call.")


def _failed(line: Line, note: str) -> NotOpened:
    ERAS.forget(line.backend)
    return NotOpened(not_sent(note))
