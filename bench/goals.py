"""The goals, held against the figures of one run.  Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import inf
from typing import Final

from bench.rows import Row

# Counted at the last commit before MCP, lanes that borrow, and sealed evidence.
_BEFORE: Final = {"read": 45_162, "write": 45_816}
_MAKING: Final = "making a record, with leaf and commitments"
Figures = Mapping[tuple[str, int], Row]
_Goal = tuple[str, str, Callable[[Figures], tuple[float, float, bool]]]


def _at_least(value: float, goal: float) -> tuple[float, float, bool]:
    return value, goal, value >= goal


def _at_most(value: float, goal: float) -> tuple[float, float, bool]:
    return value, goal, value <= goal


def _share(rows: Figures) -> tuple[float, float, bool]:
    alone = rows["the database alone (mean)", 16].rate
    return _at_least(rows["governed write", 16].rate / alone, 0.2)


def _over_mcp(rows: Figures, name: str) -> float:
    rest, mcp = f"governed {name}", f"governed {name} over /mcp"
    return rows[rest, 16].rate / rows[mcp, 16].rate


def _added(rows: Figures, quantile: str) -> float:
    governed, direct = rows["governed write", 1], rows["direct", 1]
    added: float = getattr(governed, quantile) - getattr(direct, quantile)
    return added


def _polling(row: Row) -> float:
    return row.rate * (row.cpu or 0) / 10  # of milliseconds a second, a hundredth


GOALS: Final[tuple[_Goal, ...]] = (
    (
        "1",
        "governed writes a second, 16 connections",
        lambda rows: _at_least(rows["governed write", 16].rate, 1000),
    ),
    ("1", "of what the database does alone", _share),
    ("3", "added p50, 1 connection, ms", lambda rows: _at_most(_added(rows, "p50"), 2)),
    ("3", "added p99, 1 connection, ms", lambda rows: _at_most(_added(rows, "p99"), 6)),
    (
        "4",
        "p99, 8 connections, ms",
        lambda rows: _at_most(rows["governed write", 8].p99, 25),
    ),
    (
        "5",
        "CPU of our processes a call, ms",
        lambda rows: _at_most(rows["governed write", 16].cpu or 0, 1.2),
    ),
    *(
        (
            "5",
            f"Python instructions of a {name}, times those before MCP",
            lambda rows, name=name, before=before: _at_most(
                rows[f"instructions, {name}", 1].rate / before, 1.05
            ),
        )
        for name, before in _BEFORE.items()
    ),
    *(
        (
            "MCP",
            f"governed {name} over /mcp, times REST",
            lambda rows, name=name: _at_most(_over_mcp(rows, name), 1.15),
        )
        for name in ("read", "write")
    ),
    (
        "MCP",
        "governed write to an mcp backend, times http",
        lambda rows: _at_most(
            rows["governed write", 16].rate
            / rows["governed write, mcp backend", 16].rate,
            1.3,
        ),
    ),
    (
        "7",
        "p99 beside 300 waiters, times that without",
        lambda rows: _at_most(
            rows["calls beside 300 waiters", 8].p99
            / rows["calls, nobody waits", 8].p99,
            1.5,
        ),
    ),
    (
        "8",
        "p99 beside a slow backend, ms",
        lambda rows: _at_most(rows["calls beside a slow backend", 8].p99, 100),
    ),
    (
        "11",
        "inbox with 1,000 pending, p50 ms",
        lambda rows: _at_most(rows["inbox, 1000 pending", 1].p50, 150),
    ),
    (
        "12",
        "100 open inboxes, % of one core",
        lambda rows: _at_most(_polling(rows["100 open inboxes", 100]), 5),
    ),
    (
        "9",
        "CPU of 64 KiB of arguments, times that of 200 bytes",
        lambda rows: _at_most(
            (rows["64 KiB", 4].cpu or 0) / (rows["200 bytes", 4].cpu or 1), 3
        ),
    ),
    *(
        (
            "audit",
            f"{name}, p95 ms",
            lambda rows, name=name: _at_most(rows[f"audit: {name}", 1].p95 or inf, 300),
        )
        for name in (
            "search, newest",
            "search, by tool and outcome",
            "search, by person and agent",
            "search, a day",
            "search, one request",
            "one call",
        )
    ),
    *(
        (
            "audit",
            f"{name}, records a second",
            lambda rows, name=name, least=least: _at_least(rows[name, 1].rate, least),
        )
        for name, least in (
            ("sealing, batches of 2,000", 20_000),
            ("export, JSONL with hashes", 5_000),
            ("export, CSV", 5_000),
            ("verifier, JSONL, all checks", 50_000),
            ("verifier, CSV, all checks", 30_000),
            ("verifier, JSONL, --quick", 100_000),
        )
    ),
    *(
        (
            "audit",
            what,
            lambda rows, name=name, most=most: _at_most(rows[name, 1].p50, most),
        )
        for what, name, most in (
            ("a batch of 2,000 sealed, p50 ms", "sealing, batches of 2,000", 100),
            ("first byte of JSONL, ms", "export, JSONL with hashes", 1000),
            ("first byte of CSV, ms", "export, CSV", 1000),
        )
    ),
    (
        "audit",
        "CPU of making a record, ms",
        lambda rows: _at_most(rows[_MAKING, 1].cpu or 0, 0.1),
    ),
    (
        "audit",
        "record to signed checkpoint, p99 ms",
        lambda rows: _at_most(rows["record to checkpoint", 1].p99, 2000),
    ),
    (
        "lanes",
        "p50 of a static lease, ms",
        lambda rows: _at_most(rows["lease, static", 1].p50, 0.1),
    ),
)


def verdicts(rows: Sequence[Row], *, megabytes: float) -> Iterator[str]:
    """Yield a Markdown table of the goals whose rows were measured."""
    known = {(row.name, row.connections): row for row in rows}
    yield "| goal | what | measured | goal | |"
    yield "|---|---|---|---|---|"
    for number, what, judge in GOALS:
        try:
            value, goal, is_met = judge(known)
        except KeyError:
            continue
        met = "met" if is_met else "missed"
        yield f"| {number} | {what} | {value:.2f} | {goal:g} | {met} |"
    mark = "met" if megabytes <= 130 else "missed"  # noqa: PLR2004 (goal 10)
    yield f"| 10 | memory of a web process, MB | {megabytes:.0f} | 130 | {mark} |"
