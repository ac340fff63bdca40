"""A webhook: one signed POST to an address of the tenant's; its answer decides nothing.

No redirect is followed, the address rules of backends apply, and of the answer only the
status counts.
"""

from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from approvals.channels.failures import SendFailed, seconds_asked
from audit.connections import give_connection_back
from audit.webhooks import signature_headers
from governance.egress import (
    BackendSettings,
    Deadline,
    EgressFailed,
    EgressRefused,
    OutboundRequest,
    UrlRefused,
    check_url,
    once,
    parse_url,
)
from governance.egress.outbound import RequestMalformed, encode
from governance.envelope import Secret

SECONDS: Final = 5
MOST_ANSWER_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True)
class Target:
    """Where it goes, and the secrets that sign: the newest, and one being retired."""

    url: str
    allowed_cidrs: tuple[str, ...]
    secret: Secret = field(repr=False)
    previous: Secret | None = field(default=None, repr=False)


def send(target: Target, *, message_id: str, at: datetime, body: bytes) -> None:
    """Post one event.  Raises SendFailed."""
    base, path = split(target.url)
    headers = signature_headers(
        target.secret.reveal(),
        message_id=message_id,
        at=at,
        body=body,
        previous=target.previous.reveal() if target.previous else "",
    )
    request = OutboundRequest(
        "POST", path, (("Content-Type", "application/json"), *headers.items()), body
    )
    backend = BackendSettings(
        id=0,
        version=0,
        base_url=base,
        cidrs=target.allowed_cidrs,
        timeout_seconds=SECONDS,
        max_response_bytes=MOST_ANSWER_BYTES,
    )
    give_connection_back()
    try:
        answer = once(request, backend=backend, deadline=Deadline(SECONDS))
    except EgressRefused as error:
        raise SendFailed("address_refused", is_permanent=True) from error
    except EgressFailed as error:
        raise SendFailed("unreachable", is_permanent=False) from error
    _insist_taken(answer.status, answer.header("Retry-After"))


def _insist_taken(status: int, retry_after: str) -> None:
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return
    # Redirects are not followed, and 410 asks never to be called again.
    is_redirect = status < HTTPStatus.BAD_REQUEST
    raise SendFailed(
        f"http_{status}",
        is_permanent=is_redirect or status == HTTPStatus.GONE,
        retry_after=seconds_asked(retry_after),
    )


def split(url: str) -> tuple[str, str]:
    """Return the origin, and the path with its query, of a webhook's URL."""
    parts = urlsplit(url)
    path = parts.path or "/"
    return f"{parts.scheme}://{parts.netloc}", (
        f"{path}?{parts.query}" if parts.query else path
    )


def url_problems(url: str, *, cidrs: list[str]) -> list[str]:
    """Say what is wrong with a URL; its name is looked up in DNS."""
    give_connection_back()
    try:
        base, path = split(url)
        check_url(base, cidrs=cidrs)
        destination = parse_url(base)
        encode(OutboundRequest("POST", path), path=destination.path, fixed="")
    except UrlRefused as error:
        return [str(error)]
    except (RequestMalformed, ValueError):
        return ["Write a whole, encoded URL, such as https://example.com/hooks/1."]
    return [] if "#" not in url else ["Leave out what follows the #."]
