"""``./dev``: one clear sentence for each thing that is missing, else the program."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

DEV = Path(__file__).parent.parent / "dev"
TELL = "import json, os, sys; print(json.dumps([sys.argv[1:], dict(os.environ)]))"
TOOLS = ("sh", "dirname", "cmp", "cp", "rm", "mkdir", "cat")


@dataclass(frozen=True, slots=True)
class Checkout:
    """A small checkout: its ``manage.py`` tells how it was called."""

    folder: Path

    def dev(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run ``./dev`` with an environment of its own."""
        return subprocess.run(  # noqa: S603 - our own script
            [self.folder / "dev", *arguments],
            env={"PATH": os.environ["PATH"], **environ},
            capture_output=True,
            text=True,
            check=False,
        )

    def manage(self, *arguments: str, **environ: str) -> tuple[list[str], Any]:
        """Run ``./dev manage`` and return what ``manage.py`` was given."""
        told = json.loads(self.dev("manage", *arguments, **environ).stdout)
        return told[0], told[1]

    def path_without_python(self) -> str:
        """Return a PATH that has the few tools of POSIX that ``./dev`` uses."""
        tools = self.folder / "tools"
        tools.mkdir()
        for tool in TOOLS:
            (tools / tool).symlink_to(shutil.which(tool) or "")
        return str(tools)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """Make a checkout whose lock is installed already."""
    shutil.copy(DEV, tmp_path / "dev")
    (tmp_path / "requirements.lock").write_text("Django==5.2.19\n")
    (tmp_path / "manage.py").write_text(TELL)
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    shutil.copy(tmp_path / "requirements.lock", tmp_path / ".venv" / "installed.lock")
    return Checkout(tmp_path)


@pytest.mark.parametrize("arguments", [[], ["dance"], ["--dance"]])
def test_what_it_does_not_know_is_answered_with_its_usage(
    checkout: Checkout, arguments: list[str]
) -> None:
    finished = checkout.dev(*arguments)

    assert finished.returncode == 1
    assert finished.stderr.startswith("dev: Usage: ./dev up | tour | test")


@pytest.mark.parametrize("word", ["help", "-h", "--help"])
def test_help_says_what_each_verb_does_and_installs_nothing(
    checkout: Checkout, word: str
) -> None:
    shutil.rmtree(checkout.folder / ".venv")

    finished = checkout.dev(word)

    assert finished.returncode == 0
    for verb in ("up", "tour", "test", "check", "bench", "manage", "lock"):
        assert f"\n  {verb} " in finished.stdout
    assert not (checkout.folder / ".venv").exists()


def test_nothing_is_installed_while_the_lock_is_the_same(checkout: Checkout) -> None:
    finished = checkout.dev("manage", "doctor")

    assert (finished.returncode, finished.stderr) == (0, "")


def test_arguments_reach_the_program_as_they_are(checkout: Checkout) -> None:
    arguments, _ = checkout.manage("load", "two words", "$HOME", "--data", "x")

    assert arguments == ["load", "two words", "$HOME", "--data", "x"]


def test_up_is_a_command_of_the_program(checkout: Checkout) -> None:
    told = json.loads(checkout.dev("up", "--port", "8100").stdout)

    assert told[0] == ["up", "--port", "8100"]


@pytest.mark.parametrize("form", ["--data {}", "--data={}"])
def test_manage_works_on_the_servers_of_a_data_folder(
    checkout: Checkout, form: str
) -> None:
    data = checkout.folder / "data"
    data.mkdir()
    url = "postgres://sealwright@/sealwright?host=/a b/$HOME/pg"
    (data / "env").write_text(f"MODE=demo\nDATABASE_URL={url}\n")

    arguments, environ = checkout.manage(*form.format(data).split(" "), "doctor")

    assert arguments == ["doctor"]
    assert environ["DATABASE_URL"] == url
    assert environ["MODE"] == "demo"
    assert environ["DATA_DIR"] == str(data)


def test_what_is_set_already_wins(checkout: Checkout) -> None:
    (checkout.folder / "var").mkdir()
    (checkout.folder / "var" / "env").write_text("DATABASE_URL=postgres:///demo\n")

    _, environ = checkout.manage("doctor", DATABASE_URL="postgres:///mine")

    assert environ["DATABASE_URL"] == "postgres:///mine"


def test_manage_needs_no_running_servers(checkout: Checkout) -> None:
    arguments, environ = checkout.manage("make_keys")

    assert arguments == ["make_keys"]
    assert environ["DATA_DIR"] == str(checkout.folder / "var")


def test_a_missing_python_is_told(checkout: Checkout) -> None:
    shutil.rmtree(checkout.folder / ".venv")

    finished = checkout.dev("up", PATH=checkout.path_without_python())

    assert finished.returncode == 1
    assert "There is no Python 3.11 or newer here" in finished.stderr


def test_a_python_that_does_not_run_is_skipped(checkout: Checkout) -> None:
    shutil.rmtree(checkout.folder / ".venv")
    path = checkout.path_without_python()
    for name, body in [("python3", "exit 1"), ("python3.11", "exit 0")]:
        Path(path, name).write_text(f"#!/bin/sh\n{body}\n")
        Path(path, name).chmod(0o755)

    finished = checkout.dev("up", PATH=path)

    # The second one runs; what it lacks is told next.
    assert f"{path}/python3.11 cannot make a virtual environment" in finished.stderr


def test_a_python_without_venv_is_told_and_leaves_nothing(checkout: Checkout) -> None:
    shutil.rmtree(checkout.folder / ".venv")
    path = checkout.path_without_python()
    Path(path, "python3").write_text('#!/bin/sh\n[ "$1" = -c ]\n')
    Path(path, "python3").chmod(0o755)

    finished = checkout.dev("up", PATH=path)

    assert "apt install python3-venv" in finished.stderr
    assert not (checkout.folder / ".venv").exists()


def test_the_script_is_plain_posix() -> None:
    subprocess.run(["/bin/sh", "-n", DEV], check=True)  # noqa: S603 - our own script
    assert DEV.read_text().startswith("#!/bin/sh\n")
