"""Why something was refused or went wrong, as the end of a sentence.  Pure.

The codes belong to the layers above; a code without words here is told as it is.
"""

from collections.abc import Mapping
from typing import Final

from audit.marking import gettext_noop as _

_WORDS: Final[Mapping[str, str]] = {
    "unauthenticated": _("no valid key was shown"),
    "agent_suspended": _("the agent was suspended"),
    "tenant_suspended": _("the tenant was suspended"),
    "unknown_tool": _("there is no such tool for this agent"),
    "tool_not_granted": _("no toolset of the agent names the tool"),
    "route_suspended": _("the route was suspended"),
    "backend_suspended": _("the backend was suspended"),
    "invalid_json": _("the request was not valid JSON"),
    "invalid_arguments": _("the arguments do not fit the route's schema"),
    "scope_invalid": _("no scope could be made of the arguments"),
    "policy_denied": _("policy forbids it"),
    "approval_required": _("a person has to approve it first"),
    "approval_pending": _("no person had decided yet"),
    "approval_denied": _("an approver said no"),
    "approval_expired": _("nobody decided in time"),
    "approval_cancelled": _("the request for approval was cancelled"),
    "approval_superseded": _("the route changed while the request was open"),
    "approval_revoked": _("the approval was taken back"),
    "approval_lapsed": _("the approval was not used in time"),
    "approval_unsatisfiable": _("too few people were left who could approve it"),
    "too_many_pending": _("too many requests were waiting already"),
    "cooling_down": _("the same had just been denied"),
    "claim_malformed": _("the claim was malformed"),
    "claim_signature_invalid": _("the claim was not one of ours"),
    "claim_expired": _("the claim had expired"),
    "claim_revoked": _("the claim had been revoked"),
    "claim_spent": _("the claim had been spent already"),
    "claim_wrong_agent": _("the claim was another agent's"),
    "claim_wrong_session": _("the claim was another session's"),
    "claim_wrong_tool": _("the claim was for another tool"),
    "claim_wrong_risk": _("the claim was for another risk"),
    "claim_wrong_scope": _("the scope differs from the approved one"),
    "claim_wrong_arguments": _("the arguments differ from the approved ones"),
    "claim_wrong_route": _("the route had changed since the approval"),
    "claim_wrong_lane": _("the claim was for another credential lane"),
    "session_ended": _("the session had ended"),
    "context_changed": _("the human context had changed"),
    "vote_no_seat": _("the voter had no seat"),
    "vote_excluded": _("the separation excludes the voter"),
    "vote_stale_fingerprint": _("the voter had seen something else"),
    "vote_closed": _("the request was decided already"),
    "vote_sign_in_stale": _("the voter's sign-in was too old"),
    "vote_not_reviewable": _("the action could not be shown in full"),
    "approval_closed": _("the request was no longer open"),
    "writes_stopped": _("the tenant's writes were stopped"),
    "backend_busy": _("the backend had too many calls at once"),
    "credential_unavailable": _("no credential could be borrowed"),
    "backend_unreachable": _("the backend could not be reached"),
    "backend_error": _("the backend answered with an error"),
    "outcome_unknown": _("it was sent and the answer was lost"),
    "response_too_large": _("the answer was over the backend's cap"),
    "idempotency_mismatch": _("the idempotency key belonged to another call"),
    "rate_limited": _("there were too many requests"),
    "audit_unavailable": _("no evidence could be written"),
    "unavailable": _("a part that is needed was not available"),
    "not_found": _("there is no such thing for this agent"),
    "invalid_request": _("the request was not valid"),
    "method_not_allowed": _("the address does not know this method"),
    "not_acceptable": _("the answer that was wanted can't be given"),
    "origin_refused": _("the request came from another origin"),
    "header_mismatch": _("a header contradicts the request"),
    "missing_capability": _("the client lacks a capability that is needed"),
    "unsupported_version": _("the protocol's version is not supported"),
    "unknown_method": _("there is no such method"),
    "body_too_large": _("the request was too large"),
    "unsupported_media_type": _("the request was not JSON"),
    "state_invalid": _("the state did not allow it"),
}


def words_of(reason: str) -> str | None:
    """Return ``the claim had expired``, in English; pages translate it."""
    return _WORDS.get(reason)


def in_words(reason: str) -> str:
    """Return ``the claim had expired (claim_expired)``."""
    words = words_of(reason)
    return f"{words} ({reason})" if words else reason
