"""What ``bench.explorer`` looks at, and somebody who reads it.

``python -m bench.looking RECORDS``, in the environment of the rig, after calls were
made; prints the reader's cookie as JSON, with the names of one call among them all.
"""

import json
import os
import sys

import django

from bench.records import ensure
from bench.waiting import sign_in


def middle() -> dict[str, str]:
    """Return the names of a call that was made in the middle of the month."""
    from audit.models import Record  # noqa: PLC0415 (after django.setup)

    half = Record.objects.count() // 2
    row = Record.objects.filter(event="call.allowed").order_by("pk")[half // 2]
    return {
        "call": str(row.call_id),
        "session": str(row.session_id),
        "request": str(row.request_id),
        "day": f"{row.at:%Y-%m-%d}",
    }


def reader() -> str:
    """Return the cookie of somebody who reads every tenant."""
    from governance.models import User  # noqa: PLC0415

    User.objects.filter(username="sam").update(is_superuser=True)
    return sign_in("sam", 1)[0]


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
    django.setup()
    ensure(int(sys.argv[1]))
    sys.stdout.write(json.dumps({"cookie": reader(), **middle()}))
