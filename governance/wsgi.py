"""The entry point of the web processes.

Agents' paths take a chain without sessions, cookies and CSRF: a call needs none of
them, and what is not there can't be abused.
"""

import os
from collections.abc import Callable, Iterable
from typing import Any

import django
from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
django.setup(set_prefix=False)


class AgentHandler(WSGIHandler):
    """Django's handler with ``AGENT_MIDDLEWARE`` in place of ``MIDDLEWARE``."""

    def load_middleware(self, is_async: bool = False) -> None:
        """Build the chain; its members are plain callables without other hooks."""
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        get_response = self._get_response  # type: ignore[attr-defined]  # the stubs lack it
        handler = convert_exception_to_response(get_response)
        for path in reversed(settings.AGENT_MIDDLEWARE):
            handler = convert_exception_to_response(import_string(path)(handler))
        self._middleware_chain = handler


_agents = AgentHandler()
_people = WSGIHandler()


def application(
    environ: dict[str, Any], start_response: Callable[..., Any]
) -> Iterable[bytes]:
    """Answer one request through the chain that its path calls for."""
    path = f"{environ.get('PATH_INFO', '')}/"  # so that "/v1" is theirs, too
    for_agents = path.startswith(settings.AGENT_PREFIXES)
    handler = _agents if for_agents else _people
    answer: Iterable[bytes] = handler(environ, start_response)
    return answer


if settings.MODE != "test":  # a test has no database when it imports this
    from governance.checks import refuse_start

    refuse_start()
