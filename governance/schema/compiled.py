"""Arguments judged by a compiled schema.  Pure.

``jsonschema_rs`` stays in this file.  Its messages repeat values, so ours are made
from the name of the rule and what the schema says.
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, NoReturn

import jsonschema_rs

from governance.arguments import JSON, canonical, parse_json
from governance.schema.walk import Schema, escaped, members, resolved, subschemas

MAX_ERRORS: Final = 20
_MAX_POINTER: Final = 300
_MAX_PATTERN_BYTES: Final = 1_000_000

_RULES: Final = {
    "type": "has to be of type {types}",
    "enum": "has to be one of the declared values",
    "const": "has to be the declared value",
    "pattern": "does not have the declared form",
    "format": "is not a valid {format}",
    "maxLength": "may have at most {limit} characters",
    "minLength": "has to have at least {limit} characters",
    "maximum": "may be at most {limit}",
    "minimum": "has to be at least {limit}",
    "exclusiveMaximum": "has to be less than {limit}",
    "exclusiveMinimum": "has to be more than {limit}",
    "maxItems": "may have at most {limit} items",
    "minItems": "has to have at least {limit} items",
    "uniqueItems": "has the same item twice",
    "maxProperties": "may have at most {limit} members",
    "minProperties": "has to have at least {limit} members",
    "multipleOf": "has to be a multiple of {multiple_of}",
}


class SchemaInvalid(ValueError):
    """A schema that does not compile; the message says where."""


@dataclass(frozen=True, slots=True)
class ArgumentError:
    """One thing wrong with arguments: where, and what the rule is."""

    pointer: str
    message: str


class CompiledSchema:
    """The schema of a route, ready to judge arguments; safe to share by threads."""

    __slots__ = ("_schema", "_validator", "_with_defaults")

    def __init__(self, schema: Schema) -> None:
        # Through the strict door: a default written 1.0 becomes the integer 1.
        self._schema: Schema = parse_json(canonical(schema))
        self._validator = _validator(self._schema)
        parts = subschemas(self._schema)
        self._with_defaults = any("default" in part for _pointer, part in parts)

    def validate(self, args: dict[str, JSON]) -> list[ArgumentError]:
        """Return what is wrong with ``args``, never a value, at most 20 errors."""
        if self._validator.is_valid(args):
            return []
        errors = self._validator.iter_errors(args)
        found = (each for error in errors for each in _told(error))
        return list(islice(found, MAX_ERRORS))

    def with_defaults(self, args: dict[str, JSON]) -> dict[str, JSON]:
        """Return valid ``args`` with every declared default that was left out.

        Defaults are those of ``properties``, at any depth and in lists of objects;
        what stands only within ``anyOf`` and the like is never filled in.
        """
        if not self._with_defaults:
            return args
        filled: dict[str, JSON] = self._filled(self._schema, args)
        return filled

    def _filled(self, schema: Any, value: Any) -> Any:
        rules = resolved(schema, self._schema)
        if isinstance(value, list):
            return [self._filled(rules.get("items"), each) for each in value]
        if not isinstance(value, dict):
            return value
        filled = dict(value)
        for name, below in members(rules, "properties").items():
            if name in value:
                filled[name] = self._filled(below, value[name])
            elif "default" in (declared := resolved(below, self._schema)):
                filled[name] = self._filled(below, deepcopy(declared["default"]))
        return filled


def compile_schema(schema: Schema) -> CompiledSchema:
    """Compile a schema once for many calls.

    Raises SchemaInvalid if it is not valid JSON Schema 2020-12, if it refers to
    anything outside itself, or if a pattern is not one for the linear engine.
    """
    try:
        return CompiledSchema(schema)
    except jsonschema_rs.ValidationError as error:
        raise SchemaInvalid(_complaint(error)) from error
    except ValueError as error:
        raise SchemaInvalid("The schema is not strict JSON.") from error


def _validator(schema: Schema) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        schema,
        validate_formats=True,  # 2020-12 makes them annotations by default
        ignore_unknown_formats=False,  # or a typo would mean "anything goes"
        retriever=_refuse,  # by default it opens connections and files
        pattern_options=jsonschema_rs.RegexOptions(  # linear: no backtracking
            size_limit=_MAX_PATTERN_BYTES, dfa_size_limit=_MAX_PATTERN_BYTES
        ),
    )


def _refuse(uri: str) -> NoReturn:
    raise LookupError(uri)


def _complaint(error: jsonschema_rs.ValidationError) -> str:
    """Say to an admin what keeps a schema from compiling; it may be quoted."""
    at = _pointer(error.instance_path) or "the top"
    if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.Referencing):
        return f"The `$ref` at {at} points outside the schema, or at nothing."
    if at.endswith("/format"):
        return f"The format at {at} is not known, so nothing would check it."
    if error.kind.name == "format":
        return f"The pattern at {at} is not one without look-around and references."
    return f"The schema is not JSON Schema 2020-12: see {at}."


def _told(error: jsonschema_rs.ValidationError) -> Iterator[ArgumentError]:
    """Turn one error of the library into ours, one for each member it is about."""
    kind, at = error.kind, error.instance_path
    if isinstance(kind, jsonschema_rs.ValidationErrorKind.Required):
        yield _error([*at, kind.property], "is required")
    elif isinstance(
        kind,
        jsonschema_rs.ValidationErrorKind.AdditionalProperties
        | jsonschema_rs.ValidationErrorKind.UnevaluatedProperties,
    ):
        for name in kind.unexpected:
            yield _error([*at, name], "is not a declared parameter")
    else:
        yield _error(at, _rule(kind))


def _rule(kind: jsonschema_rs.ValidationErrorKind) -> str:
    sentence = _RULES.get(kind.name)
    if sentence is None:
        return f"does not satisfy the rule {kind.name}"
    said = kind.as_dict()
    if "types" in said:
        said["types"] = " or ".join(said["types"])
    return sentence.format_map(said)


def _error(path: list[str | int], message: str) -> ArgumentError:
    return ArgumentError(_pointer(path)[:_MAX_POINTER], message)


def _pointer(path: list[str | int]) -> str:
    return "".join(f"/{escaped(str(part))}" for part in path)
