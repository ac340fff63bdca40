"""Sign a request for AWS (Signature Version 4, header form).  Pure.

What is signed is what leaves: method, path and query as they are sent, the body, the
host, the content type and every ``x-amz-`` header.  The time comes in.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import quote, unquote

from governance.egress.outbound import OutboundRequest
from governance.egress.urls import Destination

ALGORITHM: Final = "AWS4-HMAC-SHA256"
_UNRESERVED: Final = "-_.~"
_SLASHES: Final = re.compile("/+")
# S3 alone takes the path as it stands and wants the body's digest in a header.
_PLAIN_PATHS: Final = frozenset({"s3"})


@dataclass(frozen=True, slots=True)
class AwsKeys:
    """An access key; the token is a session's."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SigningScope:
    """For which service, in which region, a signature is."""

    service: str
    region: str


def signature_headers(
    request: OutboundRequest,
    *,
    destination: Destination,
    keys: AwsKeys,
    scope: SigningScope,
    at: datetime,
) -> tuple[tuple[str, str], ...]:
    """Return the headers that sign ``request``; ``at`` is the time in UTC."""
    stamp = f"{at:%Y%m%dT%H%M%SZ}"
    body_hash = hashlib.sha256(request.body or b"").hexdigest()
    added = {"X-Amz-Date": stamp}
    if keys.session_token:
        added["X-Amz-Security-Token"] = keys.session_token
    if scope.service in _PLAIN_PATHS:
        added["X-Amz-Content-SHA256"] = body_hash
    signed = _signed_headers(request, destination, added)
    where = f"{stamp[:8]}/{scope.region}/{scope.service}/aws4_request"
    canonical = "\n".join(
        (
            request.method,
            _path(request, destination, scope),
            _query(request.target),
            *(f"{name}:{value}" for name, value in signed.items()),
            "",
            ";".join(signed),
            body_hash,
        )
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"{ALGORITHM}\n{stamp}\n{where}\n{digest}"
    signature = _hmac(_key(keys, stamp[:8], scope), text).hex()
    said = (
        f"{ALGORITHM} Credential={keys.access_key_id}/{where}, "
        f"SignedHeaders={';'.join(signed)}, Signature={signature}"
    )
    return (*added.items(), ("Authorization", said))


def _signed_headers(
    request: OutboundRequest, destination: Destination, added: Mapping[str, str]
) -> dict[str, str]:
    """Return what is signed, by lower-case name, in order.

    Not the trace: proxies on the way may continue it.
    """
    headers = {
        name.lower(): value for name, value in (*request.headers, *added.items())
    }
    chosen = {
        name: " ".join(value.split())
        for name, value in headers.items()
        if name == "content-type" or name.startswith("x-amz-")
    }
    return dict(sorted({**chosen, "host": destination.authority}.items()))


def _path(
    request: OutboundRequest, destination: Destination, scope: SigningScope
) -> str:
    path = destination.path + request.target.partition("?")[0]
    if scope.service in _PLAIN_PATHS:
        return path
    # Encoded twice, and empty segments left out; dot segments the guard never sends.
    return quote(_SLASHES.sub("/", path), safe=f"/{_UNRESERVED}")


def _query(target: str) -> str:
    query = target.partition("?")[2]
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    return "&".join(
        f"{name}={value}"
        for name, value in sorted((_coded(k), _coded(v)) for k, _, v in pairs)
    )


def _coded(part: str) -> str:
    return quote(unquote(part), safe=_UNRESERVED)


def _key(keys: AwsKeys, day: str, scope: SigningScope) -> bytes:
    key = f"AWS4{keys.secret_access_key}".encode()
    for part in (day, scope.region, scope.service, "aws4_request"):
        key = _hmac(key, part)
    return key


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), hashlib.sha256)
