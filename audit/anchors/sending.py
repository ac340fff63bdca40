"""The minute's work: the newest checkpoint goes to every anchor that lacks it."""

from collections.abc import Mapping
from datetime import datetime
from types import ModuleType
from typing import Final

from django.db import transaction

from audit.anchors import file, webhook
from audit.anchors.failures import AnchorFailed, Sending
from audit.models import AnchorReceipt, Checkpoint, LogState
from audit.services.recording import record

ANCHORS: Final[Mapping[str, ModuleType]] = {"file": file, "webhook": webhook}


def anchor(*, now: datetime) -> int:
    """Send the newest checkpoint to each anchor and return how many took it.

    A receipt is a row and no record, else each would make the next one due.  No lock
    or transaction is held while somebody answers.
    """
    newest = Checkpoint.objects.newest()
    LogState.objects.get_or_create(pk=1)
    if newest is None or LogState.objects.exclude(rollback_detected_at=None).exists():
        return 0
    lacking = [name for name in ANCHORS if _lacks(name, newest)]
    return sum(_put(name, newest, now) for name in lacking)


def _lacks(name: str, newest: Checkpoint) -> bool:
    if not ANCHORS[name].is_on():
        return False
    return not AnchorReceipt.objects.filter(anchor=name, size__gte=newest.size).exists()


def _put(name: str, newest: Checkpoint, now: datetime) -> bool:
    try:
        ANCHORS[name].put(Sending(newest.note, newest.size, now))
    except AnchorFailed as failed:
        _turn(name, "log.anchor_failed", now, why=str(failed))
        return False
    AnchorReceipt.objects.create(anchor=name, size=newest.size, at=now)
    _turn(name, "log.anchor_recovered", now)
    return True


@transaction.atomic
def _turn(name: str, event: str, now: datetime, *, why: str = "") -> None:
    state = LogState.objects.select_for_update().get(pk=1)
    failing = set(state.failing_anchors)
    if (name in failing) == bool(why):
        return  # told already
    failing ^= {name}
    LogState.objects.filter(pk=1).update(failing_anchors=sorted(failing))
    detail = {"anchor": name, "why": why}
    record(event, now=now, actor_kind="system", detail=detail)
