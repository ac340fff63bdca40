"""The authorization server in a process of its own, and lanes that ask it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from governance.egress import BackendSettings, Deadline, OutboundRequest, once
from proxy.credentials import reuse, revoking
from proxy.credentials.credential import Credential
from proxy.credentials.loans import LaneSettings
from tests.issuers.borrowing import lane_of
from tests.issuers.github import app_key

LOOPBACK = ["127.0.0.1/32"]
CLIENT = "sealwright tickets"
SECRET = "s3cret: with/odd+chars%"
QUEUE_SCOPE = "queue:{queue}"
CREATING: dict[str, Any] = {
    "scope": "tickets:create",
    "authorization_details": [
        {"type": "queue", "identifier": "{queue}", "actions": ["create"]}
    ],
}


@dataclass(frozen=True, slots=True)
class OAuth:
    """A running authorization server with its API."""

    url: str

    def settings(self, **changes: Any) -> dict[str, Any]:
        """Return what a lane of it says."""
        return {
            "token_url": f"{self.url}/oauth/token",
            "revocation_url": f"{self.url}/oauth/revoke",
            "client_id": CLIENT,
            "authentication": "client_secret_basic",
            "allowed_cidrs": LOOPBACK,
            **changes,
        }

    def lane(self, **members: Any) -> LaneSettings:
        """Return a lane that creates tickets in one queue."""
        usual: dict[str, Any] = {
            "name": "tickets-write",
            "secret": SECRET,
            "privilege": "write",
            "placement": {"in": "authorization", "scheme": "Bearer"},
            "settings": self.settings(),
            "narrowing": CREATING,
        }
        return lane_of("oauth_client", **{**usual, **members})

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Ask the server something, and return status and JSON."""
        content = json.dumps(body).encode() if body is not None else None
        lines = (("Content-Type", "application/json"), *headers.items())
        request = OutboundRequest(method, path, lines, content)
        backend = BackendSettings(0, 0, self.url, tuple(LOOPBACK))
        answer = once(request, backend=backend, deadline=Deadline(120))
        return answer.status, json.loads(answer.body)

    def behave(self, mode: str) -> None:
        """Make it lie, and forget what it was asked and what it lent."""
        assert self.ask("POST", "/_mode", mode)[0] == 200

    def state(self) -> dict[str, Any]:
        """Return what it was asked, and which tokens live."""
        state: dict[str, Any] = self.ask("GET", "/_state")[1]
        return state

    def create(self, queue: str, credential: Credential) -> int:
        """Try to create a ticket."""
        assert credential.header is not None
        name, value = credential.header
        status: int = self.ask("POST", f"/queues/{queue}/tickets", {}, **{name: value})[
            0
        ]
        return status


@contextmanager
def oauth_server(folder: Path) -> Iterator[OAuth]:
    """Run it, with the public half of the client's key."""
    private = load_pem_private_key(app_key().encode(), password=None)
    public = private.public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    key = folder / "client.pem"
    key.write_bytes(public)
    command = [sys.executable, "-m", "tests.issuers.oauth_server", str(key)]
    # Authlib wants https; on the loopback there is none.
    environ = {**os.environ, "AUTHLIB_INSECURE_TRANSPORT": "1"}
    with subprocess.Popen(  # noqa: S603 - ourselves
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environ,
        text=True,
    ) as server:
        try:
            assert server.stdout is not None
            yield OAuth(server.stdout.readline().strip())
        finally:
            reuse.forget()
            revoking.drain()
            server.terminate()
