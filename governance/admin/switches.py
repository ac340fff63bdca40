"""The switches that refuse calls, as buttons."""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from governance import services
from governance.admin.buttons import Button


def _is_on(row: Any) -> bool:
    return row.suspended_at is None


SWITCHES: Final = (
    Button(
        name="suspend",
        label=_("Suspend"),
        question=_(
            "Suspend {row}? Every call that involves it is refused from now on,"
            " also those that were approved."
        ),
        run=services.suspend,
        shown=_is_on,
        asks_why=True,
        is_dangerous=True,
    ),
    Button(
        name="resume",
        label=_("Resume"),
        question=_("Resume {row}? Calls that involve it are judged again."),
        run=services.resume,
        shown=lambda row: not _is_on(row),
        asks_why=True,
    ),
)
WRITES: Final = (
    Button(
        name="stop-writes",
        label=_("Stop all writes"),
        question=_(
            "Stop all writes of {row}? Every write and privileged call is refused"
            " from now on, also those that were approved. Reads go on."
        ),
        run=services.stop_writes,
        shown=lambda tenant: tenant.writes_stopped_at is None,
        asks_why=True,
        is_dangerous=True,
    ),
    Button(
        name="resume-writes",
        label=_("Let writes pass again"),
        question=_("Let the writes of {row} pass again?"),
        run=services.resume_writes,
        shown=lambda tenant: tenant.writes_stopped_at is not None,
        asks_why=True,
    ),
)
