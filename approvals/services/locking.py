"""Locks, in the one order that everybody keeps: route, session, approval, claim.

A statement that waited for a lock has seen its joined rows before the wait; so a row is
locked by one statement and read by the next.
"""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_noop as _

from approvals.models import Approval
from governance.decision import Reason
from governance.errors import Denied
from governance.models import Route


def lock(rows: QuerySet[Any], *, skip: bool = False) -> list[Any]:
    """Lock these rows and no others, in the order of their keys; return the keys.

    Not in their own order: that may join another table, and lock its rows, too.
    ``skip`` leaves out what somebody holds.
    """
    plain = rows.order_by("pk")
    locked = plain.select_for_update(of=("self",), no_key=True, skip_locked=skip)
    return list(locked.values_list("pk", flat=True))


def lock_route(route_id: int) -> Route:
    """Lock a route, so that nobody publishes a version meanwhile, and read it."""
    lock(Route.objects.filter(pk=route_id))
    return Route.objects.select_related("published").get(pk=route_id)


def lock_approval(approval_id: str) -> Approval:
    """Lock an approval's route, then the approval, and read it.

    Raises Denied ``not_found``.
    """
    routes = Approval.objects.filter(pk=approval_id).values_list(
        "route_version__route_id", flat=True
    )
    route_id = routes.first()
    if route_id is None:
        raise Denied(Reason.NOT_FOUND, _("There is no such approval."))
    lock_route(route_id)
    lock(Approval.objects.filter(pk=approval_id))
    return read_approval(approval_id)


def read_approval(approval_id: str) -> Approval:
    """Read an approval with all that its evidence and its rule need."""
    return Approval.objects.select_related(
        "tenant",
        "agent",
        "agent__owner",
        "key",
        "session",
        "route_version",
        "group",
        "claim",
    ).get(pk=approval_id)
