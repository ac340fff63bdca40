"""What a lane asks for, from the values of a scope; and granted against asked.  Pure.

The values come out of the scope that the claim was signed for.  The rules of
``governance.refusals.narrowing`` held when the lane was saved; what can be decided once
more on the rendered map is decided once more.
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from governance.refusals.narrowing import (
    LEVELS,
    MAX_POLICY_CHARACTERS,
    placeholders,
    policy_problems,
)
from governance.scope import scope_values
from governance.template import Template

Asked = dict[str, Any]

LEEWAY_SECONDS: Final = 60  # clocks differ
_SAFE: Final = re.compile(r"[A-Za-z0-9._~-]{1,200}")


class NotNarrowed(ValueError):
    """A map can't be filled from this scope; the text says why."""


class Broader(ValueError):
    """What was granted is not what was asked for; the text says in what."""


def asked_for(
    narrowing: Mapping[str, Any], *, scope_template: str, scope: str
) -> Asked:
    """Fill a lane's map with the scope's own values, in one pass.

    Raises NotNarrowed if the scope lacks one, or holds one that is no path segment.
    """
    try:
        values = scope_values(scope_template, scope)
        filled = _filled(narrowing, {k: _safe(v) for k, v in values.items()})
    except (KeyError, ValueError) as error:
        raise NotNarrowed("The scope has no value for the lane's map.") from error
    return dict(filled)


def is_narrowed(narrowing: Mapping[str, Any]) -> bool:
    """Answer whether the scope narrows the credential at all."""
    return bool(placeholders(narrowing))


def policy_text(asked: Mapping[str, Any]) -> str:
    """Return a session policy as it is sent.  Raises NotNarrowed."""
    policy = asked.get("policy")
    if not isinstance(policy, dict) or list(policy_problems(policy)):
        raise NotNarrowed("The session policy is not one that narrows.")
    text = json.dumps(policy, separators=(",", ":"))
    if len(text) > MAX_POLICY_CHARACTERS:
        raise NotNarrowed(
            f"The session policy is longer than {MAX_POLICY_CHARACTERS} characters."
        )
    return text


def check_github(asked: Mapping[str, Any], granted: Any, *, owner: str) -> None:
    """Compare GitHub's answer with the question.  Raises Broader.

    ``metadata: read`` comes by itself.  Less is refused too: a call that fails half-way
    fails for a reason that nobody sees.
    """
    if granted.get("repository_selection") != "selected":
        raise Broader("The token is not for selected repositories.")
    repositories = granted.get("repositories")
    if not isinstance(repositories, list) or not repositories:
        raise Broader("The answer does not say for which repositories the token is.")
    named = {_full_name(each) for each in repositories}
    wanted = {(owner.lower(), name.lower()) for name in asked["repositories"]}
    if named != wanted:
        raise Broader("The token is for other repositories than asked for.")
    _check_permissions(asked["permissions"], granted.get("permissions"))


def _full_name(repository: Any) -> tuple[str, str]:
    match repository:
        case {"name": str(name), "owner": {"login": str(login)}}:
            return login.lower(), name.lower()
    raise Broader("The answer names a repository without its owner.")


def _check_permissions(asked: Mapping[str, str], granted: Any) -> None:
    if not isinstance(granted, dict):
        raise Broader("The answer does not say what the token may do.")
    given = {name: level for name, level in granted.items() if name in asked}
    beside = {name: level for name, level in granted.items() if name not in asked}
    if beside not in ({}, {"metadata": "read"}):
        raise Broader(f"The token has a permission too many: {_names(beside)}.")
    if given != dict(asked):
        higher = [
            name
            for name, level in given.items()
            if level not in LEVELS or LEVELS.index(level) > LEVELS.index(asked[name])
        ]
        word = "more" if higher else "less"
        raise Broader(f"The token may do {word} than asked for: {_names(asked)}.")


def _names(names: Iterable[str]) -> str:
    return ", ".join(sorted(str(name)[:40] for name in names)[:10])


def check_oauth(asked: Mapping[str, Any], granted: Mapping[str, Any]) -> None:
    """Compare an authorization server's answer with the question.  Raises Broader.

    An absent scope means the one that was asked for (RFC 6749, section 5.1).
    """
    scope = granted.get("scope")
    if scope is not None:
        if not isinstance(scope, str):
            raise Broader("The answer's scope is no text.")
        if set(scope.split(" ")) - {""} != set(asked.get("scope", "").split()):
            raise Broader("The token has another scope than asked for.")
    details = granted.get("authorization_details")
    wanted = asked.get("authorization_details")
    if details != wanted:
        # RFC 9396, section 7: what was granted has to be in the answer.
        raise Broader("The token has other authorization details than asked for.")


def check_life(expires_at: int, *, now: int, max_seconds: int) -> None:
    """See that a credential lives, and not for too long.  Raises Broader."""
    if expires_at <= now:
        raise Broader("The credential is over already: one of the clocks is off.")
    if expires_at > now + max_seconds + LEEWAY_SECONDS:
        raise Broader(f"The credential lives longer than {max_seconds} seconds.")


def end_of_life(text: object) -> int:
    """Read when a credential ends (RFC 3339, section 5.6), in seconds.

    Raises Broader if it is not said, or in a time of which nobody knows the zone.
    """
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise Broader("The answer does not say when the credential ends.") from error
    if moment.tzinfo is None:
        raise Broader(
            "The answer does not say when the credential ends: of which zone?"
        )
    return int(moment.timestamp())


def _safe(value: str) -> str:
    if not _SAFE.fullmatch(value) or value in {".", ".."}:
        raise NotNarrowed("A value of the scope is no path segment.")
    return value


def _filled(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return Template.parse(value).render(values)
    if isinstance(value, Mapping):
        return {name: _filled(each, values) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, values) for each in value]
    return value
