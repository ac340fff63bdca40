"""Through which door the work of this thread came in: every record copies it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, Literal

Door = Literal["rest", "mcp", "page", "slack", "admin", "task", "command"]


@dataclass(frozen=True, slots=True)
class Context:
    """Where a piece of work came from."""

    door: Door = "command"
    request_id: str | None = None
    trace_id: str | None = None
    client_address: str | None = None
    parent_span_id: str | None = None  # the caller's, where it named one


_NOWHERE: Final = Context()
_current: Final = ContextVar("audit_context", default=_NOWHERE)


def current() -> Context:
    """Return the context of this thread; a bare command's where nobody set one."""
    return _current.get()


@contextmanager
def use(context: Context) -> Iterator[Context]:
    """Set the context for the block, then put back what was there."""
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)
