"""What an upstream's reply means for a call (docs/one-call.md has the table).  Pure."""

from dataclasses import replace
from typing import Final

from governance.arguments import JSON
from governance.decision import Reason, Risk
from proxy.backends.answers import BackendOutcome, lost, undone
from proxy.backends.mcp.replies import Reply, Unreadable
from proxy.backends.mcp.results import read_result

JSON_TYPE: Final = "application/json"
HEADER_MISMATCH: Final = -32020
MISSING_CAPABILITY: Final = -32021
UNSUPPORTED_VERSION: Final = -32022
URL_ELICITATION: Final = -32042
REFUSED_US: Final = frozenset({401, 403, 407})
_DONE: Final = range(200, 300)
_ASKS: Final = "The backend asks for input that Sealwright does not relay."
_GOES_ON: Final = "The backend began work that it did not finish and can't be followed."


def judge_reply(reply: Reply, *, risk: Risk, version: str) -> BackendOutcome:
    """Judge what came for a ``tools/call`` that was sent."""
    if reply.status in REFUSED_US:  # many say so in JSON-RPC, too
        return undone(reply.status, risk=risk)
    if reply.error is not None:
        return _refused(reply.error, status=reply.status)
    if reply.result is not None:
        return _answered(reply.result, risk=risk, version=version)
    if reply.status in _DONE:
        return lost("The backend's answer holds no result.", risk=risk)
    return undone(reply.status, risk=risk)


def _refused(code: int, *, status: int) -> BackendOutcome:
    asks = code in (URL_ELICITATION, MISSING_CAPABILITY)
    detail = _ASKS if asks else f"The backend answered with the error {code}."
    return BackendOutcome("failed", Reason.BACKEND_ERROR, detail, status=status)


def _answered(result: dict[str, JSON], *, risk: Risk, version: str) -> BackendOutcome:
    kind = result.get("resultType", "complete")
    if kind == "input_required":
        return BackendOutcome("failed", Reason.BACKEND_ERROR, _ASKS, status=200)
    if kind != "complete":
        return _unclear()
    try:
        read = read_result(result, version=version)
    except Unreadable as error:
        return lost(str(error), risk=risk)
    note = f"{read.dropped} content blocks were dropped." if read.dropped else ""
    return BackendOutcome("completed", None, "", note, 200, JSON_TYPE, read.encoded())


def _unclear() -> BackendOutcome:
    # Also on a read route: work goes on that nobody asked for.
    return BackendOutcome("outcome_unknown", Reason.OUTCOME_UNKNOWN, _GOES_ON)


def refused_us(status: int) -> BackendOutcome:
    """Judge a refusal of the credential before anything was asked for."""
    return replace(undone(status, risk=Risk.READ), note="The call was not sent.")
