"""Faces of what policy and configuration refuse."""

from typing import Final

from governance.decision import Reason
from governance.faces.face import Face

_UNKNOWN_TOOL: Final = Face(
    404,
    "Unknown tool",
    "This agent has no tool of that name.",
    "Look at GET /v1/tools for the tools that this agent may ask for.",
)

POLICY_FACES: Final = {
    Reason.TENANT_SUSPENDED: Face(
        403,
        "Tenant suspended",
        "The tenant is suspended: nothing runs for it.",
        "Ask an operator of this installation.",
    ),
    Reason.AGENT_SUSPENDED: Face(
        403,
        "Agent suspended",
        "This agent is suspended: nothing runs for it.",
        "Ask an admin of the tenant.",
    ),
    Reason.UNKNOWN_TOOL: _UNKNOWN_TOOL,
    # One face: whoever guesses names must not learn which of them exist.
    Reason.TOOL_NOT_GRANTED: _UNKNOWN_TOOL,
    Reason.ROUTE_SUSPENDED: Face(
        403,
        "Tool suspended",
        "This tool is suspended.",
        "Ask an admin of the tenant.",
    ),
    Reason.BACKEND_SUSPENDED: Face(
        403,
        "Backend suspended",
        "The system behind this tool is suspended.",
        "Ask an admin of the tenant.",
    ),
    Reason.WRITES_STOPPED: Face(
        403,
        "Writes stopped",
        "All writes of the tenant are stopped; reads go on.",
        "Ask an admin of the tenant.",
    ),
    Reason.INVALID_ARGUMENTS: Face(
        400,
        "Invalid arguments",
        "The arguments are not what the tool declares.",
        "Mend what `errors` names.",
    ),
    Reason.SCOPE_INVALID: Face(
        400,
        "Scope invalid",
        "An argument holds what a scope or an address must not hold.",
        "Use letters, digits and - . _ ~ in the arguments that name what to act on.",
    ),
    Reason.POLICY_DENIED: Face(
        403,
        "Denied by policy",
        "Policy does not let this agent do this.",
        "Ask an admin of the tenant if the agent needs it.",
    ),
    Reason.SESSION_ENDED: Face(
        403,
        "Session ended",
        "The session of this request has ended.",
        "Open a new session, or leave `session_id` out.",
    ),
    Reason.CONTEXT_CHANGED: Face(
        403,
        "Context changed",
        "The context changed after this was approved, so the approval is void.",
        "Ask again, if it is still wanted.",
    ),
    Reason.IDEMPOTENCY_MISMATCH: Face(
        422,
        "Idempotency key used otherwise",
        "This Idempotency-Key was used for another request.",
        "Use a new key for a new request.",
    ),
}
