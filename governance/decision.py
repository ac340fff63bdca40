"""What policy says about one call: allow it, ask a person, or deny it.  Pure.

The facts come in as a frozen ``Situation``; which failing check names the reason
is the order of the lines here.
"""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from governance.scope import matches


class Reason(enum.StrEnum):
    """Why something was refused; the values are API: add, never rename."""

    UNAUTHENTICATED = "unauthenticated"
    AGENT_SUSPENDED = "agent_suspended"
    TENANT_SUSPENDED = "tenant_suspended"
    UNKNOWN_TOOL = "unknown_tool"
    TOOL_NOT_GRANTED = "tool_not_granted"
    ROUTE_SUSPENDED = "route_suspended"
    BACKEND_SUSPENDED = "backend_suspended"
    INVALID_JSON = "invalid_json"
    INVALID_ARGUMENTS = "invalid_arguments"
    SCOPE_INVALID = "scope_invalid"
    POLICY_DENIED = "policy_denied"
    APPROVAL_REQUIRED = "approval_required"
    APPROVAL_PENDING = "approval_pending"
    APPROVAL_DENIED = "approval_denied"
    APPROVAL_EXPIRED = "approval_expired"
    APPROVAL_CANCELLED = "approval_cancelled"
    APPROVAL_SUPERSEDED = "approval_superseded"
    APPROVAL_REVOKED = "approval_revoked"
    APPROVAL_LAPSED = "approval_lapsed"
    APPROVAL_UNSATISFIABLE = "approval_unsatisfiable"
    TOO_MANY_PENDING = "too_many_pending"
    COOLING_DOWN = "cooling_down"
    CLAIM_MALFORMED = "claim_malformed"
    CLAIM_SIGNATURE_INVALID = "claim_signature_invalid"
    CLAIM_EXPIRED = "claim_expired"
    CLAIM_REVOKED = "claim_revoked"
    CLAIM_SPENT = "claim_spent"
    CLAIM_WRONG_AGENT = "claim_wrong_agent"
    CLAIM_WRONG_SESSION = "claim_wrong_session"
    CLAIM_WRONG_TOOL = "claim_wrong_tool"
    CLAIM_WRONG_RISK = "claim_wrong_risk"
    CLAIM_WRONG_SCOPE = "claim_wrong_scope"
    CLAIM_WRONG_ARGUMENTS = "claim_wrong_arguments"
    CLAIM_WRONG_ROUTE = "claim_wrong_route"
    CLAIM_WRONG_LANE = "claim_wrong_lane"
    SESSION_ENDED = "session_ended"
    CONTEXT_CHANGED = "context_changed"
    VOTE_NO_SEAT = "vote_no_seat"
    VOTE_EXCLUDED = "vote_excluded"
    VOTE_STALE_FINGERPRINT = "vote_stale_fingerprint"
    VOTE_CLOSED = "vote_closed"
    VOTE_SIGN_IN_STALE = "vote_sign_in_stale"
    VOTE_NOT_REVIEWABLE = "vote_not_reviewable"
    APPROVAL_CLOSED = "approval_closed"
    WRITES_STOPPED = "writes_stopped"
    BACKEND_BUSY = "backend_busy"
    CREDENTIAL_UNAVAILABLE = "credential_unavailable"
    BACKEND_UNREACHABLE = "backend_unreachable"
    BACKEND_ERROR = "backend_error"
    OUTCOME_UNKNOWN = "outcome_unknown"
    RESPONSE_TOO_LARGE = "response_too_large"
    IDEMPOTENCY_MISMATCH = "idempotency_mismatch"
    RATE_LIMITED = "rate_limited"
    AUDIT_UNAVAILABLE = "audit_unavailable"
    UNAVAILABLE = "unavailable"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    NOT_ACCEPTABLE = "not_acceptable"
    BODY_TOO_LARGE = "body_too_large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    ORIGIN_REFUSED = "origin_refused"
    INVALID_REQUEST = "invalid_request"
    HEADER_MISMATCH = "header_mismatch"
    MISSING_CAPABILITY = "missing_capability"
    UNSUPPORTED_VERSION = "unsupported_version"
    UNKNOWN_METHOD = "unknown_method"
    STATE_INVALID = "state_invalid"


class Outcome(enum.StrEnum):
    """What is to be done with a call."""

    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


class Risk(enum.StrEnum):
    """What a route can do to the world."""

    READ = "read"
    WRITE = "write"
    PRIVILEGED = "privileged"


@dataclass(frozen=True, slots=True)
class Decision:
    """An outcome and, where it is not a plain yes, the reason."""

    outcome: Outcome
    reason: Reason | None

    @classmethod
    def deny(cls, reason: Reason) -> Self:
        """Refuse, and say why."""
        return cls(Outcome.DENY, reason)

    @classmethod
    def allow(cls) -> Self:
        """Let it pass without a person."""
        return cls(Outcome.ALLOW, None)

    @classmethod
    def ask(cls) -> Self:
        """Let a person decide."""
        return cls(Outcome.ASK, Reason.APPROVAL_REQUIRED)


@dataclass(frozen=True, slots=True)
class Grant:
    """One toolset entry that names the tool: on any scope, or within patterns."""

    any_scope: bool
    patterns: tuple[str, ...]

    @classmethod
    def of(cls, patterns: Iterable[str]) -> Self:
        """Read an entry's patterns; an entry without any is not limited in scope."""
        written = tuple(patterns)
        return cls(any_scope=not written, patterns=written)

    def covers(self, scope: str) -> bool:
        """Tell whether this entry lets the agent act on ``scope``."""
        return self.any_scope or any(matches(each, scope) for each in self.patterns)


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything that policy knows of a call before anybody is asked.

    ``grants`` holds one entry for each toolset of the agent that names the tool;
    without any the tool does not exist for this agent.
    """

    tenant_suspended: bool
    agent_suspended: bool
    grants: tuple[Grant, ...]
    route_suspended: bool
    backend_suspended: bool
    writes_stopped: bool
    risk: Risk
    approval_required: bool


def decide_tool(situation: Situation) -> Decision:
    """Judge what can be judged before the arguments are looked at.

    ALLOW means only: go on to the arguments.  A tool that is not granted is told
    apart before its switches, so nobody learns that a foreign tool is suspended.
    """
    refused = (
        (situation.tenant_suspended, Reason.TENANT_SUSPENDED),
        (situation.agent_suspended, Reason.AGENT_SUSPENDED),
        (not situation.grants, Reason.TOOL_NOT_GRANTED),
        (situation.route_suspended, Reason.ROUTE_SUSPENDED),
        (situation.backend_suspended, Reason.BACKEND_SUSPENDED),
        (_stopped(situation), Reason.WRITES_STOPPED),
    )
    for is_refused, reason in refused:
        if is_refused:
            return Decision.deny(reason)
    return Decision.allow()


def decide(situation: Situation, *, scope: str) -> Decision:
    """Judge the whole call, the rendered ``scope`` included."""
    first = decide_tool(situation)
    if first.outcome is not Outcome.ALLOW:
        return first
    if not any(grant.covers(scope) for grant in situation.grants):
        return Decision.deny(Reason.POLICY_DENIED)
    return Decision.ask() if situation.approval_required else Decision.allow()


def _stopped(situation: Situation) -> bool:
    return situation.writes_stopped and situation.risk is not Risk.READ
