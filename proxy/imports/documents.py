"""The text of a document that somebody brings: JSON or YAML, read strictly.  Pure.

Examples in documents hold numbers and depths that calls may not; so the bounds here are
wider than those of the agents' door.  Nothing is fetched.
"""

import json
import re
from typing import Any, Final

import yaml

from governance.imports import SourceRefused
from governance.strictyaml import (
    MAX_DEPTH,
    StrictLoader,
    YamlRefused,
    line_of,
    read,
)

MAX_JSON_BYTES: Final = 8_388_608
MAX_YAML_BYTES: Final = 2_097_152
_NUL: Final = re.compile(r"(?<!\\)(?:\\\\)*\\(?:u0000|x00|0)")


def read_document(raw: bytes) -> dict[str, Any]:
    """Return what a document says.  Raises SourceRefused."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceRefused("The document is not UTF-8 text.") from error
    is_json = text.lstrip().startswith("{")
    _refuse_large(len(raw), is_json=is_json)
    try:
        document = _from_json(text) if is_json else _from_yaml(text)
    except RecursionError as error:
        raise SourceRefused(_TOO_DEEP) from error
    if not isinstance(document, dict):
        raise SourceRefused("The document is not an object: { … }.")
    _refuse_deep(document)
    _refuse_unstorable(text, document)
    return document


def _refuse_large(size: int, *, is_json: bool) -> None:
    most = MAX_JSON_BYTES if is_json else MAX_YAML_BYTES
    if size > most:
        kind = "JSON" if is_json else "YAML"
        raise SourceRefused(f"The document has more than {most:,} bytes of {kind}.")


def _from_json(text: str) -> Any:
    try:
        return json.loads(
            text, object_pairs_hook=_unique, parse_constant=_refuse_constant
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise SourceRefused(f"This is not JSON: {where}.") from error
    except ValueError as error:  # thousands of digits
        raise SourceRefused("A number in the document is too long.") from error


def _unique(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) != len(members):
        raise SourceRefused("An object in the document names a member twice.")
    return found


def _refuse_constant(_name: str) -> Any:
    raise SourceRefused("NaN and infinity are not JSON.")


def _from_yaml(text: str) -> Any:
    try:
        return read(text, _Loader)[0]
    except YamlRefused as error:
        raise SourceRefused(f"Line {error.line}: {error.why}") from error


class _Loader(StrictLoader):
    """YAML of documents; ``200:`` is the name "200"."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """Take names as text, and refuse one that stands twice."""
        seen = set()
        for key, _value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise YamlRefused(line_of(key), "names are text.")
            if key.value in seen:
                raise YamlRefused(line_of(key), "a name stands twice.")
            seen.add(key.value)
            key.tag = "tag:yaml.org,2002:str"
        return super().construct_mapping(node, deep=deep)


for _tag, _form, _first in (
    ("null", r"~|null|", ["~", "n", ""]),
    ("bool", r"true|false", ["t", "f"]),
    ("int", r"[-+]?(0|[1-9][0-9]{0,18})", list("-+0123456789")),
    ("float", r"[-+]?[0-9]{1,30}\.[0-9]+([eE][-+]?[0-9]{1,3})?", list("-+0123456789")),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_form})\Z"), _first
    )


def _refuse_deep(document: Any) -> None:
    level = [document]
    for _depth in range(MAX_DEPTH):
        level = [
            below
            for each in level
            for below in (each.values() if isinstance(each, dict) else each)
            if isinstance(below, dict | list)
        ]
        if not level:
            return
    raise SourceRefused(_TOO_DEEP)


def _refuse_unstorable(text: str, document: Any) -> None:
    """Refuse NUL, lone surrogates and endless numbers: no database holds them."""
    if "\0" in text or _NUL.search(text):
        raise SourceRefused("The document holds the character NUL.")
    try:
        json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError as error:
        raise SourceRefused("The document holds half a surrogate pair.") from error
    except ValueError as error:  # 1e400 is read as infinity
        raise SourceRefused("A number in the document is too large.") from error
    except TypeError as error:
        raise SourceRefused("The document holds a value that JSON has not.") from error


_TOO_DEEP: Final = f"The document is nested deeper than {MAX_DEPTH} levels."
