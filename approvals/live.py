"""Whether a list of approvals has changed: one query for everybody, once a second."""

import hashlib
import threading
import time
from collections.abc import Iterable
from typing import Final

from django.db import connection

CACHED_SECONDS: Final = 1.0

# The newest change of an approval, of a seat, and of who is looking; what begins or
# ends by the clock alone counts from the moment at which it does.  Of what waits the
# sum as well: of two changes the older may be the one that commits last.
_NEWEST: Final = """
    SELECT t.id, concat_ws('/', t.policy_epoch,
      (SELECT max(changed_at) FROM approvals_approval a WHERE a.tenant_id = t.id),
      (SELECT concat(count(*), ' ', sum(extract(epoch FROM a.changed_at)))
        FROM approvals_approval a WHERE a.tenant_id = t.id AND a.state = 'pending'),
      (SELECT max(CASE WHEN valid_to <= at THEN valid_to ELSE valid_from END)
        FROM governance_membership m WHERE m.tenant_id = t.id AND valid_from <= at),
      (SELECT max(CASE WHEN valid_to <= at THEN valid_to ELSE valid_from END)
        FROM governance_groupmembership p
        JOIN governance_approvergroup g ON g.id = p.group_id
        WHERE g.tenant_id = t.id AND valid_from <= at),
      (SELECT count(*) FROM approvals_taking k
        JOIN approvals_approval a ON a.id = k.approval_id
        WHERE a.tenant_id = t.id AND k.at > clock.at - interval '10 minutes'))
    FROM governance_tenant t, (SELECT clock_timestamp() AS at) clock
    WHERE t.id = ANY(%s)
"""


class Newest:
    """The newest change of each tenant, as text, read at most once a second."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[int, tuple[float, str]] = {}

    def of(self, tenants: Iterable[int]) -> str:
        """Return what stands for the state of these tenants, a second old at most."""
        ids = sorted(set(tenants))
        with self._lock:
            # Held over the query: of many polls at once, one asks.
            at = time.monotonic()
            stale = [pk for pk in ids if self._is_stale(pk, at)]
            if stale:
                self._read(stale, at)
            return "|".join(self._known[pk][1] for pk in ids if pk in self._known)

    def forget(self) -> None:
        """Forget everything: the next one who asks is told anew."""
        with self._lock:
            self._known.clear()

    def _is_stale(self, pk: int, at: float) -> bool:
        return pk not in self._known or self._known[pk][0] < at - CACHED_SECONDS

    def _read(self, ids: list[int], at: float) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_NEWEST, [ids])
            self._known.update({pk: (at, text) for pk, text in cursor.fetchall()})


NEWEST: Final = Newest()


def validator(tenants: Iterable[int], *parts: object) -> str:
    """Return an entity tag's text for a list of these tenants, for one reader."""
    text = "\0".join([NEWEST.of(tenants), *map(str, parts)])
    return hashlib.sha256(text.encode()).hexdigest()[:32]
