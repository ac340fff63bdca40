"""The four database roles as SQL."""

from collections.abc import Iterator
from typing import Final

from django.conf import settings
from django.db import connection

OWNER: Final = "sealwright_owner"
WEB: Final = "sealwright_web"
WORKER: Final = "sealwright_worker"
AUDITOR: Final = "sealwright_auditor"
RUNNING: Final = f"{WEB}, {WORKER}"

# Written once, by whoever does the thing that they record; erased by the worker.
EVIDENCE: Final = (
    "audit_record",
    "audit_personal",
    "audit_unsealed",
    "approvals_vote",
    "approvals_comment",
)
# Written by the worker that seals, read by all.
SEALED: Final = (
    "audit_leaf",
    "audit_node",
    "audit_checkpoint",
    "audit_anchorreceipt",
    "audit_logkey",
)
# The sealer's notes, a detected rollback among them: a web process can't clear it.
SEALERS: Final = ("audit_logstate", "audit_tenantcount")
# Placed and released by commands, never deleted, and never by a web process.
HELD: Final = "audit_hold"
AUDITED: Final = (
    "audit_record",
    "audit_personal",
    "audit_unsealed",
    "audit_payload",
    HELD,
    *SEALERS,
    *SEALED,
)
# What a reader of evidence asks besides: that the schema is this program's.
READ_ONLY: Final = ("django_migrations",)

_ROLE: Final = """\
DO $$ BEGIN
  CREATE ROLE {role} LOGIN;
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;"""


def roles_sql() -> Iterator[str]:
    """Yield what makes the roles; safe to run twice, passwords are yours to set."""
    for role in (OWNER, WEB, WORKER, AUDITOR):
        yield _ROLE.format(role=role)
    yield f"GRANT USAGE, CREATE ON SCHEMA public TO {OWNER};"
    yield f"GRANT USAGE ON SCHEMA public TO {RUNNING}, {AUDITOR};"
    for role in (WEB, WORKER):
        seconds = max(settings.STATEMENT_TIMEOUT_MS, 5000) // 1000
        yield f"ALTER ROLE {role} SET statement_timeout = '{seconds}s';"
    yield f"ALTER ROLE {AUDITOR} SET default_transaction_read_only = on;"


def grants_sql() -> Iterator[str]:
    """Yield what the roles may do; run it as the owner after every migration."""
    yield (f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {RUNNING}, {AUDITOR};")
    for table in _working_tables():
        yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {RUNNING};"
    for table in EVIDENCE:
        yield f"GRANT SELECT, INSERT ON {table} TO {RUNNING};"
    for table in SEALED:
        yield f"GRANT SELECT ON {table} TO {RUNNING};"
        yield f"GRANT INSERT ON {table} TO {WORKER};"
    for table in SEALERS:
        yield f"GRANT SELECT ON {table} TO {RUNNING};"
        yield f"GRANT INSERT, UPDATE ON {table} TO {WORKER};"
    yield f"GRANT SELECT ON {HELD} TO {RUNNING};"
    yield f"GRANT INSERT, UPDATE (released_at) ON {HELD} TO {WORKER};"
    for table in READ_ONLY:
        yield f"GRANT SELECT ON {table} TO {RUNNING};"
    yield f"GRANT DELETE ON audit_unsealed TO {WORKER};"
    yield f"GRANT UPDATE ON audit_personal TO {WORKER};"
    yield f"GRANT UPDATE (reason, note) ON approvals_vote TO {WORKER};"
    yield f"GRANT UPDATE (text) ON approvals_comment TO {WORKER};"
    for table in AUDITED:
        yield f"GRANT SELECT ON {table} TO {AUDITOR};"


def _working_tables() -> list[str]:
    tables = set(connection.introspection.django_table_names())
    return sorted(tables - {*EVIDENCE, *SEALED, *SEALERS, HELD})
