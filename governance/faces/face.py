"""The public face of one reason."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Face:
    """How a reason looks from outside.

    ``detail`` is a sentence for people; ``next`` says what to do, or is empty;
    ``retryable`` means that the very same request may be answered differently.
    """

    status: int
    title: str
    detail: str
    next: str = ""
    retryable: bool = False
