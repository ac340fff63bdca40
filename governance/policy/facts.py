"""What a decision is made from: frozen values, read from rows that hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from governance.decision import Grant, Risk, Situation
from governance.mapping import RequestMapping
from governance.schema import CompiledSchema


@dataclass(frozen=True, slots=True)
class Principal:
    """An agent, as its key says, and what it may ask for at ``epoch``.

    ``grants`` maps a tool to the toolset entries that name it.
    """

    key_id: str
    key_pk: int
    key_maker_id: int | None
    secret_hash: bytes
    expires_at: datetime | None
    agent_id: int
    agent: str
    owner_id: int
    agent_suspended: bool
    tenant_id: int
    tenant: str
    tenant_suspended: bool
    writes_stopped: bool
    epoch: int
    grants: Mapping[str, tuple[Grant, ...]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class BackendFacts:
    """A backend, as it was sealed."""

    id: int
    name: str
    kind: str
    base_url: str
    allowed_cidrs: tuple[str, ...]
    timeout_seconds: int
    max_response_bytes: int
    max_concurrent: int
    ca_pem: str
    version: int
    suspended: bool


@dataclass(frozen=True, slots=True)
class LaneFacts:
    """A lane, as it was sealed; the secret in it is still closed."""

    id: int
    name: str
    kind: str
    privilege: str
    placement: Mapping[str, object]
    sealed_secret: str = field(repr=False)
    secret_version: int
    secret_fingerprint: str
    version: int
    settings: Mapping[str, object] = field(default_factory=dict)
    narrowing: Mapping[str, object] = field(default_factory=dict)
    max_seconds: int = 3600
    reuse_seconds: int = 0


@dataclass(frozen=True, slots=True)
class RouteFacts:
    """The published version of a route, whose seal holds, ready to be used."""

    route_id: int
    version_id: int
    number: int
    digest: str
    tool: str
    title: str
    description: str
    risk: Risk
    suspended: bool
    backend: BackendFacts
    lane: LaneFacts
    approval_required: bool
    justification: str
    group_id: int | None
    group: str
    fallback_group_id: int | None
    quorum: int
    separation: str
    decide_within_seconds: int
    execute_within_seconds: int
    allow_unreadable: bool
    approve_in_slack: bool
    arguments_schema: Mapping[str, object]
    schema: CompiledSchema
    scope_template: str
    summary_template: str
    mapping: RequestMapping
    max_uses: int
    replay_seconds: int
    payload_seconds: int
    epoch: int

    @property
    def is_suspended(self) -> bool:
        """Whether the tool, or the system behind it, is switched off."""
        return self.suspended or self.backend.suspended

    @property
    def rule(self) -> str:
        """The approval rule in words, for the record."""
        if not self.approval_required:
            return f"not required: {self.justification or 'a read'}"
        return f"required: {self.quorum} of {self.group}, {self.separation}"

    def situation(self, principal: Principal) -> Situation:
        """Return what policy knows of this agent asking for this tool."""
        return Situation(
            tenant_suspended=principal.tenant_suspended,
            agent_suspended=principal.agent_suspended,
            grants=principal.grants.get(self.tool, ()),
            route_suspended=self.suspended,
            backend_suspended=self.backend.suspended,
            writes_stopped=principal.writes_stopped,
            risk=self.risk,
            approval_required=self.approval_required,
        )
