"""What a lane lends one call, and where it is put.  Pure."""

import re
from dataclasses import dataclass
from typing import Final, NoReturn, Self

MAX_VALUE_BYTES: Final = 8192
SCHEMES: Final = ("Bearer", "token", "Basic")

_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")


class PlacementRefused(ValueError):
    """A placement names no place for a credential; the text says why."""


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


@dataclass(frozen=True, slots=True, repr=False)
class Credential:
    """One credential, for one call: its header, and what to redact because of it.

    ``header`` is None on a lane that lends nothing.  It is shown, copied and pickled
    as nothing.
    """

    header: tuple[str, str] | None = None
    fingerprint: str | None = None
    secrets: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "***"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A credential is neither copied nor pickled.")
