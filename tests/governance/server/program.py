"""A small WSGI program behind our server, for tests that speak to it by socket."""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from governance.server.application import Application

released = threading.Event()


def program(
    environ: dict[str, Any], start_response: Callable[..., Any]
) -> list[bytes] | Iterator[bytes]:
    path = environ["PATH_INFO"]
    start_response("200 OK", [("Content-Type", "text/plain")])
    if path == "/wait":
        _running.append(path)
        released.wait(120)
        return [b"released" if released.is_set() else b"not released"]
    if path == "/slow":
        _running.append(path)
        released.wait(120)
        time.sleep(0.5)  # beyond the moment at which all that can stop has stopped
        return [b"finished"]
    if path == "/running":
        return [str(len(_running)).encode()]
    if path == "/long":
        return _long()
    if path == "/pulled":
        return [str(_pulled[0]).encode()]
    body = environ["wsgi.input"].read()
    told = {k: v for k, v in environ.items() if isinstance(v, str)}
    return [json.dumps({"length": len(body), "environ": told}).encode()]


_pulled = [0]
_running: list[str] = []


def _long() -> Iterator[bytes]:
    for _ in range(int(os.environ["LONG_PARTS"])):
        _pulled[0] += 1
        yield b"x" * 100_000


def _say_last_words() -> None:
    time.sleep(0.5)  # beyond the moment at which an idle server has stopped
    Path(os.environ["LAST_WORDS"]).write_text(f"after {len(_running)} requests")


application = Application(
    program,
    threads=3,
    body_seconds=3,
    stops=[released.set],
    ends=[_say_last_words],
)
