"""Reading the mail that the demo writes to files in place of sending it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final

from django.conf import settings

# What the file backend of Django writes after each message.
SEPARATOR: Final = b"-" * 79


@dataclass(frozen=True, slots=True)
class Letter:
    """One message of the demo, as its reader would see it."""

    to: str
    subject: str
    at: datetime | None
    text: str

    def pieces(self) -> Iterator[tuple[str, bool]]:
        """Split the text at our own links; True goes with a link.

        Only those become links on the page: the rest may hold an agent's words.
        """
        ours = re.compile(rf"({re.escape(settings.PUBLIC_URL)}/\S*)")
        for number, piece in enumerate(ours.split(self.text)):
            yield piece, number % 2 == 1


def letters(folder: Path, *, limit: int) -> list[Letter]:
    """Return the newest messages of a folder, newest first."""
    files = sorted(folder.glob("*"), key=lambda file: file.name, reverse=True)
    found: list[Letter] = []
    for file in files:
        found += reversed(_messages(file.read_bytes()))
        if len(found) >= limit:
            break
    return found[:limit]


def _messages(written: bytes) -> list[Letter]:
    parts = (part.strip(b"\r\n") for part in written.split(SEPARATOR))
    return [_letter(part) for part in parts if part]


def _letter(raw: bytes) -> Letter:
    message = message_from_bytes(raw, EmailMessage, policy=policy.default)
    body = message.get_body(("plain",))
    date = message["Date"]
    # "-0000" says that the zone is not known, and Python then gives none.
    at = parsedate_to_datetime(str(date)) if date else None
    return Letter(
        to=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        at=at and (at if at.tzinfo else at.replace(tzinfo=UTC)),
        text=str(body.get_content()) if body else "",
    )
