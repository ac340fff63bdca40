"""The second file: each note is appended and on disk before it counts.

Production puts it on another volume or host; its last note is also what tells that a
database was rolled back.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from django.conf import settings

from audit.anchors.failures import AnchorFailed, Sending

TAIL_BYTES: Final = 16_384
_END: Final = b"\n\n"


def is_on() -> bool:
    """Whether there is such a file."""
    return bool(settings.AUDIT_ANCHOR_FILE)


def put(sending: Sending) -> None:
    """Append a note and wait until it is on disk.

    Raises AnchorFailed if the file can't be written.
    """
    path = Path(settings.AUDIT_ANCHOR_FILE)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        is_new = not path.exists()
        with path.open("ab+") as file:
            file.write(_mended(file.tell(), path) + sending.note.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            _keep_name(path.parent)
    except OSError as error:
        raise AnchorFailed(f"the file can't be written ({error.strerror})") from error


def _mended(length: int, path: Path) -> bytes:
    """Return what ends a note that was torn when the machine went down."""
    return b"" if not length or _tail(path).endswith(_END) else _END


def _keep_name(folder: Path) -> None:
    # A new file survives a crash only once its folder is on disk too.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def last_notes() -> Iterator[bytes]:
    """Yield the last notes of the file, newest first; none if there is no file."""
    if not is_on():
        return
    blocks = _tail(Path(settings.AUDIT_ANCHOR_FILE)).split(_END)
    # The first may be cut, and which is text and which signatures tells the dash.
    for text, signatures in zip(blocks[-2::-1], blocks[::-1], strict=False):
        note = text.strip(b"\n") + _END + signatures.strip(b"\n") + b"\n"
        if signatures.startswith("\u2014".encode()):
            yield note


def _tail(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(max(path.stat().st_size - TAIL_BYTES, 0))
            return file.read()
    except FileNotFoundError:
        return b""
