"""The demo remote's GitHub, in this process, and a lane that borrows from it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from governance.demo.remote.github import CLIENT_ID, INSTALLATION, OWNER, GitHub
from governance.demo.remote.server import Server
from governance.egress import BackendSettings, Deadline, OutboundRequest, once
from proxy.credentials import reuse, revoking
from proxy.credentials.credential import Credential
from proxy.credentials.loans import LaneSettings
from tests.issuers.borrowing import lane_of

LOOPBACK = ["127.0.0.1/32"]
COMMENTING: dict[str, Any] = {
    "repositories": ["{repo}"],
    "permissions": {"issues": "write"},
}


@cache
def app_key() -> str:
    """Return the app's private key in PEM: made once, it takes a while."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem.decode()


@dataclass(slots=True)
class Issuer:
    """A running remote, with its GitHub."""

    server: Server

    @property
    def url(self) -> str:
        """Its address."""
        return self.server.url

    @property
    def github(self) -> GitHub:
        """Its side of the app."""
        github = self.server.remote.github
        assert github is not None
        return github

    def settings(self, **changes: Any) -> dict[str, Any]:
        """Return what a lane of it says."""
        return {
            "api_url": self.url,
            "client_id": CLIENT_ID,
            "installation_id": INSTALLATION,
            "owner": OWNER,
            "allowed_cidrs": LOOPBACK,
            **changes,
        }

    def lane(self, **members: Any) -> LaneSettings:
        """Return a lane that comments, unless told otherwise."""
        usual: dict[str, Any] = {
            "name": "github-comment",
            "secret": app_key(),
            "privilege": "write",
            "placement": {"in": "authorization", "scheme": "Bearer"},
            "settings": self.settings(),
            "narrowing": COMMENTING,
        }
        return lane_of("github_app", **{**usual, **members})

    def status(self, method: str, path: str, credential: Credential) -> int:
        """Use a credential for something, and return what GitHub says to it."""
        body = json.dumps({"body": "hello"}).encode() if method != "GET" else None
        assert credential.header is not None
        request = OutboundRequest(method, path, (credential.header,), body)
        backend = BackendSettings(0, 0, self.url, tuple(LOOPBACK))
        return once(request, backend=backend, deadline=Deadline(120)).status

    def comment(self, repository: str, credential: Credential) -> int:
        """Try to comment in a repository."""
        path = f"/repos/acme/{repository}/issues/184/comments"
        return self.status("POST", path, credential)


@contextmanager
def github_issuer() -> Iterator[Issuer]:
    """Run a demo remote that knows one app."""
    with Server(0, {"github-app": app_key()}) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield Issuer(server)
        finally:
            # What is kept goes back before its issuer is gone.
            reuse.forget()
            revoking.drain()
            server.shutdown()
            thread.join()
