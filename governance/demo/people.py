"""Who is in the demo: five people and three agents.

Their places in groups and the agents' toolsets are in routes.yaml.
"""

from dataclasses import dataclass
from typing import Final

TEAM: Final = "team-acme"
OTHER_TEAM: Final = "team-zeta"


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody who can sign in."""

    name: str
    roles: tuple[str, ...]
    tenant: str = TEAM

    @property
    def email(self) -> str:
        """An address under a name that never leads anywhere (RFC 2606)."""
        return f"{self.name}@{self.tenant.removeprefix('team-')}.example"


@dataclass(frozen=True, slots=True)
class DemoAgent:
    """A program with a key; its owner answers for it."""

    name: str
    owner: str
    tenant: str = TEAM


PEOPLE: Final = (
    DemoPerson("sam", ("admin",)),
    DemoPerson("ana", ("approver",)),
    DemoPerson("ben", ("approver",)),
    DemoPerson("olu", ("auditor",)),
    DemoPerson("zoe", ("admin", "approver"), OTHER_TEAM),
)
AGENTS: Final = (
    DemoAgent("ci-agent", "sam"),
    DemoAgent("ana-agent", "ana"),
    DemoAgent("zeta-agent", "zoe", OTHER_TEAM),
)
# Who loads the configuration of each tenant, and so stands in its records.
ADMINS: Final = {TEAM: "sam", OTHER_TEAM: "zoe"}
