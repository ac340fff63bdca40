"""What a web process carries around."""

import os
import subprocess
import sys

from governance.server import server_environ
from tests.governance.server.conftest import ROOT

LOADED = """
import sys
before = set(sys.modules)  # of whoever measures how much the tests cover, too
import governance.rsgi
print(*sorted(set(sys.modules) - before))
"""

# Test frameworks, a template engine, another database: together 6 MB of each process.
NEVER_ON_THE_ROAD = {
    *("django.test", "drf_spectacular.generators", "drf_spectacular.plumbing"),
    *("jinja2", "rest_framework.test", "sqlite3", "unittest.mock"),
}


def test_what_no_call_needs_is_not_loaded_at_the_start() -> None:
    done = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-W", "ignore", "-c", LOADED],
        cwd=ROOT,
        env=os.environ | {"MODE": "test"},
        capture_output=True,
        text=True,
        check=True,
    )

    loaded = set(done.stdout.split())

    assert "proxy.rest.views" in loaded
    assert not loaded & NEVER_ON_THE_ROAD


def test_a_server_has_few_arenas_unless_it_is_told_otherwise() -> None:
    assert server_environ({"MODE": "demo"}) == {"MODE": "demo", "MALLOC_ARENA_MAX": "2"}
    assert server_environ({"MALLOC_ARENA_MAX": "8"}) == {"MALLOC_ARENA_MAX": "8"}
