"""What somebody typed into the one box: an id, a digest, a short code, or nothing."""

import re
from typing import Final

from django.db.models import Q

from audit.digests import fingerprint_prefixes

_COLUMNS: Final = {
    "evt": "id",
    "cal": "call_id",
    "ses": "session_id",
    "apr": "approval_id",
    "clm": "claim_id",
    "req": "request_id",
}
_ID: Final = re.compile(r"(evt|cal|ses|apr|clm|req)_[0-9a-z]{1,36}")
_DIGEST: Final = re.compile(r"(?:sha256:)?([0-9a-f]{64})")
_TRACE: Final = re.compile(r"[0-9a-f]{32}")
_CODE: Final = re.compile(r"[A-Za-z2-7]{3}-[A-Za-z2-7]{3}")
_DIGEST_COLUMNS: Final = (
    "personal__args_digest",
    "personal__fingerprint",
    "personal__summary_digest",
    "route_digest",
    "claim_nonce",
)


def asked_for(text: str) -> Q | None:
    """Return which records the text names; None if it is nothing that names one."""
    if found := _ID.fullmatch(text):
        return Q(**{_COLUMNS[found[1]]: text})
    if found := _DIGEST.fullmatch(text.lower()):
        return _any_of(_DIGEST_COLUMNS, f"sha256:{found[1]}")
    if _TRACE.fullmatch(text.lower()):
        return Q(trace_id=text.lower())
    if _CODE.fullmatch(text):
        return _with_code(text)
    return None


def _any_of(columns: tuple[str, ...], value: str) -> Q:
    chosen = Q()
    for column in columns:
        chosen |= Q(**{column: value})
    return chosen


def _with_code(code: str) -> Q:
    chosen = Q()
    for prefix in fingerprint_prefixes(code):
        chosen |= Q(personal__fingerprint__startswith=prefix)
    return chosen
