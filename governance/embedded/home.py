"""The data folder: ours alone, one ``up`` at a time, and what is written into it."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from governance.embedded.errors import CannotStart

LOCK: Final = "up.lock"
ENVIRONMENT: Final = "env"


@dataclass(frozen=True, slots=True)
class Home:
    """A data folder that we hold; ``abandoned`` if its last holder was killed."""

    folder: Path
    abandoned: bool

    def write_environment(self, environ: Mapping[str, str]) -> None:
        """Write what ``./dev manage`` reads; ``NAME=value`` lines, 0600."""
        lines = "".join(f"{name}={value}\n" for name, value in environ.items())
        write_private(self.folder / ENVIRONMENT, lines)


@contextmanager
def enter(folder: Path) -> Iterator[Home]:
    """Hold a data folder, new or used before.

    Raises CannotStart if the folder cannot be written, is in use or is not ours.
    """
    folder = folder.absolute()
    environment = folder / ENVIRONMENT
    # The kernel drops the lock with the process, whatever ends it.
    with _open_lock(folder) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CannotStart(
                f"Something already runs on {folder}: stop it, or choose another "
                "folder with --data."
            ) from error
        try:
            yield Home(folder, abandoned=environment.exists())
        finally:
            environment.unlink(missing_ok=True)


def _open_lock(folder: Path) -> IO[str]:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (folder / LOCK).exists() and any(folder.iterdir()):
            raise CannotStart(
                f"{folder} holds something else: choose an empty or a new folder "
                "with --data."
            )
        folder.chmod(0o700)
        return (folder / LOCK).open("a")
    except OSError as error:
        raise CannotStart(
            f"{folder} cannot be written: choose another folder with --data."
        ) from error


def write_private(path: Path, text: str) -> None:
    """Replace a file that only we may read, whole or not at all."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    draft.replace(path)
