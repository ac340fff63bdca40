"""One HTTP request at ``/mcp``, and how far it came."""

from dataclasses import dataclass, field
from datetime import datetime

from django.http import HttpRequest

from governance.errors import Denied
from governance.policy import Principal
from proxy.mcp.wire import Reading


@dataclass(slots=True)
class Visit:
    """A request on its way; ``limited`` is the refusal of an agent over its rate.

    That one is kept until the body is read, for a call is told of it as a result; but
    whatever else fails first is answered with it, so that no flood of mistakes is free.
    """

    request: HttpRequest
    now: datetime
    principal: Principal | None = None
    was_asked_who: bool = False  # whether its key was looked at, good or not
    limited: Denied | None = None
    reading: Reading = field(default_factory=Reading)
    error_code: int | None = None  # of the error that it was answered with

    @property
    def request_id(self) -> str:
        """The id that the middleware gave it."""
        return str(getattr(self.request, "request_id", ""))

    def header(self, name: str) -> str | None:
        """Return a header as it came; None if it did not."""
        value = self.request.headers.get(name)
        return None if value is None else str(value)
