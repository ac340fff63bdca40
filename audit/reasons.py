"""Why something was refused or went wrong, as the end of a sentence.  Pure.

The codes belong to the layers above; a code without words here is told as it is.
"""

from collections.abc import Mapping
from typing import Final

_WORDS: Final[Mapping[str, str]] = {
    "unauthenticated": "no valid key was shown",
    "agent_suspended": "the agent was suspended",
    "tenant_suspended": "the tenant was suspended",
    "unknown_tool": "there is no such tool for this agent",
    "tool_not_granted": "no toolset of the agent names the tool",
    "route_suspended": "the route was suspended",
    "backend_suspended": "the backend was suspended",
    "invalid_json": "the request was not valid JSON",
    "invalid_arguments": "the arguments do not fit the route's schema",
    "scope_invalid": "no scope could be made of the arguments",
    "policy_denied": "policy forbids it",
    "approval_required": "a person has to approve it first",
    "approval_pending": "no person had decided yet",
    "approval_denied": "an approver said no",
    "approval_expired": "nobody decided in time",
    "approval_cancelled": "the request for approval was cancelled",
    "approval_superseded": "the route changed while the request was open",
    "approval_revoked": "the approval was taken back",
    "approval_lapsed": "the approval was not used in time",
    "approval_unsatisfiable": "too few people were left who could approve it",
    "too_many_pending": "too many requests were waiting already",
    "cooling_down": "the same had just been denied",
    "claim_malformed": "the claim was malformed",
    "claim_signature_invalid": "the claim was not one of ours",
    "claim_expired": "the claim had expired",
    "claim_revoked": "the claim had been revoked",
    "claim_spent": "the claim had been spent already",
    "claim_wrong_agent": "the claim was another agent's",
    "claim_wrong_session": "the claim was another session's",
    "claim_wrong_tool": "the claim was for another tool",
    "claim_wrong_risk": "the claim was for another risk",
    "claim_wrong_scope": "the scope differs from the approved one",
    "claim_wrong_arguments": "the arguments differ from the approved ones",
    "claim_wrong_route": "the route had changed since the approval",
    "claim_wrong_lane": "the claim was for another credential lane",
    "session_ended": "the session had ended",
    "context_changed": "the human context had changed",
    "vote_no_seat": "the voter had no seat",
    "vote_excluded": "the separation excludes the voter",
    "vote_stale_fingerprint": "the voter had seen something else",
    "vote_closed": "the request was decided already",
    "vote_sign_in_stale": "the voter's sign-in was too old",
    "vote_not_reviewable": "the action could not be shown in full",
    "approval_closed": "the request was no longer open",
    "writes_stopped": "the tenant's writes were stopped",
    "backend_busy": "the backend had too many calls at once",
    "credential_unavailable": "no credential could be borrowed",
    "backend_unreachable": "the backend could not be reached",
    "backend_error": "the backend answered with an error",
    "outcome_unknown": "it was sent and the answer was lost",
    "response_too_large": "the answer was over the backend's cap",
    "idempotency_mismatch": "the idempotency key belonged to another call",
    "rate_limited": "there were too many requests",
    "audit_unavailable": "no evidence could be written",
    "unavailable": "a part that is needed was not available",
    "not_found": "there is no such thing for this agent",
    "invalid_request": "the request was not valid",
    "method_not_allowed": "the address does not know this method",
    "not_acceptable": "the answer that was wanted can't be given",
    "origin_refused": "the request came from another origin",
    "header_mismatch": "a header contradicts the request",
    "missing_capability": "the client lacks a capability that is needed",
    "unsupported_version": "the protocol's version is not supported",
    "unknown_method": "there is no such method",
    "body_too_large": "the request was too large",
    "unsupported_media_type": "the request was not JSON",
    "state_invalid": "the state did not allow it",
}


def in_words(reason: str) -> str:
    """Return ``the claim had expired (claim_expired)``."""
    words = _WORDS.get(reason)
    return f"{words} ({reason})" if words else reason
