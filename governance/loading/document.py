"""The text of a configuration file, read strictly and held against its schema."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import jsonschema_rs
import yaml
from django.conf import settings

from governance.arguments import MAX_INTEGER
from governance.loading.complaints import complaints
from governance.loading.lines import Lines
from governance.strictyaml import StrictLoader, YamlRefused, line_of, read

MAX_BYTES: Final = 2_097_152
_MAX_CHARACTERS: Final = 17  # of an integer, with its sign


class DocumentInvalid(Exception):
    """A file that was not loaded; ``sentences`` say where and why."""

    def __init__(self, sentences: list[str]) -> None:
        self.sentences = sentences
        super().__init__("\n".join(sentences))


class _Loader(StrictLoader):
    """YAML as people read it: ``no`` is a word, a name stands once."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Refuse numbers that would not stay what they are."""
        node = super().compose_node(parent, index)
        if isinstance(node, yaml.ScalarNode):
            _refuse_inexact(node)
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """Refuse a name that stands twice: the last one would win in silence."""
        seen = set()
        for key, _ in node.value:
            if key.tag != "tag:yaml.org,2002:str":
                raise YamlRefused(line_of(key), "names are text.")
            if key.value in seen:
                raise YamlRefused(line_of(key), f"“{key.value}” stands twice.")
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


for _tag, _form, _first in (
    ("null", r"~|null|", ["~", "n", ""]),
    ("bool", r"true|false", ["t", "f"]),
    ("int", r"[-+]?(0|[1-9][0-9]*)", list("-+0123456789")),
    ("float", r"[-+]?[0-9]+\.[0-9]+([eE][-+]?[0-9]+)?", list("-+0123456789")),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_form})\Z"), _first
    )


@dataclass(frozen=True, slots=True)
class Document:
    """A file that fits the schema: its tenants by slug, and where all of it stands."""

    tenants: Mapping[str, Any]
    lines: Lines


def parse(text: str) -> Document:
    """Return what the file says.  Raises DocumentInvalid."""
    said, lines = _read(text)
    if said is None:
        raise DocumentInvalid(["The file is empty: docs/routes.md has an example."])
    if wrong := complaints(said, _validator(), lines):
        raise DocumentInvalid(wrong)
    return Document(said["tenants"], lines)


def read_yaml(text: str) -> Any:
    """Return what YAML says, whatever it is about.  Raises DocumentInvalid."""
    return _read(text)[0]


def _read(text: str) -> tuple[Any, Lines]:
    if len(text.encode()) > MAX_BYTES:
        raise DocumentInvalid([f"The file is larger than {MAX_BYTES:,} bytes."])
    try:
        said, node = read(text, _Loader)
    except YamlRefused as error:
        raise DocumentInvalid([str(error)]) from error
    return said, Lines.within(node)


@cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    path = settings.BASE_DIR / "docs" / "routes.schema.json"
    return jsonschema_rs.Draft202012Validator(
        json.loads(path.read_text("utf-8")), mask="the value"
    )


def _refuse_inexact(node: yaml.ScalarNode) -> None:
    # The digits first: int() takes quadratic time on a long text, and has an end.
    kind, text = node.tag.rpartition(":")[2], node.value
    is_long = len(text) > _MAX_CHARACTERS
    if kind == "int" and (is_long or abs(int(text)) > MAX_INTEGER):
        raise YamlRefused(line_of(node), "an integer is beyond 2^53-1.")
    if kind == "float" and not math.isfinite(float(text)):
        raise YamlRefused(line_of(node), "a number is too large.")
