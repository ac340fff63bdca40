"""The rows of the table: each is a function from the rig to what was measured."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Final

import psutil

from bench.crowds import beside_a_slow_backend, beside_waiters
from bench.load import Spec
from bench.rig import Rig
from bench.rows import SMALL, Row, call, measured, row_of

LARGE: Final = {"repo": "payments-api", "pull": 184, "body": "x" * 65_536}
CONNECTIONS: Final = (1, 8, 16)


def direct(rig: Rig, seconds: float) -> list[Row]:
    """Measure the backend with nothing in front of it."""
    return [
        row_of(
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


def large_arguments(rig: Rig, seconds: float) -> list[Row]:
    """Measure what 64 KiB of arguments cost against 200 bytes."""
    small = measured(rig, "200 bytes", [call("bench.write", SMALL)], 4, seconds)
    large = measured(rig, "64 KiB", [call("bench.write", LARGE)], 4, seconds)
    return [small, large]


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
