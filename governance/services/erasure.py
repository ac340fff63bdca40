"""Erasing a person: her account, her words, and her name in the evidence."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db import transaction
from django.utils.module_loading import import_string

from audit.erasing import Named, named
from audit.services import Erased, Subjects, erase_values, record
from governance.models import GroupMembership, Membership, User
from governance.refusals import refuse_if
from governance.services.evidence import author
from governance.services.groups import members_of, save_group
from governance.services.people import end_membership, save_person


@dataclass(frozen=True, slots=True)
class Erasure:
    """What an erasure reached; ``held`` records keep her name, for a hold has them."""

    records: int
    held: int
    words: int
    calls: int


def names_of(person: User) -> Named:
    """Return everything that names a person in a text."""
    full = person.get_full_name()
    return named(person.username, person.email, full if " " in full else "")


def erase_person(person: User, *, by: User | None, now: datetime) -> Erasure:
    """Erase a person from everything that is kept; she can't sign in any more.

    The proofs of all records hold as before.  Safe to stop and to run again: her
    account gives up its names last, by which the rest is found.  Raises Refused.
    """
    refuse_if({"": ["Somebody else has to do it."] if by == person else []})
    all_names = names_of(person)
    _leave(person, by=by, now=now)
    subjects = cast("Subjects", import_string(settings.ERASE_PAYLOADS)(named=all_names))
    words = import_string(settings.ERASE_WORDS)(person, named=all_names, now=now)
    erased = erase_values(
        all_names, subjects=subjects, by=by.username if by else None, now=now
    )
    _rename(person, erased=erased, by=by, now=now)
    return Erasure(erased.records, erased.held, words, len(subjects.calls))


@transaction.atomic
def _leave(person: User, *, by: User | None, now: datetime) -> None:
    places = GroupMembership.objects.valid(now).filter(user=person)
    for place in places.select_related("group__tenant"):
        staying = members_of(place.group, at=now) - {person}
        save_group(place.group, members=staying, by=by, now=now)
    for membership in Membership.objects.valid(now).filter(user=person):
        end_membership(membership, by=by, now=now)
    person.is_active = False
    save_person(person, by=by, now=now)


@transaction.atomic
def _rename(person: User, *, erased: Erased, by: User | None, now: datetime) -> None:
    name = f"erased-{person.pk}"
    person.username, person.email = name, f"{name}@erased.invalid"
    person.first_name = person.last_name = ""
    person.set_unusable_password()
    person.save()
    LogEntry.objects.filter(
        content_type__app_label="governance",
        content_type__model="user",
        object_id=str(person.pk),
    ).update(object_repr=name, change_message="")
    EmailAddress.objects.filter(user=person).delete()
    Authenticator.objects.filter(user=person).delete()
    detail = {"person_id": person.pk, "count": erased.records, "held": erased.held}
    record("person.erased", now=now, detail=detail, **author(by))
