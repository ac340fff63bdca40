"""Everything that the conformance suite talks to, started together."""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")

from tests.conformance.relay import relaying
from tests.e2e.running import Running, up
from tests.fixtures.mcp_upstream import Upstream, serving_mcp
from tests.ports import a_port

HOST = "127.0.0.1"


@contextmanager
def serving(folder: Path, *, port: int = 0) -> Iterator[str]:
    """Start it all on a data folder, and give the relay's address."""
    with serving_mcp(Upstream()) as upstream, up(folder, a_port()) as running:
        key = key_of_the_suite(running, upstream.url)
        to_port = int(running.demo["base_url"].rpartition(":")[2])
        with relaying(to_port, key, port=port) as relay:
            yield f"http://{HOST}:{relay}/mcp"


def key_of_the_suite(running: Running, upstream: str) -> str:
    """Load the tenant of the suite into a running demo; return its agent's key."""
    lines = (running.folder / "env").read_text().splitlines()
    environ = dict(line.split("=", 1) for line in lines)
    loaded = subprocess.run(  # noqa: S603 (ourselves)
        [sys.executable, "-m", "tests.conformance.configuration", upstream],
        env={**os.environ, **environ, "DATA_DIR": str(running.folder)},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return loaded.stdout.strip()


def main() -> None:
    """Serve until this process is asked to stop."""
    parser = argparse.ArgumentParser(prog="tests/conformance/serve")
    parser.add_argument("--port", type=int, default=0, help="of the relay")
    asked = parser.parse_args()
    ended = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder) / "var", port=asked.port) as relay,
    ):
        print(f"relay {relay}", flush=True)  # noqa: T201
        ended.wait()


if __name__ == "__main__":
    main()
