"""A route of the file, as the fields of a version and back."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from governance.models import (
    ApproverGroup,
    Backend,
    CredentialLane,
    Route,
    RouteVersion,
)

# The file's word for a field, where it has one of its own.
_WORDS: Final = {
    "arguments": "arguments_schema",
    "scope": "scope_template",
    "summary": "summary_template",
    "request": "mapping",
}
_FIELDS: Final = {field: word for word, field in _WORDS.items()}
_PLAIN: Final = (
    "title",
    "description",
    "risk",
    "reversible",
    "justification",
    *_WORDS,
    "plain_parameters",
    "in_messages",
    "allow_unreadable",
    "approve_in_slack",
    "max_uses",
    "replay_seconds",
    "payload_seconds",
)
_RULE: Final = (
    "quorum",
    "separation",
    "justification_required",
    "decide_within_seconds",
    "execute_within_seconds",
)
# What a rule says where the file leaves it out, by risk.
_USUAL: Final[Mapping[str, Mapping[str, Any]]] = {
    "privileged": {
        "separation": "strict",
        "decide_within_seconds": 3600,
        "execute_within_seconds": 900,
    }
}


class Unknown(LookupError):
    """A ``name`` that the file uses and the tenant does not have."""

    def __init__(self, sentence: str, *, name: str) -> None:
        self.name = name
        super().__init__(sentence)


def in_the_file(field: str) -> tuple[str, ...]:
    """Return where the file says a field of a version; its own name elsewhere."""
    if field in {"group", "fallback_group", *_RULE}:
        return ("approval", field)
    if field == "approval_rule":
        return ("approval",)
    return (_FIELDS.get(field, field),) if field else ()


def version_from(
    route: Route, said: Mapping[str, Any], *, find: Callable[[Any, str], Any]
) -> RouteVersion:
    """Return the version that the file describes, unsaved.

    ``find`` looks a row of the tenant up by kind and name, or raises Unknown.
    """
    plain = {_WORDS.get(word, word): said[word] for word in _PLAIN if word in said}
    return RouteVersion(
        route=route,
        backend=find(Backend, said["backend"]),
        lane=find(CredentialLane, said["lane"]),
        **plain,
        **_rule_from(said, find),
    )


def _rule_from(
    said: Mapping[str, Any], find: Callable[[Any, str], Any]
) -> dict[str, Any]:
    rule = said["approval"]
    if rule == "not_required":
        return {"approval_rule": RouteVersion.Rule.NOT_REQUIRED}
    fallback = rule.get("fallback_group")
    return {
        **_USUAL.get(said["risk"], {}),
        **{word: rule[word] for word in _RULE if word in rule},
        "approval_rule": RouteVersion.Rule.REQUIRED,
        "group": find(ApproverGroup, rule["group"]),
        "fallback_group": find(ApproverGroup, fallback) if fallback else None,
    }


def said_of(version: RouteVersion) -> dict[str, Any]:
    """Return a version as the file says it, every default written out."""
    plain = {word: getattr(version, _WORDS.get(word, word)) for word in _PLAIN}
    return {
        **plain,
        "backend": version.backend.name,
        "lane": version.lane.name,
        "approval": _rule_of(version),
    }


def _rule_of(version: RouteVersion) -> Any:
    if version.group is None or version.approval_rule == RouteVersion.Rule.NOT_REQUIRED:
        return "not_required"
    rule = {"group": version.group.name}
    if version.fallback_group:
        rule["fallback_group"] = version.fallback_group.name
    return {**rule, **{word: getattr(version, word) for word in _RULE}}
