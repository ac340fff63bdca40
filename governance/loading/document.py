"""The text of a configuration file, read strictly and held against its schema."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import jsonschema_rs
import yaml
from django.conf import settings

from governance.loading.complaints import complaints
from governance.loading.lines import Lines

MAX_BYTES: Final = 2_097_152


class DocumentInvalid(Exception):
    """A file that was not loaded; ``sentences`` say where and why."""

    def __init__(self, sentences: list[str]) -> None:
        self.sentences = sentences
        super().__init__("\n".join(sentences))


class _Loader(yaml.SafeLoader):
    """YAML as people read it: ``no`` is a word, a name stands once, no aliases."""

    yaml_implicit_resolvers = {}

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Refuse aliases: a few lines of them can stand for gigabytes."""
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise DocumentInvalid([f"line {mark.line + 1}: aliases are not read."])
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """Refuse a name that stands twice: the last one would win in silence."""
        seen = set()
        for key, _ in node.value:
            if key.tag != "tag:yaml.org,2002:str":
                raise DocumentInvalid([f"{_line(key)}: names are text."])
            if key.value in seen:
                raise DocumentInvalid([f"{_line(key)}: “{key.value}” stands twice."])
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
    read, lines = _read(text)
    if read is None:
        raise DocumentInvalid(["The file is empty: docs/routes.md has an example."])
    if wrong := complaints(read, _validator(), lines):
        raise DocumentInvalid(wrong)
    return Document(read["tenants"], lines)


def read_yaml(text: str) -> Any:
    """Return what YAML says, whatever it is about.  Raises DocumentInvalid."""
    return _read(text)[0]


def _read(text: str) -> tuple[Any, Lines]:
    if len(text.encode()) > MAX_BYTES:
        raise DocumentInvalid([f"The file is larger than {MAX_BYTES:,} bytes."])
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        return loader.construct_document(node) if node else None, Lines.within(node)
    except yaml.YAMLError as error:
        raise DocumentInvalid([f"This is not YAML: {_place(error)}."]) from error


@cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    path = settings.BASE_DIR / "docs" / "routes.schema.json"
    return jsonschema_rs.Draft202012Validator(
        json.loads(path.read_text("utf-8")), mask="the value"
    )


def _line(node: Any) -> str:
    return f"line {node.start_mark.line + 1}"


def _place(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f"line {mark.line + 1}, " if mark else ""
    return f"{where}{getattr(error, 'problem', None) or 'unreadable'}"
