"""The web server's command line, with the limits of the design in its options."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

HEADER_BYTES: Final = 16_384  # request line and headers together
HEADER_SECONDS: Final = 10  # and as long an idle connection is kept
# The longest deadline of a backend, and some seconds to store how it ended.
DRAIN_SECONDS: Final = 130
# Of requests that are read, wait for a thread or run; further ones wait in the kernel.
REQUESTS_AT_ONCE: Final = 1024

# glibc gives threads arenas of their own, eight a core; what is freed in one is no use
# to the others, and only one thread allocates at a time in Python anyway.
ALLOCATION: Final = {"MALLOC_ARENA_MAX": "2"}

LOGGING: Final = Path(__file__).with_name("logging.json")


def server_command(
    *,
    port: int,
    host: str = "127.0.0.1",
    workers: int = 2,
    drain_seconds: int = DRAIN_SECONDS,
    json_logs: bool = False,
    target: str = "governance.rsgi:application",
) -> list[str]:
    """Return the command that serves; how many threads is the setting WEB_THREADS."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "rsgi"),
        *("--host", host, "--port", str(port), "--workers", str(workers)),
        *("--http", "1", "--no-ws"),
        *("--http1-buffer-size", str(HEADER_BYTES)),
        *("--http1-header-read-timeout", str(HEADER_SECONDS * 1000)),
        *("--backpressure", str(REQUESTS_AT_ONCE)),
        *("--workers-kill-timeout", str(drain_seconds)),
        *("--log-level", "warning"),
        *(("--log-config", str(LOGGING)) if json_logs else ()),
        target,
    ]


def server_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment to serve in; what it says of memory already stays.

    glibc reads it when a process starts, and so before any setting of ours.
    """
    return {**ALLOCATION, **environ}
