"""Opening a lane's secret: for a lease, and for the proof of its settings."""

from typing import Final

from governance.envelope import Context, Secret, open_secret
from governance.keys import KeyUnavailable, kek
from proxy.credentials.failures import NotLent
from proxy.credentials.loans import LaneSettings

SECRET_FIELD: Final = "secret"  # noqa: S105 (the name of a field)


def opened(lane: LaneSettings) -> Secret:
    """Open a lane's secret in its own place.  Raises NotLent."""
    place = Context(lane.tenant, lane.name, SECRET_FIELD, lane.secret_version)
    try:
        return open_secret(lane.sealed_secret, keks=kek, aad=place)
    except (ValueError, KeyUnavailable):
        # Without the cause: it may be about bytes of the secret.
        raise unusable(lane) from None


def unusable(lane: LaneSettings) -> NotLent:
    """Return what is said of a secret that is missing or can't be placed."""
    said = f"The secret of the lane “{lane.name}” can't be used."
    return NotLent(f"{said} Set it anew.", detail=said)
