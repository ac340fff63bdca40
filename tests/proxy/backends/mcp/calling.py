"""One call of a backend of kind mcp, and what it answered."""

import json
from typing import Any

from governance.decision import Risk
from governance.egress import BackendSettings, Deadline, Egress
from governance.mapping import MappedToolCall
from proxy.backends.answers import BackendOutcome
from proxy.backends.mcp import OutboundToolCall, send
from proxy.credentials.credential import Credential
from tests.fixtures.mcp_upstream import Message, Upstream

SECRET = "borrowed-for-one-call-0123"


TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


LENT = Credential(("Authorization", f"Bearer {SECRET}"), "0" * 16, (SECRET,))


ECHO = MappedToolCall("echo", {"text": "hi"}, "cal_1", (("Mcp-Param-Region", "eu"),))


CAP = 20_000


def called(
    upstream: Upstream,
    egress: Egress,
    *,
    mapped: MappedToolCall = ECHO,
    risk: Risk = Risk.WRITE,
    credential: Credential = LENT,
    seconds: float = 60,
    cap: int = CAP,
) -> BackendOutcome:
    to = BackendSettings(1, 1, upstream.url, ("127.0.0.1/32",), max_response_bytes=cap)
    call = OutboundToolCall(to, mapped, risk, TRACE, Deadline(seconds))
    return send(call, credential, egress=egress)


def answered(outcome: BackendOutcome) -> Any:
    assert (outcome.state, outcome.reason) == ("completed", None), outcome
    return json.loads(outcome.body or b"")


def complete(message: Message, text: str, **members: Any) -> Message:
    result = {"content": [{"type": "text", "text": text}], **members}
    return {
        "jsonrpc": "2.0",
        "id": message["id"],
        "result": {"resultType": "complete", **result},
    }
