"""Whether calls may go on: not on a database that was rolled back.

With ``AUDIT_MAX_LAG_SECONDS`` they may not either while sealing is further behind than
that.  Asked once a second by each process, so a call pays nothing for it.
"""

import time
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import DatabaseError, InterfaceError

from audit.errors import RecordUnavailable
from audit.sealing.lag import LIMIT, unsealed_age
from audit.sealing.rollbacks import rolled_back

SECONDS: Final = 1.0


class Standing:
    """What this process knew a second ago."""

    def __init__(self) -> None:
        self._until = 0.0
        self._refusal: str | None = None

    def insist(self, *, now: datetime) -> None:
        """Raise RecordUnavailable if no call may be made now."""
        if time.monotonic() >= self._until:
            # Others go by the old answer meanwhile: one thread asks.
            self._until = time.monotonic() + SECONDS
            self._refusal = self._ask(now)
        if self._refusal is not None:
            raise RecordUnavailable(self._refusal)

    def forget(self) -> None:
        """Ask again at the next call."""
        self._until = 0.0

    def _ask(self, now: datetime) -> str | None:
        try:
            return _refusal(now)
        except (DatabaseError, InterfaceError):
            return self._refusal  # the call itself will meet the same


_standing: Final = Standing()
insist: Final = _standing.insist
forget: Final = _standing.forget


def _refusal(now: datetime) -> str | None:
    if found := rolled_back():
        return found
    limit = settings.AUDIT_MAX_LAG_SECONDS
    if limit and unsealed_age(now=now) > timedelta(seconds=limit):
        return "sealing is too far behind"
    return None


def trouble(*, now: datetime) -> str | None:
    """Return a sentence for whoever is on duty; None where all is well."""
    if found := rolled_back():
        return (
            f"The database was rolled back: {found}. `manage.py log accept-rollback` "
            "goes on from here, and revokes every live claim."
        )
    age = unsealed_age(now=now)
    if age > LIMIT:
        return f"Sealing the evidence lags by {age.total_seconds():.0f} s."
    return None
