"""What a caller says of an event; the keys are the columns of a record."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, TypeAlias, TypedDict

# Datetimes become text with six decimals; None members are left out of the leaf.
Fact: TypeAlias = (
    "str | int | bool | datetime | Sequence[Fact] | Mapping[str, Fact] | None"
)
Digest: TypeAlias = "bytes | str | None"
ActorKind: TypeAlias = Literal["agent", "person", "system", "anonymous"]


class Approver(TypedDict, total=False):
    """One vote that counted, copied: the row it came from may vanish."""

    person: str
    seat: str
    stands_in_for: str | None
    verdict: str
    at: datetime | str
    channel: str
    signed_in_by: str | Sequence[str] | None
    signed_in_at: datetime | str | None
    shown: str | Mapping[str, Fact] | None


class Facts(TypedDict, total=False):
    """The facts of one event; absent, None and empty text are the same.

    Digests are 32 bytes or already ``sha256:…``.  ``tenant`` is the slug, ``person``
    the user name.  ``actor_kind`` is worked out from ``person`` and ``agent`` where
    it is not given; ``client_address`` is the context's.
    """

    reason: str | None
    tenant: str | None
    actor_kind: ActorKind
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
    claim_nonce: Digest
    claim_use: int | None
    claim_max_uses: int | None
    scope: str | None
    lane: str | None
    credential: Digest
    route_version: int | None
    route_digest: Digest
    policy: str | None
    policy_epoch: int | None
    args_digest: Digest
    summary_digest: Digest
    fingerprint: Digest
    summary: str | None
    stated_reason: str | None
    approvers: Sequence[Approver] | None
    client_address: str | None
    detail: Mapping[str, Fact] | None
