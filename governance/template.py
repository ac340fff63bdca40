"""Templates: text with placeholders such as ``repo:{repo}/pull:{pull}``.  Pure.

One pass and no expressions: a value that looks like a placeholder stays what it is.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from governance.arguments import JSON, canonical
from governance.schema.parameters import always_given, declared
from governance.schema.walk import Schema

MAX_CHARACTERS: Final = 1000
MAX_PLACEHOLDERS: Final = 16
_PLACEHOLDER: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")


class TemplateInvalid(ValueError):
    """A template that cannot be saved; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed template: its literal texts, with a name between each two of them."""

    literals: tuple[str, ...]
    names: tuple[str, ...]

    @staticmethod
    def parse(text: str) -> "Template":
        """Parse ``text``.  Raises TemplateInvalid."""
        return _parsed(text)

    @property
    def whole(self) -> str | None:
        """The one name, where the template is nothing but a placeholder."""
        return self.names[0] if self.literals == ("", "") else None

    def render(self, values: Mapping[str, str]) -> str:
        """Put the values in.  Raises KeyError if one is missing."""
        first, *literals = self.literals
        texts = [first]
        for name, literal in zip(self.names, literals, strict=True):
            texts += values[name], literal
        return "".join(texts)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Template:
    if len(text) > MAX_CHARACTERS:
        raise TemplateInvalid(f"It is longer than {MAX_CHARACTERS} characters.")
    pieces = _PLACEHOLDER.split(text)
    literals, names = tuple(pieces[::2]), tuple(pieces[1::2])
    if any("{" in literal or "}" in literal for literal in literals):
        raise TemplateInvalid(
            "A brace stands alone. Placeholders are written {name}, in lower case."
        )
    if len(names) > MAX_PLACEHOLDERS:
        raise TemplateInvalid(f"It has more than {MAX_PLACEHOLDERS} placeholders.")
    return Template(literals, names)


def text_of(value: JSON) -> str:
    """Return an argument as text: a string as it is, anything else as JSON."""
    return value if isinstance(value, str) else canonical(value).decode()


def absence_problems(names: Iterable[str], schema: Schema) -> Iterator[str]:
    """Name the placeholders that validated arguments might leave empty."""
    for name in dict.fromkeys(names):
        if declared(schema, name) is None:
            yield f"{{{name}}} is not a parameter that the schema declares."
        elif not always_given(schema, name):
            yield f"{{{name}}} has to be a required parameter, or one with a default."
