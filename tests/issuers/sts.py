"""Moto's server for STS, behind a forwarder that keeps what was really asked."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import psutil

from governance.egress import BackendSettings, Deadline, OutboundRequest, once
from proxy.credentials.loans import LaneSettings
from tests.issuers.borrowing import lane_of
from tests.remotes import Received, Remote, reply, serving

LOOPBACK = ["127.0.0.1/32"]
ROLE = "arn:aws:iam::123456789012:role/logs-reader"
ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
LOGS_SCOPE = "project:{project}/service:{service}"
READING: dict[str, Any] = {
    "policy": {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["logs:FilterLogEvents"],
                "Resource": [
                    (
                        "arn:aws:logs:eu-central-1:123456789012:log-group:"
                        "/{project}/{service}:*"
                    )
                ],
            }
        ],
    }
}


@dataclass(slots=True)
class Sts:
    """A running STS; ``twist`` changes its answers on their way back."""

    remote: Remote
    moto_url: str
    twist: tuple[bytes, bytes] = (b"", b"")
    status: int = 0

    @property
    def asked(self) -> list[Received]:
        """What came, as bytes."""
        return self.remote.received

    def form(self) -> dict[str, str]:
        """Return the members of the last question."""
        return {
            name: values[0]
            for name, values in parse_qs(self.asked[-1].body.decode()).items()
        }

    def settings(self, **changes: Any) -> dict[str, Any]:
        """Return what a lane of it says."""
        return {
            "region": "eu-central-1",
            "role_arn": ROLE,
            "access_key_id": ACCESS_KEY,
            "sts_url": self.remote.url,
            "allowed_cidrs": LOOPBACK,
            **changes,
        }

    def lane(self, **members: Any) -> LaneSettings:
        """Return a lane that reads one service's logs, unless told otherwise."""
        usual: dict[str, Any] = {
            "name": "logs-read",
            "secret": SECRET_KEY,
            "placement": {"in": "sigv4", "service": "logs", "region": "eu-central-1"},
            "settings": self.settings(),
            "narrowing": READING,
        }
        return lane_of("aws_sts", **{**usual, **members})

    def forward(self, connection: Any) -> None:
        """Ask moto what was asked here, and send its answer back."""
        asked = self.asked[-1]
        kept = [
            (name, value)
            for name, value in asked.headers
            if name.lower() in {"content-type", "authorization", "x-amz-date"}
        ]
        request = OutboundRequest("POST", asked.target, tuple(kept), asked.body)
        moto = BackendSettings(0, 0, self.moto_url, tuple(LOOPBACK))
        answer = once(request, backend=moto, deadline=Deadline(120))
        body = answer.body.replace(*self.twist) if self.twist[0] else answer.body
        status = self.status or answer.status
        connection.sendall(reply(body, status=status, content_type="text/xml"))


@contextmanager
def moto_server() -> Iterator[str]:
    """Run moto's server in a process of its own, and give its address."""
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    with subprocess.Popen(  # noqa: S603 - ourselves
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as moto:
        try:
            assert moto.stderr is not None
            told = (re.search(r"http://127\.0\.0\.1:\d+", each) for each in moto.stderr)
            yield next(found[0] for found in told if found)
        finally:
            for process in psutil.Process(moto.pid).children(recursive=True):
                process.terminate()
            moto.terminate()


@contextmanager
def sts_in_front_of(moto_url: str) -> Iterator[Sts]:
    """Run the forwarder."""
    with serving(Remote()) as remote:
        sts = Sts(remote, moto_url)
        remote.answer = sts.forward
        yield sts
