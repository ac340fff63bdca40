"""What somebody typed into the one box: an id, a digest, a short code, or nothing."""

import re
from typing import Any, Final

from django.db.models import Q, QuerySet

from audit.digests import fingerprint_prefixes
from audit.models import Personal, RecordQuerySet

_COLUMNS: Final = {
    "evt": "id",
    "cal": "call_id",
    "ses": "session_id",
    "apr": "approval_id",
    "clm": "claim_id",
    "req": "request_id",
}
RECORD_ID: Final = re.compile(r"evt_[0-9a-v]{26}")
_ID: Final = re.compile(r"(evt|cal|ses|apr|clm|req)_[0-9a-z]{1,36}")
_DIGEST: Final = re.compile(r"(?:sha256:)?([0-9a-f]{64})", re.IGNORECASE)
_TRACE: Final = re.compile(r"[0-9a-f]{32}", re.IGNORECASE)
_CODE: Final = re.compile(r"[a-z2-7]{3}-[a-z2-7]{3}", re.IGNORECASE)
_NAMES: Final = (_ID, _DIGEST, _TRACE, _CODE)


def names_something(text: str) -> bool:
    """Whether the text is an id, a digest, a trace or a code at all."""
    return any(form.fullmatch(text) for form in _NAMES)


def named(records: RecordQuerySet, text: str) -> RecordQuerySet:
    """Keep the records that the text names; none if it names nothing."""
    if found := _ID.fullmatch(text):
        return records.filter(**{_COLUMNS[found[1]]: text})
    if found := _DIGEST.fullmatch(text):
        return _with_digest(records, f"sha256:{found[1].lower()}")
    if _TRACE.fullmatch(text):
        return records.filter(trace_id=text.lower())
    return _with_code(records, text)


def _with_digest(records: RecordQuerySet, digest: str) -> RecordQuerySet:
    # One at a time: of what is joined by an "or" no index would be used.
    for chosen in (
        Q(pk__in=_beside(Q(args_digest=digest) | Q(fingerprint=digest))),
        Q(route_digest=digest),
        Q(claim_nonce=digest),
    ):
        if (found := records.filter(chosen)).exists():
            return found
    return records.filter(pk__in=_beside(Q(summary_digest=digest)))


def _with_code(records: RecordQuerySet, code: str) -> RecordQuerySet:
    fingerprints = Q(pk__in=[])
    for prefix in fingerprint_prefixes(code):
        fingerprints |= Q(fingerprint__startswith=prefix)
    return records.filter(pk__in=_beside(fingerprints))


def _beside(chosen: Q) -> QuerySet[Personal, Any]:
    return Personal.objects.filter(chosen).values("record_id")
