"""What refuses to start, each with one sentence that says how to mend it.

Those that ask no database are Django's system checks too, so that every management
command that runs checks refuses with them.
"""

import logging
from typing import Any, Final

from django.conf import settings
from django.core.checks import CheckMessage, register

from governance.checks.configuration import unreadable_providers, weak_configuration
from governance.checks.database import database_problems
from governance.checks.key_files import missing_keys, weak_keys

__all__ = ["configuration_problems", "problems", "refuse_start"]

TAG: Final = "sealwright"

_logger: Final = logging.getLogger(__name__)


@register(TAG)
def configuration_problems(
    **_: Any,
) -> list[CheckMessage]:
    """Return what is wrong before any database is asked."""
    found = [*missing_keys(), *unreadable_providers()]
    if settings.PRODUCTION:
        found += [*weak_configuration(), *weak_keys()]
    return found


def problems() -> list[CheckMessage]:
    """Return everything that keeps a process from starting; [] when all is well."""
    return [*configuration_problems(), *database_problems()]


def refuse_start() -> None:
    """End this process if it must not serve, or if nobody can tell.

    Raises SystemExit with the sentences, and nothing else: Celery's signals swallow
    every Exception, and the worker would go on.
    """
    try:
        found = problems()
    except Exception as error:
        _logger.exception("a check of the start failed")
        raise SystemExit(_UNCHECKED.format(type(error).__name__)) from error
    if found:
        lines = [f"- {problem.msg}" for problem in found]
        raise SystemExit("\n".join(["Sealwright does not start:", *lines]))


_UNCHECKED: Final = (
    "Sealwright does not start: a check failed ({}), so nobody can tell whether it may."
    " What failed is logged above: mend it, and see with `manage.py doctor`."
)
