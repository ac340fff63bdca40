"""What the whole run logged, kept in files for the test that reads it at the end."""

import logging
from pathlib import Path

from governance.logs import JsonLines


class RunLog(logging.Handler):
    """Writes every line of the run: as it came, and as our own formatter writes it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(logging.DEBUG)
        self._paths = {"raw": folder / "raw.log", "written": folder / "written.log"}
        self._files = {
            name: path.open("w", encoding="utf-8", errors="backslashreplace")
            for name, path in self._paths.items()
        }
        self._plain, self._ours = logging.Formatter(), JsonLines()

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line, with its traceback and all its members."""
        self._files["raw"].write(f"{self._plain.format(record)} {vars(record)}\n")
        self._files["written"].write(f"{self._ours.format(record)}\n")

    def text(self, name: str) -> str:
        """Return all that was logged so far, ``raw`` or ``written``."""
        self._files[name].flush()
        return self._paths[name].read_text(encoding="utf-8")

    def close(self) -> None:
        """Close the files with the run."""
        for file in self._files.values():
            file.close()
        super().close()
