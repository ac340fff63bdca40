"""A real OpenID provider on the loopback, in a process of its own, and people at it."""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import requests
import yaml
from django.test import Client
from django.utils import timezone

from tests.ports import a_port

CLIENT_ID: Final = "sealwright"
_SECONDS: Final = 120
_ADDRESS = re.compile(r'http-equiv="refresh" content="0;url=([^"]+)"')


@dataclass(frozen=True, slots=True)
class OpenIdProvider:
    """The provider; what a person's claims say overrides what it would say itself."""

    issuer: str

    def knows(self, subject: str, **claims: Any) -> None:
        """Have a person there, with these claims."""
        answer = requests.put(
            f"{self.issuer}/users/{subject}", json=claims, timeout=_SECONDS
        )
        assert answer.status_code == 204, answer.text

    def configure(self, folder: Path, **members: Any) -> str:
        """Write a file that names this provider; its path."""
        secret = folder / "acme.secret"
        secret.write_text("not so secret\n")
        provider = {
            "id": "acme",
            "name": "Acme ID",
            "issuer": self.issuer,
            "client_id": CLIENT_ID,
            "client_secret_file": str(secret),
            "private_addresses": ["127.0.0.1/32"],
            **members,
        }
        file = folder / "sign-in.yaml"
        file.write_text(yaml.safe_dump({"providers": [provider]}))
        return str(file)

    def approves(self, address: str, subject: str) -> str:
        """Sign in there as somebody; where the browser is sent then."""
        answer = requests.post(
            address, data={"sub": subject}, allow_redirects=False, timeout=_SECONDS
        )
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]


@contextmanager
def provider_process() -> Iterator[OpenIdProvider]:
    """Run a provider until the block ends."""
    port = a_port()
    process = subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", f"--port={port}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(port)
        yield OpenIdProvider(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(_SECONDS)


def ago(seconds: int) -> int:
    """Return a moment as claims write it."""
    return int(timezone.now().timestamp()) - seconds


def address_of(page: str) -> str:
    """Return where the page that leaves for a provider goes."""
    found = _ADDRESS.search(page)
    assert found, page
    return unescape(found[1])


def asked(address: str) -> dict[str, str]:
    """Return what an address asks of the provider."""
    return {
        name: values[0] for name, values in parse_qs(urlsplit(address).query).items()
    }


def begin(client: Client, **fields: str) -> str:
    """Press the button of the provider; where the browser goes."""
    return address_of(client.post("/account/oidc/acme/", fields).text)


def come_back(client: Client, location: str) -> Any:
    """Follow the provider's redirect to us."""
    parts = urlsplit(location)
    return client.get(f"{parts.path}?{parts.query}")


def sign_in_at(
    client: Client, provider: OpenIdProvider, subject: str, **fields: str
) -> Any:
    """Go the whole way; our answer to the browser that comes back."""
    location = provider.approves(begin(client, **fields), subject)
    return come_back(client, location)


def _wait(port: int) -> None:
    deadline = time.monotonic() + _SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert time.monotonic() < deadline, "the provider did not start"
            time.sleep(0.05)
        else:
            return
