"""What a lane lends one call, and where it is put.  Pure."""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, NoReturn, Self

from governance.egress.outbound import OutboundRequest
from governance.egress.urls import Destination

MAX_VALUE_BYTES: Final = 8192
SCHEMES: Final = ("Bearer", "token", "Basic")

_PRINTABLE = re.compile(r"[\x20-\x7e]+")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")


class PlacementRefused(ValueError):
    """A placement names no place for a credential; the text says why."""


class NotPlaceable(ValueError):
    """The secret can't stand in a header; the text does not repeat it."""


@dataclass(frozen=True, slots=True)
class Placement:
    """The header that holds a credential; a scheme only in ``Authorization``."""

    header: str
    scheme: str = ""

    @classmethod
    def parse(cls, stored: dict[str, object]) -> Self:
        """Read a lane's placement.

        ``{"in": "authorization", "scheme": "Bearer"}`` or
        ``{"in": "header", "name": "X-Api-Key"}``.  Raises PlacementRefused.
        """
        match stored:
            case {"in": "authorization", "scheme": str(scheme), **rest} if not rest:
                if scheme not in SCHEMES:
                    raise PlacementRefused(f"A scheme is one of {', '.join(SCHEMES)}.")
                return cls("Authorization", scheme)
            case {"in": "header", "name": str(name), **rest} if not rest:
                if not _HEADER.fullmatch(name):
                    raise PlacementRefused("The header's name is not a header's.")
                return cls(name)
        raise PlacementRefused("A placement is an Authorization scheme, or a header.")

    def put(self, value: str) -> tuple[str, str]:
        """Return the header that holds ``value``.

        Raises NotPlaceable rather than send what could end the header.
        """
        if not _PRINTABLE.fullmatch(value):
            raise NotPlaceable("The secret is not printable ASCII.")
        if self.scheme == "Basic":
            # The secret is `user:password` (RFC 7617).
            value = base64.b64encode(value.encode()).decode()
        placed = f"{self.scheme} {value}" if self.scheme else value
        if len(placed) > MAX_VALUE_BYTES:
            raise NotPlaceable("The secret is longer than 8 KiB.")
        return self.header, placed


@dataclass(slots=True)
class Account:
    """What a record says of one loan; filled in until the loan is over.

    ``expires_at`` is seconds; ``is_refused`` is set by whoever saw the backend refuse
    the credential.
    """

    kind: str = "none"
    asked: Mapping[str, Any] = field(default_factory=dict)
    granted: str = ""
    is_narrowed: bool = False
    is_reused: bool = False
    is_refused: bool = False
    expires_at: int | None = None
    revoked: str = ""

    @property
    def ends_at(self) -> datetime | None:
        """When the credential ends by itself, if it does."""
        if self.expires_at is None:
            return None
        return datetime.fromtimestamp(self.expires_at, tz=UTC)

    def detail(self) -> dict[str, Any]:
        """Return the members of the outcome's record; none where nothing was lent."""
        if self.kind == "none":
            return {}
        detail: dict[str, Any] = {"narrowed": self.is_narrowed}
        if self.asked:
            detail |= {"asked": self.asked, "granted": self.granted}
        if self.ends_at is not None:
            detail["expires_at"] = self.ends_at
        if self.is_reused:
            detail["reused"] = True
        if self.revoked:
            detail["revoked"] = self.revoked
        return detail


Headers = tuple[tuple[str, str], ...]
Signer = Callable[[OutboundRequest, Destination], Headers]


@dataclass(frozen=True, slots=True, repr=False)
class Credential:
    """One credential, for one call: its header, and what to redact because of it.

    ``header`` is None on a lane that lends nothing, and on one that signs: there
    ``signer`` makes the headers last, over the bytes that go out.  It is shown, copied
    and pickled as nothing.
    """

    header: tuple[str, str] | None = None
    fingerprint: str | None = None
    secrets: tuple[str, ...] = ()
    signer: Signer | None = field(default=None, compare=False)
    account: Account = field(default_factory=Account, compare=False)

    def headers(self, request: OutboundRequest, destination: Destination) -> Headers:
        """Return what goes onto a request that is otherwise complete."""
        if self.signer is not None:
            return self.signer(request, destination)
        return () if self.header is None else (self.header,)

    def __repr__(self) -> str:
        return "***"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A credential is neither copied nor pickled.")
