"""Claims for the tests of claims: a good one, and what only our key could sign."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from approvals import claims
from approvals.claims import ClaimPayload, VerifiedClaim
from governance.decision import Decision, Reason

NOW = 1_764_072_000
KID = "2025-11"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(32))
KEYS = {KID: KEY.public_key()}
PUBLIC_BYTES = KEY.public_key().public_bytes_raw()
PAYLOAD = ClaimPayload(
    iss="https://[::1]:8000",
    aud="sealwright-executor",
    jti="clm_06bnu5k0s1v6h5v3k9q2p7m4ec",
    iat=NOW,
    nbf=NOW,
    exp=NOW + 300,
    tenant_id="team-acme",
    sub="ci-agent",
    session_id="ses_06bnu5k0s1v6h5v3k9q2p7m4ec",
    tool="github.comment",
    risk="write",
    scope="repo:payments-api/pull:184",
    lane="github-comments",
    route="sha256:" + "1" * 64,
    args="sha256:" + "2" * 64,
    summary="sha256:" + "3" * 64,
    approval_id="apr_06bnu5k0s1v6h5v3k9q2p7m4ec",
    nonce=claims.nonce_for("clm_06bnu5k0s1v6h5v3k9q2p7m4ec", bytes(32)),
    max_uses=1,
)
TOKEN = claims.sign(PAYLOAD, kid=KID, key=KEY)
HEADER: dict[str, Any] = {"alg": "EdDSA", "typ": "sealwright-claim+jwt", "kid": KID}
MALFORMED = Decision.deny(Reason.CLAIM_MALFORMED)
UNSIGNED = Decision.deny(Reason.CLAIM_SIGNATURE_INVALID)


def verify(token: str, *, now: int = NOW) -> VerifiedClaim | Decision:
    return claims.verify(
        token, keys=KEYS, issuer=PAYLOAD.iss, audience=PAYLOAD.aud, now=now
    )


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(header: bytes, payload: bytes) -> str:
    """Sign two segments as they are: what nobody but we could forge."""
    text = f"{b64(header)}.{b64(payload)}"
    return f"{text}.{b64(KEY.sign(text.encode()))}"


def with_payload(**changes: object) -> str:
    members = {**PAYLOAD.members(), **changes}
    return signed(json.dumps(HEADER).encode(), json.dumps(members).encode())


def with_header(header: Mapping[str, object]) -> str:
    return signed(json.dumps(header).encode(), json.dumps(PAYLOAD.members()).encode())


def spelled(old: str, new: str) -> str:
    """Sign the payload's text after a change that no dictionary could hold."""
    text = json.dumps(PAYLOAD.members())
    assert old in text
    return signed(json.dumps(HEADER).encode(), text.replace(old, new, 1).encode())
