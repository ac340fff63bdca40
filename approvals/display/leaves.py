"""Every leaf of an argument object, with what the route's schema says of it. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from governance.arguments import JSON
from governance.schema.walk import Schema, definition, escaped, members

Rules: TypeAlias = tuple[Schema, ...]

_HERE: Final = ("if", "then", "else")
_HERE_LISTS: Final = ("allOf", "anyOf", "oneOf")
_NAMED: Final = ("additionalProperties", "unevaluatedProperties")
_COUNTED: Final = ("items", "contains", "unevaluatedItems")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value without members of its own, where it is and what may apply to it."""

    path: tuple[str | int, ...]
    value: JSON
    rules: Rules

    @property
    def pointer(self) -> str:
        """Where it is, as a JSON pointer (RFC 6901)."""
        return "".join(f"/{escaped(str(step))}" for step in self.path)

    def declares(self, keyword: str) -> Iterator[object]:
        """Yield what each schema that may apply here says under ``keyword``."""
        return (rule[keyword] for rule in self.rules if keyword in rule)


def leaves(args: JSON, schema: Schema) -> Iterator[Leaf]:
    """Yield the leaves of ``args`` in its own order.

    ``args`` has passed the strict door, so its depth is bounded.
    """
    yield from _leaves(Leaf((), args, _spread((schema,), schema)), schema)


def _leaves(leaf: Leaf, root: Schema) -> Iterator[Leaf]:
    below: Iterable[tuple[str | int, JSON]] = ()
    if isinstance(leaf.value, dict):
        below = leaf.value.items()
    elif isinstance(leaf.value, list):
        below = enumerate(leaf.value)
    is_leaf = True
    for step, value in below:
        is_leaf = False
        rules = _spread(_below(leaf.rules, step), root)
        yield from _leaves(Leaf((*leaf.path, step), value, rules), root)
    if is_leaf and leaf.path:
        yield leaf


def _spread(rules: Iterable[object], root: Schema) -> Rules:
    """Return the schemas and all that they may bring in for the same value.

    Which branch of an ``anyOf`` holds is not asked: what one of them says counts.
    """
    found: dict[int, Schema] = {}
    open_ends = list(rules)
    while open_ends:
        rule = open_ends.pop()
        if isinstance(rule, dict) and id(rule) not in found:
            found[id(rule)] = rule
            open_ends.extend(_beside(rule, root))
    return tuple(found.values())


def _beside(rule: Schema, root: Schema) -> Iterator[object]:
    yield definition(rule.get("$ref"), root)
    yield from (rule.get(keyword) for keyword in _HERE)
    yield from members(rule, "dependentSchemas").values()
    for keyword in _HERE_LISTS:
        yield from rule.get(keyword, ())


def _below(rules: Rules, step: str | int) -> Iterator[object]:
    for rule in rules:
        if isinstance(step, str):
            yield members(rule, "properties").get(step)
            yield from members(rule, "patternProperties").values()
            yield from (rule.get(keyword) for keyword in _NAMED)
        else:
            yield from rule.get("prefixItems", ())[step : step + 1]
            yield from (rule.get(keyword) for keyword in _COUNTED)
