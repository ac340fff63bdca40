"""The settings of the tests: the real ones, over servers and keys of this run alone.

pytest-django reads the settings before any conftest, so what they need starts here.
"""

import atexit
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from governance.embedded import postgres, processes, valkey
from governance.embedded.processes import Process, Program
from governance.keys import make_keys


def _start() -> None:
    scratch = tempfile.TemporaryDirectory(prefix="sealwright-tests-")
    _at_exit(scratch.cleanup)
    folder = Path(scratch.name)

    def spawn(program: Program) -> Process:
        with (folder / f"{program.name}.log").open("wb") as log:
            process = processes.spawn(program, output=log)
        _at_exit(lambda: processes.stop(process, program))
        return process

    if "DATABASE_URL" not in os.environ:
        url = postgres.start(folder / "postgres", spawn=spawn, durable=False)
        os.environ["DATABASE_URL"] = url
    if "REDIS_URL" not in os.environ:
        os.environ["REDIS_URL"] = valkey.start(folder / "valkey", spawn=spawn)
    for name in ("mail", "static"):
        (folder / name).mkdir()
    make_keys(folder / "keys", development=True)
    os.environ["DATA_DIR"] = str(folder)
    os.environ["KEYS_DIR"] = str(folder / "keys")
    os.environ["DATABASE_POOL_SIZE"] = "0"
    # On a busy machine the last statement, which drops the database, took over five
    # seconds; whatever waits for a lock in a race may as well.
    os.environ["STATEMENT_TIMEOUT_MS"] = "120000"
    os.environ["MODE"] = "test"


def _at_exit(action: Callable[[], object]) -> None:
    starter = os.getpid()
    # A test that forks must not stop the servers of the run as its child leaves.
    atexit.register(lambda: action() if os.getpid() == starter else None)


if os.environ.get("MODE") != "test":  # else a process of ours that a test started
    _start()

from governance.settings import *  # noqa: E402, F403 - they follow the servers

# The real one takes a tenth of a second a person, which is its purpose.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
