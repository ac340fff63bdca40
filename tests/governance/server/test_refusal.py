"""A process that must not serve ends before it takes a request or a task."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from governance.server import server_command
from tests.ports import a_port

ROOT = Path(__file__).parents[3]
SETTINGS = "governance.settings"
WORKER = ("-m", "celery", "--app", "governance.celery", "worker", "--pool", "solo")


def ended(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command in production's mode, on the tests' database and keys."""
    return subprocess.run(  # noqa: S603 - the commands are ours
        command,
        cwd=ROOT,
        env={**os.environ, "MODE": "production", "DJANGO_SETTINGS_MODULE": SETTINGS},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize(
    "command",
    [
        server_command(port=a_port(), workers=1),
        [sys.executable, *WORKER],
        [sys.executable, "-c", "import governance.wsgi"],
    ],
    ids=["web", "worker", "another WSGI server"],
)
def test_production_does_not_start_on_keys_made_for_development(
    command: list[str], transactional_db: None
) -> None:
    process = ended(command)

    assert process.returncode != 0
    assert "Sealwright does not start:" in process.stderr + process.stdout
    assert "seal.key was generated for development" in process.stderr + process.stdout


def test_management_commands_refuse_too() -> None:
    process = ended([sys.executable, "manage.py", "check"])

    assert process.returncode != 0
    assert "PUBLIC_URL is not https" in process.stderr
