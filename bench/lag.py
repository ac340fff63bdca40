"""How long a record waits for its signed checkpoint, while 500 calls a second are told.

``python -m bench.lag SECONDS``, in the environment of the rig, where a worker seals;
prints the row as JSON.  Each call is two records, in two durable transactions.
"""

import json
import os
import subprocess
import sys
import time
from bisect import bisect_right
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

import django
from django.utils import timezone

from bench.rig import CHECKOUT, Rig
from bench.rows import Row
from governance.embedded.programs import Programs

CALLS_A_SECOND: Final = 500
WRITERS: Final = 4
LOOK_SECONDS: Final = 0.005
PATIENCE_SECONDS: Final = 60.0

Times = dict[str, float]


def lag(rig: Rig, seconds: float) -> list[Row]:
    """Measure from a record's commit to the first checkpoint that covers it."""
    environ = os.environ | rig.environ
    with _sealing(environ):
        done = subprocess.run(  # noqa: S603 (ourselves)
            [sys.executable, "-m", "bench.lag", str(seconds)],
            env=environ | {"DATABASE_POOL_SIZE": "0"},
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
            check=True,
        )
    return [Row(**json.loads(done.stdout))]


@contextmanager
def _sealing(environ: dict[str, str]) -> Iterator[None]:
    programs = Programs(CHECKOUT, environ)
    started = [
        subprocess.Popen(program.command, cwd=program.folder, env=dict(program.environ))  # noqa: S603 (ourselves)
        for program in (programs.worker(), programs.beat())
    ]
    try:
        yield
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait()


def main(seconds: float) -> dict[str, Any]:
    """Write at the pace of the calls, look at the checkpoints, and match the two."""
    _until_sealed()
    with ThreadPoolExecutor(WRITERS + 1) as pool:
        looking = pool.submit(_checkpoints)
        writing = [pool.submit(_write, seconds) for _ in range(WRITERS)]
        committed: Times = {}
        for writer in writing:
            committed |= writer.result()
        seen = looking.result()
    waited = sorted(_waited(committed, seen))
    return {
        "name": "record to checkpoint",
        "connections": 1,
        "rate": len(committed) / 2 / seconds,
        "p50": waited[len(waited) // 2],
        "p99": waited[len(waited) * 99 // 100],
        "note": f"{len(waited):,} records",
    }


def _write(seconds: float) -> Times:
    from django.db import connection, transaction  # noqa: PLC0415 (after django.setup)

    from audit.services import record  # noqa: PLC0415

    committed: Times = {}
    began, calls = time.perf_counter(), int(CALLS_A_SECOND * seconds / WRITERS)
    for number in range(calls):
        for event in ("call.replayed", "session.opened"):
            with transaction.atomic():
                pk = record(event, now=timezone.now(), tenant="bench", agent="lag")
            committed[pk] = time.perf_counter()
        pause = began + number * WRITERS / CALLS_A_SECOND - time.perf_counter()
        time.sleep(max(0.0, pause))
    connection.close()
    _written.append(calls)
    return committed


_written: Final[list[int]] = []


def _checkpoints() -> list[tuple[int, float]]:
    """Return sizes, and when each was seen first, until all that was written is in."""
    from django.db import connection  # noqa: PLC0415 (after django.setup)

    from audit.models import Checkpoint, Unsealed  # noqa: PLC0415

    seen: list[tuple[int, float]] = []
    while len(_written) < WRITERS or Unsealed.objects.exists():
        newest = Checkpoint.objects.newest()
        if newest is not None and (not seen or newest.size > seen[-1][0]):
            seen.append((newest.size, time.perf_counter()))
        time.sleep(LOOK_SECONDS)
    newest = Checkpoint.objects.newest()
    if newest is not None:
        seen.append((newest.size, time.perf_counter()))
    connection.close()
    return seen


def _waited(committed: Times, seen: list[tuple[int, float]]) -> Iterator[float]:
    from audit.models import Leaf  # noqa: PLC0415 (after django.setup)

    sizes = [size for size, _ in seen]
    places = Leaf.objects.filter(record_id__in=committed)
    found = 0
    for pk, index in places.values_list("record_id", "index"):
        # The first checkpoint that is larger than the index covers it.
        _, at = seen[bisect_right(sizes, index)]
        found += 1
        yield (at - committed[pk]) * 1000
    if found != len(committed):
        raise RuntimeError(f"{len(committed) - found} records were not sealed")


def _until_sealed() -> None:
    """Wait for the worker: what it finds at its start is not what is measured."""
    from audit.models import Unsealed  # noqa: PLC0415 (after django.setup)

    ends = time.monotonic() + PATIENCE_SECONDS
    while Unsealed.objects.exists():
        if time.monotonic() > ends:
            raise RuntimeError("no worker seals")
        time.sleep(LOOK_SECONDS * 20)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
    django.setup()
    sys.stdout.write(json.dumps(main(float(sys.argv[1]))))
