"""One exact action: what policy decided on, and what a yes is bound to."""

from dataclasses import dataclass
from typing import Self

from approvals.fingerprint import Binding, fingerprint
from audit.services import Facts
from governance.arguments import args_digest, digest_text, summary_digest
from governance.models import AgentSession
from governance.policy import Principal, RouteFacts


@dataclass(frozen=True, slots=True)
class Action:
    """An agent's validated request on a published route, with all its digests.

    ``args`` are the canonical bytes that are shown, stored and sent.
    """

    principal: Principal
    session: AgentSession
    route: RouteFacts
    args: bytes
    args_digest: bytes
    scope: str
    summary: str
    summary_digest: bytes
    fingerprint: bytes

    @classmethod
    def bind(
        cls,
        principal: Principal,
        *,
        session: AgentSession,
        route: RouteFacts,
        args: bytes,
        scope: str,
        summary: str,
    ) -> Self:
        """Digest the arguments and the summary, and bind everything to one value."""
        digests = args_digest(args), summary_digest(summary)
        binding = Binding(
            tenant=principal.tenant,
            agent=principal.agent,
            session=session.pk,
            tool=route.tool,
            route_version=route.number,
            route_digest=route.digest,
            backend=route.backend.name,
            lane=route.lane.name,
            risk=route.risk,
            scope=scope,
            args_digest=digest_text(digests[0]),
            summary_digest=digest_text(digests[1]),
        )
        return cls(
            principal=principal,
            session=session,
            route=route,
            args=args,
            args_digest=digests[0],
            scope=scope,
            summary=summary,
            summary_digest=digests[1],
            fingerprint=fingerprint(binding),
        )

    def evidence(self) -> Facts:
        """Return the facts that every record about this action copies."""
        route = self.route
        facts: Facts = {
            "tenant": self.principal.tenant,
            "actor_kind": "agent",
            "agent": self.principal.agent,
            "tool": route.tool,
            "risk": route.risk,
            "backend": route.backend.name,
            "session_id": self.session.pk,
            "scope": self.scope,
            "lane": route.lane.name,
            "route_version": route.number,
            "route_digest": route.digest,
            "policy": route.rule,
            "policy_epoch": self.principal.epoch,
            "args_digest": self.args_digest,
            "summary_digest": self.summary_digest,
            "fingerprint": self.fingerprint,
            "summary": self.summary,
        }
        if self.session.on_behalf_of:
            facts["on_behalf_of"] = self.session.on_behalf_of
        return facts
