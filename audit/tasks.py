"""What workers do for the evidence; whoever comes second finds nothing left to do."""

import logging
from typing import Final

from celery import shared_task
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from audit import sealing
from audit.anchors.sending import anchor as send_to_anchors
from audit.connections import give_connection_back
from audit.services.verification import verify_and_record

_logger: Final = logging.getLogger(__name__)


@shared_task(name="audit.seal", ignore_result=True)
def seal() -> None:
    """Seal what waits, and tell if that is late; one at a time has the lock."""
    now = timezone.now()
    sealing.watch(now=now)
    sealing.seal_all(now=now)


def first_look() -> None:
    """Record a rollback before this worker refuses to start because of it.

    It raises nothing: the refusal comes next, whatever was found here.
    """
    try:
        sealing.detect(now=timezone.now())
    except (DatabaseError, InterfaceError, OSError):
        return  # what is wrong is said where the start is refused
    except Exception:
        _logger.exception("the log could not be held against its anchor")
    finally:
        give_connection_back()


def last_words() -> None:
    """Seal and anchor what is there: this worker ends, and may be the last."""
    now = timezone.now()
    try:
        sealing.seal_all(now=now)
        send_to_anchors(now=now)
    except (DatabaseError, InterfaceError, sealing.RolledBack, sealing.ForeignKey):
        return  # it is sealed and anchored by whoever starts next
    finally:
        connection.close()


@shared_task(name="audit.repair", ignore_result=True)
def repair() -> None:
    """Put back what vanished from the outbox; what is back is not found again."""
    sealing.repair(now=timezone.now())


@shared_task(name="audit.beat", ignore_result=True)
def beat() -> None:
    """Record the hour's heartbeats; within the hour there is nothing to do."""
    sealing.beat(now=timezone.now())


@shared_task(name="audit.anchor", ignore_result=True)
def anchor() -> None:
    """Send the newest checkpoint out; an anchor that has it is left alone."""
    send_to_anchors(now=timezone.now())


@shared_task(name="audit.verify", ignore_result=True)
def verify() -> None:
    """Verify all evidence and record what came out; it changes nothing else."""
    verify_and_record(now=timezone.now())
