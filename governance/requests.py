"""What every request carries: an id, a trace, an address, a door; and its log line."""

import logging
import re
import time
from collections.abc import Callable
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Final

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse

from audit.context import Context, Door, use
from audit.randomness import random_hex
from governance.decision import Reason
from governance.errors import Problem, problem_response

_TRACEPARENT: Final = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
_DOORS: Final[dict[str, Door]] = {"v1": "rest", "mcp": "mcp", "admin": "admin"}

# Asked every few seconds by machines.
_PROBES: Final = frozenset({"/healthz", "/readyz", "/metrics"})
_access: Final = logging.getLogger("sealwright.access")

Handler = Callable[[HttpRequest], HttpResponse]


class RequestContext:
    """Name the request for records and logs, and answer with its id."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request inside its context."""
        began = time.perf_counter()
        _believe_scheme(request)
        _replace_nul(request)
        trace_id, parent_span_id = _trace(request)
        context = Context(
            door=_door(request.path_info),
            request_id=f"req_{random_hex(12)}",
            trace_id=trace_id,
            client_address=client_address(request),
            parent_span_id=parent_span_id,
        )
        request.request_id = context.request_id  # type: ignore[attr-defined]  # ours
        with use(context):
            response = self.get_response(request)
            _log_access(request, response, seconds=time.perf_counter() - began)
        response.headers["Sealwright-Request-Id"] = str(context.request_id)
        if not response.streaming and "Content-Length" not in response.headers:
            response.headers["Content-Length"] = str(len(response.content))
        return response


def _replace_nul(request: HttpRequest) -> None:
    """Make of NUL what is no character either: the database holds none.

    So nothing is found by such a path or query, and nobody is told of an error.
    """
    request.path_info = request.path_info.replace("\0", "\ufffd")
    query = request.META.get("QUERY_STRING", "")
    if "%00" in query:
        request.META["QUERY_STRING"] = query.replace("%00", "%EF%BF%BD")


def _door(path: str) -> Door:
    # Not every request names a path: one of HTTP's forms is "OPTIONS *".
    return _DOORS.get(path.lstrip("/").partition("/")[0], "page")


def _believe_scheme(request: HttpRequest) -> None:
    """Take over https from a trusted proxy, where TLS ends."""
    peer = str(request.META.get("REMOTE_ADDR") or "")
    if request.META.get("HTTP_X_FORWARDED_PROTO") == "https" and _is_trusted(peer):
        request.META["wsgi.url_scheme"] = "https"  # what is_secure() reads


class KnownHost:
    """Refuse a Host that is not ours, as CommonMiddleware does for people."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request, or answer 400."""
        try:
            request.get_host()
        except DisallowedHost:
            refusal = Problem(
                Reason.INVALID_REQUEST, "The Host header names no host of ours."
            )
            return problem_response(refusal, getattr(request, "request_id", ""))
        return self.get_response(request)


def _trace(request: HttpRequest) -> tuple[str, str | None]:
    """Return the trace id, and the caller's span where it named one."""
    found = parse_traceparent(request.META.get("HTTP_TRACEPARENT", ""))
    return (random_hex(16), None) if found is None else found


def parse_traceparent(text: str) -> tuple[str, str] | None:
    """Return trace id and span id; None for what is not a trace to be continued."""
    # W3C Trace Context, section 3.2: an all-zero id is invalid, and starts a new trace.
    found = _TRACEPARENT.fullmatch(text)
    if found is None or not found[1].strip("0") or not found[2].strip("0"):
        return None
    return found[1], found[2]


def _log_access(
    request: HttpRequest, response: HttpResponse, *, seconds: float
) -> None:
    """Log one line; without the query, in which a mail's link has its token."""
    path, status = request.path_info, response.status_code
    is_dull = path in _PROBES or path.startswith(settings.STATIC_URL)
    level = logging.DEBUG if is_dull else logging.INFO
    milliseconds = round(seconds * 1000, 1)
    access = {
        "method": request.method,
        "path": path,
        "status": status,
        "milliseconds": milliseconds,
    }
    _access.log(
        level,
        "%s %s %d in %s ms",
        *(request.method, path, status, milliseconds),
        extra={"access": access},
    )


def client_address(request: HttpRequest) -> str:
    """Return the caller's address; forwarded ones only from trusted proxies.

    The right-most address of ``X-Forwarded-For`` that is no trusted proxy: what stands
    to the left of it was written by whoever asked.
    """
    peer = str(request.META.get("REMOTE_ADDR") or "")
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    hops = [hop.strip() for hop in forwarded.split(",")]
    while hops and _is_trusted(peer):
        peer = hops.pop() or peer
    return peer


def _is_trusted(address: str) -> bool:
    return _is_within(address, tuple(settings.TRUSTED_PROXIES))


@lru_cache(maxsize=1024)
def _is_within(address: str, networks: tuple[str, ...]) -> bool:
    try:
        known = ip_address(address)
    except ValueError:
        return False
    return any(known in ip_network(network) for network in networks)
