"""Equal calls at the same moment, and a process that dies of one of them.

It reads one line of JSON (``Orders``), says ``ready``, waits for another line, and
writes what became of each call.  Database, keys and backend are those of the test.
"""

import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NoReturn, TypedDict

import pytest
from django.db import connection
from django.utils import timezone

from governance.errors import Denied
from proxy import execution, services, spending
from proxy.asking import Ended, ToolCall, Waiting
from proxy.authentication import authenticate
from proxy.backends.http import send
from proxy.services import call_tool

PATCH: Final = pytest.MonkeyPatch()


class Orders(TypedDict):
    """``dies`` names the step at which kill -9 hits; empty for none."""

    key: str
    calls: int
    dies: str
    asked: dict[str, Any]


def main() -> None:
    """Do as ordered."""
    orders: Orders = json.loads(sys.stdin.readline())
    PATCH.setattr(services, "PATIENCE_SECONDS", 60)  # as in the process of the tests
    if orders["dies"]:
        DEATHS[orders["dies"]]()
    start = threading.Event()
    with ThreadPoolExecutor(orders["calls"]) as pool:
        calls = [pool.submit(_call, orders, start) for _ in range(orders["calls"])]
        say("ready")
        sys.stdin.readline()
        start.set()
        say(json.dumps([call.result() for call in calls]))


def say(line: str) -> None:
    """Talk to the test."""
    print(line, flush=True)  # noqa: T201 - it is how the two talk


def _call(orders: Orders, start: threading.Event) -> list[str]:
    now = timezone.now()
    principal = authenticate(f"Bearer {orders['key']}", now=now)
    connection.close()  # nobody waits for the start with a pooled one in hand
    start.wait()
    try:
        told = call_tool(ToolCall(**orders["asked"]), principal=principal, now=now)
    except Denied as denied:
        return [denied.reason, str(denied.members.get("call_id", ""))]
    finally:
        connection.close()
    match told:
        case Ended():
            return ["replayed" if told.replayed else told.state, told.call_id]
        case Waiting():
            return [str(told.status), told.call_id or ""]
    return ["explained", ""]


def die(*_args: object, **_members: object) -> NoReturn:
    """End as with kill -9: nothing is closed, undone or told."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise SystemExit


def _die_before_a_byte() -> None:
    PATCH.setattr(execution, "send", die)


def _die_after_the_answer() -> None:
    def send_and_die(*args: Any, **members: Any) -> NoReturn:
        send(*args, **members)
        die()

    PATCH.setattr(execution, "send", send_and_die)


def _die_borrowing() -> None:
    # As on a lane that borrows over the network: such a call is stored as queued.
    PATCH.setattr(spending, "LOCAL_LANES", frozenset())
    PATCH.setattr(execution, "lease", die)


DEATHS: dict[str, Callable[[], None]] = {
    "before a byte": _die_before_a_byte,
    "after the answer": _die_after_the_answer,
    "borrowing": _die_borrowing,
}
