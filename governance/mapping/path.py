"""The path of a mapped request: one segment for each segment of its template.  Pure."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final
from urllib.parse import quote

from governance.arguments import JSON
from governance.schema.parameters import declared, narrow_problem
from governance.schema.walk import Schema
from governance.template import Template, absence_problems

_DOTS: Final = frozenset({".", ".."})
_FORBIDDEN: Final = frozenset("/\\%;?#")
_LITERAL: Final = re.compile(r"[A-Za-z0-9._~!$&'()*+,=:@/-]*")
_RENDERED: Final = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,=:@/-]|%[0-9A-F]{2})*")


class PathInvalid(ValueError):
    """Arguments that make no path; ``message`` never repeats a value."""

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)


def render_path(template: Template, args: Mapping[str, JSON]) -> str:
    """Render the path, percent-encoded.  Raises PathInvalid.

    What was rendered is compared with the template once more: a value that was
    harmless by itself must not make ``..`` with the text beside it.
    """
    path = template.render({name: _segment(name, args) for name in template.names})
    if not (_RENDERED.fullmatch(path) and _shape(path) == _shape_of(template)):
        raise PathInvalid("The arguments would change the form of the path.")
    return path


def path_problems(template: Template, schema: Schema) -> Iterator[str]:
    """Yield what has to be changed before a path can be saved."""
    if not template.literals[0].startswith("/"):
        yield "`path` has to begin with a slash."
    if not all(map(_LITERAL.fullmatch, template.literals)):
        yield "`path` holds a character that has no place there; queries go to `query`."
    if not all(_shape_of(template)[1:-1]) or not _DOTS.isdisjoint(_segments(template)):
        yield "`path` has an empty segment, or one that is . or .. ."
    for problem in absence_problems(template.names, schema):
        yield f"`path`: {problem}"
    for name in template.names:
        property_schema = declared(schema, name)
        if property_schema is None:
            continue  # said already
        problem = narrow_problem(property_schema)
        if problem:
            yield f"{{{name}}} may not stand in a path: {problem}."


def _segment(name: str, args: Mapping[str, JSON]) -> str:
    value = args.get(name)
    # type(), not isinstance(): True is an int to Python.
    if type(value) not in (str, int):
        raise PathInvalid(f"`{name}` has to be a string or an integer.")
    text = str(value)
    if not text or text in _DOTS:
        raise PathInvalid(f"`{name}` must not be empty, . or .. .")
    if not _FORBIDDEN.isdisjoint(text) or not text.isprintable():
        raise PathInvalid(f"`{name}` must not hold / \\ % ; ? # or control characters.")
    if not unicodedata.is_normalized("NFC", text):
        raise PathInvalid(f"`{name}` has to be in Unicode normal form C.")
    return quote(text, safe="")


def _segments(template: Template) -> list[str]:
    return template.render(dict.fromkeys(template.names, "x")).split("/")


@lru_cache(maxsize=4096)
def _shape_of(template: Template) -> list[bool]:
    return [bool(segment) for segment in _segments(template)]


def _shape(path: str) -> list[bool]:
    """Tell the segments of a path, empty or not; none may lead elsewhere."""
    segments = path.split("/")
    if not _DOTS.isdisjoint(segments):
        return []
    return [bool(segment) for segment in segments]
