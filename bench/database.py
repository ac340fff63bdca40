"""What the database alone can do: the two statements of a call, through pgbench."""

import re
import subprocess
import tempfile
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from bench.rows import Row
from governance.embedded.owner import unprivileged
from governance.embedded.postgres import binaries

TABLES: Final = """
CREATE TABLE bench_claim (id int PRIMARY KEY, uses int);
CREATE TABLE bench_call (id bigserial PRIMARY KEY, payload text, state text);
CREATE TABLE bench_record (id bigserial PRIMARY KEY, leaf text);
INSERT INTO bench_claim SELECT n, 0 FROM generate_series(1, 100000) n;
"""
SCRIPT: Final = r"""
\set claim random(1, 100000)
WITH spent AS (
  UPDATE bench_claim SET uses = uses + 1 WHERE id = (
    SELECT id FROM bench_claim WHERE id = :claim FOR UPDATE SKIP LOCKED) RETURNING id),
call AS (
  INSERT INTO bench_call (payload, state)
  SELECT repeat('x', 190), 'sending' FROM spent RETURNING id),
record AS (INSERT INTO bench_record (leaf) SELECT repeat('x', 1200) FROM spent)
SELECT coalesce((SELECT id FROM call), 0) AS call \gset
WITH done AS (UPDATE bench_call SET state = 'completed' WHERE id = :call RETURNING id)
INSERT INTO bench_record (leaf) SELECT repeat('x', 1200) FROM done;
"""


def alone(url: str, seconds: float) -> list[Row]:
    """Measure two durable transactions a call, plain SQL, at 1 and 16 connections."""
    folder, connect = binaries(unprivileged()), _connection(url)
    subprocess.run(  # noqa: S603 (a binary that we ship)
        [folder / "psql", *connect, "-q", "-c", TABLES], check=True
    )
    return [_bench(folder, connect, clients, seconds) for clients in (1, 16)]


def _bench(folder: Path, connect: list[str], clients: int, seconds: float) -> Row:
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(SCRIPT)
        script.flush()
        done = subprocess.run(  # noqa: S603 (a binary that we ship)
            [
                folder / "pgbench",
                *connect,
                *(
                    "-n",
                    "-M",
                    "prepared",
                    "-c",
                    str(clients),
                    "-j",
                    str(min(clients, 2)),
                ),
                *("-T", str(max(1, int(seconds))), "-f", script.name),
            ],
            check=True,
            capture_output=True,
            text=True,
        )
    rate, mean = _rate(done.stdout), _latency(done.stdout)
    return Row("the database alone (mean)", clients, rate, mean, 0.0)


def _connection(url: str) -> list[str]:
    parts = urlsplit(url)
    host = unquote(parts.query.removeprefix("host="))
    return ["-h", host, "-U", parts.username or "", parts.path.lstrip("/")]


def _rate(text: str) -> float:
    found = re.search(r"tps = ([0-9.]+)", text)
    if found is None:
        raise RuntimeError("pgbench did not say how many transactions it made")
    return float(found[1])


def _latency(text: str) -> float:
    found = re.search(r"latency average = ([0-9.]+)", text)
    return float(found[1]) if found else 0.0
