"""What the benchmark runs on: its own database, queue, backend and server."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import psutil

from bench.load import Figures, Spec
from governance.embedded import ports, postgres, valkey
from governance.embedded.processes import Process, Program
from governance.embedded.programs import Programs
from governance.embedded.supervisor import Supervisor, Voice
from governance.keys import make_keys

CHECKOUT: Final = Path(__file__).resolve().parent.parent
HTTP_OK: Final = 200


@dataclass(slots=True)
class Rig:
    """Everything that runs, and the ways to ask it."""

    environ: dict[str, str]
    backend_port: int
    port: int
    key: str
    web: Process

    def load(self, spec: Spec) -> Figures:
        """Run a load in a process of its own.  Raises RuntimeError on any error."""
        done = subprocess.run(
            [sys.executable, "-m", "bench.load"],
            input=json.dumps(asdict(spec)).encode(),
            stdout=subprocess.PIPE,
            check=True,
            cwd=CHECKOUT,
        )
        figures = Figures(**json.loads(done.stdout))
        if figures.errors:
            raise RuntimeError(f"{figures.errors} wrong answers: {figures.first_error}")
        return figures

    def cpu_seconds(self) -> float:
        """Return the processor time that the web processes have used."""
        parent = psutil.Process(self.web.pid)
        times = [p.cpu_times() for p in (parent, *parent.children(recursive=True))]
        return sum(t.user + t.system for t in times)

    def received(self) -> int:
        """Return how many requests the backend has had."""
        spec = Spec(self.backend_port, "/_count", method="GET", seconds=0)
        return _number(spec)


def _number(spec: Spec) -> int:
    import socket  # noqa: PLC0415 (one small question, not a load)

    with socket.create_connection(("127.0.0.1", spec.port)) as connection:
        connection.sendall(b"GET /_count HTTP/1.1\r\nHost: bench\r\n\r\n")
        return int(connection.recv(4096).rpartition(b"\r\n\r\n")[2])


@contextmanager
def running(folder: Path, *, workers: int, threads: int) -> Iterator[Rig]:
    """Start the rig in a folder, and stop it afterwards."""
    supervisor = Supervisor(Voice(sys.stderr))  # type: ignore[arg-type]  # a text stream
    try:
        yield _start(supervisor, folder, workers=workers, threads=threads)
    finally:
        supervisor.stop()


def _start(supervisor: Supervisor, folder: Path, *, workers: int, threads: int) -> Rig:
    port = ports.next_free_port(18_000)
    backend_port = ports.next_free_port(port)
    environ = _environ(supervisor, folder, port, threads=threads)
    programs = Programs(CHECKOUT, os.environ | environ)
    supervisor.run(programs.manage("migrate", "--no-input", "--verbosity", "0"))
    supervisor.start(_backend(backend_port))
    key = subprocess.run(  # noqa: S603 (ourselves)
        [sys.executable, "-m", "bench.seed", str(backend_port)],
        env=os.environ | environ,
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        check=True,
    ).stdout.decode()
    web = supervisor.start(programs.web(port, workers=workers))
    ports.wait_for_answer(port, "/healthz", check=supervisor.check, seconds=60)
    return Rig(environ, backend_port, port, key, web)


def _environ(
    supervisor: Supervisor, folder: Path, port: int, *, threads: int
) -> dict[str, str]:
    make_keys(folder / "keys", development=True)
    return {
        "MODE": "demo",
        "DATA_DIR": str(folder),
        "KEYS_DIR": str(folder / "keys"),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "AGENT_CALLS_PER_SECOND": "0",
        "WEB_THREADS": str(threads),
        "LOG_LEVEL": "ERROR",
        "BENCH_SECRET": "a secret of the benchmark",
        "DATABASE_URL": postgres.start(folder / "pg", spawn=supervisor.start),
        "REDIS_URL": valkey.start(folder / "valkey", spawn=supervisor.start),
    }


def _backend(port: int) -> Program:
    return Program(
        name="backend",
        command=(sys.executable, "-m", "bench.backend", str(port)),
        folder=CHECKOUT,
        environ=dict(os.environ),
    )
