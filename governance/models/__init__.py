"""What is allowed, and who may say so: the configuration as rows."""

from governance.models.agents import Agent, AgentKey, Toolset, ToolsetEntry
from governance.models.imports import Imported, ImportedDraft, SeenTool
from governance.models.installation import Installation, Resealing, SigningKey
from governance.models.people import (
    ApproverGroup,
    GroupMembership,
    Membership,
    Tenant,
    User,
)
from governance.models.routes import Backend, CredentialLane, Route, RouteVersion
from governance.models.sessions import AgentSession

__all__ = [
    "Agent",
    "AgentKey",
    "AgentSession",
    "ApproverGroup",
    "Backend",
    "CredentialLane",
    "GroupMembership",
    "Imported",
    "ImportedDraft",
    "Installation",
    "Membership",
    "Resealing",
    "Route",
    "RouteVersion",
    "SeenTool",
    "SigningKey",
    "Tenant",
    "Toolset",
    "ToolsetEntry",
    "User",
]
