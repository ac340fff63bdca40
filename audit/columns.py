"""The columns of a record, version 1: which are clear and which are personal.  Pure."""

from typing import Final

VERSION: Final = 1

NUMBERS: Final = (
    "version",
    "claim_use",
    "claim_max_uses",
    "route_version",
    "policy_epoch",
)

CLEAR: Final = (
    "id",
    "version",
    "at",
    "event",
    "outcome",
    "reason",
    "tenant",
    "actor_kind",
    "agent",
    "tool",
    "risk",
    "backend",
    "backend_origin",
    "session_id",
    "call_id",
    "approval_id",
    "claim_id",
    "claim_nonce",
    "claim_use",
    "claim_max_uses",
    "scope",
    "lane",
    "credential",
    "route_version",
    "route_digest",
    "policy",
    "policy_epoch",
    "request_id",
    "trace_id",
    "door",
    "software",
    "detail",
)

# A bare digest of a short value can be guessed, so digests of what a call said are
# personal too: each lies beside the record and is committed to with its own salt.
PERSONAL: Final = (
    "person",
    "on_behalf_of",
    "args_digest",
    "summary_digest",
    "fingerprint",
    "summary",
    "stated_reason",
    "approvers",
    "client_address",
)


def salt_of(column: str) -> str:
    """Return the name of the column that holds the salt of a personal column."""
    return f"{column}_salt"
