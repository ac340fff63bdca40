"""The pages of the audit over many records: search, one call, one session, activity."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Final

from bench.load import Spec
from bench.records import A_SECOND
from bench.rig import CHECKOUT, Rig
from bench.rows import SMALL, Row, call

TWENTIETHS: Final = 0.95

# What each page is asked for, and what its answer must hold.
PAGES: Final[Mapping[str, tuple[str, str]]] = {
    "search, newest": ("/audit/", "newest first"),
    "search, by tool and outcome": (
        "/audit/?tool=bench.write.7&outcome=done",
        "newest first",
    ),
    "search, by scope": ("/audit/?scope=repo:r-77/", "newest first"),
    "search, by person and agent": ("/audit/?person=ana&agent=agent-7", "newest first"),
    "search, a day": ("/audit/?from={day}&to={day}", "newest first"),
    "search, one id": ("/audit/?q={call}&tool=nothing", "No record matches"),
    "search, one request": ("/audit/?q={request}&tool=nothing", "No record matches"),
    "one call": ("/audit/calls/{call}/", "Why was this allowed?"),
    "one session": ("/audit/sessions/{session}/", "One agent session"),
    "activity, a day": ("/audit/activity/?from={day}&to={day}", "Records by outcome"),
}


def explorer(rig: Rig, seconds: float) -> list[Row]:
    """Measure the audit's pages, the 95th percentile in the notes."""
    rig.load(
        Spec(rig.port, "/v1/calls", rig.key, [call("bench.write", SMALL)], once=True)
    )
    told = _prepared(rig, int(A_SECOND * seconds))
    return [
        _row(rig, name, path.format(**told), mark, told["cookie"], seconds)
        for name, (path, mark) in PAGES.items()
    ]


def _row(rig: Rig, name: str, path: str, mark: str, cookie: str, seconds: float) -> Row:
    figures = rig.load(
        Spec(
            rig.port,
            path,
            headers={"Cookie": f"session={cookie}"},
            method="GET",
            seconds=seconds,
            expect=mark,
        )
    )
    slow = figures.quantile(TWENTIETHS)
    return Row(
        f"audit: {name}",
        1,
        figures.rate,
        figures.quantile(0.5),
        figures.quantile(0.99),
        note=f"p95 {slow:.0f} ms",
        p95=slow,
    )


def _prepared(rig: Rig, count: int) -> dict[str, str]:
    done = subprocess.run(  # noqa: S603 (ourselves)
        [sys.executable, "-m", "bench.looking", str(count)],
        env=os.environ | rig.environ,
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        check=True,
    )
    told: dict[str, str] = json.loads(done.stdout)
    return told
