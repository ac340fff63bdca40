"""How people are known to OpenID providers: by issuer and subject, never by address."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from audit.services import record
from governance.models import Membership, Tenant, User
from governance.services.evidence import author
from governance.services.people import (
    end_membership,
    end_sign_ins,
    grant_membership,
    save_person,
)


def issuers_of(person: User) -> frozenset[str]:
    """Return the issuers that know a person."""
    kept = SocialAccount.objects.filter(user=person)
    return frozenset(kept.values_list("provider", flat=True))


def invited(email: str) -> User | None:
    """Return whom an admin made an account for that nobody has ever opened.

    Whoever has a password, a second factor, a provider or a sign-in behind her is not
    found: an address, which somebody else may hold tomorrow, opens no used account.
    """
    found = User.objects.filter(
        email__iexact=email, is_active=True, is_superuser=False, last_login=None
    )
    person = found.exclude(
        pk__in=Authenticator.objects.values("user").union(
            SocialAccount.objects.values("user")
        )
    ).first()
    return None if person is None or person.has_usable_password() else person


@transaction.atomic
def link(
    person: User, *, issuer: str, subject: str, by: User | None, now: datetime
) -> SocialAccount:
    """Let a person sign in as this subject of this issuer from now on.

    Raises IntegrityError if the subject is somebody's already.
    """
    account = SocialAccount.objects.create(user=person, provider=issuer, uid=subject)
    _record("person.linked", person, issuer, by, now)
    return account


@transaction.atomic
def unlink(person: User, *, by: User | None, now: datetime) -> int:
    """Forget every provider of a person, and end her sessions.

    If she has no password either, her account waits for a first sign-in again.
    """
    accounts = list(SocialAccount.objects.filter(user=person))
    for account in accounts:
        account.delete()
        _record("person.unlinked", person, account.provider, by, now)
    person.last_login = None
    person.save(update_fields=["last_login"])
    end_sign_ins(person, now=now)
    return len(accounts)


@transaction.atomic
def sign_up(
    email: str, *, first_name: str, last_name: str, now: datetime
) -> User | None:
    """Make an account for an address; None if it is somebody's already."""
    if User.objects.filter(email__iexact=email).exists():
        return None
    person = User(
        username=_free_name(email),
        email=email,
        first_name=first_name,
        last_name=last_name,
    )
    save_person(person, by=None, now=now)
    return person


@transaction.atomic
def sync_roles(
    person: User,
    *,
    wanted: frozenset[tuple[str, str]],
    managed: frozenset[tuple[str, str]],
    now: datetime,
) -> None:
    """Give the roles that a provider's groups give, end those that they no longer do.

    Pairs of tenant and role; what is not ``managed`` is left as admins made it.
    """
    for slug, role in sorted(managed - wanted):
        held = Membership.objects.valid(now).filter(
            user=person, tenant__slug=slug, role=role
        )
        for membership in held:
            end_membership(membership, by=None, now=now)
    for slug, role in sorted(wanted & managed):
        tenant = Tenant.objects.filter(slug=slug).first()
        if tenant is not None:
            grant_membership(person, tenant=tenant, role=role, by=None, now=now)


@transaction.atomic
def lock_out(person: User, *, issuer: str, now: datetime) -> None:
    """Deactivate somebody whom the provider no longer has in a required group.

    Her sessions end and her votes stop counting; only an admin lets her in again.
    """
    person.is_active = False
    save_person(person, by=None, now=now)
    _record("person.left", person, issuer, None, now)


def _free_name(email: str) -> str:
    base = email.partition("@")[0][:140]
    taken = set(
        User.objects.filter(username__startswith=base).values_list(
            "username", flat=True
        )
    )
    numbered = (f"{base}-{number}" for number in range(2, len(taken) + 3))
    return base if base not in taken else next(n for n in numbered if n not in taken)


def _record(
    event: str, person: User, issuer: str, by: User | None, now: datetime
) -> None:
    words = {
        "person.linked": "may sign in through",
        "person.unlinked": "no longer signs in through",
        "person.left": "is in none of the required groups of",
    }
    record(
        event,
        now=now,
        summary=f"{person.username} {words[event]} {issuer}",
        detail={"person_id": person.pk, "issuer": issuer},
        **author(by),
    )
