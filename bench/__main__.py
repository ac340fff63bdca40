"""``./dev bench [--quick] [--only NAME] [--write]``: measure, and print the table."""

import argparse
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import psutil

from bench import database, explorer, lag, mcp, people, scenarios, sealing, steps
from bench.goals import verdicts
from bench.rig import running
from bench.rows import Row

RESULTS: Final = Path(__file__).with_name("RESULTS.md")
MARK: Final = "<!-- figures below are written by ./dev bench --write -->"
SECONDS: Final = 8.0
QUICK_SECONDS: Final = 1.2


def main(arguments: Sequence[str]) -> int:
    """Measure what was asked for; 1 if a goal was missed."""
    options = _options(arguments)
    seconds = QUICK_SECONDS if options.quick else SECONDS
    rows, megabytes = measure(options.only, seconds, threads=options.threads)
    text = "\n".join([*table(rows), "", *verdicts(rows, megabytes=megabytes)])
    sys.stdout.write(text + "\n")
    if options.write:
        _write(text, seconds)
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="short rows, under a minute"
    )
    parser.add_argument("--only", default="", help="rows of one scenario, by its name")
    parser.add_argument("--threads", type=int, default=32, help="of each web process")
    parser.add_argument(
        "--write", action="store_true", help="put the figures into bench/RESULTS.md"
    )
    return parser.parse_args(arguments)


def measure(only: str, seconds: float, *, threads: int) -> tuple[list[Row], float]:
    """Run the scenarios on a rig of two web processes."""
    rows: list[Row] = []
    with (
        tempfile.TemporaryDirectory(prefix="sealwright-bench-") as folder,
        running(Path(folder), workers=2, threads=threads) as rig,
    ):
        for scenario in (
            *scenarios.ALL,
            steps.steps,
            mcp.over_mcp,
            mcp.mcp_backend,
            people.inboxes,
            explorer.explorer,  # it leaves records that nobody sealed yet
            sealing.evidence,
            lag.lag,
        ):
            if only in ("", scenario.__name__):
                sys.stderr.write(f"{scenario.__name__} …\n")
                found = scenario(rig, seconds)
                # At once: a later scenario that fails must not lose them.
                sys.stderr.writelines(f"{line}\n" for line in [*table(found)][2:])
                rows += found
        if not only:
            rows += database.alone(rig.environ["DATABASE_URL"], seconds)
        return rows, scenarios.memory(rig)


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    yield "| | connections | calls/s | p50 ms | p99 ms | CPU ms a call | |"
    yield "|---|---|---|---|---|---|---|"
    for row in rows:
        cpu = f"{row.cpu:.2f}" if row.cpu else ""
        yield (
            f"| {row.name} | {row.connections} | {row.rate:,.0f} | {row.p50:.2f} "
            f"| {row.p99 or '':{'.2f' if row.p99 else ''}} | {cpu} | {row.note} |"
        )


def _write(text: str, seconds: float) -> None:
    head, _, _ = RESULTS.read_text().partition(MARK)
    when = f"{datetime.now(tz=UTC):%d %B %Y}"  # noqa: TID251 (a report's date)
    memory = psutil.virtual_memory().total / 2**30
    machine = (
        f"{when}; {psutil.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} "
        f"{platform.machine()}, Python {platform.python_version()}; "
        f"{seconds:.0f} s a row."
    )
    RESULTS.write_text(f"{head}{MARK}\n\n{machine}\n\n{text}\n")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
