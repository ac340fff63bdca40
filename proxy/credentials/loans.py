"""What is known of a call and of its lane when a credential is borrowed.  Pure."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class LoanRequest:
    """The call that wants to borrow, as it was stored.

    ``args_digest`` is ``sha256:...``; times are seconds.  ``claim_ends_at`` is the end
    of the claim's row, which outlives its tokens.  ``sent`` and ``suspended`` are the
    caller's look at the row and at the switches, at the current policy epoch.
    """

    tenant: str
    lane: str
    scope: str
    args_digest: str
    claim_id: str
    claim_ends_at: int
    asked_at: int
    sent: bool = False
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class LaneSettings:
    """What a lane's row says; ``placement`` and ``sealed_secret`` as stored."""

    tenant: str
    name: str
    kind: str
    privilege: str = "read"
    placement: dict[str, object] = field(default_factory=dict)
    sealed_secret: str = field(default="", repr=False)
    secret_version: int = 0
