"""The entry point of the web processes under granian; ``wsgi`` is what it runs."""

from typing import Final

from django.conf import settings
from django.utils.module_loading import import_string

from governance.server.application import Application
from governance.wsgi import application as program

application: Final = Application(
    program,
    threads=settings.WEB_THREADS,
    renders_too_large=settings.AGENT_PREFIXES,
    stops=[import_string(name) for name in settings.ON_STOP],
)
