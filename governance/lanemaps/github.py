"""What a GitHub App's token is asked for: repositories and permissions.  Pure."""

from collections.abc import Mapping
from typing import Any, Final

from governance.lanemaps import notation
from governance.lanemaps.notation import Member
from governance.refusals.narrowing import LEVELS, narrowing_problems

HARMLESS: Final = {"repositories": "x", "permissions": "metadata: read"}

_EXAMPLE: Final = "issues: write"


def written(narrowing: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts of both fields."""
    return {
        "repositories": "\n".join(narrowing["repositories"]),
        "permissions": notation.written(narrowing["permissions"]),
    }


def read(texts: Mapping[str, str], _was: Any) -> dict[str, Any]:
    """Return the map.  Raises Mistakes."""
    readers = {"repositories": _repositories, "permissions": _permissions}
    return notation.read_fields(texts, readers)


def _repositories(text: str) -> list[str]:
    found = notation.lines(text)
    for line in found:
        if _is_refused(repositories=[line.text]):
            raise line.mistake(
                f"“{line.text}” is no repository. Write its name without the owner,"
                " as in payments-api or {repo}."
            )
    said = "Name at least one repository, one a line, as in {repo}."
    return notation.needed([line.text for line in found], said)


def _permissions(text: str) -> dict[str, str]:
    found = notation.members(
        [line for block in notation.blocks(text) for line in block], example=_EXAMPLE
    )
    said = f"Name at least one permission, one a line, as in {_EXAMPLE}."
    return notation.needed(dict(map(_permission, found)), said)


def _permission(each: Member) -> tuple[str, str]:
    if not isinstance(each.value, str) or each.value not in LEVELS:
        raise each.line.mistake(
            f"Behind the colon stands {', '.join(LEVELS[:-1])} or {LEVELS[-1]}, as in"
            f" {_EXAMPLE}."
        )
    if _is_refused(permissions={each.name: each.value}):
        raise each.line.mistake(
            f"“{each.name}” is no permission. Write small letters and _, as in"
            f" pull_requests: {each.value}."
        )
    return each.name, each.value


def _is_refused(**members: Any) -> bool:
    usual = {"repositories": ["x"], "permissions": {"metadata": "read"}}
    kind, privilege = "github_app", "admin"
    return bool(narrowing_problems(kind, {**usual, **members}, privilege=privilege))
