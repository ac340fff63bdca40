"""The tokens that the demo's lanes carry and its remote expects."""

import json
import secrets
from pathlib import Path
from typing import Final

from governance.embedded.home import write_private

NAME: Final = "demo-credentials.json"
LANES: Final = (
    *("github-read", "github-comment", "github-merge", "logs-read"),
    *("cloud-operate", "tickets-read", "tickets-write"),
    "shell-jobs",
    *("team-zeta/github-read", "team-zeta/tickets-write"),
)


def make_credentials(folder: Path) -> Path:
    """Write a token for each lane that has none yet; what exists stays.

    Returns the file, which the demo remote reads too.
    """
    path = folder / NAME
    tokens = read_credentials(folder)
    for lane in LANES:
        tokens.setdefault(lane, f"demo_{secrets.token_urlsafe(24)}")
    write_private(path, json.dumps(tokens, indent=1))
    return path


def read_credentials(folder: Path) -> dict[str, str]:
    """Return the token of each lane; {} where none were made."""
    path = folder / NAME
    return dict(json.loads(path.read_text())) if path.exists() else {}
