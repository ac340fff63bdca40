"""Second factors, as admins may touch them: taken away whole, never made."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db import transaction

from audit.services import record
from governance.above import tell_sign_in_changed
from governance.models import User
from governance.services.evidence import author
from governance.services.people import end_sign_ins


def has_factors(person: User) -> bool:
    """Whether a person has a second factor, or recovery codes."""
    return Authenticator.objects.filter(user=person).exists()


@transaction.atomic
def reset_factors(person: User, *, by: User | None, now: datetime) -> int:
    """Take every second factor of a person away, and end her sessions.

    For whoever has lost hers: she and her admins are told.  Returns how many went.
    """
    gone, _ = Authenticator.objects.filter(user=person).delete()
    if not gone:
        return 0
    record(
        "person.factor_changed",
        now=now,
        summary=f"the second factors of {person.username} were taken away",
        detail={"person_id": person.pk, "change": "factors_reset"},
        **author(by),
    )
    tell_sign_in_changed(person, "factors_reset", now=now)
    end_sign_ins(person, now=now)
    return gone
