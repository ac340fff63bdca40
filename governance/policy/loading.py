"""Rows into facts.  A row whose seal does not hold is not policy."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from django.db.models import Prefetch

from governance.decision import Grant, Reason, Risk
from governance.errors import Denied
from governance.mapping import parse_mapping
from governance.models import (
    Agent,
    AgentKey,
    Backend,
    CredentialLane,
    Route,
    RouteVersion,
    ToolsetEntry,
)
from governance.policy.facts import BackendFacts, LaneFacts, Principal, RouteFacts
from governance.publishing import sealed_members
from governance.schema import compile_schema
from governance.seals import holds


def load_principal(key_id: str) -> Principal | None:
    """Read who a key speaks for; None if there is no such key, or it was revoked."""
    # The tenant's row comes with the key: the epoch is never newer than the facts.
    key = (
        AgentKey.objects.filter(key_id=key_id, revoked_at__isnull=True)
        .select_related("agent__tenant")
        .first()
    )
    return None if key is None else _principal(key, grants=_grants(key.agent))


def _principal(key: AgentKey, *, grants: Mapping[str, tuple[Grant, ...]]) -> Principal:
    return replace(
        _keyless(key.agent, grants=grants),
        key_id=key.key_id,
        key_pk=key.pk,
        key_maker_id=key.created_by_id,
        secret_hash=bytes(key.secret_hash),
        expires_at=key.expires_at,
    )


def keyless_principal(agent_id: int) -> Principal:
    """Return the built-in agent, which asks from within and holds no key."""
    agent = Agent.objects.select_related("tenant").get(pk=agent_id)
    return _keyless(agent, grants=_grants(agent))


def _keyless(agent: Agent, *, grants: Mapping[str, tuple[Grant, ...]]) -> Principal:
    tenant = agent.tenant
    return Principal(
        key_id="",
        key_pk=0,
        key_maker_id=None,
        secret_hash=b"",
        expires_at=None,
        agent_id=agent.pk,
        agent=agent.name,
        owner_id=agent.owner_id,
        agent_suspended=agent.suspended_at is not None,
        tenant_id=tenant.pk,
        tenant=tenant.slug,
        tenant_suspended=tenant.suspended_at is not None,
        writes_stopped=tenant.writes_stopped_at is not None,
        epoch=tenant.policy_epoch,
        grants=grants,
    )


def agent_principal(agent: Agent, *, key: AgentKey) -> Principal:
    """Return the principal that a stored request of this agent runs as."""
    return _principal(key, grants=_grants(agent))


def _grants(agent: Agent) -> dict[str, tuple[Grant, ...]]:
    entries = ToolsetEntry.objects.filter(toolset__agents=agent).values_list(
        "route__tool", "scope_patterns"
    )
    grants: dict[str, tuple[Grant, ...]] = {}
    for tool, patterns in entries:
        grants[tool] = (*grants.get(tool, ()), Grant.of(patterns))
    return grants


def load_routes(tenant_id: int, tools: Iterable[str]) -> dict[str, RouteFacts]:
    """Read the published routes of these names.

    Raises Denied ``unavailable`` if a version, its backend or its lane was altered
    behind our back: then nothing of it is used.
    """
    published = RouteVersion.objects.select_related(
        "backend", "lane", "group", "published_by"
    )
    routes = (
        Route.objects.filter(tenant=tenant_id, tool__in=list(tools))
        .exclude(published=None)
        .select_related("tenant")
        .prefetch_related(Prefetch("published", queryset=published))
    )
    return {route.tool: route_facts(route, route.published) for route in routes}


def route_facts(route: Route, version: RouteVersion | None) -> RouteFacts:
    """Turn a published version into facts, once all its seals hold."""
    if version is None or not _is_ours(version):
        raise Denied(
            Reason.UNAVAILABLE, f"The published version of {route.tool} was altered."
        )
    return facts_of(version, route=route)


def _is_ours(version: RouteVersion) -> bool:
    backend, lane = version.backend, version.lane
    return (
        holds("route_version", sealed_members(version), version.seal)
        and holds("backend", backend.members(), backend.seal)
        and holds("lane", lane.members(), lane.seal)
    )


def facts_of(version: RouteVersion, *, route: Route) -> RouteFacts:
    """Return the facts of any version; a draft's serve the try-it page only."""
    return RouteFacts(
        route_id=route.pk,
        version_id=version.pk,
        number=version.number,
        digest=version.digest,
        tool=route.tool,
        title=version.title,
        description=version.description,
        risk=Risk(version.risk),
        suspended=route.suspended_at is not None,
        backend=backend_facts(version.backend),
        lane=lane_facts(version.lane),
        approval_required=version.approval_rule == RouteVersion.Rule.REQUIRED,
        justification=version.justification,
        group_id=version.group_id,
        group=version.group.name if version.group else "",
        fallback_group_id=version.fallback_group_id,
        quorum=version.quorum,
        separation=version.separation,
        decide_within_seconds=version.decide_within_seconds,
        execute_within_seconds=version.execute_within_seconds,
        allow_unreadable=version.allow_unreadable,
        approve_in_slack=version.approve_in_slack,
        arguments_schema=version.arguments_schema,
        schema=compile_schema(version.arguments_schema),
        scope_template=version.scope_template,
        summary_template=version.summary_template,
        mapping=parse_mapping(version.mapping, kind=version.backend.kind),
        max_uses=version.max_uses,
        replay_seconds=version.replay_seconds,
        payload_seconds=version.payload_seconds,
        epoch=route.tenant.policy_epoch,
    )


def backend_facts(backend: Backend) -> BackendFacts:
    """Return a backend's facts."""
    return BackendFacts(
        id=backend.pk,
        name=backend.name,
        kind=backend.kind,
        base_url=backend.base_url,
        allowed_cidrs=tuple(backend.allowed_cidrs),
        timeout_seconds=backend.timeout_seconds,
        max_response_bytes=backend.max_response_bytes,
        max_concurrent=backend.max_concurrent,
        ca_pem=backend.ca_pem,
        version=backend.version,
        suspended=backend.suspended_at is not None,
    )


def lane_facts(lane: CredentialLane) -> LaneFacts:
    """Return a lane's facts; its secret stays closed."""
    return LaneFacts(
        id=lane.pk,
        name=lane.name,
        kind=lane.kind,
        privilege=lane.privilege,
        placement=lane.placement,
        sealed_secret=lane.sealed_secret,
        secret_version=lane.secret_version,
        secret_fingerprint=lane.secret_fingerprint,
        version=lane.version,
        settings=lane.settings,
        narrowing=lane.narrowing,
        max_seconds=lane.max_seconds,
        reuse_seconds=lane.reuse_seconds,
    )
