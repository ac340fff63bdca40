"""Places in a mapping that templates stand in.  Pure."""

from collections.abc import Mapping
from typing import Any, Final

from governance.template import Template, TemplateInvalid

MAX_ENTRIES: Final = 50


class MappingInvalid(ValueError):
    """Settings that are no request mapping; the message says what to change."""


def template_at(where: str, text: Any) -> Template:
    """Parse the template at ``where``.  Raises MappingInvalid."""
    if not isinstance(text, str):
        raise MappingInvalid(f"`{where}` has to be a string.")
    try:
        return Template.parse(text)
    except TemplateInvalid as error:
        raise MappingInvalid(f"`{where}`: {error}") from error


def templates_at(
    member: str, settings: Mapping[str, Any]
) -> tuple[tuple[str, Template], ...]:
    """Parse a map of names to templates.  Raises MappingInvalid."""
    entries = settings.get(member, {})
    if not isinstance(entries, dict) or len(entries) > MAX_ENTRIES:
        raise MappingInvalid(f"`{member}` has to map at most {MAX_ENTRIES} names.")
    return tuple(
        (name, template_at(f"{member}.{name}", text)) for name, text in entries.items()
    )
