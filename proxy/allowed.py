"""A call between its two commits: allowed and on record, and not yet over."""

from dataclasses import dataclass

from approvals.actions import Action
from approvals.claims import VerifiedClaim
from governance.decision import Risk
from proxy.models import Call


@dataclass(frozen=True, slots=True)
class Allowed:
    """A call that is spent, stored and recorded, and not yet over."""

    call_id: str
    claim: VerifiedClaim
    claim_use: int
    claim_ends_at: int
    action: Action
    approval_id: str | None
    mode: str
    state: str
    has_key: bool

    @property
    def keeps_result(self) -> bool:
        """Whether anybody may ask for the result again."""
        is_read = self.action.route.risk is Risk.READ
        is_asked_again = self.has_key or self.approval_id is not None
        return not is_read or is_asked_again or self.mode == Call.Mode.DEFERRED
