"""What the demo's lanes carry and its remote expects: tokens, and an app's key."""

import json
import secrets
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from governance.embedded.home import write_private

NAME: Final = "demo-credentials.json"
LANES: Final = (
    *("github-read", "logs-read"),
    *("cloud-operate", "tickets-read", "tickets-write"),
    "shell-jobs",
    *("team-zeta/github-read", "team-zeta/tickets-write"),
)


# The private key of the demo's GitHub App, in PEM; its tokens are made for one call.
APP: Final = "github-app"
APP_KEY_BITS: Final = 2048


def make_credentials(folder: Path) -> Path:
    """Write what each lane has not got yet; what exists stays.

    Returns the file, which the demo remote reads too.
    """
    path = folder / NAME
    tokens = read_credentials(folder)
    for lane in LANES:
        tokens.setdefault(lane, f"demo_{secrets.token_urlsafe(24)}")
    if APP not in tokens:
        tokens[APP] = _new_key()
    write_private(path, json.dumps(tokens, indent=1))
    return path


def read_credentials(folder: Path) -> dict[str, str]:
    """Return what was made, by lane; {} where nothing was."""
    path = folder / NAME
    return dict(json.loads(path.read_text())) if path.exists() else {}


def _new_key() -> str:
    key = rsa.generate_private_key(public_exponent=65_537, key_size=APP_KEY_BITS)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem.decode()
