"""Calls beside something else that keeps the servers busy: waiters, a slow backend."""

import json
import threading
import time
from typing import Final

from bench.load import Figures, Spec
from bench.rig import Rig
from bench.rows import SMALL, Row, call, measured, row_of

WAITERS: Final = 300
SLOW_CALLS: Final = 200
SETTLED_SECONDS: Final = 2.0


def beside_waiters(rig: Rig, seconds: float) -> list[Row]:
    """Measure calls alone, and beside 300 requests that wait for a person."""
    bodies = [call("bench.write", SMALL)]
    alone = measured(rig, "calls, nobody waits", bodies, 8, seconds)
    asked = rig.load(
        Spec(
            rig.port,
            "/v1/calls",
            rig.key,
            [call("bench.ask", SMALL)],
            status=202,
            once=True,
            keep=True,
        )
    )
    approval = json.loads(asked.bodies[0])["approval"]["id"]
    waiting = Spec(
        rig.port,
        f"/v1/approvals/{approval}?wait=20",
        rig.key,
        method="GET",
        connections=WAITERS,
        seconds=seconds + SETTLED_SECONDS,
        also=(503,),
    )
    beside, waited = _at_once(
        rig,
        waiting,
        "calls beside 300 waiters",
        bodies,
        seconds,
        settle=SETTLED_SECONDS,
    )
    if waited.unmarked:
        raise RuntimeError(f"{waited.unmarked} waiters refused without Retry-After")
    return [alone, beside]


def beside_a_slow_backend(rig: Rig, seconds: float) -> list[Row]:
    """Measure calls beside 200 calls to a backend that takes two seconds."""
    slow = Spec(
        rig.port,
        "/v1/calls",
        rig.key,
        [call("bench.slow", SMALL)] * SLOW_CALLS,
        connections=SLOW_CALLS,
        seconds=seconds,
        expect='"completed"',
        once=True,
        also=(503,),
    )
    spec_bodies = [call("bench.write", SMALL)]
    beside, refused = _at_once(
        rig, slow, "calls beside a slow backend", spec_bodies, seconds, counted=False
    )
    note = f"{refused.done} slow calls ran, {refused.others} were refused"
    if refused.unmarked:
        raise RuntimeError(f"{refused.unmarked} refused without Retry-After")
    return [Row(beside.name, 8, beside.rate, beside.p50, beside.p99, None, note)]


def _at_once(
    rig: Rig,
    other: Spec,
    name: str,
    bodies: list[str],
    seconds: float,
    *,
    counted: bool = True,
    settle: float = 0,
) -> tuple[Row, Figures]:
    """Run another load while calls at 8 connections are measured.

    They begin ``settle`` seconds later, beside the other load and not its arrival.
    """
    found: list[Figures] = []
    thread = threading.Thread(target=lambda: found.append(rig.load(other)))
    thread.start()
    time.sleep(settle)
    try:
        if counted:
            row = measured(rig, name, bodies, 8, seconds)
        else:
            row = _uncounted(rig, name, bodies, seconds)
    finally:
        thread.join()
    return row, found[0]


def _uncounted(rig: Rig, name: str, bodies: list[str], seconds: float) -> Row:
    spec = Spec(
        rig.port,
        "/v1/calls",
        rig.key,
        bodies,
        connections=8,
        seconds=seconds,
        expect='"completed"',
    )
    return row_of(name, rig.load(spec), 8)
