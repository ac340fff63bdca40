"""The words of the protocol: revisions, codes, a message, a client.  Pure."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from governance.arguments import JSON
from governance.decision import Reason

_PREFIX: Final = "io.modelcontextprotocol/"
VERSION_KEY: Final = f"{_PREFIX}protocolVersion"
CAPABILITIES_KEY: Final = f"{_PREFIX}clientCapabilities"
SERVER_KEY: Final = f"{_PREFIX}serverInfo"
TASKS: Final = f"{_PREFIX}tasks"

MODERN: Final = "2026-07-28"
LEGACY: Final = ("2025-11-25", "2025-06-18", "2025-03-26")
OLDEST: Final = "2025-03-26"
URL_VERSION: Final = "2025-11-25"  # the legacy revision that knows -32042

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
INTERNAL_ERROR: Final = -32603
HEADER_MISMATCH: Final = -32020
MISSING_CAPABILITY: Final = -32021
UNSUPPORTED_VERSION: Final = -32022
URL_REQUIRED: Final = -32042


class Era(enum.StrEnum):
    """How bytes are read and answers written; never what is checked."""

    MODERN = "modern"
    LEGACY = "legacy"


class Fault(ValueError):
    """A request that no model can mend: a JSON-RPC error.

    ``data`` stands where the protocol fixes it; else the problem of ``reason`` does.
    ``is_recorded`` as for ``Denied``.
    """

    is_recorded = False

    def __init__(
        self,
        code: int,
        reason: Reason,
        message: str,
        *,
        data: Mapping[str, object] | None = None,
    ) -> None:
        self.code = code
        self.reason = reason
        self.message = message
        self.data = data
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Headers:
    """The headers that repeat the body; None: not sent."""

    version: str | None = None
    method: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A request, or a notification if ``id`` is None."""

    id: str | int | None
    method: str
    era: Era
    version: str
    params: Mapping[str, JSON] = field(default_factory=dict)

    @property
    def meta(self) -> Mapping[str, JSON]:
        """The request's ``_meta``; empty where there is none."""
        return as_object(self.params.get("_meta"))


@dataclass(frozen=True, slots=True)
class Client:
    """What of a client's capabilities decides anything here."""

    tasks: bool = False
    url: bool = False

    @classmethod
    def of(cls, capabilities: JSON) -> "Client":
        """Read declared capabilities; what is no object declares nothing.

        A bare ``"elicitation": {}`` means forms, which are never sent.
        """
        declared = as_object(capabilities)
        extensions = as_object(declared.get("extensions"))
        elicitation = as_object(declared.get("elicitation"))
        return cls(
            tasks=isinstance(extensions.get(TASKS), dict),
            url=isinstance(elicitation.get("url"), dict),
        )


def as_object(value: JSON) -> dict[str, JSON]:
    """Return a value that is an object; an empty one for any other."""
    return value if isinstance(value, dict) else {}
