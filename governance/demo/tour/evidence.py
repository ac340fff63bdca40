"""An export, verified by the auditor's program alone, before and after one flip."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from governance.demo.tour.client import Surprise

_BESIDE: Final = (
    *("--key", "vkey.txt"),
    *("--checkpoint", "checkpoint"),
    *("--hashes", "hashes.bin"),
)
_VERIFIED: Final = 0
_TAMPERED: Final = 1


def tampered_export(checkout: Path) -> Iterator[str]:
    """Export everything, verify it, flip one byte and verify again; say how it went.

    Raises Surprise unless the first is verified and the second is not.
    """
    with tempfile.TemporaryDirectory(prefix="sealwright-tour-") as scratch:
        folder = Path(scratch) / "evidence"
        command = [sys.executable, "manage.py", "export_evidence", str(folder)]
        subprocess.run(command, cwd=checkout, check=True, capture_output=True)  # noqa: S603 - our own command
        yield f"an export, verified without us: {_verdict(folder, _VERIFIED)}"
        _flip(folder / "records.jsonl")
        yield f"the same with one byte flipped: {_verdict(folder, _TAMPERED)}"


def _verdict(folder: Path, expected: int) -> str:
    ran = subprocess.run(  # noqa: S603 - the program that lies in the export
        [sys.executable, "verify.py", "records.jsonl", *_BESIDE],
        cwd=folder,
        capture_output=True,
        check=False,
        text=True,
    )
    said = [line.strip() for line in ran.stdout.splitlines() if line.strip()]
    if ran.returncode != expected or not said:
        raise Surprise(f"The verifier ended with {ran.returncode}: {ran.stdout}")
    # The verdict comes first, and what was found last.
    return said[0] if expected == _VERIFIED else said[-1]


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    place = data.rindex(b"ci-agent")
    data[place] ^= 1  # "bi-agent"
    path.write_bytes(data)
