"""Scope and summary, rendered from validated arguments, and scope patterns.  Pure.

A scope such as ``repo:payments-api/pull:184`` says what a call acts on; a summary is
the sentence that a person reads before deciding.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from governance.arguments import JSON
from governance.schema.parameters import declared, narrow_problem, write_only
from governance.schema.walk import Schema
from governance.template import (
    Template,
    TemplateInvalid,
    absence_problems,
    text_of,
)

__all__ = [
    "ScopeInvalid",
    "Template",
    "matches",
    "pattern_problems",
    "render_scope",
    "render_summary",
    "scope_template_problems",
    "scope_values",
    "summary_template_problems",
]

MAX_SCOPE: Final = 512

_VALUE: Final = re.compile(r"[A-Za-z0-9._~-]{1,200}")  # unreserved: RFC 3986, 2.3
_LITERAL: Final = re.compile(r"[A-Za-z0-9._~:/@=,+-]*")
_PATTERN: Final = re.compile(r"[A-Za-z0-9._~:/@=,+*-]{1,512}")
_SEPARATOR: Final = re.compile(r"[^A-Za-z0-9._~-]")


class ScopeInvalid(ValueError):
    """Arguments that make no scope or summary; ``message`` never repeats a value."""

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)


def render_scope(template: str, args: Mapping[str, JSON]) -> str:
    """Render ``repo:{repo}/pull:{pull}``.  Raises ScopeInvalid."""
    parsed = Template.parse(template)
    scope = parsed.render({name: _scope_value(name, args) for name in parsed.names})
    if not 1 <= len(scope) <= MAX_SCOPE:
        raise ScopeInvalid(f"The scope has to have 1 to {MAX_SCOPE} characters.")
    return scope


def scope_values(template: str, scope: str) -> dict[str, str]:
    """Read the values back out of a scope: what it says, and nothing else, is known.

    A value holds unreserved characters only and between two placeholders stands one
    that is not, so there is one reading.  Raises ScopeInvalid.
    """
    parsed = Template.parse(template)
    found = _reading(parsed).fullmatch(scope)
    if found is None:
        raise ScopeInvalid("The scope is not one of the route's.")
    return {name: found[name] for name in parsed.names}


@lru_cache(maxsize=1024)
def _reading(template: Template) -> re.Pattern[str]:
    seen: set[str] = set()
    pieces = [re.escape(template.literals[0])]
    for name, literal in zip(template.names, template.literals[1:], strict=True):
        first = f"(?P<{name}>{_VALUE.pattern})"
        pieces += [f"(?P={name})" if name in seen else first, re.escape(literal)]
        seen.add(name)
    return re.compile("".join(pieces))


def render_summary(template: str, args: Mapping[str, JSON]) -> str:
    """Render the sentence, raw: whoever shows it makes it harmless."""
    parsed = Template.parse(template)
    return parsed.render({name: text_of(_given(name, args)) for name in parsed.names})


def scope_template_problems(template: str, schema: Schema) -> list[str]:
    """Return what has to be changed before a scope template can be saved."""
    try:
        parsed = Template.parse(template)
    except TemplateInvalid as error:
        return [str(error)]
    return list(_scope_problems(parsed, schema))


def summary_template_problems(template: str, schema: Schema) -> list[str]:
    """Return what has to be changed before a summary template can be saved."""
    try:
        parsed = Template.parse(template)
    except TemplateInvalid as error:
        return [str(error)]
    return list(_summary_problems(parsed, schema))


def pattern_problems(pattern: str) -> list[str]:
    """Return what has to be changed before a scope pattern can be saved."""
    if _PATTERN.fullmatch(pattern):
        return []
    allowed = "letters, digits, - . _ ~ : / @ = , + and * for any text in one segment"
    return [f"A scope pattern has 1 to 512 characters: {allowed}."]


def matches(pattern: str, scope: str) -> bool:
    """Tell whether ``repo:payments-*/pull:*`` covers ``repo:payments-api/pull:184``.

    ``*`` stands for any run of characters, an empty one too, but never for ``:``
    or ``/``: a pattern has as many segments and parts as what it covers.
    """
    return _compiled(pattern).fullmatch(scope) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    first, *rest = (re.escape(part) for part in re.split(r"\*+", pattern))
    if not rest:
        return re.compile(first)
    # Atomic: the first place where a part fits is the best one, so that many stars
    # cost no more than one.
    middle = "".join(f"(?>[^:/]*?{part})" for part in rest[:-1])
    return re.compile(f"{first}{middle}[^:/]*{rest[-1]}")


def _given(name: str, args: Mapping[str, JSON]) -> JSON:
    if name not in args:
        raise ScopeInvalid(f"`{name}` is missing.")
    return args[name]


def _scope_value(name: str, args: Mapping[str, JSON]) -> str:
    value = _given(name, args)
    # type(), not isinstance(): True is an int to Python, and must not read "True".
    if type(value) not in (str, int):
        raise ScopeInvalid(f"`{name}` has to be a string or an integer.")
    text = str(value)
    if not _VALUE.fullmatch(text):
        raise ScopeInvalid(
            f"`{name}` has to be 1 to 200 letters, digits or characters of - . _ ~."
        )
    return text


def _scope_problems(template: Template, schema: Schema) -> Iterator[str]:
    if not all(map(_LITERAL.fullmatch, template.literals)):
        yield "A scope is written with letters, digits and - . _ ~ : / @ = , + only."
    if not any(template.literals) and not template.names:
        yield "A scope is needed: what does a call act on?"
    between = template.literals[1:-1]
    if not all(map(_SEPARATOR.search, between)):
        yield (
            "Two placeholders need a character such as : or / between them, or two "
            "different actions could read the same."
        )
    yield from absence_problems(template.names, schema)
    yield from _secret_problems(template, schema)
    for name in template.names:
        property_schema = declared(schema, name)
        if property_schema is None:
            continue  # said already
        problem = narrow_problem(property_schema)
        if problem:
            yield f"{{{name}}} may not stand in a scope: {problem}."


def _summary_problems(template: Template, schema: Schema) -> Iterator[str]:
    if not "".join(template.literals).strip():
        yield "A summary is a sentence: say what the call does."
    if not all(literal.isprintable() for literal in template.literals):
        yield "A summary is one line of visible characters."
    yield from absence_problems(template.names, schema)
    yield from _secret_problems(template, schema)


def _secret_problems(template: Template, schema: Schema) -> Iterator[str]:
    # Scope and summary are kept in records and sent by mail.
    for name in template.names:
        if write_only(schema, name):
            yield f"{{{name}}} is `writeOnly`, so it may not stand here."
