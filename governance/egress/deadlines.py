"""One end for everything that a request does, from connecting to the last byte."""

import time
from typing import Self


class DeadlinePassed(TimeoutError):
    """There is no time left; a socket's own time-out is its sibling."""


class Deadline:
    """A moment on the monotonic clock; harmless to share between threads."""

    __slots__ = ("_ends_at",)

    def __init__(self, seconds: float) -> None:
        self._ends_at = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds that are left.

        Raises DeadlinePassed if there are none: a socket would take 0 for
        "don't block" and a negative number for an error.
        """
        left = self.seconds()
        if left <= 0:
            raise DeadlinePassed
        return left

    def seconds(self) -> float:
        """Return the seconds that are left, negative once it has passed."""
        return self._ends_at - time.monotonic()

    def at_most(self, seconds: float) -> Self:
        """Return a deadline that is at most ``seconds`` ahead, and never later."""
        return type(self)(min(seconds, self.seconds()))
