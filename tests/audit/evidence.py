"""Facts of one call, as the tests of the evidence tell them."""

from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import transaction

from audit.columns import Row
from audit.models import Record
from audit.rows import read
from audit.services import Approver, Facts, record

NOW: Final = datetime(2026, 11, 23, 10, 2, 3, tzinfo=UTC)
LATER: Final = NOW + timedelta(seconds=1)
CALL_ID: Final = "cal_06bnu5k0s1v6h5v3k9q2p7m4ec"
# Its first 30 bits read K7Q-4M2.
FINGERPRINT: Final = bytes.fromhex("57e1c66800") + bytes(27)

YES: Final[Approver] = {
    "person": "ana",
    "seat": "member",
    "verdict": "approve",
    "at": NOW - timedelta(minutes=1),
    "channel": "page",
    "signed_in_by": "password, totp",
    "signed_in_at": NOW.replace(hour=9, minute=58),
    "shown": {"view": "full", "locale": "en"},
}

CALL: Final[Facts] = {
    "tenant": "team-acme",
    "agent": "ci-agent",
    "on_behalf_of": "dana",
    "tool": "github.comment_pr",
    "risk": "write",
    "backend": "github-api",
    "backend_origin": "https://api.github.example:443",
    "session_id": "ses_06bnu5k0s1v6h5v3k9q2p7m4ec",
    "call_id": CALL_ID,
    "approval_id": "apr_06bnu5k0s1v6h5v3k9q2p7m4ec",
    "claim_id": "clm_06bnu5k0s1v6h5v3k9q2p7m4ec",
    "claim_nonce": b"n" * 32,
    "claim_use": 1,
    "claim_max_uses": 1,
    "scope": "repo:payments-api/pull:184",
    "lane": "github-comment",
    "route_version": 12,
    "route_digest": b"r" * 32,
    "policy": "required: 1 of reviewers, four_eyes",
    "policy_epoch": 7,
    "args_digest": b"a" * 32,
    "summary_digest": b"s" * 32,
    "fingerprint": FINGERPRINT,
    "summary": "Comment on pull request #184 of payments-api",
    "stated_reason": "The review is done.",
    "approvers": [YES],
}


def write(event: str, facts: Facts | None = None, *, now: datetime = NOW) -> str:
    """Record an event in a transaction of its own."""
    with transaction.atomic():
        return record(event, now=now, **(CALL if facts is None else facts))


def row_of(record_id: str) -> Row:
    """Read a record back."""
    (row,) = read(Record.objects.filter(pk=record_id))
    return row
