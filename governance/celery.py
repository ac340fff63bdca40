"""The Celery application and the beat schedule.

Every task is a sweep or a nudge: the row is the truth, and a lost or doubled message
changes nothing.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")

app = Celery("sealwright")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    "deliver": {"task": "approvals.sweep_deliveries", "schedule": 5.0},
    "expire": {"task": "approvals.expire", "schedule": 5.0},
    "run-deferred": {"task": "proxy.sweep_deferred", "schedule": 2.0},
    "settle": {"task": "proxy.settle", "schedule": 10.0},
    "drop-payloads": {"task": "proxy.drop_payloads", "schedule": 600.0},
}
for entry in app.conf.beat_schedule.values():
    # A sweep that waited longer than its own interval is worth nothing.
    entry["options"] = {"expires": entry["schedule"]}
