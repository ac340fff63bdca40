"""lease(): the only way to a credential, and the only place that opens a secret."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from approvals.claims import VerifiedClaim
from governance.decision import Reason
from governance.egress import Deadline
from governance.envelope import Context, open_secret
from governance.errors import Denied
from governance.keys import KeyUnavailable, fingerprint_key, kek
from proxy.credentials import static
from proxy.credentials.credential import Credential, Placement
from proxy.credentials.loans import LaneSettings, LoanRequest

LATE_SECONDS: Final = 60
SECRET_FIELD: Final = "secret"  # noqa: S105 (the name of a field)

Broker = Callable[[LaneSettings], Credential]


@contextmanager
def lease(
    claim: VerifiedClaim, *, call: LoanRequest, lane: LaneSettings, deadline: Deadline
) -> Iterator[Credential]:
    """Lend the narrowest credential that can do ``call``, for as long as it runs.

    A VerifiedClaim, not a flag: no caller can borrow first and authorise later.  Never
    inside a transaction.  Raises Denied ``claim_wrong_lane`` or
    ``credential_unavailable``; nothing was sent then, and no secret opened before all
    agreed.  Neither kind that exists has anything to give back.
    """
    _agree(claim, call, lane)
    if deadline.seconds() <= 0:
        raise Denied(Reason.CREDENTIAL_UNAVAILABLE, "There was no time left.")
    broker = BROKERS.get(lane.kind)
    if broker is None:
        raise Denied(Reason.CREDENTIAL_UNAVAILABLE, "The lane's kind is not known.")
    yield broker(lane)


def _agree(claim: VerifiedClaim, call: LoanRequest, lane: LaneSettings) -> None:
    # By type and not isinstance: a look-alike class proves nothing.
    if type(claim) is not VerifiedClaim:
        raise Denied(Reason.CREDENTIAL_UNAVAILABLE, "There is no verified claim.")
    paid = claim.payload
    if not paid.lane == call.lane == lane.name:
        raise Denied(Reason.CLAIM_WRONG_LANE)
    agreed = (
        paid.jti == call.claim_id
        and paid.tenant_id == call.tenant == lane.tenant
        and paid.scope == call.scope
        and paid.args == call.args_digest
    )
    if not agreed:
        raise Denied(Reason.CREDENTIAL_UNAVAILABLE, "The claim is of another call.")
    if call.asked_at > call.claim_ends_at + LATE_SECONDS:
        raise Denied(Reason.CREDENTIAL_UNAVAILABLE, "The claim ended too long ago.")
    if call.sent or call.suspended:
        raise Denied(
            Reason.CREDENTIAL_UNAVAILABLE, "The call was sent, or it was stopped."
        )


def _nothing(_lane: LaneSettings) -> Credential:
    return Credential()


def _static(lane: LaneSettings) -> Credential:
    try:
        placement = Placement.parse(lane.placement)
        place = Context(lane.tenant, lane.name, SECRET_FIELD, lane.secret_version)
        secret = open_secret(lane.sealed_secret, keks=kek, aad=place)
        return static.borrow(secret, placement=placement, key=fingerprint_key())
    except (ValueError, KeyUnavailable):
        # Without the cause: it may be about bytes of the secret.
        raise Denied(
            Reason.CREDENTIAL_UNAVAILABLE,
            f"The secret of the lane “{lane.name}” can't be used.",
        ) from None


BROKERS: Final[dict[str, Broker]] = {"none": _nothing, "static": _static}
