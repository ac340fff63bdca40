"""Everything that evidence says about one call, for its page."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from audit import sentence
from audit.access import AuditScope
from audit.columns import Row
from audit.digests import args_digest, short_code
from audit.events import ENDINGS
from audit.models import Payload, Record, RecordQuerySet
from audit.rows import read


@dataclass(frozen=True, slots=True)
class Shown:
    """What was shown to one person, and how she answered."""

    person: str | None
    verdict: str
    seat: str | None
    stands_in_for: str | None
    channel: str | None
    signed_in_by: str
    signed_in_at: datetime | None
    at: datetime | None
    took: timedelta | None
    shown: Mapping[str, Any] | str | None


@dataclass(frozen=True, slots=True)
class Arguments:
    """The bytes that were sent, while they are kept, digested again."""

    text: str
    digest: str
    equals_record: bool
    keep_until: datetime


@dataclass(frozen=True, slots=True)
class CallEvidence:
    """A call as its page tells it: ``main`` is the record that explains it."""

    rows: Sequence[Row]
    main: Row
    sentence: str
    asked: Row | None
    minted: Row | None
    revoked: Row | None
    ending: Row | None
    resolved: Row | None
    trouble: Sequence[Row]  # with the credential
    code: str | None
    shown: Sequence[Shown]
    arguments: Arguments | None

    @property
    def is_denied(self) -> bool:
        """Whether it was refused."""
        return self.main["outcome"] == "denied"

    @property
    def took(self) -> timedelta | None:
        """How long after it was allowed the outcome was known."""
        return self.ending["at"] - self.main["at"] if self.ending else None

    @property
    def loan(self) -> Mapping[str, Any]:
        """What its outcome says of the credential that was borrowed."""
        return (self.ending["detail"] if self.ending else None) or {}

    @property
    def loan_ends_at(self) -> datetime | None:
        """When the credential ended by itself, if it did."""
        return _moment(self.loan.get("expires_at"))

    @property
    def loan_back_at(self) -> datetime | None:
        """When the credential was given back; None where words say something else."""
        try:
            return _moment(self.loan.get("revoked"))
        except (TypeError, ValueError):
            return None


def evidence_of(call_id: str, *, scope: AuditScope) -> CallEvidence | None:
    """Return all that is known of a call; None if the person may see none of it."""
    records = Record.objects.visible_to(scope)
    own = read(records.of_call(call_id))
    if not own:
        return None
    main = sentence.main_row(own)
    rows = sorted([*own, *_before_it(main, records)], key=lambda row: row["id"])
    return CallEvidence(
        rows=rows,
        main=main,
        sentence=sentence.of_call(own),
        asked=_last(rows, "approval.requested"),
        minted=_last(rows, "claim.minted"),
        revoked=_last(rows, "claim.revoked", "approval.revoked"),
        ending=_last(own, *ENDINGS),
        resolved=_last(own, "call.resolved"),
        trouble=[row for row in own if row["event"].startswith("credential.")],
        code=short_code(main["fingerprint"]) if main["fingerprint"] else None,
        shown=_shown(main, rows),
        arguments=_arguments(main, call_id),
    )


def _last(rows: Sequence[Row], *events: str) -> Row | None:
    return next((row for row in reversed(rows) if row["event"] in events), None)


def _before_it(main: Row, records: RecordQuerySet) -> list[Row]:
    """Read what names no call yet: of its approval, and of its claim."""
    names = {c: main[c] for c in ("approval_id", "claim_id") if main[c]}  # type: ignore[literal-required]
    if not names:
        return []
    of_it = Q(*names.items(), _connector=Q.OR)
    return read(records.filter(of_it, call_id__isnull=True).order_by("pk"))


def _shown(main: Row, rows: Sequence[Row]) -> list[Shown]:
    asked = [row["at"] for row in rows if row["event"] == "approval.requested"]
    votes = json.loads(main["approvers"] or "[]")
    return [_vote(vote, asked_at=asked[0] if asked else None) for vote in votes]


def _vote(vote: Mapping[str, Any], *, asked_at: datetime | None) -> Shown:
    at = _moment(vote.get("at"))
    methods = vote.get("signed_in_by") or ""
    return Shown(
        person=vote.get("person"),
        verdict=vote.get("verdict", ""),
        seat=vote.get("seat"),
        stands_in_for=vote.get("stands_in_for"),
        channel=vote.get("channel"),
        signed_in_by=methods if isinstance(methods, str) else ", ".join(methods),
        signed_in_at=_moment(vote.get("signed_in_at")),
        at=at,
        took=at - asked_at if at and asked_at else None,
        shown=vote.get("shown"),
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _arguments(main: Row, call_id: str) -> Arguments | None:
    payload = _payload(main, call_id)
    if payload is None:
        return None
    request = bytes(payload.request)
    digest = args_digest(request)
    return Arguments(
        text=json.dumps(json.loads(request), indent=2, ensure_ascii=False),
        digest=digest,
        equals_record=digest == main["args_digest"],
        keep_until=payload.keep_until,
    )


def _payload(main: Row, call_id: str) -> Payload | None:
    # The layer above relates its calls to their payloads under this name.
    return Payload.objects.filter(calls__pk=call_id, tenant=main["tenant"]).first()
