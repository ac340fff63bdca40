"""Waking the workers: the row is the promise, a message only makes it quick."""

from django.db import transaction

from governance.celery import app


def nudge(task: str, *ids: str | int) -> None:
    """Send a task's name once this commits; a broker that is away changes nothing."""
    transaction.on_commit(
        lambda: app.send_task(
            task, args=ids, retry=False, ignore_result=True, expires=60
        ),
        robust=True,
    )
