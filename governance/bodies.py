"""The page for a person who sent more than a request may hold."""

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from governance.arguments import MAX_BYTES

Handler = Callable[[HttpRequest], HttpResponse]


class BodyBound:
    """Refuse a body over the bound before anybody parses it: the server cut it there.

    The last of the middleware: what stands before it reads no body, and views and the
    check of the form's token come after it.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request, or say that it was too long and how to go back."""
        is_agents = request.path_info.startswith(settings.AGENT_PREFIXES)
        is_short = int(request.META.get("CONTENT_LENGTH") or 0) <= MAX_BYTES
        if is_agents or is_short:  # an agent is told by its own door
            return self.get_response(request)
        told = {"most": MAX_BYTES, "came_from": _came_from(request)}
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return render(request, "413.html", told, status=status)


def _came_from(request: HttpRequest) -> str:
    referer = request.META.get("HTTP_REFERER", "")
    is_ours = url_has_allowed_host_and_scheme(
        referer, {request.get_host()}, require_https=request.is_secure()
    )
    return referer if is_ours else ""
