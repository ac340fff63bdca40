"""What the database itself must be like."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.core.checks import CheckMessage
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from audit.connections import give_connection_back
from audit.triggers import GUARDED, missing_triggers
from governance.checks.log import rolled_back_log
from governance.checks.refusal import refusal
from governance.models import Installation

OLDEST: Final = 150_000
MAX_SKEW_SECONDS: Final = 5
# The same triggers on the table of a layer above.
ALL_GUARDED: Final[Mapping[str, frozenset[str]]] = {
    **GUARDED,
    "approvals_vote": frozenset({"append_only", "append_only_erase"}),
    "approvals_comment": frozenset({"append_only", "append_only_erase"}),
}
EVIDENCE: Final = tuple(ALL_GUARDED)

_FACTS: Final = """
    SELECT current_setting('fsync'), current_setting('synchronous_commit'),
           current_setting('transaction_isolation'), pg_is_in_recovery(),
           (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
           (SELECT count(*) FROM pg_class WHERE relname = ANY(%s)
              AND pg_table_is_visible(oid) AND pg_has_role(relowner, 'USAGE')),
           clock_timestamp()
"""


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """What the database says of itself and of us."""

    fsync: str
    synchronous_commit: str
    isolation: str
    is_replica: bool
    is_superuser: bool
    owns_evidence: bool
    skew: timedelta


def database_problems() -> list[CheckMessage]:
    """Return what is wrong with the database, if it answers at all."""
    if connection.vendor != "postgresql":
        return [
            refusal("engine", "DATABASE_URL is not PostgreSQL: 15 or newer is needed.")
        ]
    try:
        return list(_found())
    except (DatabaseError, InterfaceError, OSError) as error:
        return [
            refusal(
                "database",
                f"The database does not answer ({type(error).__name__}): check "
                "DATABASE_URL, and that migrations have run.",
            )
        ]
    finally:
        # A server forks or hands threads out after this: none may inherit it.
        give_connection_back()


def _found() -> Iterator[CheckMessage]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int")
        (version,) = cursor.fetchone()
    if version < OLDEST:
        yield refusal(
            "version",
            f"PostgreSQL {version // 10_000} is too old: 15 or newer is needed.",
        )
    elif settings.PRODUCTION:
        yield from weak_database(read_facts())
        yield from unguarded_evidence()
        yield from _wrong_rows()


def _wrong_rows() -> Iterator[CheckMessage]:
    old = list(unapplied_migrations())
    if old:  # an older schema may lack what is read below
        yield from old
        return
    yield from demo_data()
    yield from rolled_back_log()


def read_facts() -> DatabaseFacts:
    """Ask the database."""
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, [list(EVIDENCE)])
        fsync, commit, isolation, replica, superuser, owned, now = cursor.fetchone()
    return DatabaseFacts(
        fsync=fsync,
        synchronous_commit=commit,
        isolation=isolation,
        is_replica=replica,
        is_superuser=superuser,
        owns_evidence=owned > 0,
        skew=abs(now - timezone.now()),
    )


def weak_database(facts: DatabaseFacts) -> Iterator[CheckMessage]:
    """Yield what production must not run on."""
    yield from _powerful_role(facts)
    if facts.is_replica:
        yield refusal(
            "replica", "DATABASE_URL leads to a replica: name the primary there."
        )
    if facts.isolation != "read committed":
        yield refusal(
            "isolation",
            f"The isolation level is {facts.isolation}, and a wait may end in an old "
            "snapshot: let it be read committed.",
        )
    for name in ("fsync", "synchronous_commit"):
        if getattr(facts, name) == "off":
            yield refusal(
                "durability",
                f"{name} is off, so a spent claim may come back after a crash: turn it "
                "on.",
            )
    if facts.skew > timedelta(seconds=MAX_SKEW_SECONDS):
        yield refusal(
            "clock",
            f"This machine's clock and the database's differ by "
            f"{facts.skew.total_seconds():.0f} s: let both follow NTP.",
        )


def _powerful_role(facts: DatabaseFacts) -> Iterator[CheckMessage]:
    if facts.is_superuser or facts.owns_evidence:
        what = "is a superuser" if facts.is_superuser else "owns the audit tables"
        yield refusal(
            "role",
            f"The database user {what} and so could change evidence: use one of the "
            "roles that `manage.py db_roles` prints.",
        )


def unguarded_evidence() -> Iterator[CheckMessage]:
    """Yield the triggers that are missing or switched off."""
    missing = missing_triggers(ALL_GUARDED)
    if missing:
        yield refusal(
            "triggers",
            f"Triggers that guard evidence are missing or disabled "
            f"({', '.join(missing)}): find out who did it, then restore them from the "
            "migrations.",
        )


def unapplied_migrations() -> Iterator[CheckMessage]:
    """Yield a problem if the schema is older than this program."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        yield refusal(
            "migrations",
            "Migrations are not applied: run `manage.py migrate` as the owner "
            "(MIGRATION_DATABASE_URL).",
        )


def demo_data() -> Iterator[CheckMessage]:
    """Yield a problem if this database holds the demo, with its known passwords."""
    if Installation.objects.filter(demo=True).exists():
        yield refusal(
            "demo",
            "This database holds the demo of `./dev up`: use a new one.",
        )
