"""What an agent asks for, and what it is told: frozen values between door and road."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from approvals.models import Approval, Claim
from approvals.services.tokens import IssuedToken
from governance.arguments import JSON
from governance.decision import Reason
from governance.errors import Denied

# It ran, or it may have: nobody is told how to have it run again.
_LEFT_ALONE: Final = frozenset({Reason.OUTCOME_UNKNOWN, Reason.RESPONSE_TOO_LARGE})


@dataclass(frozen=True, slots=True)
class ToolCall:
    """An untrusted request for one action; nothing in it chooses a destination.

    ``session`` is a handle (``ses_…``), ``label`` finds or opens a session; without
    either the agent's default session is used.  ``leaves_it``: what can run now runs
    now, and what people have to decide first is run for the agent once they have.
    """

    tool: str
    args: dict[str, JSON] = field(default_factory=dict)
    session: str | None = None
    label: str | None = None
    reason: str = ""
    claim: str | None = None
    mode: str = "now"
    idempotency_key: str | None = None
    leaves_it: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """A call that is over, or over as far as anybody knows.

    ``state`` is one of Call.State; ``reason`` says what went wrong, if anything did;
    ``body`` is what the backend answered, redacted, where it is handed on; ``finding``
    is what a person found out about an unclear outcome.
    """

    call_id: str
    state: str
    reason: Reason | None
    detail: str
    status: int | None
    content_type: str
    body: bytes | None
    session_id: str
    claim_id: str
    approval_id: str | None
    scope: str
    replayed: bool = False
    finding: str = ""

    @property
    def has_failed_for_good(self) -> bool:
        """Whether the same request only tells the same again, and another asks anew."""
        return self.approval_id is not None and self.reason not in _LEFT_ALONE


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing ran: a person has to decide, or the call is queued or running."""

    status: str
    approval: Approval | None
    call_id: str | None = None


@dataclass(frozen=True, slots=True)
class Explained:
    """What would happen; nothing was asked, spent or sent."""

    status: str
    reason: Reason | None
    scope: str
    summary: str
    approval: Mapping[str, object] | None
    refusal: Denied | None = None


@dataclass(frozen=True, slots=True)
class Minted:
    """A claim that was handed out unspent, and a token of it."""

    claim: Claim
    issued: IssuedToken


Answer = Ended | Waiting | Explained
