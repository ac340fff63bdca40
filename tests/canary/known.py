"""What is secret in an installation of the tests, in every form it may be written."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from audit.redaction import _forms

MIN_CHARACTERS = 8


@dataclass(frozen=True, slots=True)
class Known:
    """One secret; ``may_be_in`` are the only places where it belongs."""

    name: str
    secret: str
    may_be_in: tuple[str, ...] = ()

    def forms(self) -> list[str]:
        """Return every text that gives it away, as redaction knows them."""
        return [form for form in _forms([self.secret]) if len(form) >= MIN_CHARACTERS]


def key_files() -> Iterator[Known]:
    """Yield what the key files hold: the text, and of base64 text also the bytes."""
    for path in sorted(Path(settings.KEYS_DIR).glob("*.key")):
        lines = path.read_text().splitlines()
        held = [line for line in lines if line and not line.startswith(("#", "-----"))]
        for number, line in enumerate(held):
            yield Known(f"{path.name} line {number}", line)
            yield from _decoded(path.name, line)


def _decoded(name: str, line: str) -> Iterator[Known]:
    try:
        raw = base64.urlsafe_b64decode(line + "=" * (-len(line) % 4))
    except ValueError:
        return
    # As bytes stand in a column that holds bytes, read by ``places.readable``.
    yield Known(f"{name} as bytes", raw.decode("latin-1"))
