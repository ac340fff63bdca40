"""Hearing of SIGTERM while granian handles it.

Granian closes its listener and waits for what is in flight; the program must know too,
to refuse what still waits for a thread and to let go whoever waits for a person.
"""

import os
import signal
import socket
import threading
from collections.abc import Callable, Sequence
from typing import Final

SIGNALS: Final = frozenset({signal.SIGTERM, signal.SIGINT})


def on_stop(actions: Sequence[Callable[[], object]]) -> None:
    """Run ``actions`` once, in a thread, when this process is asked to stop.

    Call it from the main thread.  The handlers stay the server's: of each signal the
    interpreter also writes a byte to the wakeup descriptor, which we read first and
    hand on to whoever had it before (the event loop).
    """
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    before = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    threading.Thread(
        target=_listen, args=(ours, theirs, before, actions), name="stop", daemon=True
    ).start()


def _listen(
    ours: socket.socket,
    theirs: socket.socket,
    before: int,
    actions: Sequence[Callable[[], object]],
) -> None:
    waiting = list(actions)
    with ours, theirs:  # held here, or the descriptor would close with its object
        while number := ours.recv(1):
            if before != -1:
                os.write(before, number)
            if number[0] in SIGNALS:
                while waiting:
                    waiting.pop(0)()
