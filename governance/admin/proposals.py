"""Buttons of a route that is nearly always approved: drafts of what could change."""

from collections.abc import Sequence
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance import services
from governance.above import Habit, habit_of
from governance.admin.buttons import Button
from governance.models import Route


def _habit(route: Route, *, with_values: bool) -> Habit | None:
    return habit_of(route, now=timezone.now(), with_values=with_values)


def _is_narrowable(route: Route) -> bool:
    habit = _habit(route, with_values=True)
    return habit is not None and habit.schema is not None


def _may_go_unasked(route: Route) -> bool:
    habit = _habit(route, with_values=False)
    return habit is not None and habit.may_go_unasked


def _why_narrower(route: Route) -> Sequence[str]:
    habit = _habit(route, with_values=True)
    return [habit.sentence, *habit.values] if habit else []


def _why_unasked(route: Route) -> Sequence[str]:
    habit = _habit(route, with_values=False)
    return [habit.sentence, "Nobody would be asked any more."] if habit else []


PROPOSALS: Final = (
    Button(
        name="narrow",
        label=_("Draft a narrower schema"),
        question=_(
            "Prepare a draft of {row} that takes only what was approved? Nothing"
            " is in force before you publish it; you can edit it or dismiss it."
        ),
        run=services.propose_narrower,
        shown=_is_narrowable,
        told=_why_narrower,
    ),
    Button(
        name="unask",
        label=_("Draft a version without approval"),
        question=_(
            "Prepare a draft of {row} that needs no approval, and says why?"
            " Nothing is in force before you publish it; you can edit it or dismiss it."
        ),
        run=services.propose_unasked,
        shown=_may_go_unasked,
        told=_why_unasked,
    ),
)
