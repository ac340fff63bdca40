"""Where the members of a YAML file stand in its text.  Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import yaml

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Lines:
    """The line of each member, by its path: ``("tenants", "team-acme", "name")``."""

    lines: dict[Path, int]
    names: dict[Path, str]

    @classmethod
    def within(cls, root: yaml.Node | None) -> Self:
        """Return the lines of everything that a node holds, itself included."""
        nodes = list(_members(root, ())) if root else []
        names = {
            path: node.value
            for path, _mark, node in nodes
            if isinstance(node, yaml.ScalarNode)
        }
        return cls({path: mark.line + 1 for path, mark, _node in nodes}, names)

    def place(self, path: Path, name: str = "") -> str:
        """Return ``line 12``, of what stands at a path or of what is nearest above it.

        With ``name`` it is the first line at or below the path that says this name.
        """
        said = (each for each in self.lines if self._says(each, name, within=path))
        at = next(said, path) if name else path
        while at and at not in self.lines:
            at = at[:-1]
        return f"line {self.lines.get(at, 1)}"

    def _says(self, path: Path, name: str, *, within: Path) -> bool:
        is_said = path[-1:] == (name,) or self.names.get(path) == name
        return is_said and path[: len(within)] == within


def _members(
    node: yaml.Node, path: Path, mark: yaml.Mark | None = None
) -> Iterator[tuple[Path, yaml.Mark, yaml.Node]]:
    yield path, mark or node.start_mark, node
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _members(value, (*path, str(key.value)), key.start_mark)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield from _members(value, (*path, number))
