"""What is wrong with the shape of a file: a line, a pointer and a sentence each.  Pure.

``jsonschema_rs`` complains here only; values stay masked, since one may be a secret.
"""

from collections.abc import Iterator
from typing import Any, Final

from jsonschema_rs import Draft202012Validator, ValidationError, ValidationErrorKind

from governance.loading.lines import Lines

_MAX_ERRORS: Final = 20


def complaints(read: Any, schema: Draft202012Validator, lines: Lines) -> list[str]:
    """Return a sentence for each mistake, at most twenty."""
    found = (each for error in schema.iter_errors(read) for each in _plain(error))
    told = [_sentence(path, said, lines) for path, said in found]
    return told[:_MAX_ERRORS]


_Told = tuple[list[str | int], str]


def _plain(error: ValidationError) -> Iterator[_Told]:
    kind, at = error.kind, error.instance_path
    if isinstance(kind, ValidationErrorKind.OneOfNotValid | ValidationErrorKind.AnyOf):
        for each in max(kind.context, key=_depth):
            yield from _plain(each)
    elif isinstance(kind, ValidationErrorKind.Required):
        yield at, f"“{kind.property}” is missing."
    elif isinstance(kind, ValidationErrorKind.AdditionalProperties):
        for name in kind.unexpected:
            yield [*at, name], f"“{name}” is not known here."
    else:
        yield at, f"{error.message}."


def _depth(branch: list[ValidationError]) -> int:
    """How far a branch fits: what is wrong deepest within is what was meant."""
    return max((len(error.instance_path) for error in branch), default=0)


def _sentence(path: list[str | int], said: str, lines: Lines) -> str:
    pointer = "/" + "/".join(str(part) for part in path)
    return f"{lines.place(tuple(path))}, {pointer}: {said}"
