"""Who said yes to exactly this, as part of the sentence.  Pure."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from audit.columns import Row
from audit.digests import short_code

_CHANNELS: Final = {
    "page": "on the review page",
    "slack": "in Slack",
    "command": "on the command line",
}
METHODS: Final = {
    "totp": "one-time code",
    "mfa": "one-time code",
    "recovery_codes": "recovery code",
    "webauthn": "passkey",
    "oidc": "single sign-on",
    "oidc_factor": "a second factor there",
    "slack link": "the linked Slack account",
}


def approved_by(row: Row) -> str:
    """Return ``ana approved exactly this action (K7Q-4M2) on the review page, …``.

    Under ``confirm`` the agent's owner is said to have confirmed it: it was nobody
    else who approved.
    """
    votes = json.loads(row["approvers"] or "[]")
    yes = [vote for vote in votes if vote.get("verdict") == "approve"]
    return ", and ".join(_clause(vote, row) for vote in yes)


def _clause(vote: Mapping[str, Any], row: Row) -> str:
    code = f" ({short_code(row['fingerprint'])})" if row["fingerprint"] else ""
    channel = _CHANNELS.get(vote.get("channel", ""), f"by {vote.get('channel')}")
    return f"{_who(vote, row)} exactly this action{code} {channel}{_sign_in(vote, row)}"


def _who(vote: Mapping[str, Any], row: Row) -> str:
    person = vote.get("person") or "a person whose name was erased"
    if vote.get("stands_in_for"):
        return f"{person}, standing in for {vote['stands_in_for']}, approved"
    if vote.get("seat") == "owner" and "confirm" in (row["policy"] or ""):
        return f"{person}, its owner, confirmed"
    return f"{person} approved"


def _sign_in(vote: Mapping[str, Any], row: Row) -> str:
    if not vote.get("signed_in_by"):
        return ""
    words = " and ".join(METHODS.get(m, m) for m in _methods(vote["signed_in_by"]))
    if not vote.get("signed_in_at"):
        return f", signed in with {words}"
    return f", signed in with {words} at {_moment(vote['signed_in_at'], row['at'])}"


def _methods(signed_in_by: str | list[str]) -> list[str]:
    if isinstance(signed_in_by, str):
        return [method.strip() for method in signed_in_by.split(",")]
    return signed_in_by


def _moment(text: str, of: datetime) -> str:
    at = datetime.fromisoformat(text).astimezone(UTC)
    if at.date() == of.astimezone(UTC).date():
        return f"{at:%H:%M}"
    return f"{at:%H:%M} on {at.day} {at:%B %Y}"
