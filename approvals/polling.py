"""The polls of open inboxes: few at once, and cheap while nothing changes."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from http import HTTPStatus
from typing import Final, NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified

from approvals.live import validator

PATH: Final = "/approvals/live"
RETRY_SECONDS: Final = 5
REMEMBERED: Final = 1000
# Whoever is locked out elsewhere learns by this time that her session is over; until
# then she is told "nothing changed", and nothing else.
TRUSTED_SECONDS: Final = 30.0

Handler = Callable[[HttpRequest], HttpResponse]


class Seen(NamedTuple):
    """What one reader's list is made of; the view puts it on its answer."""

    tenants: frozenset[int]
    parts: tuple[str, ...]

    @property
    def tag(self) -> str:
        """Its entity tag as it is now."""
        return f'"{validator(self.tenants, *self.parts)}"'


class PeoplesPolls:
    """Bound the polls of this process, and answer the unchanged without a session."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self._free = threading.BoundedSemaphore(max(1, settings.PEOPLE_POLLS))
        self._lock = threading.Lock()
        self._seen: OrderedDict[tuple[str, str], tuple[float, Seen]] = OrderedDict()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request; beyond the bound 503, before any query."""
        if request.path_info != PATH:
            return self.get_response(request)
        if not self._free.acquire(blocking=False):
            response = HttpResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)
            response.headers["Retry-After"] = str(RETRY_SECONDS)
            return response
        try:
            return self._answer(request)
        finally:
            self._free.release()

    def _answer(self, request: HttpRequest) -> HttpResponse:
        cookie = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
        key = cookie, request.get_full_path()
        seen = self._lately(key)
        if seen is not None and request.headers.get("If-None-Match") == seen.tag:
            return HttpResponseNotModified(headers={"ETag": seen.tag})
        response = self.get_response(request)
        self._remember(key, getattr(response, "seen", None))
        return response

    def _lately(self, key: tuple[str, str]) -> Seen | None:
        with self._lock:
            at, seen = self._seen.get(key, (0.0, None))
        return seen if time.monotonic() - at < TRUSTED_SECONDS else None

    def _remember(self, key: tuple[str, str], seen: Seen | None) -> None:
        with self._lock:
            self._seen.pop(key, None)
            if seen is not None:
                self._seen[key] = time.monotonic(), seen
            if len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)
