"""What the map of a lane may say that narrows its credentials.  Pure.

Placeholders are the scope's own, so nothing narrows a credential that people did not
see; only values hold them, never names.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from governance.template import Template, TemplateInvalid

MAX_POLICY_CHARACTERS: Final = 2048
MAX_REPOSITORIES: Final = 500
LEVELS: Final = ("read", "write", "admin")
_STATEMENT: Final = frozenset({"Sid", "Effect", "Action", "Resource", "Condition"})
_EVERYTHING: Final = re.compile(r"[*?]+")
# Within a service a wildcard is the admin's to judge; across services it is everything.
_OF_ONE_SERVICE: Final = {
    "Action": re.compile(r"[A-Za-z0-9-]+:.+"),
    "Resource": re.compile(r"arn:[a-z0-9-]+:[a-z0-9-]+:.+"),
}
_EXAMPLE: Final = {
    "Action": "logs:FilterLogEvents",
    "Resource": "arn:aws:logs:eu-central-1:123456789012:log-group:/{project}:*",
}
_OPEN_END: Final = re.compile(r"\}[*?]|[*?]\{")
_REPOSITORY: Final = re.compile(r"(?:[A-Za-z0-9._-]|\{[a-z][a-z0-9_]*\})+")
_PERMISSION: Final = re.compile(r"[a-z][a-z_]{0,60}")
_SCOPES: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*")


def narrowing_problems(kind: str, narrowing: Any, *, privilege: str) -> list[str]:
    """Say what is wrong with a map by itself, whatever scope it is used for."""
    if not isinstance(narrowing, dict):
        return ["Write a JSON object: { … }."]
    rules = _RULES.get(kind)
    if rules is None:
        return ["A lane of this kind narrows nothing."] if narrowing else []
    try:
        placeholders(narrowing)
    except TemplateInvalid as error:
        return [str(error)]
    return list(rules(narrowing, privilege))


def foreign_placeholders(narrowing: Any, scope_template: str) -> list[str]:
    """Say which placeholders of a map the scope of a route does not have."""
    try:
        there = set(Template.parse(scope_template).names)
        asked = placeholders(narrowing)
    except TemplateInvalid:
        return []  # said where the template, or the map, is saved
    return [
        f"The lane narrows its credential by {{{name}}}, which the scope"
        f" {scope_template} does not have. Name it in the scope, or use another lane."
        for name in sorted(asked - there)
    ]


def placeholders(value: Any) -> set[str]:
    """Return the names that a map is filled with.

    Raises TemplateInvalid for a stray brace, also in a name: names are never filled.
    """
    if isinstance(value, str):
        return set(Template.parse(value).names)
    if isinstance(value, Mapping):
        if any("{" in key or "}" in key for key in value):
            raise TemplateInvalid("A placeholder may stand in a value, not in a name.")
        value = list(value.values())
    if not isinstance(value, list):
        return set()
    return set().union(*map(placeholders, value))


def texts(value: Any) -> Iterator[str]:
    """Yield every text value of a map."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)


def _github(narrowing: dict[str, Any], privilege: str) -> Iterator[str]:
    # Without either, GitHub grants everything that the installation has.
    if set(narrowing) != {"repositories", "permissions"}:
        yield "Name “repositories” and “permissions”, and nothing else."
        return
    names, permissions = narrowing["repositories"], narrowing["permissions"]
    if not _is_list(names, MAX_REPOSITORIES) or not all(
        map(_REPOSITORY.fullmatch, names)
    ):
        yield (
            f"“repositories” lists 1 to {MAX_REPOSITORIES} names without their owner,"
            ' as in ["{repo}"].'
        )
    if not _is_permissions(permissions):
        yield '“permissions” is an object such as {"issues": "write"}.'
    elif privilege == "read" and set(permissions.values()) != {"read"}:
        yield "The lane's privilege is read, and these permissions do more."


def _is_permissions(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and bool(value)
        and all(map(_PERMISSION.fullmatch, value))
        and all(level in LEVELS for level in value.values())
    )


def _aws(narrowing: dict[str, Any], _privilege: str) -> Iterator[str]:
    policy = narrowing.get("policy")
    if set(narrowing) != {"policy"} or not isinstance(policy, dict):
        yield 'Write {"policy": { … }} with the session policy in it.'
        return
    yield from policy_problems(policy)
    if any(map(_OPEN_END.search, texts(policy))):
        yield (
            "A * or ? right beside a placeholder covers every neighbour whose name"
            " begins or ends the same: put a / or : between them."
        )


def policy_problems(policy: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a session policy, rendered or not."""
    statements = policy.get("Statement")
    if policy.keys() - {"Version", "Id", "Statement"}:
        yield "A policy has “Version”, “Id” and “Statement”, and nothing else."
    if policy.get("Version") != "2012-10-17":
        yield "“Version” is 2012-10-17."
    if not isinstance(statements, list) or not statements:
        yield "“Statement” lists at least one statement."
        return
    for statement in statements:
        yield from _statement(statement)


def _statement(statement: Any) -> Iterator[str]:
    # NotAction and NotResource say what is left out, and so allow all the rest.
    if not isinstance(statement, dict) or statement.keys() - _STATEMENT:
        yield f"A statement has {', '.join(sorted(_STATEMENT))}, and nothing else."
        return
    if statement.get("Effect") != "Allow":
        yield "Every statement's “Effect” is Allow: what is not named is not allowed."
    for name in ("Action", "Resource"):
        values = statement.get(name)
        listed = [values] if isinstance(values, str) else values
        if not _is_list(listed, MAX_POLICY_CHARACTERS):
            yield f"“{name}” is a text or a list of texts."
        elif any(map(_EVERYTHING.fullmatch, listed or ())):
            yield f"“{name}” may not be everything (*). Name what the route needs."
        else:
            yield from _across_services(name, listed or ())


def _across_services(name: str, listed: Iterable[str]) -> Iterator[str]:
    for value in listed:
        if not _OF_ONE_SERVICE[name].fullmatch(value):
            yield (
                f"“{name}” names its service in full, with no wildcard in it, as in"
                f" {_EXAMPLE[name]}: “{value}” does not."
            )


def _oauth(narrowing: dict[str, Any], _privilege: str) -> Iterator[str]:
    if not narrowing or set(narrowing) - {"scope", "authorization_details"}:
        yield "Name “scope”, “authorization_details” or both, and nothing else."
    scope, details = narrowing.get("scope"), narrowing.get("authorization_details")
    if scope is not None and not (isinstance(scope, str) and _SCOPES.fullmatch(scope)):
        yield "“scope” is one text: names with one blank between them."
    if details is not None and not _is_details(details):
        yield "“authorization_details” lists objects, each with a “type” (RFC 9396)."


def _is_details(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(
            isinstance(each, dict) and isinstance(each.get("type"), str)
            for each in value
        )
    )


def _is_list(value: Any, most: int) -> bool:
    return (
        isinstance(value, list)
        and 1 <= len(value) <= most
        and all(isinstance(each, str) and each for each in value)
    )


_RULES: Final = {"github_app": _github, "aws_sts": _aws, "oauth_client": _oauth}
