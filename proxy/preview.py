"""The exact request that a route would send, for the try-it page; nothing is sent."""

from dataclasses import dataclass
from typing import Final

from governance.arguments import JSON
from governance.models import RouteVersion
from governance.policy.loading import facts_of
from proxy.backends.http import outbound_request
from proxy.credentials.credential import Credential, Placement, PlacementRefused

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
    mapped = route.mapping.render(args, call_id=EXAMPLE_CALL)
    request = outbound_request(mapped, _masked(version), traceparent=EXAMPLE_TRACE)
    return Preview(
        method=request.method,
        url=route.backend.base_url.rstrip("/") + request.target,
        headers=request.headers,
        body=(request.body or b"").decode(),
    )


def _masked(version: RouteVersion) -> Credential:
    if version.lane.kind == "none":
        return Credential()
    try:
        placement = Placement.parse(version.lane.placement)
    except PlacementRefused:
        return Credential()
    value = f"{placement.scheme} {MASK}".strip()
    return Credential(header=(placement.header, value))
