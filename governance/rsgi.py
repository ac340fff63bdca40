"""The entry point of the web processes under granian; ``wsgi`` is what it runs."""

import gc
import signal
from importlib import import_module
from typing import Final

# Until granian has set its own, this process has the handler of the one that forked it,
# which would swallow a signal to stop that comes while we load.
signal.signal(signal.SIGTERM, signal.SIG_DFL)

from django.conf import settings  # noqa: E402 - after the signal
from django.utils.module_loading import import_string  # noqa: E402 - as above

from governance.server.application import Application  # noqa: E402 - as above
from governance.wsgi import application as program  # noqa: E402 - as above

# isort: split
from audit.services import flush_floods  # noqa: E402 - after wsgi has set Django up

# All code before the first request: nobody waits for it, and none is of another day.
import_module(settings.ROOT_URLCONF)

application: Final = Application(
    program,
    threads=settings.WEB_THREADS,
    stops=[import_string(name) for name in settings.ON_STOP],
    ends=[flush_floods],
)

# What was loaded lives as long as the process.  The collector need not look at it
# again: a full look took 140 ms, and every call of the process stood still for it.
gc.collect()
gc.freeze()
