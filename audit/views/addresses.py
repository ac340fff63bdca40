"""Addresses of the search and its pictures: the filters, with some of them changed."""

from collections.abc import Mapping
from typing import Final

from django.http import QueryDict

# What says where in a list a page begins, and is no filter.
_PLACES: Final = ("before", "after")


def query_of(asked: QueryDict, changes: Mapping[str, str | None] | None = None) -> str:
    """Return the filters as a query string; a change to None leaves one out."""
    query = asked.copy()
    for name in _PLACES:
        query.pop(name, None)
    for name, value in (changes or {}).items():
        query[name] = value or ""
    for name in [name for name, value in query.items() if not value]:
        del query[name]
    return query.urlencode()
