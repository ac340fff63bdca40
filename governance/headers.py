"""The security headers of people's pages, and who may send them a change."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, Final, TypeVar, cast

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from audit.services import record_flood
from governance.decision import Reason

Handler = Callable[[HttpRequest], HttpResponse]
Policy = Mapping[str, Sequence[str]]
View = TypeVar("View", bound=Callable[..., HttpResponse])

INERT: Final = frozenset({"GET", "HEAD", "OPTIONS"})

_FIXED: Final = {
    "Cache-Control": "no-store",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}

# No script of the page can turn text into markup, ours included.
TRUSTED_TYPES: Final = {
    "require-trusted-types-for": ["'script'"],
    "trusted-types": ["'none'"],
}


# For what answers no browser; a view may say more precisely what may be kept.
_FOR_PROGRAMS: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}


class SecurityHeaders:
    """Give every page its policy, and the agents' door the strictest."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the headers, whatever the answer is."""
        response = self.get_response(request)
        if request.path_info.startswith(settings.AGENT_PREFIXES):
            for name, value in _FOR_PROGRAMS.items():
                response.headers.setdefault(name, value)
            return response
        policy: Policy = getattr(response, "_csp_config", settings.SECURE_CSP)
        response.headers["Content-Security-Policy"] = policy_text(policy)
        for name, value in _FIXED.items():
            response.headers[name] = value
        return response


class SameOriginChanges:
    """Refuse a change that another site's page sent; CSRF tokens say it once more."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request.

        Browsers send the header themselves and no page can forge it (W3C Fetch
        Metadata); where it is absent, the CSRF check stands alone.
        """
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        if request.method not in INERT and site != "same-origin":
            record_refused_form(request, why=f"sent from {site}")
            raise PermissionDenied
        return self.get_response(request)


def record_refused_form(request: HttpRequest, *, why: str) -> None:
    """Record that a form of a signed-in person was not one of ours, floods counted."""
    if request.user.is_authenticated:
        username = request.user.get_username()
        record_flood(
            "request.refused",
            f"form {username}",
            now=timezone.now(),
            reason=Reason.ORIGIN_REFUSED,
            person=username,
            detail={"path": request.path_info, "why": why[:100]},
        )


def policy_text(policy: Policy) -> str:
    """Return the text of a content security policy (CSP level 3, section 2.2)."""
    return "; ".join(" ".join([name, *sources]) for name, sources in policy.items())


def csp_override(policy: Policy) -> Callable[[View], View]:
    """Give one view another policy; called as in newer versions of Django."""

    def decorate(view: View) -> View:
        @wraps(view)
        def inner(*args: Any, **kwargs: Any) -> HttpResponse:
            response = view(*args, **kwargs)
            response._csp_config = policy  # type: ignore[attr-defined] # noqa: SLF001
            return response

        return cast("View", inner)

    return decorate
