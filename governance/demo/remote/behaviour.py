"""How the demo remote misbehaves, and for how many requests."""

import json
import threading
from dataclasses import dataclass
from types import UnionType
from typing import Any, Final

MODES: Final = ("normal", "slow", "error", "broken", "huge", "drop", "echo")
LIMITS: Final[dict[str, tuple[type | UnionType, float, float]]] = {
    "times": (int, 1, 1_000_000_000),
    "seconds": (int | float, 0, 3_600),
    "status": (int, 300, 599),
    "bytes": (int, 0, 1_000_000_000),
}


class InvalidBehaviour(ValueError):
    """The body of ``POST /_behave`` asks for something that does not exist."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One way to behave; ``seconds``, ``status`` and ``size`` are of one mode each."""

    mode: str = "normal"
    times: int = 1
    seconds: float = 2
    status: int = 500
    size: int = 26_000_000

    @classmethod
    def parse(cls, body: bytes) -> "Behaviour":
        """Read ``{"mode":"slow","times":1,"seconds":2}``.

        Raises InvalidBehaviour for an unknown member, mode or an impossible value.
        """
        try:
            asked = json.loads(body)
        except ValueError as error:
            raise InvalidBehaviour("The body is not JSON.") from error
        if not isinstance(asked, dict) or asked.get("mode") not in MODES:
            raise InvalidBehaviour(f"`mode` is one of {', '.join(MODES)}.")
        mode = asked.pop("mode")
        for name, value in asked.items():
            if name not in LIMITS or not _fits(value, *LIMITS[name]):
                raise InvalidBehaviour(f"`{name}` does not exist, or cannot be that.")
        if "bytes" in asked:
            asked["size"] = asked.pop("bytes")
        return cls(mode, **asked)


NORMAL: Final = Behaviour()


class Mood:
    """The behaviour of the next requests; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._behaviour = NORMAL
        self._left = 0

    def set(self, behaviour: Behaviour) -> None:
        """Behave so for the next ``behaviour.times`` requests."""
        with self._lock:
            self._behaviour = behaviour
            self._left = behaviour.times

    def take(self) -> Behaviour:
        """Return how to treat the request that has just come."""
        with self._lock:
            if not self._left:
                return NORMAL
            self._left -= 1
            return self._behaviour


def _fits(value: Any, kinds: type | UnionType, low: float, high: float) -> bool:
    number = isinstance(value, kinds) and not isinstance(value, bool)
    return number and low <= value <= high
