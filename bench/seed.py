"""Rows for the benchmark, through the services; prints the agent's key.

``python -m bench.seed BACKEND_PORT``, in the environment of the rig.
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import Final

import django
from django.core.management import call_command
from django.utils import timezone

ROUTES: Final = Path(__file__).with_name("routes.yaml")


def seed(port: int) -> str:
    """Load the configuration and issue a key; return it."""
    from governance.models import Agent, User  # noqa: PLC0415 (after django.setup)
    from governance.services import issue_key  # noqa: PLC0415
    from governance.services.signing_keys import ensure_signing_key  # noqa: PLC0415

    now = timezone.now()
    ensure_signing_key(now=now)
    for name in ("sam", "ana", "ben"):
        User.objects.create_user(name, f"{name}@example.com", "not used")
    text = ROUTES.read_text().replace("BACKEND_PORT", str(port))
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(text)
        file.flush()
        call_command("load_routes", file.name, stdout=sys.stderr)
    agent = Agent.objects.get(name="load")
    return issue_key(agent, by=agent.owner, now=now)[1]


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
    django.setup()
    sys.stdout.write(seed(int(sys.argv[1])))
