"""One thing that the doctor found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence that says what is wrong and how to mend it, or what to know."""

    sentence: str
    is_problem: bool = True


def note(sentence: str) -> Finding:
    """Return something to know that is no problem."""
    return Finding(sentence, is_problem=False)
