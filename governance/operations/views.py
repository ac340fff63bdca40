"""``/healthz``, ``/readyz``, ``/metrics`` and the keys that verify claims."""

import hmac
import json
from ipaddress import ip_address
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from governance.operations.exposition import CONTENT_TYPE, exposition
from governance.operations.readiness import failing
from governance.requests import client_address
from governance.services.signing_keys import jwks

JWKS_SECONDS: Final = 60
# Where one of these is set, a proxy stands between us and whoever asks.
_FORWARDED: Final = ("X-Forwarded-For", "X-Real-IP", "Forwarded")


@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """Say that the process is up; nothing else is asked."""
    return _json({"status": "up"})


@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    """Say whether calls can be taken, and if not, which part fails."""
    found = failing(now=timezone.now())
    status = "not ready" if found else "ready"
    return _json({"status": status, "failing": found}, status=503 if found else 200)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer in Prometheus' text format, to whoever may know."""
    if settings.METRICS_TOKEN:
        if not _has_token(request):
            return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    elif not _is_local(request):
        return HttpResponse(status=404)
    return HttpResponse(exposition(), content_type=CONTENT_TYPE)


@require_safe
def jwk_set(_request: HttpRequest) -> HttpResponse:
    """Publish the public halves of the keys that sign claims (RFC 7517)."""
    response = _json(dict(jwks(at=timezone.now())))
    response.headers["Cache-Control"] = f"public, max-age={JWKS_SECONDS}"
    return response


def _has_token(request: HttpRequest) -> bool:
    shown = request.headers.get("Authorization", "").encode()
    return hmac.compare_digest(shown, f"Bearer {settings.METRICS_TOKEN}".encode())


def _is_local(request: HttpRequest) -> bool:
    # Behind a proxy on this machine that we don't know, everybody comes from loopback.
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ip_address(client_address(request)).is_loopback
    except ValueError:
        return False


def _json(members: dict[str, object], *, status: int = 200) -> HttpResponse:
    text = json.dumps(members, separators=(",", ":"))
    return HttpResponse(text, status=status, content_type="application/json")
