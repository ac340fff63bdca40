"""The exact request that a route would send, for the try-it page; nothing is sent."""

from dataclasses import dataclass
from typing import Final

from governance.arguments import JSON
from governance.egress import Deadline
from governance.models import RouteVersion
from governance.policy.loading import facts_of
from proxy.backends.sending import as_sent, outgoing
from proxy.credentials.credential import Credential, Placement, PlacementRefused
from proxy.execution import backend_settings

EXAMPLE_CALL: Final = "cal_0000000000000000000000000"
EXAMPLE_TRACE: Final = "00-00000000000000000000000000000000-0000000000000000-01"
MASK: Final = "•••"


@dataclass(frozen=True, slots=True)
class Preview:
    """Method, whole URL, headers and body as they would leave, less the secret."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: str


def preview_route(version: RouteVersion, args: dict[str, JSON]) -> Preview:
    """Render a version's backend request for validated arguments.

    Raises ValueError if the mapping or an argument does not allow one.
    """
    route = facts_of(version, route=version.route)
    backend = backend_settings(route.backend)
    call = outgoing(
        backend=backend,
        mapped=route.mapping.render(args, call_id=EXAMPLE_CALL),
        risk=route.risk,
        traceparent=EXAMPLE_TRACE,
        deadline=Deadline(backend.timeout_seconds),
    )
    base, request = as_sent(call, _masked(version))
    return Preview(
        method=request.method,
        url=base + request.target,
        headers=request.headers,
        body=(request.body or b"").decode(),
    )


def _masked(version: RouteVersion) -> Credential:
    if version.lane.kind == "none":
        return Credential()
    if version.lane.kind == "aws_sts":
        return Credential(header=("Authorization", f"AWS4-HMAC-SHA256 {MASK}"))
    try:
        placement = Placement.parse(version.lane.placement)
    except PlacementRefused:
        return Credential()
    value = f"{placement.scheme} {MASK}".strip()
    return Credential(header=(placement.header, value))
