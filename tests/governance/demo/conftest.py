"""A real demo remote on the loopback, and a connection to it."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from governance.demo.remote.server import Server

LANES = (
    *("github-read", "github-comment", "github-merge", "logs-read"),
    *("cloud-operate", "tickets-write", "shell-jobs"),
    "tickets-read",
)
TOKENS = {lane: f"token-of-{lane}" for lane in LANES}


@dataclass(frozen=True, slots=True)
class Client:
    """Speaks to the remote over one connection that stays open."""

    url: str
    session: requests.Session

    def send(
        self, method: str, path: str, body: object = None, *, lane: str = ""
    ) -> requests.Response:
        """Send a request with the credential of a lane; a name of none is a token."""
        return self.session.request(
            method,
            self.url + path,
            headers={"Authorization": f"Bearer {TOKENS.get(lane, lane)}"}
            if lane
            else {},
            json=body,
            timeout=120,
        )

    def ask(
        self, method: str, path: str, body: object = None, *, lane: str = ""
    ) -> tuple[int, Any]:
        """Send a request and return status and JSON."""
        answer = self.send(method, path, body, lane=lane)
        return answer.status_code, answer.json()

    def received(self) -> list[dict[str, Any]]:
        """Return the ledger."""
        return list(self.ask("GET", "/_received")[1]["received"])


@pytest.fixture
def remote() -> Iterator[Client]:
    with Server(0, TOKENS) as server, requests.Session() as session:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        session.trust_env = False
        yield Client(server.url, session)
        server.shutdown()
        thread.join()
