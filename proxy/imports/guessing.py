"""First guesses at the arguments of a request that somebody has shown once.  Pure.

Values are looked at and not kept: what an argument may be is guessed from what it was.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from governance.arguments import JSON
from governance.imports import SourceRefused, argument_name
from proxy.imports.shell import MARK

MAX_TEXT: Final = 10_000
MAX_ARGUMENTS: Final = 100
_ID: Final = {"type": "string", "pattern": "^[A-Za-z0-9._~-]{1,200}$"}
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_UUID_SCHEMA: Final = {
    "type": "string",
    "pattern": "^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
}
_HEX: Final = re.compile(r"(?=.*[0-9])[0-9a-fA-F]{16,64}")
_NUMBER: Final = re.compile(r"[0-9]{1,15}")
# As manuals write them: {id}, <id>, :id, $ID, OWNER, YOUR_REPO.
_PLACE: Final = re.compile(
    r"\{([A-Za-z]\w*)\}|<([A-Za-z][\w -]*)>|[:$]([A-Za-z]\w*)"
    r"|\$\{(\w+)\}|([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)"
)
# It may be a key: it becomes an argument, and is not kept.
_OPAQUE: Final = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[^\s/{}<>]{20,}")
_LITERAL: Final = re.compile(r"[A-Za-z0-9._~!$&'()*+,=:@-]+")
_SECRET: Final = re.compile(
    r"(?i:(?:.*[-_])?(?:api[-_]?)?(?:key|token|secret|sig|signature|password|auth)"
    r"|access[-_]?token|client[-_]?secret)"
)


_TYPES: Final = {
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
}


@dataclass(slots=True)
class Guess:
    """Arguments by name with their schemas, in the order of the request."""

    arguments: dict[str, Any] = field(default_factory=dict)

    def take(self, name: str, schema: dict[str, Any]) -> str:
        """Make an argument; return its placeholder."""
        wanted = argument_name(name)[:50] or "value"
        own, number = wanted, 2
        while own in self.arguments:
            own, number = f"{wanted}_{number}", number + 1
        if len(self.arguments) == MAX_ARGUMENTS:
            raise SourceRefused(f"It has more than {MAX_ARGUMENTS} values.")
        self.arguments[own] = schema
        return f"{{{own}}}"

    def schema(self) -> dict[str, Any]:
        """Return the schema of all arguments: each is needed."""
        return {
            "type": "object",
            "properties": self.arguments,
            "required": list(self.arguments),
            "additionalProperties": False,
        }


def path_guess(path: str, guess: Guess) -> str:
    """Return the path template.  Raises SourceRefused."""
    steps: list[str] = []
    for step in path.split("/"):
        plain = unquote(step)
        steps.append(_step(plain, steps[-1] if steps else "", guess) if plain else "")
    return "/".join(steps) or "/"


def _step(step: str, before: str, guess: Guess) -> str:
    owner = "id" if before.startswith("{") or not before else _singular(before)
    if named := MARK.fullmatch(step) or _PLACE.fullmatch(step):
        return guess.take(next(filter(None, named.groups())), dict(_ID))
    if step in (".", ".."):
        raise SourceRefused("The path has a segment . or .. : write where it leads.")
    schema = _looks(step)
    return step if schema is None else guess.take(owner, schema)


def _looks(step: str) -> dict[str, Any] | None:
    """Return the schema of what looks like an argument; None for a plain word."""
    if _NUMBER.fullmatch(step):
        return {"type": "integer", "minimum": 0}
    if _UUID.fullmatch(step):
        return dict(_UUID_SCHEMA)
    if _HEX.fullmatch(step) or _OPAQUE.fullmatch(step):
        return dict(_ID)
    return None if _LITERAL.fullmatch(step) else {"type": "string", "maxLength": 200}


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def query_guess(query: str, guess: Guess) -> dict[str, str]:
    """Return the query map.  Raises SourceRefused for a credential in it."""
    mapped: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True, max_num_fields=50):
        if MARK.search(name) or name in mapped:
            raise SourceRefused("The query names a parameter twice, or by a variable.")
        if _SECRET.fullmatch(name):
            raise SourceRefused(
                "A parameter of the query sounds like a credential. Sealwright lends"
                " credentials in headers only: an address is logged everywhere."
            )
        mapped[name] = guess.take(name, _of_text(value))
    return mapped


def _of_text(value: str) -> dict[str, Any]:
    if _NUMBER.fullmatch(value):
        return {"type": "integer", "minimum": 0}
    if value in ("true", "false"):
        return {"type": "boolean"}
    return {"type": "string", "maxLength": 500}


def body_guess(body: JSON, guess: Guess) -> JSON:
    """Return the body template: each member of an object is an argument."""
    if not isinstance(body, dict):
        return guess.take("body", schema_of(body))
    return {
        name: None if value is None else guess.take(name, schema_of(value))
        for name, value in body.items()
        if not MARK.search(name)
    }


def schema_of(value: JSON) -> dict[str, Any]:
    """Return a schema that admits what is like a value; objects are closed."""
    match value:
        case bool() | int() | float() | None:
            return {"type": _TYPES[type(value)]}
        case list():
            return {"type": "array", "maxItems": 100, "items": _any_of(value)}
        case dict():
            return {
                "type": "object",
                "properties": {name: schema_of(each) for name, each in value.items()},
                "additionalProperties": False,
            }
    return {"type": "string", "maxLength": MAX_TEXT}


def _any_of(values: list[JSON]) -> dict[str, Any]:
    found: list[dict[str, Any]] = []
    for value in values[:20]:
        schema = schema_of(value)
        if schema not in found:
            found.append(schema)
    if not found:
        return {"type": "string", "maxLength": MAX_TEXT}
    return found[0] if len(found) == 1 else {"anyOf": found}


def scope_guess(template: str) -> str:
    """Return a scope made of the path's arguments, or of the path itself."""
    parts = list(_scope_parts(template.split("/")))
    return "/".join(parts) or "all"


def _scope_parts(steps: list[str]) -> Iterator[str]:
    named = [step for step in steps if step.startswith("{")]
    if named:
        for step in named:
            yield f"{step[1:-1].replace('_', '-')}:{step}"
    else:
        yield from (re.sub(r"[^A-Za-z0-9._~-]", "-", s) for s in steps if s)
