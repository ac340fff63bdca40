"""People: their accounts and their roles in tenants."""

from datetime import datetime

from django.contrib.sessions.models import Session
from django.db import transaction

from audit.services import record
from governance.above import tell_sign_in_changed, tell_weaker, void_links
from governance.changes import Changes
from governance.models import Membership, Tenant, User
from governance.refusals import Problems, refuse_if
from governance.services.evidence import author, differences, is_new, lock
from governance.services.tenants import time_zone_problems
from governance.services.wording import PERSON


@transaction.atomic
def save_person(
    person: User, *, by: User | None, now: datetime, password: str | None = None
) -> Changes:
    """Create or change an account; deactivating it ends her sessions, and her links.

    Without a password nobody can sign in to a new one.  Raises Refused.
    """
    refuse_if(_problems(person))
    new = is_new(person)
    changes = differences(person, PERSON)
    if new and password is None:
        person.set_unusable_password()
    if changes:
        person.is_staff = person.is_superuser or _is_admin(person, at=now)
        kept = None if new else [*PERSON, "is_staff"]
        person.save(force_insert=new, update_fields=kept)
        _record("person.created" if new else "person.changed", person, changes, by, now)
        _tell_weaker(person, changes, by, now)
    if password is not None:
        change_password = _set_password if new else set_password
        change_password(person, password, by=by, now=now)
    if not person.is_active:
        end_sign_ins(person, now=now)
        void_links(person, by=by, now=now)
    return changes


@transaction.atomic
def set_password(
    person: User, password: str, *, by: User | None, now: datetime
) -> None:
    """Give a person another password; every session of hers ends, and she is told."""
    _set_password(person, password, by=by, now=now)
    tell_sign_in_changed(person, "password_set", now=now)


def _set_password(
    person: User, password: str, *, by: User | None, now: datetime
) -> None:
    person.set_password(password)
    person.save(update_fields=["password"])
    record(
        "person.password_changed",
        now=now,
        summary=f"the password of {person.username} was set",
        detail={"person_id": person.pk},
        **author(by),
    )


def end_sign_ins(person: User, *, now: datetime) -> int:
    """End every browser session of a person; the number of them."""
    ended = 0
    for session in Session.objects.filter(expire_date__gt=now).iterator():
        if session.get_decoded().get("_auth_user_id") == str(person.pk):
            session.delete()
            ended += 1
    return ended


@transaction.atomic
def grant_membership(
    person: User, *, tenant: Tenant, role: str, by: User | None, now: datetime
) -> Membership | None:
    """Give a person a role in a tenant from now on; None if she holds it.

    An admin may also enter the admin pages.
    """
    refuse_if(_grant_problems(person, role))
    lock(tenant)
    held = Membership.objects.valid(now)
    if held.filter(user=person, tenant=tenant, role=role).exists():
        return None
    granted = Membership.objects.create(
        user=person, tenant=tenant, role=role, valid_from=now
    )
    _record_role("membership.granted", granted, by, now)
    _mark_staff(person, at=now)
    return granted


@transaction.atomic
def end_membership(membership: Membership, *, by: User | None, now: datetime) -> bool:
    """Take a role away from now on; False if it was over."""
    lock(membership.tenant)
    membership.refresh_from_db()
    if membership.valid_to is not None and membership.valid_to <= now:
        return False
    membership.valid_to = now
    membership.save(update_fields=["valid_to"])
    _record_role("membership.ended", membership, by, now)
    _mark_staff(membership.user, at=now)
    return True


def _problems(person: User) -> Problems:
    return {
        "email": [] if person.email else ["Everybody has an e-mail of her own."],
        "time_zone": time_zone_problems(person.time_zone),
    }


def _grant_problems(person: User, role: str) -> Problems:
    known = role in Membership.Role.values
    return {
        "role": [] if known else [f"A role is one of {', '.join(Membership.Role)}."],
        "user": [] if person.is_active else [f"{person} is deactivated."],
    }


def _is_admin(person: User, *, at: datetime) -> bool:
    held = Membership.objects.valid(at).filter(role=Membership.Role.ADMIN)
    return not is_new(person) and held.filter(user=person).exists()


def _tell_weaker(
    person: User, changes: Changes, by: User | None, now: datetime
) -> None:
    """Tell the admins where she can do more than before; an operator, everywhere."""
    held = Membership.objects.valid(now).filter(user=person).values("tenant")
    tenants = Tenant.objects.all()
    for tenant in tenants if person.is_superuser else tenants.filter(pk__in=held):
        tell_weaker(f"person {person}", changes, tenant=tenant, by=by, now=now)


def _mark_staff(person: User, *, at: datetime) -> None:
    person.is_staff = person.is_superuser or _is_admin(person, at=at)
    person.save(update_fields=["is_staff"])


def _record(
    event: str, person: User, changes: Changes, by: User | None, now: datetime
) -> None:
    record(
        event,
        now=now,
        summary=f"{person.username}: {changes.personal}",
        detail={"person_id": person.pk, **changes.detail()},
        **author(by),
    )


def _record_role(
    event: str, membership: Membership, by: User | None, now: datetime
) -> None:
    role, person = membership.role, membership.user
    is_over = membership.valid_to is not None
    record(
        event,
        now=now,
        tenant=membership.tenant.slug,
        summary=f"{person.username} is {'no longer ' if is_over else ''}{role}",
        detail={"person_id": person.pk, "role": role},
        **author(by),
    )
