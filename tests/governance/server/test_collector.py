"""What the collector has to look at while a web process serves."""

import os
import subprocess
import sys

from tests.governance.server.conftest import ROOT

LOADED = """
import gc
import governance.rsgi
gc.collect(0)
print(gc.get_freeze_count() // max(1, len(gc.get_objects())))
"""


def test_the_collector_does_not_look_at_what_was_loaded() -> None:
    done = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-W", "ignore", "-c", LOADED],
        cwd=ROOT,
        env=os.environ | {"MODE": "test"},
        capture_output=True,
        text=True,
        check=True,
    )

    times_as_many_are_frozen = int(done.stdout)

    assert times_as_many_are_frozen > 10
