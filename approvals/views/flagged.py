"""Block "look at this": each flag with a link to its place, and mere notes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _

from approvals.display import Flag, Run, Table, visible
from approvals.flagging import flags_of
from approvals.models import Approval
from approvals.views import words
from governance.arguments import JSON

YOUNG: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Oddity:
    """One flag in words; ``href`` leads to the argument, ``like`` is what it mimics."""

    name: tuple[Run, ...]
    href: str
    sentence: str
    like: str


def oddities(
    approval: Approval, args: dict[str, JSON] | None, shown: Table | None
) -> list[Oddity]:
    """Return what a quick eye would miss, in the order of the arguments."""
    if args is None or shown is None:
        return []
    places = {row.pointer: number for number, row in enumerate(shown.rows, start=1)}
    return [_oddity(flag, places) for flag in flags_of(approval, args)]


def _oddity(flag: Flag, places: dict[str, int]) -> Oddity:
    place = places.get(flag.pointer)
    href = f"#argument-{place}" if place else "?view=full#b-arguments"
    return Oddity(visible(flag.pointer), href, words.of_flag(flag), flag.like)


def notes(approval: Approval, *, history: Sequence[Approval]) -> list[str]:
    """Return what is worth knowing and no oddity."""
    found = []
    published = approval.route_version.published_at
    if not history and not _asked_before(approval):
        facts = {"agent": approval.agent.name}
        found.append(_("%(agent)s asks for this scope for the first time.") % facts)
    if published and _is_young(published, approval.created_at):
        found.append(_("The route was published less than 24 hours before this."))
    return found


def _is_young(published: datetime, asked: datetime) -> bool:
    return timedelta(0) <= asked - published < YOUNG


def _asked_before(approval: Approval) -> bool:
    before = Approval.objects.filter(
        agent=approval.agent_id,
        scope=approval.scope,
        created_at__lt=approval.created_at,
    )
    return before.exists()
