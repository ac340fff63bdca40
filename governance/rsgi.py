"""The entry point of the web processes under granian; ``wsgi`` is what it runs."""

from importlib import import_module
from typing import Final

from django.conf import settings
from django.utils.module_loading import import_string

from governance.server.application import Application
from governance.wsgi import application as program

# All code before the first request: nobody waits for it, and none is of another day.
import_module(settings.ROOT_URLCONF)

application: Final = Application(
    program,
    threads=settings.WEB_THREADS,
    renders_too_large=settings.AGENT_PREFIXES,
    stops=[import_string(name) for name in settings.ON_STOP],
)
