"""The map of a lane as the texts of its form, and back.  Pure.

A form may write a map only if the texts read back to that very map, so nothing is
changed by being shown; and a file says whatever else a map may hold.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, Final

from governance.lanemaps import aws, github, oauth
from governance.lanemaps.notation import Mistakes

__all__ = ["Mistakes", "narrowing_of", "placed", "texts_of"]

Texts = Mapping[str, str]
Narrowing = dict[str, Any]

_NOTATIONS: Final[Mapping[str, ModuleType]] = {
    "github_app": github,
    "aws_sts": aws,
    "oauth_client": oauth,
}


def texts_of(kind: str, narrowing: Any) -> dict[str, str] | None:
    """Return what the form of a kind shows, by field; None if it can't say that."""
    try:
        texts: dict[str, str] = _NOTATIONS[kind].written(narrowing)
        same = narrowing_of(kind, texts, was=narrowing) == narrowing
    except (LookupError, TypeError, AttributeError, Mistakes):
        return None  # a map of some other form: what is stored may hold anything
    return texts if same else None


def narrowing_of(kind: str, texts: Texts, *, was: Any) -> Narrowing:
    """Return the map that was typed.  Raises Mistakes.

    ``was`` is the stored one: what it says as one text instead of a list of one, and
    means the same, stays written as it is.
    """
    read: Narrowing = _NOTATIONS[kind].read(texts, was)
    return read


def placed(
    kind: str, texts: Texts, *, was: Any, judge: Callable[[Narrowing], list[str]]
) -> dict[str, list[str]]:
    """Return what a judge says of a map, each sentence at the field that it is about.

    That is the field without which the sentence is not said; where there is none, it
    stands under ``narrowing``.
    """
    left = Counter(judge(narrowing_of(kind, texts, was=was)))
    found: dict[str, list[str]] = {}
    for name in filter(lambda name: texts[name].strip(), texts):
        plain = {**texts, name: _NOTATIONS[kind].HARMLESS[name.rstrip("_0123456789")]}
        gone = left - Counter(judge(narrowing_of(kind, plain, was=was)))
        found[name] = [*gone.elements()]
        left -= gone
    return {**found, "narrowing": [*left.elements()]}
