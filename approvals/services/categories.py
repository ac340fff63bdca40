"""Why people say no, and the sentence of each that an agent reads first.  Pure."""

from collections.abc import Mapping
from typing import Final

SENTENCES: Final[Mapping[str, str]] = {
    "wrong_target": (
        "The target is not the right one. Find out which is meant before asking again."
    ),
    "wrong_arguments": (
        "The idea is fine, the content is not. Ask again with the change described."
    ),
    "too_broad": "This asks for more than needed. Ask for less.",
    "not_now": "Not at this time.",
    "not_needed": "This is not needed. Do not ask again.",
    "unsafe": ("This looks unsafe. Stop this line of work and tell your operator."),
    "other": "",
}


def told_agent(category: str, reason: str) -> str:
    """Return what the agent reads of a no: the category's sentence, then the text."""
    return " ".join(part for part in (SENTENCES.get(category, ""), reason) if part)
