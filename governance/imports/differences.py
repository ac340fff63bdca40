"""Where two definitions differ, as JSON pointers (RFC 6901).  Pure."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from audit.visible import visible
from governance.schema.walk import escaped

MAX_POINTERS: Final = 20


def differing_pointers(before: Any, after: Any) -> list[str]:
    """Return where two values differ, the deepest places, at most 20, to be read."""
    return [visible(at) for at in islice(_pointers(before, after, ""), MAX_POINTERS)]


def _pointers(before: Any, after: Any, at: str) -> Iterator[str]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in sorted({*before, *after}):
            below = f"{at}/{escaped(name)}"
            if name in before and name in after:
                yield from _pointers(before[name], after[name], below)
            else:
                yield below
    elif isinstance(before, list) and isinstance(after, list):
        yield from _of_lists(before, after, at)
    elif type(before) is not type(after) or before != after:
        yield at or "/"


def _of_lists(before: list[Any], after: list[Any], at: str) -> Iterator[str]:
    shared = min(len(before), len(after))
    for index in range(shared):
        yield from _pointers(before[index], after[index], f"{at}/{index}")
    for index in range(shared, max(len(before), len(after))):
        yield f"{at}/{index}"
