"""The JSON body of a mapped request: values go into a parsed template.  Pure."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from governance.arguments import JSON, InvalidJson, canonical, parse_json
from governance.mapping.places import MappingInvalid, template_at
from governance.schema.parameters import declared
from governance.schema.walk import Schema
from governance.template import Template, absence_problems, text_of

MAX_BYTES: Final = 16_384
MAX_PLACEHOLDERS: Final = 64


def parse_body(body: Any, *, where: str = "body") -> JSON:
    """Take a JSON template, its members in canonical order; None is none.

    Raises MappingInvalid.
    """
    if body is None:
        return None
    try:
        raw = canonical({"body": body})
        taken = parse_json(raw, max_bytes=MAX_BYTES)["body"]
    except (InvalidJson, RecursionError) as error:
        raise MappingInvalid(
            f"`{where}` has to be strict JSON of at most {MAX_BYTES // 1024} KiB."
        ) from error
    # Each place may take a whole argument: bounded, or one call could fill memory.
    if (
        sum(len(template.names) for template in _templates(taken, where))
        > MAX_PLACEHOLDERS
    ):
        raise MappingInvalid(
            f"`{where}` has more than {MAX_PLACEHOLDERS} placeholders."
        )
    return taken


def render_body(body: JSON, args: Mapping[str, JSON]) -> bytes | None:
    """Return the body as compact UTF-8 JSON; None if there is none.

    A member that is nothing but an optional argument is left out with it.
    """
    if body is None:
        return None
    filled = fill(body, args)
    text = json.dumps(
        filled, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )
    return text.encode()


def body_problems(body: JSON, schema: Schema, *, where: str = "body") -> Iterator[str]:
    """Yield what has to be changed before a JSON template can be saved."""
    needed = _needed(body, schema, where)
    names = [name for template in needed for name in template.names]
    for problem in absence_problems(names, schema):
        yield f"`{where}`: {problem}"
    if any("{" in name or "}" in name for name in _member_names(body)):
        yield f"`{where}`: a placeholder may stand in values only, not in names."


def fill(value: JSON, args: Mapping[str, JSON]) -> JSON:
    """Return a JSON template with arguments in its places."""
    if isinstance(value, dict):
        return {
            name: fill(below, args)
            for name, below in value.items()
            if not _is_left_out(below, args)
        }
    if isinstance(value, list):
        return [fill(below, args) for below in value]
    return _taken(value, args) if isinstance(value, str) else value


def _is_left_out(value: JSON, args: Mapping[str, JSON]) -> bool:
    whole = Template.parse(value).whole if isinstance(value, str) else None
    return whole is not None and whole not in args


def _taken(text: str, args: Mapping[str, JSON]) -> JSON:
    """Return an argument with its type, or text with arguments in it."""
    template = Template.parse(text)
    if template.whole is not None:
        return args[template.whole]
    return template.render({name: text_of(args[name]) for name in template.names})


def _templates(value: JSON, where: str) -> Iterator[Template]:
    if isinstance(value, str):
        yield template_at(where, value)
    elif isinstance(value, dict | list):
        for below in value.values() if isinstance(value, dict) else value:
            yield from _templates(below, where)


def _needed(value: JSON, schema: Schema, where: str) -> Iterator[Template]:
    """Yield the templates that validated arguments have to fill."""
    if isinstance(value, str):
        yield template_at(where, value)
    elif isinstance(value, list):
        for below in value:
            yield from _needed(below, schema, where)
    elif isinstance(value, dict):
        for below in value.values():
            if not _is_optional(below, schema):
                yield from _needed(below, schema, where)


def _is_optional(value: JSON, schema: Schema) -> bool:
    whole = Template.parse(value).whole if isinstance(value, str) else None
    return whole is not None and declared(schema, whole) is not None


def _member_names(value: JSON) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
    if isinstance(value, dict | list):
        for below in value.values() if isinstance(value, dict) else value:
            yield from _member_names(below)
