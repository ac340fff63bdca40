"""Turning a yes into a claim's row: of a person by vote, of policy ahead of its use."""

from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction

from approvals.actions import Action
from approvals.claims import nonce_for, nonce_hash
from approvals.clock import database_now
from approvals.models import Approval, Claim
from approvals.services.evidence import claim_facts, record_approval
from audit.services import Facts, record
from governance.ids import new_id
from governance.keys import nonce_key
from governance.seals import seal

COVERED: Final = timedelta(seconds=300)


def mint_for_approval(
    approval: Approval, *, execute_by: datetime, now: datetime
) -> Claim:
    """Make the claim of an approval whose last vote was just counted, and record it.

    To be called in the transaction of the vote, which holds the approval's lock.
    """
    version = approval.route_version
    claim = _sealed(
        Claim(
            tenant_id=approval.tenant_id,
            agent_id=approval.agent_id,
            session_id=approval.session_id,
            approval=approval,
            route_version=version,
            tool=approval.tool,
            risk=approval.risk,
            scope=approval.scope,
            lane=approval.lane,
            route_digest=version.digest,
            args_digest=bytes(approval.args_digest),
            summary_digest=bytes(approval.summary_digest),
            max_uses=version.max_uses,
            session_epoch=approval.session.epoch,
            execute_by=execute_by,
        ),
        now=now,
    )
    record_approval("claim.minted", approval, now=now, claim=claim)
    return claim


@transaction.atomic
def mint_covered(action: Action, *, now: datetime) -> Claim:
    """Make the claim of an action that policy allows without a person, for 300 s."""
    route = action.route
    claim = _sealed(
        Claim(
            tenant_id=action.principal.tenant_id,
            agent_id=action.principal.agent_id,
            session=action.session,
            route_version_id=route.version_id,
            tool=route.tool,
            risk=route.risk,
            scope=action.scope,
            lane=route.lane.name,
            route_digest=route.digest,
            args_digest=action.args_digest,
            summary_digest=action.summary_digest,
            max_uses=route.max_uses,
            session_epoch=action.session.epoch,
            execute_by=database_now() + COVERED,
        ),
        now=now,
    )
    facts: Facts = {**action.evidence(), **claim_facts(claim)}
    record("claim.minted", now=now, **facts)
    return claim


def failover_epoch() -> str:
    """Return what this database calls itself: identity, timeline, generation."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT failover_epoch()")
        (epoch,) = cursor.fetchone()
    return str(epoch)


def _sealed(claim: Claim, *, now: datetime) -> Claim:
    claim.id = new_id("clm")
    claim.nonce_hash = nonce_hash(nonce_for(claim.id, nonce_key()))
    claim.failover_epoch = failover_epoch()
    claim.created_at = now
    claim.seal = seal("claim", claim.members())
    claim.save(force_insert=True)
    return claim
