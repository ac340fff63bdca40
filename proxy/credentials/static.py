"""The stored value itself: shared, not narrowed, not revocable."""

from audit.mac import hmac_sha256
from governance.envelope import Secret
from proxy.credentials.credential import Credential, NotPlaceable, Placement

__all__ = ["NotPlaceable", "borrow"]


def borrow(secret: Secret, *, placement: Placement, key: bytes) -> Credential:
    """Place a lane's secret; ``key`` makes the fingerprint that records hold.

    Raises NotPlaceable rather than send a value that could end the header.
    """
    value = secret.reveal()
    header = placement.put(value)
    digest = hmac_sha256(key, value.encode())
    return Credential(header, digest.hex()[:16], (value,))
