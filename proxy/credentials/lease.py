"""lease(): the only way to a credential."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

from django.utils import timezone

from approvals.claims import VerifiedClaim
from audit.mac import hmac_sha256
from audit.redaction import redact
from governance.decision import Reason
from governance.egress import Deadline
from governance.errors import Denied
from governance.keys import KeyUnavailable, fingerprint_key
from proxy.credentials import aws_sts, github_app, oauth_client, static, watching
from proxy.credentials.credential import Account, Credential, Placement
from proxy.credentials.evidence import record_revoke_failed, record_too_broad
from proxy.credentials.failures import NotLent, TooBroad
from proxy.credentials.loans import Borrowing, LaneSettings, Loan, LoanRequest
from proxy.credentials.narrowing import NotNarrowed, asked_for, is_narrowed
from proxy.credentials.opening import SECRET_FIELD, opened, unusable
from proxy.credentials.reuse import MEMORY, key_of
from proxy.credentials.revoking import RETURNS, Return

__all__ = ["SECRET_FIELD", "lease"]

LATE_SECONDS: Final = 60
SHOWN_CHARACTERS: Final = 1000
FINGERPRINT_CHARACTERS: Final = 16

_logger: Final = logging.getLogger(__name__)

Broker = Callable[[Borrowing], Loan]
LocalBroker = Callable[[LaneSettings], Credential]


@dataclass(frozen=True, slots=True)
class _Held:
    credential: Credential
    let_go: Callable[[], None]


@contextmanager
def lease(
    claim: VerifiedClaim, *, call: LoanRequest, lane: LaneSettings, deadline: Deadline
) -> Iterator[Credential]:
    """Lend the narrowest credential that can do ``call``, for as long as it runs.

    A VerifiedClaim, not a flag: no caller can borrow first and authorise later.  Never
    inside a transaction.  Raises Denied ``claim_wrong_lane`` or
    ``credential_unavailable``; nothing was sent then, and no secret opened before all
    agreed.  ``credential.account`` says afterwards what became of it.
    """
    _agree(claim, call, lane)
    if deadline.seconds() <= 0:
        raise Denied(Reason.CREDENTIAL_UNAVAILABLE, "There was no time left.")
    held = _held(call, lane, deadline)
    try:
        yield held.credential
    finally:
        held.let_go()


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


def _held(call: LoanRequest, lane: LaneSettings, deadline: Deadline) -> _Held:
    local = LOCAL_BROKERS.get(lane.kind)
    if local is not None:
        return _Held(replace(local(lane), account=Account(lane.kind)), _nothing_to_do)
    broker = BROKERS.get(lane.kind)
    if broker is None:
        raise Denied(Reason.CREDENTIAL_UNAVAILABLE, "The lane's kind is not known.")
    try:
        asked = asked_for(
            lane.narrowing, scope_template=call.scope_template, scope=call.scope
        )
        borrowing = Borrowing(lane, call, asked, opened(lane), deadline, call.asked_at)
        if lane.reuse_seconds and call.risk == "read":
            return _reused(broker, borrowing)
        return _once(broker, borrowing)
    except NotNarrowed as error:
        raise NotLent(str(error)) from error
    except KeyUnavailable:
        raise unusable(lane) from None


def _once(broker: Broker, borrowing: Borrowing) -> _Held:
    loan = _borrowed(broker, borrowing)
    credential = _accounted(loan, borrowing)
    return _Held(
        credential, lambda: _give_back(loan, borrowing, account=credential.account)
    )


def _reused(broker: Broker, borrowing: Borrowing) -> _Held:
    """Use a credential of the same power again, or keep a new one for a while."""
    key, epoch = key_of(borrowing), borrowing.call.epoch
    kept = MEMORY.take(key, epoch=epoch)
    is_reused = kept is not None
    if kept is None and MEMORY.is_full:
        return _once(broker, borrowing)
    if kept is None:
        loan = _borrowed(broker, borrowing)
        half = (loan.expires_at - borrowing.now) / 2
        kept = MEMORY.keep(
            key,
            loan,
            epoch=epoch,
            seconds=min(borrowing.lane.reuse_seconds, half),
            end=lambda: _begin_to_give_back(loan, borrowing),
        )
        watching.WATCH.begin()
    credential = _accounted(kept.loan, borrowing)
    account = credential.account
    account.is_reused, account.revoked = is_reused, "kept for reads of the same scope"
    return _Held(
        credential,
        lambda: MEMORY.let_go(key, kept, is_refused=account.is_refused),
    )


def _borrowed(broker: Broker, borrowing: Borrowing) -> Loan:
    fingerprint_key()  # before anything is lent that would lack its mark
    try:
        loan = broker(borrowing)
    except TooBroad as refusal:
        _refuse(refusal, borrowing)
        raise NotLent(redact(refusal.note, [refusal.secret])) from None
    except (NotLent, NotNarrowed):
        raise
    except Exception as error:  # noqa: BLE001 - what an issuer says may trip anything
        # Without the text, which may hold the secret.  Nothing was sent, so the call
        # ends here: let go, it would wait for its deadline and be called unknown.
        name = type(error).__qualname__
        _logger.error("unforeseen %s: %s lent nothing", name, borrowing.lane.name)  # noqa: TRY400
        raise NotLent("The broker failed in a way that nobody foresaw.") from None
    fingerprint = _fingerprint(loan.credential.secrets[0])
    return replace(loan, credential=replace(loan.credential, fingerprint=fingerprint))


def _refuse(refusal: TooBroad, borrowing: Borrowing) -> None:
    """Give back what is too broad, and leave word for an admin."""
    lane, call = borrowing.lane, borrowing.call
    fingerprint = _fingerprint(refusal.secret)
    revoked = "it can't be revoked"
    if refusal.give_back is not None:
        failed = _failure(borrowing, fingerprint=fingerprint, expires_at=None)
        is_back = RETURNS.end(Return(refusal.give_back, failed))
        revoked = "yes" if is_back else "not yet"
    detail = {
        "kind": lane.kind,
        "said": redact(refusal.note, [refusal.secret]),
        "asked": dict(borrowing.asked),
        "granted": _shown(refusal.granted, [refusal.secret]),
        "revoked": revoked,
    }
    record_too_broad(lane, call, fingerprint=fingerprint, detail=detail)


def _accounted(loan: Loan, borrowing: Borrowing) -> Credential:
    """Return the loan's credential with an account of this call's own."""
    account = Account(
        kind=borrowing.lane.kind,
        asked=dict(borrowing.asked),
        granted=_shown(loan.granted, loan.credential.secrets),
        is_narrowed=is_narrowed(borrowing.lane.narrowing),
        expires_at=loan.expires_at,
    )
    return replace(loan.credential, account=account)


def _give_back(loan: Loan, borrowing: Borrowing, *, account: Account) -> None:
    returned = _return_of(loan, borrowing)
    if returned is None:
        account.revoked = f"no: {loan.kept_because}"
    elif RETURNS.end(returned):
        account.revoked = timezone.now().isoformat()
    else:
        account.revoked = "not yet: the issuer did not confirm it in time"


def _begin_to_give_back(loan: Loan, borrowing: Borrowing) -> None:
    # Of what was kept no call is told when it went back, so nobody waits for it: one
    # after the other, they would hold up each other's end.
    returned = _return_of(loan, borrowing)
    if returned is not None:
        RETURNS.begin(returned)


def _return_of(loan: Loan, borrowing: Borrowing) -> Return | None:
    if loan.give_back is None:
        return None
    failed = _failure(
        borrowing,
        fingerprint=loan.credential.fingerprint or "",
        expires_at=loan.expires_at,
    )
    return Return(loan.give_back, failed)


def _failure(
    borrowing: Borrowing, *, fingerprint: str, expires_at: int | None
) -> Callable[[], None]:
    lane, call = borrowing.lane, borrowing.call
    return lambda: record_revoke_failed(
        lane, call, fingerprint=fingerprint, expires_at=expires_at
    )


def _fingerprint(secret: str) -> str:
    digest = hmac_sha256(fingerprint_key(), secret.encode())
    return digest.hex()[:FINGERPRINT_CHARACTERS]


def _shown(granted: Any, secrets: Any) -> str:
    # An issuer's words: it might repeat the token in them, or never end.
    return redact(json.dumps(granted), secrets)[:SHOWN_CHARACTERS]


def _nothing_to_do() -> None:
    return None


def _nothing(_lane: LaneSettings) -> Credential:
    return Credential()


def _static(lane: LaneSettings) -> Credential:
    try:
        placement = Placement.parse(lane.placement)
        return static.borrow(opened(lane), placement=placement, key=fingerprint_key())
    except (ValueError, KeyUnavailable):
        # Without the cause: it may be about bytes of the secret.
        raise unusable(lane) from None


LOCAL_BROKERS: Final[dict[str, LocalBroker]] = {"none": _nothing, "static": _static}
BROKERS: Final[dict[str, Broker]] = {
    "github_app": github_app.borrow,
    "aws_sts": aws_sts.borrow,
    "oauth_client": oauth_client.borrow,
}
