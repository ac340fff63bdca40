"""Messages to the workers.  Each is only a nudge: the row is the truth.

A sweep finds within seconds what a lost message left behind, so a broker that is away
is logged and otherwise ignored.
"""

import logging
from typing import Final

from django.db import transaction
from kombu.exceptions import OperationalError

from governance.celery import app

_logger: Final = logging.getLogger(__name__)


def nudge(task: str, row_id: str | int) -> None:
    """Tell a worker, once this transaction has committed, to look at a row now."""
    transaction.on_commit(lambda: _send(task, row_id), robust=True)


def _send(task: str, row_id: str | int) -> None:
    try:
        app.send_task(task, args=[row_id], retry=False, ignore_result=True)
    except (OperationalError, OSError):
        _logger.warning("no broker: %s waits for the sweep", task)
