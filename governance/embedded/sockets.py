"""Where unix sockets live: their paths are short, whatever the data folder's is."""

import atexit
import shutil
import tempfile
from pathlib import Path

from governance.embedded.owner import Owner, private_folder

MAX_PATH = 100  # of 108 on Linux and 104 on macOS, NUL included


def socket_folder(wanted: Path, *, name: str, owner: Owner | None) -> Path:
    """Return ``wanted``, or a new private folder where the path would be too long."""
    if len(bytes(wanted / name)) < MAX_PATH:
        return wanted
    folder = Path(tempfile.mkdtemp(prefix="sealwright-"))
    if len(bytes(folder / name)) >= MAX_PATH:
        # TMPDIR itself is long; /tmp is where POSIX systems have a short one.
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix="sealwright-", dir="/tmp"))
    private_folder(folder, owner)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
