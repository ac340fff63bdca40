"""What a lease costs: each kind against an issuer on the loopback, in one process.

``python -m bench.leases SECONDS`` prints the figures as JSON; the issuers run in
threads of the same process, so their work is in the time; ``static`` is ours alone.
"""

import json
import os
import socketserver
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qs

import django
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

django.setup()

from approvals.claims import ClaimPayload, granted  # noqa: E402 - after setup
from governance.demo.remote.github import CLIENT_ID, INSTALLATION, OWNER  # noqa: E402
from governance.demo.remote.server import Server  # noqa: E402 - as above
from governance.egress import Deadline  # noqa: E402 - as above
from governance.envelope import Context, seal_secret  # noqa: E402 - as above
from governance.keys import kek, newest_kek_id  # noqa: E402 - as above
from proxy.credentials.lease import lease  # noqa: E402 - as above
from proxy.credentials.loans import LaneSettings, LoanRequest  # noqa: E402 - as above

SCOPE: Final = "repo:payments-api/pull:184"
TEMPLATE: Final = "repo:{repo}/pull:{pull}"
LOOPBACK: Final = ["127.0.0.1/32"]
ROLE: Final = "arn:aws:iam::123456789012:role/bench"


@dataclass(frozen=True, slots=True)
class Measured:
    """One kind; times in milliseconds, requests a lease with its return."""

    kind: str
    rate: float
    p50: float
    p99: float
    requests: float


def main() -> None:
    """Measure each kind for some seconds."""
    seconds = float(sys.argv[1])
    with _github() as (github, count_github), _sts() as (sts, count_sts):
        rows = [
            measured("static", _static(), seconds, lambda: 0),
            measured("github_app", github, seconds, count_github),
            measured("aws_sts", sts, seconds, count_sts),
        ]
    sys.stdout.write(json.dumps([asdict(row) for row in rows]))


def measured(
    kind: str, lane: LaneSettings, seconds: float, count: Callable[[], int]
) -> Measured:
    """Lend and take back until the time is over."""
    times: list[float] = []
    _lend(lane)
    before, ends = count(), time.monotonic() + seconds
    while time.monotonic() < ends:
        begun = time.perf_counter()
        _lend(lane)
        times.append((time.perf_counter() - begun) * 1000)
    cuts = statistics.quantiles(times, n=100)
    asked = (count() - before) / len(times)
    return Measured(kind, len(times) / seconds, cuts[49], cuts[98], asked)


def _lend(lane: LaneSettings) -> None:
    now = int(time.time())  # noqa: TID251 - no Django time zone is needed here
    claim = granted(_payload(lane, now))
    paid = claim.payload
    call = LoanRequest(
        tenant=paid.tenant_id,
        lane=lane.name,
        scope=SCOPE,
        args_digest=paid.args,
        claim_id=paid.jti,
        claim_ends_at=paid.exp,
        asked_at=now,
        call_id="cal_06bnu5k0s1v6h5v3k9q2p7m4ec",
        agent="bench",
        risk="write",
        scope_template=TEMPLATE,
    )
    with lease(claim, call=call, lane=lane, deadline=Deadline(30)):
        pass


def _payload(lane: LaneSettings, now: int) -> ClaimPayload:
    digest = "sha256:" + "a" * 64
    return ClaimPayload(
        iss="bench",
        aud="bench",
        jti="clm_06bnu5k0s1v6h5v3k9q2p7m4ec",
        iat=now,
        nbf=now,
        exp=now + 300,
        tenant_id=lane.tenant,
        sub="bench",
        session_id="ses_06bnu5k0s1v6h5v3k9q2p7m4ec",
        tool="bench.lease",
        risk="write",
        scope=SCOPE,
        lane=lane.name,
        route=digest,
        args=digest,
        summary=digest,
        approval_id=None,
        nonce="0" * 22,
        max_uses=1,
    )


def _lane(kind: str, secret: str, **members: Any) -> LaneSettings:
    kek_id = newest_kek_id()
    sealed = seal_secret(
        secret.encode(),
        kek_id=kek_id,
        kek=kek(kek_id),
        aad=Context("bench", kind, "secret", 1),
        random=os.urandom,
    )
    return LaneSettings(
        "bench", kind, kind, sealed_secret=sealed, secret_version=1, **members
    )


def _static() -> LaneSettings:
    bearer: dict[str, object] = {"in": "authorization", "scheme": "Bearer"}
    return _lane("static", "a secret of the benchmark", placement=bearer)


@contextmanager
def _serving(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def _github() -> Iterator[tuple[LaneSettings, Callable[[], int]]]:
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    form = Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    pem = key.private_bytes(*form).decode()
    server = Server(0, {"github-app": pem})
    lane = _lane(
        "github_app",
        pem,
        placement={"in": "authorization", "scheme": "Bearer"},
        settings={
            "api_url": server.url,
            "client_id": CLIENT_ID,
            "installation_id": INSTALLATION,
            "owner": OWNER,
            "allowed_cidrs": LOOPBACK,
        },
        narrowing={"repositories": ["{repo}"], "permissions": {"issues": "write"}},
    )
    with _serving(server):
        github = server.remote.github
        if github is None:
            raise RuntimeError("The remote has no app.")

        def count() -> int:
            revoked = sum(bool(token["revoked"]) for token in github.issued())
            return github.asked + revoked

        yield lane, count


class _Sts(socketserver.StreamRequestHandler):
    """Says to everything that a session of the role was made."""

    asked = 0

    def handle(self) -> None:
        """Answer one question."""
        type(self).asked += 1
        size = 0
        while line := self.rfile.readline().strip():
            name, _, value = line.partition(b": ")
            size = int(value) if name.lower() == b"content-length" else size
        session = parse_qs(self.rfile.read(size).decode())["RoleSessionName"][0]
        body = _xml(session).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n"
        self.wfile.write(head.encode() + body)


def _xml(session: str) -> str:
    ends = datetime.fromtimestamp(time.time() + 900, tz=UTC)  # noqa: TID251 - AWS's
    members = {
        "AccessKeyId": "ASIAIOSFODNN7EXAMPLE",
        "SecretAccessKey": "s" * 40,
        "SessionToken": "t" * 400,
        "Expiration": ends.isoformat(),
        "Arn": f"arn:aws:sts::123456789012:assumed-role/bench/{session}",
        "PackedPolicySize": "6",
    }
    texts = "".join(f"<{name}>{text}</{name}>" for name, text in members.items())
    return f"<AssumeRoleResponse>{texts}</AssumeRoleResponse>"


@contextmanager
def _sts() -> Iterator[tuple[LaneSettings, Callable[[], int]]]:
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Sts)
    server.daemon_threads = True
    resource = "arn:aws:logs:eu-central-1:123456789012:log-group:/{repo}:*"
    statement = {"Effect": "Allow", "Action": "logs:Get", "Resource": resource}
    lane = _lane(
        "aws_sts",
        "a secret key of the benchmark",
        placement={"in": "sigv4", "service": "logs", "region": "eu-central-1"},
        settings={
            "region": "eu-central-1",
            "role_arn": ROLE,
            "access_key_id": "AKIAIOSFODNN7EXAMPLE",
            "sts_url": f"http://127.0.0.1:{server.server_address[1]}",
            "allowed_cidrs": LOOPBACK,
        },
        narrowing={"policy": {"Version": "2012-10-17", "Statement": [statement]}},
    )
    with _serving(server):
        yield lane, lambda: _Sts.asked


if __name__ == "__main__":
    main()
