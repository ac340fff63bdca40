"""What is known of a call and of its lane when a credential is borrowed.  Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from governance.egress.deadlines import Deadline
from governance.envelope import Secret
from proxy.credentials.credential import Credential

GiveBack = Callable[[Deadline], None]


@dataclass(frozen=True, slots=True)
class LoanRequest:
    """The call that wants to borrow, as it was stored.

    ``args_digest`` is ``sha256:...``; times are seconds.  ``claim_ends_at`` is the end
    of the claim's row, which outlives its tokens.  ``sent`` and ``suspended`` are the
    caller's look at the row and at the switches, at the current policy epoch, which
    ``epoch`` is.
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
    call_id: str = ""
    agent: str = ""
    risk: str = ""
    scope_template: str = ""
    epoch: int = 0


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
    settings: Mapping[str, Any] = field(default_factory=dict)
    narrowing: Mapping[str, Any] = field(default_factory=dict)
    max_seconds: int = 3600
    reuse_seconds: int = 0
    version: int = 1


@dataclass(frozen=True, slots=True)
class Borrowing:
    """One question to an issuer: what is asked for, by which lane, for which call."""

    lane: LaneSettings
    call: LoanRequest
    asked: Mapping[str, Any]
    secret: Secret
    deadline: Deadline
    now: int


@dataclass(frozen=True, slots=True, repr=False)
class Loan:
    """What an issuer lent.

    ``give_back`` ends it at the issuer, and raises NotLent if that did not work;
    without one, ``kept_because`` says why it lives on.
    """

    credential: Credential
    granted: Mapping[str, Any]
    expires_at: int
    give_back: GiveBack | None = None
    kept_because: str = ""
