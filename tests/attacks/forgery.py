"""Tokens that nobody but we could sign, and those that somebody else did."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from approvals.services.keyring import active_kid
from governance.keys import claim_private_key


def header_of(token: str) -> dict[str, Any]:
    """Return a token's header as it stands there."""
    return _members(token.split(".", maxsplit=1)[0])


def payload_of(token: str) -> dict[str, Any]:
    """Return a token's payload as it stands there."""
    return _members(token.split(".")[1])


def signed(header: Mapping[str, Any] | str, payload: Mapping[str, Any] | str) -> str:
    """Sign a header and a payload, or their text, with our own active key."""
    text = unsigned(header, payload)
    return f"{text}.{b64(claim_private_key(active_kid()).sign(text.encode()))}"


def unsigned(header: Mapping[str, Any] | str, payload: Mapping[str, Any] | str) -> str:
    """Return the two segments that a signature covers."""
    return f"{b64(_text(header).encode())}.{b64(_text(payload).encode())}"


def with_header(token: str, **changes: Any) -> str:
    """Return a token whose header we changed and signed."""
    return signed({**header_of(token), **changes}, payload_of(token))


def with_payload(token: str, **changes: Any) -> str:
    """Return a token whose payload we changed and signed."""
    return signed(header_of(token), {**payload_of(token), **changes})


def spelled(token: str, old: str, new: str) -> str:
    """Return a token that we signed after a change no dictionary could hold."""
    text = json.dumps(payload_of(token))
    assert old in text
    return signed(header_of(token), text.replace(old, new, 1))


def b64(raw: bytes) -> str:
    """Return base64url without padding (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _text(members: Mapping[str, Any] | str) -> str:
    return members if isinstance(members, str) else json.dumps(members)


def _members(segment: str) -> dict[str, Any]:
    raw = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    members: dict[str, Any] = json.loads(raw)
    return members
