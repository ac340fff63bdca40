"""A line of the table, and how governed calls become one."""

import json
from dataclasses import dataclass
from typing import Any, Final

from bench.load import Figures, Spec
from bench.rig import Rig

SMALL: Final = {"repo": "payments-api", "pull": 184, "body": "x" * 120}
WARM_SECONDS: Final = 1.0


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
    p95: float | None = None  # where a goal is about it


def call(tool: str, args: dict[str, Any], **more: Any) -> str:
    """Return the body of a call."""
    return json.dumps({"tool": tool, "args": args, **more})


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
    return row_of(name, figures, connections, cpu=spent / figures.done * 1000)


def _members(spec: Spec) -> dict[str, Any]:
    return {name: getattr(spec, name) for name in Spec.__slots__}


def row_of(
    name: str, figures: Figures, connections: int, *, cpu: float | None = None
) -> Row:
    """Return the line of what one load gave."""
    return Row(
        name,
        connections,
        figures.rate,
        figures.quantile(0.5),
        figures.quantile(0.99),
        cpu,
    )
