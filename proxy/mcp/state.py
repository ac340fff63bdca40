"""``requestState``: says that a page was shown for one exact call, and nothing more.

Signed as cookies are, with a salt of its own and the same rotation of keys.  It carries
no authority: losing it costs one more look at the page, stealing it gains nothing.
"""

from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from typing import Final

from django.core.signing import BadSignature, Signer

from approvals.models import Approval
from governance.arguments import JSON, args_digest, canonical
from governance.decision import Reason
from proxy.mcp.message import INVALID_PARAMS, Fault

_VERSION: Final = 1
_GRACE: Final = timedelta(minutes=10)
_MAX: Final = 2048
_SALT: Final = "proxy.mcp.requestState"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a state is bound to; ``args`` is the digest of the arguments as sent."""

    tenant: str
    agent_id: int
    session_id: str
    tool: str
    args: str


def digest_as_sent(arguments: dict[str, JSON]) -> str:
    """Return what binds the arguments as they came, before any default is filled in."""
    return args_digest(canonical(arguments)).hex()


def sign(shown: Shown, approval: Approval) -> str:
    """Sign that the page of an approval was shown for a call."""
    ends = int((approval.decide_by + _GRACE).timestamp())
    members = [_VERSION, *astuple(shown), approval.pk, ends]
    return _signer().sign_object(members)


def approval_shown(state: str, shown: Shown, *, now: datetime) -> str:
    """Return the id of the approval whose page was shown for exactly this call.

    Raises Fault ``state_invalid``, the same for every cause.
    """
    members = _members(state)
    expected = [_VERSION, *astuple(shown)]
    if len(members) != len(expected) + 2 or members[: len(expected)] != expected:
        raise invalid()
    approval_id, ends = members[len(expected) :]
    if not isinstance(ends, int) or ends <= now.timestamp():
        raise invalid()
    return str(approval_id)


def _members(state: str) -> list[object]:
    if len(state) > _MAX:
        raise invalid()
    try:
        members: object = _signer().unsign_object(state)
    except (BadSignature, ValueError) as error:
        raise invalid() from error
    return members if isinstance(members, list) else []


def _signer() -> Signer:
    return Signer(salt=_SALT)


def invalid() -> Fault:
    """Return the one refusal that every fault of a state gets."""
    return Fault(
        INVALID_PARAMS, Reason.STATE_INVALID, "Invalid or expired requestState"
    )
