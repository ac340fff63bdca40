"""Log lines: JSON for machines, text for people; neither holds a secret.

Imported by the settings and by the server's first process, so without Django.
"""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any, Final

from audit.context import current
from audit.redaction import redact

# Below a warning these write statements, arguments or bodies.
CHATTY: Final = (
    "amqp",
    "asyncio",
    "celery",
    "django.db.backends",
    "django.template",
    "kombu",
    "opentelemetry",
    "psycopg",
    "redis",
    "requests",
    "urllib3",
)

# PostgreSQL's details quote the row, and so what an agent sent.
_ROW: Final = re.compile(
    r"^(?:DETAIL|CONTEXT|LINE \d+|STATEMENT): .*?"
    r"(?=^The above exception|^During handling|^Traceback|\Z)",
    re.MULTILINE | re.DOTALL,
)
_CONTROL: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)


class JsonLines(logging.Formatter):
    """One JSON object a line; ``access`` of the record joins it member by member."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; what was logged passes the redaction, all of it."""
        context, message = current(), _message(record)
        line: dict[str, object] = {
            "at": _moment(record).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": message,
            "request_id": context.request_id,
            "trace_id": context.trace_id,
            "door": context.door,
            **_access(record, message),
        }
        if record.exc_info:
            line["exception"] = safe(self.formatException(record.exc_info))
        # ASCII only: whoever shows the file meets no control character of a caller's.
        return json.dumps({name: value for name, value in line.items() if value})


class TextLines(logging.Formatter):
    """A line that a developer can read; a traceback follows on lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; what was logged passes the redaction, all of it."""
        context = current()
        line = f"{_moment(record):%H:%M:%S} {record.levelname:<7} {_message(record)}"
        where = f" [{context.request_id}]" if context.request_id else ""
        told = safe(self.formatException(record.exc_info)) if record.exc_info else ""
        return "\n".join(
            _CONTROL.sub(_escape, part) for part in (line + where, *told.splitlines())
        )


class OnlyCrashes(logging.Filter):
    """What Django says of a response: its access line has said it, but for a crash."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep what carries an exception."""
        return record.exc_info is not None


def logging_config(level: str, form: str) -> dict[str, Any]:
    """Return the setting LOGGING; ``form`` is ``json`` or ``text``."""
    formatter = JsonLines if form == "json" else TextLines
    ours: dict[str, Any] = {"handlers": [], "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": formatter}},
        "filters": {"crashes": {"()": OnlyCrashes}},
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "lines"}
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            **{name: {"level": "WARNING"} for name in CHATTY},
            # Not Django's own handlers: one of them mails what it is given.
            "django": ours,
            "django.server": ours,
            "django.request": {"level": "ERROR", "filters": ["crashes"]},
        },
    }


def safe(text: str) -> str:
    """Return a text without secrets and without the rows that a database quotes."""
    return redact(_ROW.sub("[row left out]\n", text))


def _message(record: logging.LogRecord) -> str:
    try:
        return safe(record.getMessage())
    except (TypeError, ValueError):
        # Else the logging module prints the record, arguments and all.
        return safe(str(record.msg))


def _access(record: logging.LogRecord, message: str) -> dict[str, object]:
    access: dict[str, object] = getattr(record, "access", {})
    # The message names the same values, and redaction is most of a line's cost.
    if not access or message == record.getMessage():
        return access
    return {n: safe(v) if isinstance(v, str) else v for n, v in access.items()}


def _moment(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, tz=UTC)


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
