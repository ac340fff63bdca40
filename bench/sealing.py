"""The evidence: sealing, exporting and verifying, in a process beside the servers.

``python -m bench.sealing RECORDS`` prints the rows as JSON; the scenario runs it on the
rig's database, after calls have filled it.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import psutil

from bench.load import Spec
from bench.records import ensure
from bench.rig import CHECKOUT, Rig
from bench.rows import SMALL, Row, call

A_SECOND: Final = 25_000  # records for each second of a row, if there are fewer
HUNDREDTHS: Final = 100
MADE: Final = 5_000


def evidence(rig: Rig, seconds: float) -> list[Row]:
    """Measure sealing, whole exports and their verification, in records a second."""
    rig.load(
        Spec(rig.port, "/v1/calls", rig.key, [call("bench.write", SMALL)], once=True)
    )
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "bench.sealing", str(int(A_SECOND * seconds))],
        stdout=subprocess.PIPE,
        check=True,
        cwd=CHECKOUT,
        env=os.environ | rig.environ | {"DATABASE_POOL_SIZE": "0"},
    )
    return [Row(**row) for row in json.loads(done.stdout)]


def main(count: int) -> int:
    """Fill, seal, export and verify; print what each took."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
    import django  # noqa: PLC0415 - only this process is one of Django's

    django.setup()
    ensure(count)
    with tempfile.TemporaryDirectory(prefix="sealwright-bench-") as folder:
        out = Path(folder) / "out"
        rows = [_make(), _seal(), _export(out), _export_csv(out), *_verify(out)]
    sys.stdout.write(json.dumps(rows))
    return 0


def _make() -> dict[str, Any]:
    from django.utils import timezone  # noqa: PLC0415

    from audit.services import prepare  # noqa: PLC0415

    began, now = time.process_time(), timezone.now()
    for number in range(MADE):
        prepare(
            "session.opened",
            now=now,
            tenant="bench",
            agent="bench-agent",
            session_id=f"ses_{number}",
            on_behalf_of="dana",
            summary="x" * 120,
            stated_reason="The review is done.",
            args_digest=number.to_bytes(32),
            client_address="192.0.2.1",
        )
    spent = time.process_time() - began
    row = _row("making a record, with leaf and commitments", MADE, spent, [])
    return row | {"cpu": spent / MADE * 1000}


def _seal() -> dict[str, Any]:
    from django.utils import timezone  # noqa: PLC0415

    from audit import sealing  # noqa: PLC0415

    took: list[float] = []
    sealed, count = 0, sealing.BATCH
    while count == sealing.BATCH:
        begin = time.perf_counter()
        count = sealing.seal(now=timezone.now())
        took.append((time.perf_counter() - begin) * 1000)
        sealed += count
    return _row("sealing, batches of 2,000", sealed, sum(took) / 1000, took)


def _export(out: Path) -> dict[str, Any]:
    from django.utils import timezone  # noqa: PLC0415

    from audit.exports.bundle import Bundle, write_bundle  # noqa: PLC0415
    from audit.filters import Filters  # noqa: PLC0415

    process, begin = psutil.Process(), time.perf_counter()
    before = process.memory_info().rss
    most, first = [before], [0.0]

    def watch(_done: int, _total: int) -> None:
        first[0] = first[0] or time.perf_counter() - begin
        most.append(max(most.pop(), process.memory_info().rss))

    count = write_bundle(out, Bundle(Filters()), now=timezone.now(), progress=watch)
    took = time.perf_counter() - begin
    note = f"{count:,} records; memory grew by {(most[0] - before) / 1e6:.0f} MB"
    return _row("export, JSONL with hashes", count, took, [first[0] * 1000], note)


def _export_csv(out: Path) -> dict[str, Any]:
    from django.utils import timezone  # noqa: PLC0415

    from audit.exports import Export, Order  # noqa: PLC0415
    from audit.exports.bundle import EVERYTHING  # noqa: PLC0415
    from audit.filters import Filters  # noqa: PLC0415
    from audit.models import Checkpoint  # noqa: PLC0415

    begin, first = time.perf_counter(), 0.0
    size = int((out / "checkpoint").read_text().split("\n")[1])
    order = Order(
        Filters().records(EVERYTHING),
        "csv",
        {"actor_kind": "system"},
        Checkpoint.objects.get(size=size),
    )
    export = Export(order, now=timezone.now())
    with (out / "records.csv").open("wb") as file:
        for lines in export:
            first = first or time.perf_counter() - begin
            file.write(lines)
    export.close()
    took = time.perf_counter() - begin
    return _row("export, CSV", export.count, took, [first * 1000])


def _verify(out: Path) -> list[dict[str, Any]]:
    return [
        _verification(out, "verifier, JSONL, all checks", "records.jsonl"),
        _verification(out, "verifier, CSV, all checks", "records.csv"),
        _verification(out, "verifier, JSONL, --quick", "records.jsonl", "--quick"),
    ]


def _verification(out: Path, name: str, export: str, *more: str) -> dict[str, Any]:
    command = [sys.executable, str(out / "verify.py"), str(out / export)]
    command += ["--key", str(out / "vkey.txt"), "--hashes", str(out / "hashes.bin")]
    command += ["--checkpoint", str(out / "checkpoint"), "--json", *more]
    begin = time.perf_counter()
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE)  # noqa: S603
    took = time.perf_counter() - begin
    said = json.loads(done.stdout)
    if said["counts"]["tampered"]:
        raise RuntimeError(f"the export does not verify: {said['findings'][:3]}")
    return _row(name, said["records"], took, [], f"{took:.1f} s in all")


def _row(
    name: str, count: int, seconds: float, took: list[float], note: str = ""
) -> dict[str, Any]:
    ordered = sorted(took)
    last = len(ordered) * (HUNDREDTHS - 1) // HUNDREDTHS
    return {
        "name": name,
        "connections": 1,
        "rate": count / seconds,
        "p50": ordered[len(ordered) // 2] if ordered else 0.0,
        "p99": ordered[last] if ordered else 0.0,
        "note": note or f"{count:,} records",
    }


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1])))
