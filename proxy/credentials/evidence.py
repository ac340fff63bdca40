"""What is recorded of a loan beside the call's own outcome."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from django.utils import timezone

from audit.connections import give_connection_back
from audit.services import RecordUnavailable, record_denied
from governance.decision import Reason
from proxy.credentials.loans import LaneSettings, LoanRequest

_logger: Final = logging.getLogger(__name__)


def record_too_broad(
    lane: LaneSettings,
    call: LoanRequest,
    *,
    fingerprint: str,
    detail: Mapping[str, Any],
) -> None:
    """Record that an issuer granted something else than what was asked for."""
    _record("credential.too_broad", lane, call, fingerprint=fingerprint, detail=detail)


def record_revoke_failed(
    lane: LaneSettings, call: LoanRequest, *, fingerprint: str, expires_at: int | None
) -> None:
    """Record that a credential lives on after its use, and until when."""
    ends = expires_at and datetime.fromtimestamp(expires_at, tz=UTC).isoformat()
    detail = {"kind": lane.kind, "expires_at": ends or "not known"}
    _record(
        "credential.revoke_failed", lane, call, fingerprint=fingerprint, detail=detail
    )


def _record(
    event: str,
    lane: LaneSettings,
    call: LoanRequest,
    *,
    fingerprint: str,
    detail: Mapping[str, Any],
) -> None:
    try:
        record_denied(
            event,
            now=timezone.now(),
            reason=Reason.CREDENTIAL_UNAVAILABLE,
            tenant=call.tenant,
            actor_kind="system",
            agent=call.agent,
            lane=lane.name,
            call_id=call.call_id,
            claim_id=call.claim_id,
            scope=call.scope,
            credential=fingerprint,
            detail=detail,
        )
    except RecordUnavailable:
        # It is counted and logged already; the call's own record says that it failed.
        _logger.error("%s of %s not recorded", event, call.call_id)  # noqa: TRY400
    finally:
        # No pooled connection is held over the network, nor by a thread of the pool.
        give_connection_back()
