"""The system's randomness, read in larger pieces.

Each reading gives up the GIL, and a governed call wants six small values.  A piece
belongs to one thread of one process: a process that was forked reads its own.
"""

import os
import threading
from typing import Final

PIECE_BYTES: Final = 4096


class _Piece(threading.local):
    def __init__(self) -> None:
        self.owner = 0
        self.rest = b""

    def take(self, count: int) -> bytes:
        if self.owner != os.getpid() or len(self.rest) < count:
            self.owner, self.rest = os.getpid(), os.urandom(max(PIECE_BYTES, count))
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken


_piece: Final = _Piece()


def random_bytes(count: int) -> bytes:
    """Return unpredictable bytes, fit for salts and nonces."""
    return _piece.take(count)


def random_hex(count: int) -> str:
    """Return ``count`` unpredictable bytes in hexadecimal."""
    return _piece.take(count).hex()
