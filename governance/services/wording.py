"""How the fields of configuration are spoken of in records."""

from collections.abc import Sequence
from typing import Final

from governance.changes import Changes, Field, Fields, grew, lower_in, shrank


def _widened(before: Sequence[str], after: Sequence[str]) -> bool:
    """Tell whether a tool that had patterns, each "tool pattern", has another one.

    The first patterns of a tool that had none narrow it.
    """
    limited = {each.partition(" ")[0] for each in before}
    more = set(after) - set(before)
    return any(each.partition(" ")[0] in limited for each in more)


TENANT: Final[Fields] = {
    "slug": Field("slug"),
    "name": Field("name"),
    "time_zone": Field("time zone"),
    "retention_days": Field("days that evidence is kept", weaker=shrank),
}
PERSON: Final[Fields] = {
    "username": Field("user name", personal=True),
    "email": Field("e-mail", personal=True),
    "first_name": Field("first name", personal=True),
    "last_name": Field("last name", personal=True),
    "time_zone": Field("time zone"),
    "language": Field("language"),
    "is_active": Field("active", weaker=grew),
    "is_superuser": Field("operator", weaker=grew),
}
GROUP: Final[Fields] = {
    "name": Field("name"),
    "members": Field("members", weaker=grew, personal=True),
}
AGENT: Final[Fields] = {
    "name": Field("name"),
    "owner": Field("owner", personal=True),
    "toolsets": Field("toolsets", weaker=grew),
}
TOOLSET: Final[Fields] = {
    "name": Field("name"),
    "tools": Field("tools", weaker=grew),
    "unlimited": Field("tools on any scope", weaker=grew),
    "patterns": Field("scope patterns", weaker=_widened),
}
BACKEND: Final[Fields] = {
    "name": Field("name"),
    "kind": Field("kind"),
    "base_url": Field("base URL"),
    "allowed_cidrs": Field("private addresses that may be reached", weaker=grew),
    "timeout_seconds": Field("timeout seconds"),
    "max_response_bytes": Field("response size cap"),
    "max_concurrent": Field("calls at once"),
    "ca_pem": Field("TLS certificate authority", shown=False),
}
LANE: Final[Fields] = {
    "name": Field("name"),
    "kind": Field("kind"),
    "privilege": Field("privilege", weaker=lower_in(("admin", "write", "read"))),
    "placement": Field("placement"),
    "settings": Field("settings"),
    "narrowing": Field("narrowing"),
    "max_seconds": Field("longest life accepted, seconds", weaker=grew),
    "reuse_seconds": Field("seconds of reuse", weaker=grew),
}
ROUTE_VERSION: Final[Fields] = {
    "title": Field("title"),
    "description": Field("description", shown=False),
    "backend": Field("backend"),
    "lane": Field("lane"),
    "risk": Field("risk", weaker=lower_in(("read", "write", "privileged"))),
    "reversible": Field("can be undone"),
    "approval_rule": Field("approval", weaker=lower_in(("not_required", "required"))),
    "justification": Field("justification"),
    "group": Field("approver group"),
    "fallback_group": Field("fallback group", weaker=lambda old, new: not old and new),
    "quorum": Field("approvals needed", weaker=shrank),
    "separation": Field(
        "separation", weaker=lower_in(("confirm", "four_eyes", "strict"))
    ),
    "justification_required": Field("a reason is needed to approve", weaker=shrank),
    "decide_within_seconds": Field("seconds to decide", weaker=grew),
    "execute_within_seconds": Field("seconds to execute", weaker=grew),
    "allow_unreadable": Field("unreadable arguments may be asked for", weaker=grew),
    "approve_in_slack": Field("may be approved in Slack", weaker=grew),
    "in_messages": Field("arguments in mail", weaker=grew),
    "arguments_schema": Field("arguments schema", shown=False),
    "plain_parameters": Field("names taken as plain data", weaker=grew),
    "scope_template": Field("scope"),
    "summary_template": Field("summary"),
    "mapping": Field("request mapping", shown=False),
    "max_uses": Field("uses of a claim", weaker=grew),
    "replay_seconds": Field("seconds an outcome is replayed"),
    "payload_seconds": Field("seconds payloads are kept"),
}
# What a route demands before it runs, and of whom.
RULE: Final = (
    "risk",
    "approval_rule",
    "group",
    "fallback_group",
    "quorum",
    "separation",
    "justification_required",
    "decide_within_seconds",
    "execute_within_seconds",
    "approve_in_slack",
)


def rule_lines(changes: Changes) -> list[str]:
    """Return what changed in a route's rule, and whatever else was weakened.

    Nothing for a first version, which changes nothing.
    """
    if changes.before is None:
        return []
    names = {ROUTE_VERSION[name].words for name in RULE}
    return [
        line
        for line in changes.words
        if line.partition(":")[0] in names or line in changes.weaker
    ]
