"""Edits of a route, as an admin publishes them."""

from typing import Any

from django.utils import timezone

from governance.models import Route, RouteVersion
from governance.services import new_draft, publish_route, save_draft
from tests.stage import Stage


def publish_anew(stage: Stage, route: Route, **changes: Any) -> RouteVersion:
    """Publish another version of a route, which differs in these fields."""
    now = timezone.now()
    kept = Route.objects.get(pk=route.pk).published
    assert kept is not None
    draft = new_draft(kept, by=stage.sam, now=now)
    for name, value in changes.items():
        setattr(draft, name, value)
    save_draft(draft, by=stage.sam, now=now)
    publish_route(draft, by=stage.sam, now=now)
    return draft
