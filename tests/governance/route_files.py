"""A file of configuration, and what commands make of it."""

import io
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from django.core.management import call_command

from tests.factories import UserFactory

FILE: Final = Path(__file__).parent.parent / "data" / "routes.yaml"
TOKEN: Final = "ghp-canary-0001"


def people(monkeypatch: pytest.MonkeyPatch) -> None:
    """Know whom the file names, and the token that it asks for."""
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    for name in ("sam", "ana", "ben"):
        UserFactory.create(username=name)


def run(command: str, *args: Any, **options: Any) -> str:
    out = io.StringIO()
    call_command(command, *args, stdout=out, **options)
    return out.getvalue()


def changed(tmp_path: Path, **change: Any) -> Path:
    """Write the file anew, with members of its one tenant replaced."""
    document = yaml.safe_load(FILE.read_text())
    for path, value in change.items():
        *parents, last = path.split("__")
        place = document["tenants"]["team-acme"]
        for parent in parents:
            place = place[parent.replace("-dot-", ".")]
        place[last] = value
    copy = tmp_path / "routes.yaml"
    copy.write_text(yaml.safe_dump(document))
    return copy
