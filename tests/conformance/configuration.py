"""A tenant whose routes are the fixture upstream's tools, open to one agent.

``python -m tests.conformance.configuration UPSTREAM_URL``, in the environment of a
running demo: loads it and prints the agent's key.
"""

import io
import json
import os
import sys
import tempfile
from typing import Any, Final

import django
from django.core.management import call_command
from django.utils import timezone

from tests.fixtures.mcp_tools import SUITE, Tool

TENANT: Final = "conformance"
# What the suite expects to become a task: here that means a person's approval.
ASKED_FOR: Final = frozenset({"slow_compute"})


def document(upstream: str) -> dict[str, Any]:
    """Return the configuration as ``load_routes`` reads it."""
    tenant = {
        "name": "Conformance",
        "roles": {"sam": ["admin"], "ana": ["approver"]},
        "groups": {"reviewers": ["ana"]},
        "backends": {
            "fixture": {
                "kind": "mcp",
                "base_url": upstream,
                "allowed_cidrs": ["127.0.0.1/32"],
            }
        },
        "lanes": {"nothing": {"kind": "none"}},
        "routes": {tool.name: _route(tool) for tool in SUITE},
        "toolsets": {"everything": {tool.name: [] for tool in SUITE}},
        "agents": {"suite": {"owner": "sam", "toolsets": ["everything"]}},
    }
    return {"version": 1, "tenants": {TENANT: tenant}}


def _route(tool: Tool) -> dict[str, Any]:
    is_asked_for = tool.name in ASKED_FOR
    return {
        "title": tool.name.replace("_", " "),
        "description": tool.description,
        "backend": "fixture",
        "lane": "nothing",
        "risk": "write" if is_asked_for else "read",
        "approval": {"group": "reviewers"} if is_asked_for else "not_required",
        "arguments": tool.schema,
        "scope": f"tool:{tool.name}",
        "summary": f"Call {tool.name}",
        "request": {"tool": tool.name},
    }


def load(upstream: str) -> str:
    """Load it into the database and return a key of the agent."""
    from governance.models import Agent  # noqa: PLC0415 (after django.setup)
    from governance.services import issue_key  # noqa: PLC0415

    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        json.dump(document(upstream), file)
        file.flush()
        call_command("load_routes", file.name, stdout=io.StringIO())
    agent = Agent.objects.get(tenant__slug=TENANT)
    return issue_key(agent, by=agent.owner, now=timezone.now())[1]


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
    django.setup()
    sys.stdout.write(load(sys.argv[1]))
