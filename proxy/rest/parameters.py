"""What /v1 takes from headers and query strings."""

from typing import Final

from rest_framework.request import Request

from governance.decision import Reason
from governance.errors import Problem
from proxy.waiting import MAX_WAIT_SECONDS

SESSION_HEADER: Final = "Sealwright-Session"


def session_label(request: Request) -> str:
    """Return the label that finds or opens a session; empty if there is none."""
    return _header(request, SESSION_HEADER) or ""


def idempotency_key(request: Request) -> str | None:
    """Return what the caller names this very request by; None if it does not."""
    return _header(request, "Idempotency-Key")


def _header(request: Request, name: str) -> str | None:
    # Not request.headers, which first makes a mapping of all that came.
    value: str | None = request.META.get(f"HTTP_{name.upper().replace('-', '_')}")
    return value


def wait_seconds(request: Request) -> int:
    """Return ``?wait=``.  Raises Problem ``invalid_request`` unless it is 0 to 20."""
    text = request.query_params.get("wait", "0")
    seconds = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else -1  # noqa: PLR2004
    if not 0 <= seconds <= MAX_WAIT_SECONDS:
        raise Problem(
            Reason.INVALID_REQUEST, f"wait is 0 to {MAX_WAIT_SECONDS} seconds."
        )
    return seconds
