"""Names of tools.  Pure."""

import re
from collections.abc import Iterable
from typing import Final

_NAME: Final = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)*")
_MAX: Final = 64
_FORM: Final = (
    "Write a name such as github.comment_pr: small letters, digits, _ and -, parts"
    f" divided by dots, at most {_MAX} characters."
)
_RESERVED: Final = ("approval_status", "sealwright")


def tool_problems(tool: str, *, others: Iterable[str]) -> list[str]:
    """Say what is wrong with a name; ``others`` are the tenant's other tools."""
    if not _NAME.fullmatch(tool) or len(tool) > _MAX:
        return [_FORM]
    if _flat(tool) in _RESERVED or tool.startswith("sealwright."):
        return [f"“{tool}” is Sealwright's own name. Choose another."]
    twin = next((each for each in others if _flat(each) == _flat(tool)), None)
    if twin is None:
        return []
    return [f"Some clients write . as _, and would take this for “{twin}”."]


def _flat(tool: str) -> str:
    return tool.replace(".", "_")
