"""The demo remote is a program of its own, too."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from django.conf import settings

from tests.ports import a_port

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def test_it_says_where_it_listens_and_stops_when_asked(tmp_path: Path) -> None:
    credentials = tmp_path / "credentials.json"
    credentials.write_text(json.dumps({}))
    command = [sys.executable, "-m", "governance.demo.remote"]
    port = a_port()

    with subprocess.Popen(  # noqa: S603 - our own program
        [*command, "--port", str(port), "--credentials", str(credentials)],
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        said = process.stdout.readline()
        answer = requests.get(f"http://127.0.0.1:{port}/_received", timeout=120)
        process.terminate()

    assert said == f"The demo remote listens on http://127.0.0.1:{port}\n"
    assert answer.json()["received"] == []
    assert process.returncode != 0  # it serves until it is told to go
