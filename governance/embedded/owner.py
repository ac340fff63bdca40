"""Whom the embedded servers run as, and how that user reaches their binaries."""

import hashlib
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from governance.embedded.errors import CannotStart

COPIES = Path("/var/lib/sealwright")
ENVIRON = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


class Refused(Exception):
    """A program did not run, or said no."""


@dataclass(frozen=True, slots=True)
class Owner:
    """An unprivileged user that a server runs as."""

    uid: int
    gid: int


def unprivileged() -> Owner | None:
    """Return the user to run servers as; None where we are unprivileged ourselves."""
    if os.geteuid() != 0:
        return None
    if sys.platform != "linux":
        raise CannotStart("Run this as an ordinary user, not as root.")
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError as error:
        raise CannotStart(
            "The database does not run as root and there is no user `nobody`: "
            "run this as an ordinary user."
        ) from error
    return Owner(nobody.pw_uid, nobody.pw_gid)


def private_folder(folder: Path, owner: Owner | None) -> None:
    """Create a folder that only its owner may enter."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    if owner:
        os.chown(folder, owner.uid, owner.gid)


def run_as(owner: Owner | None, command: Sequence[str], *, folder: Path) -> str:
    """Run a program to its end in ``folder`` and return what it printed.

    Raises Refused, with the last line of its complaint, if it fails.
    """
    try:
        return subprocess.run(  # noqa: S603 - our own programs, and no shell
            command,
            user=owner.uid if owner else None,
            group=owner.gid if owner else None,
            extra_groups=[] if owner else None,
            cwd=folder,
            env=ENVIRON,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    except OSError as error:
        raise Refused(error.strerror) from error
    except subprocess.CalledProcessError as error:
        raise Refused(
            (error.stderr.strip() or "no reason given").splitlines()[-1]
        ) from error


def within_reach(
    binary: Path, owner: Owner | None, *, package: Sequence[Path], copies: Path = COPIES
) -> Path:
    """Return ``binary``, or its copy where ``owner`` may not enter the folders above.

    ``package`` are the neighbouring folders that the binary needs to run.
    """
    if owner is None or _runs(binary, owner):
        return binary
    parent = package[0].parent
    stamp = f"{binary}\0{binary.stat().st_mtime_ns}\0{binary.stat().st_size}"
    copy = copies / hashlib.sha256(stamp.encode()).hexdigest()[:16]
    if not copy.exists():
        _copy(package, copy)
    return copy / binary.relative_to(parent)


def _runs(binary: Path, owner: Owner | None) -> bool:
    try:
        run_as(owner, [str(binary), "--version"], folder=Path("/"))
    except Refused:
        return False
    return True


def _copy(package: Sequence[Path], copy: Path) -> None:
    # Root alone may write here, so nobody can put another program in its place.
    try:
        copy.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=copy.parent))
        for folder in package:
            shutil.copytree(folder, draft / folder.name, symlinks=True)
        draft.chmod(0o755)
        draft.rename(copy)
    except OSError as error:
        raise CannotStart(
            f"The user `nobody` cannot reach {package[0]} and {copy.parent} cannot be "
            "written: move the checkout, or run this as an ordinary user."
        ) from error
