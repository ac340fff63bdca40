"""What one call's credential could do, in words, before anybody borrows it."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from governance.models import RouteVersion
from proxy.credentials.narrowing import asked_for, is_narrowed


@dataclass(frozen=True, slots=True)
class Power:
    """What a lane would ask for; ``is_narrowed`` says whether the scope limits it."""

    sentences: tuple[str, ...]
    is_narrowed: bool


def power_of(version: RouteVersion, scope: str) -> Power:
    """Return what the credential of a call with this scope could do.

    Raises ValueError if the lane's map can't be filled from the scope.
    """
    lane = version.lane
    asked = asked_for(
        lane.narrowing, scope_template=version.scope_template, scope=scope
    )
    told = _TOLD[lane.kind](asked)
    return Power(tuple(told), is_narrowed(lane.narrowing))


def _none(_asked: Mapping[str, Any]) -> Iterator[str]:
    yield _("Nothing: no credential is lent.")


def _static(_asked: Mapping[str, Any]) -> Iterator[str]:
    yield _("All that the stored value can: it is shared, and can't be revoked.")


def _github(asked: Mapping[str, Any]) -> Iterator[str]:
    can = ", ".join(f"{name}: {level}" for name, level in asked["permissions"].items())
    repositories = ", ".join(asked["repositories"])
    yield _("GitHub, in %(where)s: %(what)s") % {"where": repositories, "what": can}


def _aws(asked: Mapping[str, Any]) -> Iterator[str]:
    for statement in asked["policy"]["Statement"]:
        actions, resources = (
            _listed(statement["Action"]),
            _listed(statement["Resource"]),
        )
        condition = statement.get("Condition")
        told = {"what": ", ".join(actions), "where": ", ".join(resources)}
        yield _("AWS: %(what)s on %(where)s") % told
        if condition:
            yield _("Only if %(condition)s") % {"condition": json.dumps(condition)}


def _oauth(asked: Mapping[str, Any]) -> Iterator[str]:
    if scope := asked.get("scope"):
        yield _("OAuth scope: %(scope)s") % {"scope": scope}
    for detail in asked.get("authorization_details", ()):
        yield _("Only for %(detail)s") % {"detail": json.dumps(detail)}


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


_TOLD: Final[Mapping[str, Callable[[Mapping[str, Any]], Iterator[str]]]] = {
    "none": _none,
    "static": _static,
    "github_app": _github,
    "aws_sts": _aws,
    "oauth_client": _oauth,
}
