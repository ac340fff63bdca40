"""An environment of its own for each client: their dependencies clash.

They are made below CLIENTS_CACHE, or a cache folder of the user's, and kept.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from shutil import rmtree, which
from typing import Final

import pytest

PROGRAMS: Final = Path(__file__).with_name("programs")
_DONE: Final = "installed.txt"


@dataclass(frozen=True, slots=True)
class Environment:
    """Packages of one registry, and how a program on top of them is run."""

    name: str
    packages: tuple[str, ...]
    is_python: bool = True

    @property
    def folder(self) -> Path:
        """Where it is kept."""
        return root() / self.name

    def command(self, program: str, *arguments: str) -> list[str]:
        """Return what runs a program of ours in it."""
        if self.is_python:
            interpreter, at = self.folder / "bin" / "python", PROGRAMS
        else:
            interpreter = self.folder / "node_modules" / "node" / "bin" / "node"
            at = self.folder / "programs"
        return [str(interpreter), str(at / program), *arguments]


PYTHON: Final = {
    each.name: each
    for each in (
        Environment("mcp2", ("mcp>=2,<3",)),
        Environment("mcp1", ("mcp==1.30.*",)),
        Environment("fastmcp", ("fastmcp>=4,<5", "fastmcp-tasks>=4,<5")),
        Environment("pydantic-ai", ("pydantic-ai-slim[mcp]",)),
        Environment("openai-agents", ("openai-agents",)),
        Environment("langchain", ("langchain-mcp-adapters",)),
    )
}
TYPESCRIPT: Final = Environment(
    "typescript",
    (
        "node@22",
        "@modelcontextprotocol/sdk@1",
        "@modelcontextprotocol/client@2",
        "@modelcontextprotocol/inspector@2",
    ),
    is_python=False,
)


def root() -> Path:
    """Return the folder that the environments are kept below."""
    named = os.environ.get("CLIENTS_CACHE")
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(named) if named else Path(home) / "sealwright" / "clients"


@cache
def made(environment: Environment) -> Environment:
    """Make an environment unless it is there with these very packages."""
    wanted = "\n".join(environment.packages)
    done = environment.folder / _DONE
    if not done.exists() or done.read_text() != wanted:
        rmtree(environment.folder, ignore_errors=True)
        environment.folder.mkdir(parents=True)
        (_make_python if environment.is_python else _make_node)(environment)
        done.write_text(wanted)
    if not environment.is_python:
        # Node looks for packages above the file that imports them.
        rmtree(environment.folder / "programs", ignore_errors=True)
        _copy_programs(environment.folder / "programs")
    return environment


def _make_python(environment: Environment) -> None:
    interpreter = environment.folder / "bin" / "python"
    uv = Path(sys.prefix) / "bin" / "uv"
    tried: list[tuple[list[str | Path], list[str | Path]]] = [
        (
            [uv, "venv", "-q", "--python", sys.executable, environment.folder],
            [uv, "pip", "install", "-q", "--python", interpreter],
        ),
        # uv knows nothing of pip's own configuration, where a mirror may stand.
        (
            [sys.executable, "-m", "venv", "--clear", environment.folder],
            [interpreter, "-m", "pip", "install", "-q", "--no-input"],
        ),
    ]
    for make, install in tried:
        if _runs(make) and _runs([*install, *environment.packages]):
            return
    pytest.fail(f"The environment of {environment.name} could not be made.")


def _make_node(environment: Environment) -> None:
    npm = which("npm")
    if npm is None:
        pytest.fail("There is no npm here. Install it (apt install npm).")
    quiet = ("--no-fund", "--no-audit", "--silent", "--prefix", environment.folder)
    if not _runs([npm, "install", *quiet, *environment.packages]):
        pytest.fail("The TypeScript packages could not be installed.")


def _runs(command: list[str | Path]) -> bool:
    return subprocess.run(command, check=False).returncode == 0  # noqa: S603


def _copy_programs(to: Path) -> None:
    to.mkdir()
    for program in PROGRAMS.glob("*.mjs"):
        (to / program.name).write_text(program.read_text())
