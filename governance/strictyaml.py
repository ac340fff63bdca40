"""YAML from outside, read strictly; every refusal has its line.  Pure.

What a reader adds is which plain words are numbers, and what names may be.
"""

import re
from typing import Any, Final

import yaml

MAX_DEPTH: Final = 64
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")


class YamlRefused(ValueError):
    """YAML that is not read: where, and a sentence that says why."""

    def __init__(self, line: int, why: str) -> None:
        self.line = line
        self.why = why
        super().__init__(f"line {line}: {why}")


class StrictLoader(yaml.SafeLoader):
    """YAML without aliases, tags, dates, NUL and halves of characters."""

    yaml_implicit_resolvers = {}

    def __init__(self, text: str) -> None:
        self._level = 0
        super().__init__(text)

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Refuse aliases: a few lines of them can stand for gigabytes.

        And tags: each would choose a reader of values that expects no hostile one.
        And depth, before Python's own stack ends.
        """
        event = self.peek_event()  # type: ignore[no-untyped-call]
        line = line_of(event)
        if isinstance(event, yaml.AliasEvent):
            raise YamlRefused(line, "aliases are not read.")
        if getattr(event, "tag", None) is not None:
            raise YamlRefused(line, "tags (!) are not read.")
        if self._level > MAX_DEPTH:
            raise YamlRefused(line, f"this is nested deeper than {MAX_DEPTH} levels.")
        self._level += 1
        node = super().compose_node(parent, index)
        self._level -= 1
        if isinstance(node, yaml.ScalarNode):
            _refuse_unstorable(node)
        return node


def line_of(place: Any) -> int:
    """Return the line where an event or a node begins, from 1."""
    return int(place.start_mark.line) + 1


def read(text: str, loader: type[StrictLoader]) -> tuple[Any, yaml.Node | None]:
    """Return what YAML says, and the nodes that say it.  Raises YamlRefused."""
    try:
        reader = loader(text)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise YamlRefused(line, "a character here belongs into no text.") from error
    try:
        node = reader.get_single_node()
        return reader.construct_document(node) if node else None, node
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        why = getattr(error, "problem", None) or "unreadable"
        line = mark.line + 1 if mark else reader.line + 1
        raise YamlRefused(line, f"this is not YAML: {why}.") from error
    except YamlRefused:
        raise
    except (OverflowError, ValueError) as error:  # "\UFFFFFFFF" is no character
        raise YamlRefused(reader.line + 1, "a value here can't be read.") from error


def _refuse_unstorable(node: yaml.ScalarNode) -> None:
    """Refuse what only an escape can bring in, and no database holds."""
    if "\0" in node.value:
        raise YamlRefused(line_of(node), "a text holds the character NUL.")
    if _SURROGATE.search(node.value):
        raise YamlRefused(line_of(node), "a text holds half a surrogate pair.")
