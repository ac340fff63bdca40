"""Telling people how a call ended, through the approvals' outbox."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db import DatabaseError, InterfaceError, transaction

from approvals.services import notify_outcome

_logger: Final = logging.getLogger(__name__)
_TOLD_AS: Final = {"completed": "executed"}


def tell_outcome(
    call_id: str,
    state: str,
    *,
    agent_id: int,
    approval_id: str | None,
    about: Mapping[str, str],
    now: datetime,
) -> None:
    """Write the deliveries of an outcome, in the transaction that stores it.

    ``about`` holds ``tool``, ``scope`` and ``agent``.  Nothing is raised where the
    database refuses: a mail about an outcome is not worth the outcome.
    """
    try:
        with transaction.atomic():
            notify_outcome(
                call_id,
                _TOLD_AS.get(state, state),
                agent_id=agent_id,
                approval_id=approval_id,
                about=about,
                now=now,
            )
    except (DatabaseError, InterfaceError):
        _logger.warning("nobody was told of %s", call_id)
