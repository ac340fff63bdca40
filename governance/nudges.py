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


def nudge(task: str, *ids: str | int) -> None:
    """Tell a worker, once this transaction has committed, to look at rows now."""
    transaction.on_commit(lambda: _send(task, ids), robust=True)


def _send(task: str, ids: tuple[str | int, ...]) -> None:
    try:
        app.send_task(task, args=ids, retry=False, ignore_result=True, expires=60)
    except (OperationalError, OSError):
        _logger.warning("no broker: %s waits for the sweep", task)
