"""``python -m governance.server`` becomes the server."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from tests.governance.server.conftest import ROOT
from tests.ports import a_port

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def health(process: subprocess.Popen[bytes], port: int) -> requests.Response:
    while process.poll() is None:
        try:
            return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=120)
        except requests.ConnectionError:
            time.sleep(0.05)
    raise AssertionError("it ended at once")


def test_the_command_serves_the_program_on_the_address_that_it_was_given() -> None:
    port = a_port()
    command = [sys.executable, "-m", "governance.server", "--text-logs"]

    with subprocess.Popen(  # noqa: S603 - our own program
        [*command, "--port", str(port), "--workers", "1", "--drain-seconds", "5"],
        cwd=ROOT,
        env={**os.environ, "ALLOWED_HOSTS": "127.0.0.1"},
    ) as process:
        answer = health(process, port)
        environ = Path(f"/proc/{process.pid}/environ").read_bytes().split(b"\0")
        process.terminate()

    assert answer.status_code == 200
    assert b"MALLOC_ARENA_MAX=2" in environ
    assert process.returncode == 0
