"""The policy in force, as frozen facts that each process remembers by epoch."""

from governance.policy.facts import BackendFacts, LaneFacts, Principal, RouteFacts
from governance.policy.memory import (
    agent_policy,
    find_route,
    forget,
    principal_of,
    refresh,
)

__all__ = [
    "BackendFacts",
    "LaneFacts",
    "Principal",
    "RouteFacts",
    "agent_policy",
    "find_route",
    "forget",
    "principal_of",
    "refresh",
]
