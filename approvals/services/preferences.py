"""How people want to be asked: read for many at once, changed by each for herself."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Final

from django.db import transaction

from approvals.models import Delivery, Preference
from approvals.quiet import quiet_until
from audit.services import record
from governance.access import Access, zone_of
from governance.changes import Changes, Field, Fields, compare
from governance.models import User
from governance.services.evidence import author
from governance.services.people import save_person

# Who is away for longer gives her place in the group to somebody else.
LONGEST_MUTE: Final = timedelta(days=92)
FIELDS: Final[Fields] = {
    "questions": Field("questions"),
    "reminders": Field("reminders"),
    "endings": Field("what became of requests"),
    "runs": Field("whether calls ran"),
    "voted_runs": Field("whether calls ran that were voted on"),
    "alerts": Field("alerts"),
    "bundle_minutes": Field("minutes between bundles"),
    "quiet_hours": Field("quiet hours", personal=True),
    "muted_until": Field("muted until", personal=True),
}


def preference_of(person: User) -> Preference:
    """Return what a person chose, or what holds for whoever chose nothing."""
    found = Preference.objects.filter(person=person).first() or Preference()
    found.person = person
    return found


def preferences_of(people: Iterable[User]) -> Mapping[int, Preference]:
    """Return the same for several people, by their keys."""
    people = list(people)
    rows = Preference.objects.filter(person__in=people)
    found = {row.person_id: row for row in rows}
    return {each.pk: found.get(each.pk) or Preference(person=each) for each in people}


def wait_until(delivery: Delivery, *, at: datetime) -> datetime | None:
    """Return until when a reminder waits, for its reader's quiet hours."""
    person = delivery.reader
    chosen = preference_of(person)
    if chosen.quiet_from is None or chosen.quiet_until is None:
        return None
    zone = zone_of(person.time_zone or delivery.tenant.time_zone)
    return quiet_until(at, begins=chosen.quiet_from, ends=chosen.quiet_until, zone=zone)


def zone_of_person(person: User, *, at: datetime) -> tzinfo:
    """Return the zone of her profile, else of a tenant of hers."""
    return Access.of(person, at=at).zone


@transaction.atomic
def save_preference(chosen: Preference, *, now: datetime) -> Changes:
    """Store what a person chose for herself, with her account's zone and language.

    Recorded, for she may not be asked because of it.
    """
    person = chosen.person
    # Two windows of hers save one after the other.
    account = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if (person.time_zone, person.language) != (account.time_zone, account.language):
        save_person(person, by=person, now=now)
    kept = preference_of(person)
    chosen.pk = kept.pk
    changes = compare(kept.values(), chosen.values(), fields=FIELDS)
    if changes:
        chosen.save(force_insert=kept.pk is None)
        record(
            "person.preferences_changed",
            now=now,
            summary=f"{person.username}: {changes.personal}",
            detail={"person_id": person.pk, **changes.detail()},
            **author(person),
        )
    return changes
