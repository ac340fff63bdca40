"""Scope patterns of a toolset.  Pure."""

import re
from typing import Final

from governance.scope import pattern_problems

_TEXT: Final = re.compile(r"[^:/]+")


def entry_pattern_problems(pattern: str, *, template: str | None) -> list[str]:
    """Say what is wrong with a pattern; ``template`` is the scope of the tool's route.

    A pattern of another shape would never match, and silently grant nothing.
    """
    if wrong := pattern_problems(pattern):
        return wrong
    if template is not None and _shape(pattern) != _shape(template):
        return [f"“{pattern}” can never match the scope {template}."]
    return []


def _shape(text: str) -> str:
    return _TEXT.sub("", text)
