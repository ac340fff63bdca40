"""Agents' keys: shown once, kept as a hash."""

import hashlib
import secrets
from datetime import datetime

from django.db import transaction

from audit.services import record
from governance.imports import BUILT_IN_AGENT
from governance.models import Agent, AgentKey, User
from governance.refusals import refuse_if
from governance.services.evidence import author, lock, policy_changed


@transaction.atomic
def issue_key(
    agent: Agent,
    *,
    by: User | None,
    now: datetime,
    expires_at: datetime | None = None,
) -> tuple[AgentKey, str]:
    """Make a key; ``swk_<key id>_<secret>`` is returned this once and never kept.

    Raises Refused if it would have expired already.
    """
    is_over = expires_at is not None and expires_at <= now
    refuse_if({"expires_at": ["This lies in the past."] if is_over else []})
    refuse_if({"": [_OURS] if agent.name == BUILT_IN_AGENT else []})
    lock(agent.tenant)
    key_id, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    key = AgentKey.objects.create(
        agent=agent,
        key_id=key_id,
        secret_hash=secret_hash(secret),
        created_by=by,
        created_at=now,
        expires_at=expires_at,
    )
    _record("key.created", key, by, now)
    return key, f"swk_{key_id}_{secret}"


_OURS = "This agent is Sealwright itself, which needs no key."


def secret_hash(secret: str) -> bytes:
    """Return what is kept of a key's secret: 32 random bytes need no slow hash."""
    return hashlib.sha256(secret.encode()).digest()


@transaction.atomic
def revoke_key(key: AgentKey, *, by: User | None, now: datetime) -> bool:
    """Honour a key no longer; False if it was revoked."""
    tenant = lock(key.agent.tenant)
    key.refresh_from_db()
    if key.revoked_at is not None:
        return False
    key.revoked_at = now
    key.save(update_fields=["revoked_at"])
    _record("key.revoked", key, by, now)
    policy_changed(tenant)
    return True


def _record(event: str, key: AgentKey, by: User | None, now: datetime) -> None:
    record(
        event,
        now=now,
        tenant=key.agent.tenant.slug,
        agent=key.agent.name,
        detail={"key_id": key.key_id, "expires_at": key.expires_at},
        **author(by),
    )
