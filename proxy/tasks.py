"""What workers do for calls; each may run twice, late or never: a row decides."""

from celery import shared_task
from django.utils import timezone

from approvals.models import Approval
from governance.errors import Denied
from governance.nudges import nudge
from proxy import deferred, settling
from proxy.imports.catalogue import compare_all
from proxy.mcp import handles
from proxy.models import Call

BATCH = 100


@shared_task(name="proxy.run_approved", ignore_result=True)
def run_approved(approval_id: str) -> None:
    """Run an approved deferred request; a second message finds its claim spent."""
    call_id = deferred.run_approved(approval_id, now=timezone.now())
    if call_id is not None:
        run_call(call_id)


@shared_task(name="proxy.run_call", ignore_result=True)
def run_call(call_id: str) -> None:
    """Run a queued call; only one taker moves it to ``sending``."""
    try:
        deferred.run_call(call_id, now=timezone.now())
    except Denied:
        # Busy, or stopped: it stays queued, and the sweep looks again.
        return


@shared_task(name="proxy.sweep_deferred", ignore_result=True)
def sweep_deferred() -> None:
    """Find what a lost message left behind: both lists shrink as they are run."""
    approved = Approval.objects.filter(
        state=Approval.State.APPROVED, mode=Approval.Mode.DEFERRED
    ).order_by("created_at")
    for approval_id in approved.values_list("pk", flat=True)[:BATCH]:
        nudge("proxy.run_approved", approval_id)
    queued = Call.objects.filter(
        state=Call.State.QUEUED, mode=Call.Mode.DEFERRED
    ).order_by("created_at")
    for call_id in queued.values_list("pk", flat=True)[:BATCH]:
        nudge("proxy.run_call", call_id)


@shared_task(name="proxy.settle", ignore_result=True)
def settle() -> None:
    """Settle calls that nobody will finish; a second run finds them settled."""
    now = timezone.now()
    settling.settle_stale(now=now)
    settling.keep_sessions_alive(now=now)
    handles.drop_idle(now=now)


@shared_task(name="proxy.drop_payloads", ignore_result=True)
def drop_payloads() -> None:
    """Delete request and result bytes whose time is over; twice deletes nothing."""
    settling.drop_payloads(now=timezone.now())


@shared_task(name="proxy.compare_catalogues", ignore_result=True)
def compare_catalogues() -> None:
    """Compare upstreams' tools with what was published; twice finds nothing new."""
    compare_all(now=timezone.now())
