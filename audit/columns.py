"""The columns of a record, version 1: which are clear and which are personal.  Pure."""

from datetime import datetime
from typing import Any, Final, TypedDict

VERSION: Final = 1

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


class Row(TypedDict):
    """One record with its personal values; salts stand under ``<column>_salt``."""

    id: str
    version: int
    at: datetime
    event: str
    outcome: str
    reason: str | None
    tenant: str | None
    actor_kind: str
    agent: str | None
    person: str | None
    on_behalf_of: str | None
    tool: str | None
    risk: str | None
    backend: str | None
    backend_origin: str | None
    session_id: str | None
    call_id: str | None
    approval_id: str | None
    claim_id: str | None
    claim_nonce: str | None
    claim_use: int | None
    claim_max_uses: int | None
    scope: str | None
    lane: str | None
    credential: str | None
    route_version: int | None
    route_digest: str | None
    policy: str | None
    policy_epoch: int | None
    args_digest: str | None
    summary_digest: str | None
    fingerprint: str | None
    summary: str | None
    stated_reason: str | None
    approvers: str | None
    client_address: str | None
    request_id: str | None
    trace_id: str | None
    door: str
    software: str | None
    detail: dict[str, Any] | None
    leaf: bytes
