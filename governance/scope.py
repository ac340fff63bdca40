"""Scope and summary: templates filled with validated arguments, and patterns.  Pure."""

import re
from functools import lru_cache


def matches(pattern: str, scope: str) -> bool:
    """Tell whether ``repo:payments-*/pull:*`` covers ``repo:payments-api/pull:184``.

    ``*`` stands for any run of characters, an empty one too, but never for ``:``
    or ``/``: a pattern has as many segments and parts as what it covers.
    """
    return _compiled(pattern).fullmatch(scope) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile("[^:/]*".join(re.escape(part) for part in pattern.split("*")))
