"""How far a command got, on a terminal only."""

from collections.abc import Callable
from typing import Final, TextIO

WIDTH: Final = 30


def bar(what: str, stream: TextIO) -> Callable[[int, int], None]:
    """Return what draws ``what`` with the share that is done; it says so once each."""
    shown = [-1]

    def draw(done: int, total: int) -> None:
        percent = done * 100 // max(total, 1)
        if percent == shown[0] or not stream.isatty():
            return
        shown[0] = percent
        full = "#" * (percent * WIDTH // 100)
        end = "\n" if done >= total else ""
        stream.write(f"\r{what} [{full:<{WIDTH}}] {percent:3d} %{end}")
        stream.flush()

    return draw
