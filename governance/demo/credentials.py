"""The tokens that the demo's lanes carry and its remote expects."""

import json
import secrets
from pathlib import Path
from typing import Final

from governance.embedded.home import write_private

LANES: Final = (
    *("github-read", "github-comment", "github-merge", "logs-read"),
    *("cloud-operate", "tickets-write", "shell-jobs"),
    *("team-zeta/github-read", "team-zeta/tickets-write"),
)


def make_credentials(path: Path) -> None:
    """Write a token for each lane that has none yet; what exists stays."""
    tokens = json.loads(path.read_text()) if path.exists() else {}
    for lane in LANES:
        tokens.setdefault(lane, f"demo_{secrets.token_urlsafe(24)}")
    write_private(path, json.dumps(tokens, indent=1))
