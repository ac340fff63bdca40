"""``demo.json``: what the demo hands out to people and programs, and nothing else does.

The passwords and keys stand in it openly and, as hashes, in the database; there is no
third place.  The file is written beside its own name first: programs that wait for it
find it once the demo takes their requests.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from governance.demo.people import AGENTS, PEOPLE, TEAM
from governance.embedded.home import write_private

NAME: Final = "demo.json"
_DRAFT: Final = ".demo.json.draft"


@dataclass(frozen=True, slots=True)
class Handout:
    """Addresses, the agents' keys and the people's passwords, by name."""

    base_url: str
    remote_url: str
    database_url: str
    keys: Mapping[str, str]
    passwords: Mapping[str, str]

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """Return what was handed out last; None where nothing was, or it is spoilt.

        A draft is newer: its start was cut before it was published.
        """
        for path in (folder / _DRAFT, folder / NAME):
            with suppress(OSError, ValueError, LookupError, TypeError):
                return cls._of(json.loads(path.read_text()))
        return None

    @classmethod
    def _of(cls, said: Any) -> Self:
        return cls(
            base_url=said["base_url"],
            remote_url=said["remote_url"],
            database_url=said["database_url"],
            keys={name: agent["key"] for name, agent in said["agents"].items()},
            passwords={name: one["password"] for name, one in said["users"].items()},
        )

    def write(self, folder: Path) -> None:
        """Keep it as a draft, until ``publish``."""
        write_private(folder / _DRAFT, json.dumps(self._members(), indent=1))

    def _members(self) -> dict[str, Any]:
        return {
            "base_url": self.base_url,
            "remote_url": self.remote_url,
            "mcp_url": f"{self.base_url}/mcp",
            "database_url": self.database_url,
            "tenant": TEAM,
            "agents": {
                agent.name: {
                    "key": self.keys[agent.name],
                    "owner": agent.owner,
                    **_elsewhere(agent.tenant),
                }
                for agent in AGENTS
            },
            "users": {
                person.name: {
                    "password": self.passwords[person.name],
                    "roles": list(person.roles),
                    **_elsewhere(person.tenant),
                }
                for person in PEOPLE
            },
        }


def publish(folder: Path) -> None:
    """Put the draft in its place, whole, where there is one."""
    draft = folder / _DRAFT
    if draft.exists():
        draft.replace(folder / NAME)


def _elsewhere(tenant: str) -> dict[str, str]:
    return {} if tenant == TEAM else {"tenant": tenant}
