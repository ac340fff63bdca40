"""What is turned away before our program sees it."""

from typing import Final

REFUSAL_HEADERS: Final = [
    ("content-type", "text/plain; charset=utf-8"),
    ("cache-control", "no-store"),
    ("connection", "close"),
]


class Refused(Exception):
    """A request that breaks a limit of the server; the text is the answer."""

    def __init__(self, status: int, sentence: str) -> None:
        self.status = status
        super().__init__(f"{sentence}\n")
