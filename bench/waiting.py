"""Rows for ``bench.people``: requests that wait, and sessions of somebody who decides.

``python -m bench.waiting PENDING SESSIONS``, in the environment of the rig; prints the
cookies of the sessions as JSON.
"""

import json
import os
import sys

import django
from django.utils import timezone


def fill(pending: int) -> None:
    """Copy the newest pending request until so many wait, in fifty sessions."""
    from approvals.models import Approval  # noqa: PLC0415 (after django.setup)
    from governance.models import AgentSession  # noqa: PLC0415

    row = Approval.objects.filter(state="pending").values().latest("created_at")
    one = AgentSession.objects.values().get(pk=row["session_id"])
    kept = {name: value for name, value in one.items() if name != "id"}
    members = {**kept, "is_default": False}
    sessions = [AgentSession.objects.create(**members).pk for _ in range(50)]
    Approval.objects.bulk_create(
        Approval(
            **{
                **row,
                "id": f"apr_{number:026}",
                "session_id": sessions[number // 20 % len(sessions)],
                "fingerprint": number.to_bytes(32, "big"),
            }
        )
        for number in range(pending - 1)
    )


def sign_in(name: str, times: int) -> list[str]:
    """Return the cookies of so many sessions of one person."""
    from django.conf import settings  # noqa: PLC0415
    from django.contrib.sessions.backends.db import SessionStore  # noqa: PLC0415

    from governance.models import User  # noqa: PLC0415

    person = User.objects.get(username=name)
    cookies = []
    for _ in range(times):
        store = SessionStore()
        store["_auth_user_id"] = str(person.pk)
        store["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[0]
        store["_auth_user_hash"] = person.get_session_auth_hash()
        store["signed_in_at"] = timezone.now().timestamp()
        store.save()
        cookies.append(str(store.session_key))
    return cookies


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
    django.setup()
    fill(int(sys.argv[1]))
    sys.stdout.write(json.dumps(sign_in("ana", int(sys.argv[2]))))
