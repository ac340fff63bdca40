"""What a method of the protocol gets, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.conf import settings

from governance.decision import Reason
from governance.errors import Problem
from governance.policy import Principal
from proxy.mcp.answers import Json, refused
from proxy.mcp.message import Client, Message
from proxy.refusals import record_refused

SERVER: Final = {"name": "sealwright", "version": settings.VERSION}


@dataclass(frozen=True, slots=True)
class Exchange:
    """One authenticated request; ``label`` is the header ``Sealwright-Session``."""

    principal: Principal
    message: Message
    client: Client
    label: str
    request_id: str
    now: datetime

    def refuses(self, problem: Problem, **meta: Json) -> "Reply":
        """Tell a failure that a model can act on, and record it if no call has."""
        asked = f"{self.message.method} over MCP {self.message.version}"
        record_refused(problem, self.principal, asked=asked, now=self.now)
        shown = problem.as_dict(request_id=self.request_id)
        return Reply(refused(shown, **meta), reason=problem.reason)


@dataclass(frozen=True, slots=True)
class Reply:
    """A result, or an error that is none of ours; and what is counted of it."""

    result: Json = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    error: Json | None = None
    reason: Reason | None = None
