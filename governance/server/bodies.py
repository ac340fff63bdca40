"""Reading bodies: on the event loop, so that a slow one takes no thread.

In time, and no more than a bound: memory is what somebody who sends slowly could take.
"""

import asyncio
from typing import Final

from governance.arguments import MAX_BYTES
from governance.server.refused import Refused
from governance.server.rsgi import Protocol, ProtocolClosed, ProtocolError, Scope

BODY_SECONDS: Final = 20
# Where many send at once, everybody is asked to be quick.
CROWD: Final = 128
HURRIED_SECONDS: Final = 2
# What is over the bound is read on and dropped: whoever still sends hears no answer.
DRAINED_BYTES: Final = 1_048_576


class Bodies:
    """The bodies that one event loop reads at the moment."""

    def __init__(self, seconds: float = BODY_SECONDS) -> None:
        self._seconds = seconds
        self._reading = 0

    async def read(self, scope: Scope, protocol: Protocol) -> bytes:
        """Return the body, of one that is too long no more than a byte over the bound.

        Raises Refused if it is too slow or was cut.
        """
        declared = scope.headers.get("content-length")
        if not int(declared or 0) and "transfer-encoding" not in scope.headers:
            return b""
        self._reading += 1
        try:
            async with asyncio.timeout(self._patience_seconds()):
                body = await _read(protocol, int(declared or 0))
        except TimeoutError as error:
            raise Refused(408, "The body did not come in time.") from error
        except (ProtocolClosed, ProtocolError) as error:
            raise Refused(400, "The body could not be read.") from error
        finally:
            self._reading -= 1
        if len(body) < min(int(declared or 0), MAX_BYTES + 1):
            raise Refused(400, "The body was cut.")
        return body

    def _patience_seconds(self) -> float:
        return HURRIED_SECONDS if self._reading > CROWD else self._seconds


async def _read(protocol: Protocol, declared: int) -> bytes:
    """Read a body whole where its length is known and within the bound."""
    if 0 < declared <= MAX_BYTES:
        return await protocol()
    return await _collected(protocol)


async def _collected(protocol: Protocol) -> bytes:
    kept = bytearray()
    length = 0
    async for chunk in protocol:
        length += len(chunk)
        kept += chunk[: MAX_BYTES + 1 - len(kept)]
        if length > DRAINED_BYTES:
            break
    return bytes(kept)
