"""Settings that start, and then surprise."""

import importlib.util
import os
from collections.abc import Iterator
from datetime import datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Final

from django.conf import settings

from governance.operations.finding import Finding, note

MIN_TOKEN_CHARACTERS: Final = 20
CHOICES: Final = {
    "MODE": ("production", "demo", "test"),
    "LOG_FORMAT": ("json", "text"),
    "SECOND_FACTOR": ("off", "optional", "required"),
    "MCP_TOOL_NAMES": ("flat", "route"),
    "MCP_TASK_NAME_HEADER": ("lenient", "strict"),
}


def odd_settings(_now: datetime) -> Iterator[Finding]:
    """Yield settings whose value is not one, or does not fit another."""
    for name, choices in CHOICES.items():
        if getattr(settings, name) not in choices:
            yield Finding(f"{name} is none of {', '.join(choices)}: set it to one.")
    for network in settings.TRUSTED_PROXIES:
        if not _is_network(network):
            yield Finding(
                "TRUSTED_PROXIES holds something that is no network: write addresses "
                "as in 10.0.0.0/24, separated by commas."
            )
    if not 0 < settings.WAITERS < settings.WEB_THREADS:
        yield Finding(
            "WAITERS is not between 1 and WEB_THREADS - 1: whoever waits for a person "
            "would take every thread, or nobody could wait."
        )
    if settings.PRODUCTION and not settings.TRUSTED_PROXIES:
        yield note(
            "TRUSTED_PROXIES is empty: behind a load balancer every request seems to "
            "come from it, and one guesser locks out everybody."
        )


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True


def pooling(_now: datetime) -> Iterator[Finding]:
    """Yield what to know of connections, above all with PgBouncer."""
    if settings.STATEMENT_TIMEOUT_MS:
        yield note(
            "If DATABASE_URL leads to PgBouncer: set STATEMENT_TIMEOUT_MS=0, since it "
            "refuses startup options; the roles of `manage.py db_roles` set the same."
        )
    if settings.PRODUCTION and not settings.MIGRATION_DATABASE_URL:
        yield note(
            "MIGRATION_DATABASE_URL is empty: `manage.py migrate` needs the owner's "
            "URL there."
        )


def measuring(_now: datetime) -> Iterator[Finding]:
    """Yield what keeps numbers and traces from arriving."""
    token = settings.METRICS_TOKEN
    if token and len(token) < MIN_TOKEN_CHARACTERS:
        yield Finding(
            f"METRICS_TOKEN is shorter than {MIN_TOKEN_CHARACTERS} characters: take a "
            "longer one."
        )
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")
    if folder and not os.access(folder, os.W_OK):
        yield Finding(
            f"PROMETHEUS_MULTIPROC_DIR ({Path(folder)}) cannot be written: make it, "
            "empty, before the processes start."
        )
    if not folder:
        yield note(
            "PROMETHEUS_MULTIPROC_DIR is empty: /metrics then counts the one process "
            "that answers, so give each its own scrape or set a folder."
        )
    if settings.OTEL_EXPORTER_OTLP_ENDPOINT and not _has_opentelemetry():
        yield Finding(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set and OpenTelemetry is not installed: "
            "install sealwright[otel]."
        )


def _has_opentelemetry() -> bool:
    return importlib.util.find_spec("opentelemetry") is not None
