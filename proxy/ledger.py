"""The two statements of a call: what is allowed, and how it ended.

Each is one statement in a transaction of its own: the claim is spent, the request
stored and the evidence written, or none of it; and the outcome is stored with its
record exactly once, however often it is tried.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import psycopg
from django.db import (
    DEFAULT_DB_ALIAS,
    InterfaceError,
    OperationalError,
    connection,
    connections,
)

from approvals.actions import Action
from approvals.claims import VerifiedClaim, nonce_hash
from approvals.spending import spend_params
from audit.context import current
from audit.services import Facts, Prepared, RecordUnavailable, evidence_ctes, prepare
from governance.ids import new_id
from governance.policy import BackendFacts
from proxy.models import Call

if TYPE_CHECKING:
    from psycopg_pool import ConnectionPool

# A call that has not ended this long after its deadline is settled as unknown.
GRACE_SECONDS: Final = 10

_PAYLOAD: Final = """,
    payload AS (
      INSERT INTO audit_payload
        (id, tenant, request, result_content_type, created_at, keep_until)
      SELECT %(payload_id)s::text, %(tenant)s::text, %(request)s::bytea, '',
        %(now)s::timestamptz, %(keep_until)s::timestamptz FROM spent)"""

_CALL: Final = """,
    call AS (
      INSERT INTO proxy_call (id, tenant_id, agent_id, session_id, route_version_id,
        approval_id, claim_id, claim_use, nonce_hash, payload_id, tool, scope,
        args_digest, mode, state, idempotency_key, request_id, trace_id, created_at,
        deadline_at, sent_at, credential, reason, detail, finding, note)
      SELECT %(call_id)s::text, %(tenant_id)s::bigint, %(agent_id)s::bigint,
        %(session_id)s::text, %(version_id)s::bigint, %(approval_id)s::text,
        spent.id, spent.uses, %(nonce_hash)s::bytea, %(payload_id)s::text,
        %(tool)s::text, %(scope)s::text, %(args_digest)s::bytea, %(mode)s::text,
        %(state)s::text, %(idempotency_key)s::text, %(request_id)s::text,
        %(trace_id)s::text, %(now)s::timestamptz, %(deadline_at)s::timestamptz,
        %(sent_at)s::timestamptz, %(credential)s::text, '', '', '', '' FROM spent),"""


class UseTaken(Exception):
    """Another call has this use of the claim, whatever the claim's row says."""


class KeyTaken(Exception):
    """Another call of the agent took the Idempotency-Key meanwhile."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is about to be allowed: the claim, and how the call is to be stored."""

    call_id: str
    claim: VerifiedClaim
    action: Action
    approval_id: str | None
    payload_id: str | None  # None: the request's bytes are stored with the call
    uses_seen: int
    token_ends_at: datetime | None
    mode: str
    state: str
    credential: str
    idempotency_key: str | None


def allow(head: str, allowance: Allowance, *, facts: Facts, now: datetime) -> bool:
    """Spend the claim, store the call and record why, or do none of it.

    ``head`` is one of ``approvals.spending``.  False: the claim could not be spent;
    ``approvals.redemption.why_not_spent`` says why.  Raises UseTaken, KeyTaken, and
    RecordUnavailable if the database did not take it: a commit in doubt counts as
    not committed.
    """
    prepared = prepare("call.allowed", now=now, **facts)
    text = _allow_text(head, stores_payload=allowance.payload_id is None)
    params = {**_call_params(allowance, now=now), **prepared.params("allowed")}
    return _run(text, params)


@lru_cache(maxsize=8)
def _allow_text(head: str, *, stores_payload: bool) -> str:
    payload = _PAYLOAD if stores_payload else ""
    evidence = evidence_ctes("allowed", source="spent")
    return f"{head}{payload}{_CALL}{evidence} SELECT uses FROM spent"  # noqa: S608


def _call_params(allowance: Allowance, *, now: datetime) -> dict[str, object]:
    action, context = allowance.action, current()
    route = action.route
    return {
        **spend_params(
            allowance.claim,
            action,
            uses_seen=allowance.uses_seen,
            token_ends_at=allowance.token_ends_at,
        ),
        "call_id": allowance.call_id,
        "agent_id": action.principal.agent_id,
        "version_id": route.version_id,
        "approval_id": allowance.approval_id,
        "nonce_hash": nonce_hash(allowance.claim.payload.nonce),
        "payload_id": allowance.payload_id or new_id("pay"),
        "tenant": action.principal.tenant,
        "request": action.args,
        "keep_until": now + timedelta(seconds=route.payload_seconds),
        "tool": route.tool,
        "scope": action.scope,
        "args_digest": action.args_digest,
        "mode": allowance.mode,
        "state": allowance.state,
        "idempotency_key": allowance.idempotency_key,
        "request_id": context.request_id or "",
        "trace_id": context.trace_id or "",
        "now": now,
        "deadline_at": deadline_of(route.backend, now=now),
        "sent_at": now if allowance.state == Call.State.SENDING else None,
        "credential": allowance.credential,
    }


def deadline_of(backend: BackendFacts, *, now: datetime) -> datetime:
    """Return when a call that begins now is forgotten by whoever was to end it."""
    return now + timedelta(seconds=backend.timeout_seconds + GRACE_SECONDS)


_OUTCOME: Final = """
    WITH {durability}done AS (
      UPDATE proxy_call SET state = %(state)s, reason = %(reason)s,
        detail = %(detail)s, status = %(status)s::smallint, finished_at = %(now)s
      WHERE id = %(call_id)s AND state = ANY(%(from_states)s::text[])
      RETURNING id, payload_id),
    kept AS (
      UPDATE audit_payload p SET result = %(body)s::bytea,
        result_content_type = %(content_type)s, result_status = %(status)s::smallint
      FROM done WHERE p.id = done.payload_id AND %(keeps)s),
    {evidence} SELECT id FROM done"""

# The outcome of a read may commit before it is on disk: lost, it can be asked again.
_SOON: Final = """soon AS MATERIALIZED (
      SELECT set_config('synchronous_commit', 'off', true) AS was),
    """


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call ended, as it is stored."""

    call_id: str
    state: str
    reason: str = ""
    detail: str = ""
    status: int | None = None
    content_type: str = ""
    body: bytes | None = None
    keeps_result: bool = False
    from_states: tuple[str, ...] = (Call.State.QUEUED, Call.State.SENDING)


def settle(
    outcome: Outcome, *, prepared: Prepared, now: datetime, durable: bool = True
) -> bool:
    """Store how a call ended, with its record; False if it had ended already.

    Raises RecordUnavailable if the database did not take it.
    """
    params = {
        "call_id": outcome.call_id,
        "from_states": f"{{{','.join(outcome.from_states)}}}",
        "state": str(outcome.state),
        "reason": str(outcome.reason),
        "detail": outcome.detail[:500],
        "status": outcome.status,
        "content_type": outcome.content_type[:255],
        "body": outcome.body,
        "keeps": outcome.keeps_result,
        "now": now,
        **prepared.params("ended"),
    }
    return _run(_outcome_text(durable=durable), params)


@lru_cache(maxsize=2)
def _outcome_text(*, durable: bool) -> str:
    evidence = evidence_ctes("ended", source="done")
    return _OUTCOME.format(durability="" if durable else _SOON, evidence=evidence)


def _run(text: str, params: Mapping[str, object]) -> bool:
    """Run one statement, prepared on the server, and tell whether it gave a row."""
    try:
        with _lent() as lent, psycopg.Cursor(lent) as cursor:
            return cursor.execute(text, params, prepare=True).fetchone() is not None
    except psycopg.errors.UniqueViolation as error:
        is_key = error.diag.constraint_name == "call_idempotency_key_once"
        raise (KeyTaken if is_key else UseTaken) from error
    except (psycopg.Error, OperationalError, InterfaceError) as error:
        connection.close()
        _drop_dead_connections()
        raise RecordUnavailable("call") from error


@contextmanager
def _lent() -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """Lend this thread's connection, or for one statement one of the pool's.

    Django's own way to the pool sets up what a transaction of several statements
    needs: it takes longer than the statement.
    """
    own, pool = connections[DEFAULT_DB_ALIAS], _pool()
    if pool is None or own.in_atomic_block or own.connection is not None:
        own.ensure_connection()
        yield own.connection
    else:
        pool.open()  # the first one does; later it is nothing
        with pool.connection() as lent:
            yield lent


def _pool() -> "ConnectionPool[psycopg.Connection[tuple[object, ...]]] | None":
    return getattr(connections[DEFAULT_DB_ALIAS], "pool", None)  # the stubs lack it


def _drop_dead_connections() -> None:
    """Let the pool look at what it holds: after a restart all of it may be dead.

    Else the three tries to store an outcome could draw three dead connections.
    """
    pool = _pool()
    if pool is not None:
        pool.check()
