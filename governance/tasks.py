"""Work of this layer that the clock starts."""

from celery import shared_task
from django.utils import timezone

from audit.services import may_apply_retention
from governance.services.retention import apply_everywhere


@shared_task(name="governance.apply_retention", ignore_result=True)
def apply_retention() -> None:
    """Drop evidence whose time is over, where this process owns it.

    In production it does not, and a timer runs ``manage.py apply_retention`` as the
    owner.  What is gone is not found again, so running it twice is harmless.
    """
    if may_apply_retention():
        apply_everywhere(now=timezone.now())
