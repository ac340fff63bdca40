"""Erasing a person from the bytes of requests and results, while they are kept."""

from collections.abc import Iterator, Sequence
from typing import Final

from django.db import transaction

from approvals.models import Approval
from audit.erasing import Named
from audit.models import Payload
from audit.services import Subjects
from proxy.models import Call
from proxy.settling import forget_payloads, not_held

BATCH: Final = 200
_UNFINISHED: Final = (Call.State.QUEUED, Call.State.SENDING)


def drop_payloads(*, named: Named) -> Subjects:
    """Drop the stored bytes that name a person; whose arguments they were.

    What is still to be decided or sent keeps its bytes, and so does what is held: run
    it again later.  Digests of arguments are erased by whoever gets the answer.
    """
    _forget_notes(named)
    calls: list[str] = []
    approvals: list[str] = []
    for batch in _naming(named):
        with transaction.atomic():
            calls += Call.objects.filter(payload__in=batch).values_list("pk", flat=True)
            approvals += Approval.objects.filter(payload__in=batch).values_list(
                "pk", flat=True
            )
            forget_payloads(batch)
    return Subjects(calls=frozenset(calls), approvals=frozenset(approvals))


def _naming(named: Named) -> Iterator[Sequence[str]]:
    open_ones = Approval.objects.open().values("pk")
    after = ""
    while found := list(Payload.objects.filter(pk__gt=after).order_by("pk")[:BATCH]):
        after = found[-1].pk
        ids = [each.pk for each in found if _names_her(each, named)]
        over = Payload.objects.filter(pk__in=ids)
        over = over.exclude(calls__in=Call.objects.filter(state__in=_UNFINISHED))
        over = not_held(over.exclude(approvals__in=open_ones))
        if free := list(over.values_list("pk", flat=True)):
            yield free


def _names_her(payload: Payload, named: Named) -> bool:
    parts = (payload.request, payload.result or b"")
    return any(named.is_in(bytes(part).decode(errors="replace")) for part in parts)


def _forget_notes(named: Named) -> None:
    noted = Call.objects.exclude(note="").values_list("pk", "note").iterator()
    gone = [pk for pk, note in noted if named.is_in(note)]
    Call.objects.filter(pk__in=gone).update(note="")
