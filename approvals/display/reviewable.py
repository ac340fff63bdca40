"""What no person can judge by reading it, so that nobody is asked to. Pure."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from approvals.display.encoded import decoded, plain_text
from approvals.display.leaves import Leaf, leaves
from approvals.display.runs import Kind, visible
from governance.arguments import JSON
from governance.schema.walk import Schema

MAX_ESCAPES: Final = 200
MAX_NAME_CHARACTERS: Final = 1_048_576  # beside all the values together

_JOINER: Final = re.compile("[\u200c\u200d]")
_TEXT_TYPES: Final = re.compile(
    r"text/.*|application/(?:.*\+)?(?:json|xml|yaml|toml|javascript|sql)"
)


@dataclass(frozen=True, slots=True)
class Unreviewable:
    """A value that can't be approved, and a sentence that says what to change."""

    pointer: str
    why: str


def reviewable(args: dict[str, JSON], schema: Schema) -> list[Unreviewable]:
    """Return what of ``args`` nobody could review; an empty list if all can be read."""
    found: list[Unreviewable] = []
    characters = 0
    for leaf in leaves(args, schema):
        characters += sum(len(str(step)) + 1 for step in leaf.path)
        # One long name over a thousand short values would make a page of a gigabyte.
        if characters > MAX_NAME_CHARACTERS:
            return [*found, Unreviewable("", "The names are too long to be shown.")]
        if why := _complaint(leaf):
            found.append(Unreviewable(leaf.pointer, why))
    return found


def _complaint(leaf: Leaf) -> str:
    """Say what is wrong with a leaf's value, or with a name on the way to it."""
    texts = [step for step in leaf.path if isinstance(step, str)]
    if not isinstance(leaf.value, str):
        return _first(map(_unreadable, texts))
    return _declared(leaf) or _first(map(_unreadable, [leaf.value, *texts]))


def _first(complaints: Iterable[str]) -> str:
    return next(filter(None, complaints), "")


def _declared(leaf: Leaf) -> str:
    if any(leaf.declares("contentEncoding")):
        return "The route declares encoded content here: a person can't read it."
    media_types = leaf.declares("contentMediaType")
    if not all(_TEXT_TYPES.fullmatch(_essence(each)) for each in media_types):
        return "The route declares content that is not text: a person can't read it."
    return ""


def _essence(media_type: object) -> str:
    return str(media_type).partition(";")[0].strip().lower()


def _unreadable(text: str) -> str:
    if decoded(text) is not None:
        inner = plain_text(text)
        if inner is None:
            return "This is encoded data that is not text: send it as plain text."
        if decoded(inner) is not None:
            return "This text is encoded more than once: send it as plain text."
        text += inner
    if _escapes(text) > MAX_ESCAPES:
        return (
            f"More than {MAX_ESCAPES} characters of it are invisible: leave them out."
        )
    return ""


def _escapes(text: str) -> int:
    """Count what is shown as an escape, but joiners that the writing needs."""
    shown = sum(run.kind is Kind.ESCAPE for run in visible(text))
    needed = sum(needs_joiner(text, found.start()) for found in _JOINER.finditer(text))
    return shown - needed


def needs_joiner(text: str, at: int) -> bool:
    """Tell whether the joiner at ``at`` stands in a word or an emoji that needs it."""
    before, after = text[at - 1 : at].strip("\ufe0f"), text[at + 1 : at + 2]
    if at == 0 or not after:
        return False
    return (_is_joining(before) and _is_joining(after)) or (
        (not before or _is_pictured(before)) and _is_pictured(after)
    )


def _is_joining(character: str) -> bool:
    """Tell a letter or mark of Arabic, Syriac, the Indic scripts and their kin."""
    is_letter = unicodedata.category(character or " ")[0] in "LM"
    return is_letter and "\u0600" <= character <= "\u1cff"


def _is_pictured(character: str) -> bool:
    return unicodedata.category(character) in {"So", "Sk"}
