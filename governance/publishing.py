"""What a route version says, its digest, and what its seal covers."""

import hashlib
from typing import Final

import rfc8785

from audit.text import instant
from governance.models import RouteVersion

_DOMAIN: Final = b"sealwright/route/v1\0"

# What an admin decides; the rest of a version is bookkeeping.
PLAIN_FIELDS: Final = (
    "title",
    "description",
    "risk",
    "reversible",
    "approval_rule",
    "justification",
    "quorum",
    "separation",
    "justification_required",
    "decide_within_seconds",
    "execute_within_seconds",
    "allow_unreadable",
    "approve_in_slack",
    "in_messages",
    "arguments_schema",
    "plain_parameters",
    "scope_template",
    "summary_template",
    "mapping",
    "max_uses",
    "replay_seconds",
    "payload_seconds",
)
NAMED_FIELDS: Final = ("backend", "lane", "group", "fallback_group")


def content(version: RouteVersion) -> dict[str, object]:
    """Return everything that an approval is bound to; rows appear by their names."""
    named = {field: getattr(version, field) for field in NAMED_FIELDS}
    return {
        **{field: getattr(version, field) for field in PLAIN_FIELDS},
        **{field: row.name if row else None for field, row in named.items()},
        "tool": version.route.tool,
    }


def digest(version: RouteVersion) -> str:
    """Return ``sha256:…`` over the canonical JSON of the content."""
    text = rfc8785.dumps(content(version))  # type: ignore[arg-type]  # plain JSON values
    return f"sha256:{hashlib.sha256(_DOMAIN + text).hexdigest()}"


def sealed_members(version: RouteVersion) -> dict[str, object]:
    """Return what the seal of a published version covers.

    The stored digest and the one worked out anew: both have to be what we sealed.
    """
    published_at = version.published_at
    return {
        "tenant": version.route.tenant_id,
        "tool": version.route.tool,
        "number": version.number,
        "state": version.state,
        "digest": version.digest,
        "content": digest(version),
        "published_by": version.published_by_id,
        "published_at": instant(published_at) if published_at else None,
        "created_by": version.created_by_id,
    }
