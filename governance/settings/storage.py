"""The database, the cache and the queue."""

from typing import Any

from governance.settings.installation import env

DATABASE_POOL_SIZE: int = env.int("DATABASE_POOL_SIZE", default=12)
STATEMENT_TIMEOUT_MS: int = env.int("STATEMENT_TIMEOUT_MS", default=5000)


def _database() -> dict[str, Any]:
    settings: dict[str, Any] = env.db_url(
        "DATABASE_URL", default="postgres://sealwright@127.0.0.1:5432/sealwright"
    )
    # Not psycopg.types: an integer 0 means that the role sets the timeout (PgBouncer).
    # The two statements of a call are prepared once; planning them each time costs more
    # than running them.  The threshold: only what asks for it is, and without one
    # psycopg prepares nothing, whoever asks.
    options = {
        "options": f"-c statement_timeout={STATEMENT_TIMEOUT_MS} "
        "-c plan_cache_mode=force_generic_plan",
        "prepare_threshold": 1_000_000_000,
    }
    settings["OPTIONS"] = {
        **settings.get("OPTIONS", {}),
        **(options if STATEMENT_TIMEOUT_MS else {}),
    }
    if DATABASE_POOL_SIZE:
        pool = {"min_size": 1, "max_size": DATABASE_POOL_SIZE, "timeout": 5}
        settings["OPTIONS"]["pool"] = pool
    return settings


DATABASES = {"default": _database()}
MIGRATION_DATABASE_URL: str = env.str("MIGRATION_DATABASE_URL", default="")

REDIS_URL: str = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
CACHES = {
    "default": {"BACKEND": "governance.caching.SharedOrOwn", "LOCATION": REDIS_URL}
}

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://")
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A broker that is away must not hold up the request that nudges it: without the last
# option Kombu, and not the task, tries to connect for six seconds.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 1,
    "socket_timeout": 2,
    "max_retries": 0,
}
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
