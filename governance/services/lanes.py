"""Credential lanes and their sealed secrets."""

import hashlib
import hmac
import os
from collections.abc import Callable, Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from audit.services import record
from governance.above import route_changed, tell_weaker
from governance.changes import Changes
from governance.envelope import Context, seal_secret
from governance.keys import fingerprint_key, kek, newest_kek_id
from governance.models import CredentialLane, Route, RouteVersion, User
from governance.refusals import Problems, refuse_if
from governance.refusals.issuers import issuer_problems
from governance.refusals.lanes import (
    life_problems,
    placement_problems,
    privilege_problems,
    secret_problems,
)
from governance.refusals.narrowing import foreign_placeholders, narrowing_problems
from governance.services.evidence import (
    author,
    differences,
    is_new,
    lock,
    policy_changed,
    save_sealed,
)
from governance.services.wording import LANE

_FINGERPRINT_CHARACTERS = 16


def save_lane(
    lane: CredentialLane, *, by: User | None, now: datetime, secret: str = ""
) -> Changes:
    """Create or change a lane, and replace its secret if one is given, or do neither.

    Name and kind stay.  What was approved on its routes was approved with the lane as
    it was, so it ends as after publishing.  Raises Refused.
    """
    if not is_new(lane):
        kept = CredentialLane.objects.get(pk=lane.pk)
        lane.name, lane.kind = kept.name, kept.kind
    # It resolves names: not in the transaction, and not with the tenant locked.
    refuse_if(issuer_problems(lane.kind, lane.settings))
    with transaction.atomic():
        changes = _save(lane, by=by, now=now)
        if secret:
            replace_secret(lane, secret, by=by, now=now)
    return changes


def _save(lane: CredentialLane, *, by: User | None, now: datetime) -> Changes:
    tenant = lock(lane.tenant)
    new = is_new(lane)
    if not new:
        lane.version = CredentialLane.objects.get(pk=lane.pk).version
    refuse_if(_own_problems(lane))
    changes = differences(lane, LANE)
    if not changes:
        return changes
    save_sealed(lane, kind="lane", fields=LANE, new=new)
    why = f"credential lane {lane.name} was changed"
    # Lock order everywhere: route, approval, claim.
    routes = _routes_on(lane).select_for_update(of=("self",))
    route_changed([route.pk for route in routes], now=now, by=by, why=why)
    record(
        "lane.created" if new else "lane.changed",
        now=now,
        tenant=tenant.slug,
        lane=lane.name,
        detail=changes.detail(),
        **author(by),
    )
    tell_weaker(f"lane {lane.name}", changes, tenant=tenant, by=by, now=now)
    policy_changed(tenant)
    return changes


@transaction.atomic
def replace_secret(
    lane: CredentialLane, secret: str, *, by: User | None, now: datetime
) -> bool:
    """Seal another secret into a lane; False if it is the one that it holds.

    A rotation: it ends nothing that was asked for or approved.  Raises Refused.
    """
    refuse_if({"secret": secret_problems(lane.kind, secret, lane.settings)})
    tenant = lock(lane.tenant)
    lane.refresh_from_db()
    fingerprint = secret_fingerprint(secret)
    if fingerprint == lane.secret_fingerprint:
        return False
    lane.secret_version += 1
    lane.sealed_secret = _sealed(lane, secret)
    lane.secret_fingerprint, lane.secret_set_at = fingerprint, now
    lane.save(
        update_fields=[
            "secret_version",
            "sealed_secret",
            "secret_fingerprint",
            "secret_set_at",
        ]
    )
    record(
        "lane.secret_replaced",
        now=now,
        tenant=tenant.slug,
        lane=lane.name,
        detail={
            "changes": ["the secret was replaced"],
            "secret_version": lane.secret_version,
        },
        **author(by),
    )
    policy_changed(tenant)
    return True


def secret_fingerprint(secret: str) -> str:
    """Return what stands for a secret: equal ones are equal, none can be guessed."""
    digest = hmac.digest(fingerprint_key(), secret.encode(), hashlib.sha256)
    return digest.hex()[:_FINGERPRINT_CHARACTERS]


def lane_problems(lane: CredentialLane) -> Problems:
    """Say what is wrong with a lane, also for the routes that are on it."""
    return {**issuer_problems(lane.kind, lane.settings), **_own_problems(lane)}


def _own_problems(lane: CredentialLane) -> Problems:
    """Say what is wrong with it, as far as this database knows."""
    in_force = _in_force(lane)
    return {
        **life_problems(
            lane.kind,
            max_seconds=lane.max_seconds,
            reuse_seconds=lane.reuse_seconds,
            privilege=lane.privilege,
        ),
        "placement": placement_problems(lane.kind, lane.placement),
        "privilege": _told(
            in_force, lambda on: privilege_problems(lane.privilege, risk=on.risk)
        ),
        "narrowing": _map_problems(lane, lane.narrowing, in_force),
    }


def map_problems(lane: CredentialLane, narrowing: object) -> list[str]:
    """Say what would be wrong with a map of a lane, also for the routes on it."""
    return _map_problems(lane, narrowing, _in_force(lane))


def _map_problems(
    lane: CredentialLane, narrowing: object, in_force: Iterable[RouteVersion]
) -> list[str]:
    return narrowing_problems(lane.kind, narrowing, privilege=lane.privilege) or _told(
        in_force, lambda on: foreign_placeholders(narrowing, on.scope_template)
    )


def _told(
    versions: Iterable[RouteVersion], judge: Callable[[RouteVersion], list[str]]
) -> list[str]:
    """Return what a lane would be on the routes that are in force, by route."""
    return [f"{each.route}: {said}" for each in versions for said in judge(each)]


def _in_force(lane: CredentialLane) -> list[RouteVersion]:
    kept = _routes_on(lane) if not is_new(lane) else []
    return [route.published for route in kept if route.published]


def _routes_on(lane: CredentialLane) -> QuerySet[Route]:
    routes = Route.objects.filter(published__lane=lane).order_by("pk")
    return routes.select_related("published__route")


def _sealed(lane: CredentialLane, secret: str) -> str:
    kek_id = newest_kek_id()
    return seal_secret(
        secret.encode(),
        kek_id=kek_id,
        kek=kek(kek_id),
        aad=Context(
            tenant=lane.tenant.slug,
            lane=lane.name,
            field="secret",
            version=lane.secret_version,
        ),
        random=os.urandom,
    )
