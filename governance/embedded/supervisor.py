"""The children of ``up``: started one by one, heard all at once, stopped together."""

import queue
import subprocess
import threading
from collections import deque
from collections.abc import Iterator
from io import TextIOBase
from typing import Final, NoReturn

from governance.embedded.errors import CannotStart
from governance.embedded.processes import Process, Program, spawn, stop

NAME_WIDTH: Final = 8
LAST_WORDS: Final = 5


class Voice:
    """Prefixed lines of many threads on one stream, whole lines only."""

    def __init__(self, stream: TextIOBase) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def say(self, name: str, line: str) -> None:
        """Write one line and who says it."""
        self.show(f"{name:<{NAME_WIDTH}} | {line}")

    def show(self, text: str) -> None:
        """Write text to copy from; a stream that is gone never blocks a child."""
        try:
            with self._lock:
                self._stream.write(f"{text}\n")
                self._stream.flush()
        except (OSError, ValueError):
            return


class Supervisor:
    """Starts programs and ends with the first that ends by itself."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self._children: list[tuple[Program, Process]] = []
        self._ended: queue.SimpleQueue[tuple[Program, int]] = queue.SimpleQueue()

    def start(self, program: Program) -> Process:
        """Start a program that is to run until we stop it."""
        process = spawn(program, output=subprocess.PIPE)
        self._children.append((program, process))
        threading.Thread(
            target=self._watch, args=(program, process), daemon=True
        ).start()
        return process

    def run(self, program: Program) -> None:
        """Run a program to its end, in silence unless it fails.

        Raises CannotStart with its last words if it does not end well.
        """
        process = spawn(program, output=subprocess.PIPE)
        words: deque[str] = deque(maxlen=LAST_WORDS)
        try:
            for line in _lines(process):
                words.append(line)
            failed = process.wait()
        finally:
            stop(process, program)
        if failed:
            for word in words:
                self._voice.say(program.name, word)
            raise CannotStart(f"{program.name} failed; its last lines are above.")

    def check(self) -> None:
        """Raise CannotStart if a child has ended by itself."""
        if not self._ended.empty():
            self.wait()

    def wait(self) -> NoReturn:
        """Wait until a child ends by itself, and raise CannotStart that names it."""
        program, status = self._ended.get()
        how = f"status {status}" if status >= 0 else f"signal {-status}"
        raise CannotStart(f"{program.name} has stopped with {how}: everything stops.")

    def stop(self) -> None:
        """Stop the children, the last one first: the database goes last."""
        while self._children:
            program, process = self._children.pop()
            stop(process, program)

    def _watch(self, program: Program, process: Process) -> None:
        for line in _lines(process):
            self._voice.say(program.name, line)
        self._ended.put((program, process.wait()))


def _lines(process: Process) -> Iterator[str]:
    if process.stdout is None:
        return
    with process.stdout as lines:
        for line in lines:
            yield line.decode(errors="replace").rstrip()
