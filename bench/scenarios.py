"""The rows of the table: each is a function from the rig to what was measured."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import psutil

from bench.load import Figures, Spec
from bench.rig import Rig

SMALL: Final = {"repo": "payments-api", "pull": 184, "body": "x" * 120}
LARGE: Final = {"repo": "payments-api", "pull": 184, "body": "x" * 65_536}
CONNECTIONS: Final = (1, 8, 16)
WAITERS: Final = 300
SLOW_CALLS: Final = 200
WARM_SECONDS: Final = 1.0
SETTLED_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; times in milliseconds."""

    name: str
    connections: int
    rate: float
    p50: float
    p99: float
    cpu: float | None = None  # of our web processes, a call
    note: str = ""


def call(tool: str, args: dict[str, Any], **more: Any) -> str:
    """Return the body of a call."""
    return json.dumps({"tool": tool, "args": args, **more})


def direct(rig: Rig, seconds: float) -> list[Row]:
    """Measure the backend with nothing in front of it."""
    return [
        _row(
            "direct",
            rig.load(
                Spec(
                    rig.backend_port,
                    "/repos/acme/payments-api/issues/184/comments",
                    bodies=[json.dumps({"body": "x" * 120})],
                    connections=connections,
                    seconds=seconds,
                    expect="pull request",
                )
            ),
            connections,
        )
        for connections in (1, 32)
    ]


def governed(rig: Rig, seconds: float) -> list[Row]:
    """Measure governed reads and covered writes."""
    return [
        measured(rig, name, [call(tool, SMALL)], connections, seconds)
        for name, tool in (
            ("governed read", "bench.read"),
            ("governed write", "bench.write"),
        )
        for connections in CONNECTIONS
    ]


def with_claims(rig: Rig, seconds: float) -> list[Row]:
    """Measure writes that show a claim which was minted before: verify and spend."""
    rows = []
    for connections in (1, 16):
        body = call("bench.write", SMALL)
        minted = rig.load(
            _spec(rig, [body] * int(600 * seconds), 16, path="/v1/claims", once=True)
        )
        bodies = [
            call("bench.write", SMALL, claim=json.loads(answer)["claim"])
            for answer in minted.bodies
        ]
        name = "governed write with its claim"
        rows.append(measured(rig, name, bodies, connections, seconds, once=True))
    return rows


def _spec(
    rig: Rig, bodies: Sequence[str], connections: int, *, path: str, once: bool
) -> Spec:
    return Spec(
        rig.port,
        path,
        rig.key,
        list(bodies),
        connections=connections,
        seconds=120,
        status=201,
        once=once,
        keep=True,
    )


def measured(
    rig: Rig,
    name: str,
    bodies: list[str],
    connections: int,
    seconds: float,
    *,
    once: bool = False,
    **more: Any,
) -> Row:
    """Measure calls that must all complete, and count them at the backend."""
    usual = {"path": "/v1/calls", "expect": '"completed"', "once": once}
    spec = Spec(
        rig.port,
        key=rig.key,
        bodies=bodies,
        connections=connections,
        seconds=seconds,
        **{**usual, **more},
    )
    if not once:
        warm = Spec(**{**_members(spec), "seconds": WARM_SECONDS})
        rig.load(warm)
    before, cpu = rig.received(), rig.cpu_seconds()
    figures = rig.load(spec)
    spent = rig.cpu_seconds() - cpu
    if rig.received() - before != figures.done:
        raise RuntimeError(f"{name}: the backend received another number of calls")
    return _row(name, figures, connections, cpu=spent / figures.done * 1000)


def _members(spec: Spec) -> dict[str, Any]:
    return {name: getattr(spec, name) for name in Spec.__slots__}


def large_arguments(rig: Rig, seconds: float) -> list[Row]:
    """Measure what 64 KiB of arguments cost against 200 bytes."""
    small = measured(rig, "200 bytes", [call("bench.write", SMALL)], 4, seconds)
    large = measured(rig, "64 KiB", [call("bench.write", LARGE)], 4, seconds)
    return [small, large]


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
    return _row(name, rig.load(spec), 8)


def leases(rig: Rig, seconds: float) -> list[Row]:
    """Measure what a lease of each kind costs, and how often it asks its issuer."""
    done = subprocess.run(  # noqa: S603 (ourselves)
        [sys.executable, "-m", "bench.leases", str(seconds)],
        env=os.environ
        | rig.environ
        | {"DJANGO_SETTINGS_MODULE": "governance.settings"},
        stdout=subprocess.PIPE,
        check=True,
    )
    return [
        Row(
            f"lease, {each['kind']}",
            1,
            each["rate"],
            each["p50"],
            each["p99"],
            note=f"{each['requests']:g} requests to the issuer",
        )
        for each in json.loads(done.stdout)
    ]


def memory(rig: Rig) -> float:
    """Return the largest resident memory of a web process, in MB."""
    parent = psutil.Process(rig.web.pid)
    sizes = [p.memory_info().rss for p in parent.children(recursive=True)]
    return max(sizes) / 1e6


def _row(
    name: str, figures: Figures, connections: int, *, cpu: float | None = None
) -> Row:
    return Row(
        name,
        connections,
        figures.rate,
        figures.quantile(0.5),
        figures.quantile(0.99),
        cpu,
    )


Scenario = Callable[[Rig, float], list[Row]]
ALL: Final[tuple[Scenario, ...]] = (
    direct,
    governed,
    with_claims,
    large_arguments,
    beside_waiters,
    beside_a_slow_backend,
    leases,
)
