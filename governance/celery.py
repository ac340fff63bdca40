"""The Celery application and the beat schedule.

Every task is a sweep or a nudge: the row is the truth, and a lost or doubled message
changes nothing.
"""

import os
from secrets import token_hex
from typing import Any

from celery import Celery, Task
from celery.schedules import crontab
from celery.signals import (
    setup_logging,
    worker_init,
    worker_process_shutdown,
    worker_shutdown,
)

from audit.context import Context, use

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")


class ContextTask(Task[..., Any]):
    """A task whose records and log lines say that they came through a task."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run inside a context of its own."""
        name = f"task_{self.request.id or token_hex(12)}"
        with use(Context(door="task", request_id=name, trace_id=token_hex(16))):
            return self.run(*args, **kwargs)


app = Celery("sealwright", task_cls=ContextTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    "deliver": {"task": "approvals.sweep_deliveries", "schedule": 5.0},
    "expire": {"task": "approvals.expire", "schedule": 5.0},
    "forget-requests": {"task": "approvals.forget_requests", "schedule": 300.0},
    "run-deferred": {"task": "proxy.sweep_deferred", "schedule": 2.0},
    "settle": {"task": "proxy.settle", "schedule": 10.0},
    "seal": {"task": "audit.seal", "schedule": 1.0},
    "anchor": {"task": "audit.anchor", "schedule": 60.0},
    "repair": {"task": "audit.repair", "schedule": 60.0},
    "beat": {"task": "audit.beat", "schedule": 300.0},
    "verify": {"task": "audit.verify", "schedule": crontab(hour=2, minute=41)},
    "apply-retention": {
        "task": "governance.apply_retention",
        "schedule": crontab(hour=3, minute=30),
    },
    "compare-catalogues": {"task": "proxy.compare_catalogues", "schedule": 300.0},
    "drop-payloads": {"task": "proxy.drop_payloads", "schedule": 600.0},
}
for entry in app.conf.beat_schedule.values():
    # A sweep that waited longer than its own interval is worth nothing.
    every = entry["schedule"]
    entry["options"] = {"expires": every if isinstance(every, float) else 3600.0}


@setup_logging.connect
def _keep_our_logging(**_: Any) -> None:
    """Leave logging as Django set it up: having a receiver keeps Celery from it."""


@worker_init.connect
def _refuse_start(**_: Any) -> None:
    # Not at the top: this module is part of every process, a worker or not.
    from audit.tasks import first_look  # noqa: PLC0415
    from governance.checks import refuse_start  # noqa: PLC0415

    first_look()
    refuse_start()


@worker_shutdown.connect
@worker_process_shutdown.connect
def _flush_floods(**_: Any) -> None:
    from audit.services import flush_floods  # noqa: PLC0415 - needs the apps

    flush_floods()


@worker_shutdown.connect
def _anchor(**_: Any) -> None:
    """Seal and anchor what is left, so that an orderly stop leaves nothing open."""
    from audit.tasks import last_words  # noqa: PLC0415 - needs the apps

    last_words()
