"""What an anchor is given, and how it fails."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Sending:
    """A checkpoint on its way out."""

    note: str
    size: int
    at: datetime


class AnchorFailed(Exception):
    """A checkpoint did not arrive; the message is ours and holds no secret."""
