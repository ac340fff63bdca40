"""Claims, calls and lanes made by hand: a lease needs no database."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from approvals.claims import ClaimPayload, VerifiedClaim, granted
from governance import keys
from governance.egress import Deadline
from governance.envelope import Context, seal_secret
from proxy.credentials.credential import Credential
from proxy.credentials.lease import SECRET_FIELD, lease
from proxy.credentials.loans import LaneSettings, LoanRequest

ARGS = "sha256:" + "a" * 64
GITHUB_SCOPE = "repo:{repo}/pull:{pull}"
CALL_ID = "cal_06bnu5k0s1v6h5v3k9q2p7m4ec"


def now() -> int:
    """Return the time in seconds: the issuers have a clock of their own."""
    return int(time.time())  # noqa: TID251 - as above


def claim_for(scope: str, *, lane: str, tenant: str = "team-acme") -> VerifiedClaim:
    """Return a claim that was granted for a scope, just now."""
    payload = ClaimPayload(
        iss="https://sealwright.example.com",
        aud="https://sealwright.example.com/executor",
        jti="clm_06bnu5k0s1v6h5v3k9q2p7m4ec",
        iat=now(),
        nbf=now(),
        exp=now() + 300,
        tenant_id=tenant,
        sub="ci-agent",
        session_id="ses_06bnu5k0s1v6h5v3k9q2p7m4ec",
        tool="github.comment_pr",
        risk="write",
        scope=scope,
        lane=lane,
        route="sha256:" + "b" * 64,
        args=ARGS,
        summary="sha256:" + "c" * 64,
        approval_id=None,
        nonce="0" * 22,
        max_uses=1,
    )
    return granted(payload)


def call_for(claim: VerifiedClaim, *, template: str, **members: Any) -> LoanRequest:
    """Return the call that a claim was spent for."""
    paid = claim.payload
    call = LoanRequest(
        tenant=paid.tenant_id,
        lane=paid.lane,
        scope=paid.scope,
        args_digest=paid.args,
        claim_id=paid.jti,
        claim_ends_at=paid.exp,
        asked_at=now(),
        call_id=CALL_ID,
        agent=paid.sub,
        risk="write",
        scope_template=template,
        epoch=1,
    )
    return replace(call, **members)


def sealed(secret: str, *, tenant: str, lane: str, version: int = 1) -> str:
    """Seal a secret for a lane, as the service does."""
    kek_id = keys.newest_kek_id()
    return seal_secret(
        secret.encode(),
        kek_id=kek_id,
        kek=keys.kek(kek_id),
        aad=Context(tenant, lane, SECRET_FIELD, version),
        random=secrets.token_bytes,
    )


def lane_of(kind: str, *, name: str, secret: str, **members: Any) -> LaneSettings:
    """Return a lane of team-acme with its secret sealed."""
    return LaneSettings(
        tenant="team-acme",
        name=name,
        kind=kind,
        sealed_secret=sealed(secret, tenant="team-acme", lane=name),
        secret_version=1,
        **members,
    )


@contextmanager
def borrowed(
    lane: LaneSettings, scope: str, *, template: str, seconds: float = 30, **call: Any
) -> Iterator[Credential]:
    """Lend for a scope, as for a call that a claim was spent for."""
    claim = claim_for(scope, lane=lane.name, tenant=lane.tenant)
    asked = call_for(claim, template=template, **call)
    with lease(claim, call=asked, lane=lane, deadline=Deadline(seconds)) as credential:
        yield credential
