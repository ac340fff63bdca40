"""Nudges and sweeps: the rows are the truth, so running one twice is harmless."""

from celery import shared_task
from django.utils import timezone

from approvals.services import expire_due
from approvals.services.deliveries import deliver, sweep
from approvals.services.slack import arrivals


@shared_task(name="approvals.notify", ignore_result=True)
def notify(delivery_id: int) -> None:
    """Send one message; who comes second finds it taken."""
    deliver(delivery_id, now=timezone.now())


@shared_task(name="approvals.sweep_deliveries", ignore_result=True)
def sweep_deliveries() -> None:
    """Send whatever is due; each message is taken by one worker."""
    sweep(now=timezone.now())


@shared_task(name="approvals.forget_requests", ignore_result=True)
def forget_requests() -> None:
    """Drop signatures of Slack that are too old to be believed anyway."""
    arrivals.forget_requests(now=timezone.now())


@shared_task(name="approvals.expire", ignore_result=True)
def expire() -> None:
    """End what is over; what has ended is not found again."""
    expire_due(now=timezone.now())
