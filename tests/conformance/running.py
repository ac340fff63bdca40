"""Run the official conformance suite, each scenario alone, for both revisions."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from typing import Final

from tests.conformance.serving import serving

SUITE: Final = "@modelcontextprotocol/conformance@0.2.0-alpha.12"
EXPECTED: Final = Path(__file__).with_name("expected.yml")
_TOOLS: Final = (
    "tools-list",
    *(
        f"tools-call-{kind}"
        for kind in (
            *("simple-text", "image", "audio"),
            *("embedded-resource", "mixed-content", "error"),
        )
    ),
    "server-sse-multiple-streams",
    "dns-rebinding-protection",
    "json-schema-2020-12",
)
SCENARIOS: Final = {
    "2026-07-28": (
        *("server-stateless", "caching", "http-header-validation"),
        *_TOOLS,
    ),
    "2025-11-25": (
        *("server-initialize", "ping", "server-session-lifecycle"),
        *_TOOLS,
    ),
}
# They ask for more than the extension does: what they say is told, and decides nothing.
FOR_INFORMATION: Final = ("tasks-capability-negotiation", "tasks-request-headers")
SECONDS: Final = 240


def cache() -> Path:
    """Return the folder that the suite is installed into."""
    named = os.environ.get("CONFORMANCE_CACHE")
    if named:
        return Path(named)
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "sealwright" / "conformance"


def install(folder: Path) -> list[str]:
    """Install the suite and the Node it needs; return the command that runs it."""
    npm = which("npm")
    if npm is None:
        sys.exit("conformance: there is no npm here. Install it (apt install npm).")
    folder.mkdir(parents=True, exist_ok=True)
    quiet = ("--no-fund", "--no-audit", "--silent", "--prefix", str(folder))
    subprocess.run([npm, "install", *quiet, "node@22", SUITE], check=True)  # noqa: S603
    modules = folder / "node_modules"
    program = modules / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"
    return [str(modules / "node" / "bin" / "node"), str(program)]


def run(command: list[str], url: str, scenario: str, version: str) -> bool:
    """Run one scenario; print what it says where it fails."""
    with tempfile.TemporaryDirectory() as results:
        done = subprocess.run(  # noqa: S603
            [
                *(*command, "server", "--url", url, "--scenario", scenario),
                *(() if version == "extension" else ("--spec-version", version)),
                *("--expected-failures", str(EXPECTED), "-o", results),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    passed = done.returncode == 0
    print(f"{'passed' if passed else 'FAILED'} {version} {scenario}", flush=True)  # noqa: T201
    if not passed:
        print(done.stdout, flush=True)  # noqa: T201
    return passed


def failures(command: list[str], url: str) -> Iterator[str]:
    """Yield the scenarios that failed."""
    for version, scenarios in SCENARIOS.items():
        for scenario in scenarios:
            if not run(command, url, scenario, version):
                yield f"{version} {scenario}"


def main() -> None:
    """Install, start, run, and say what failed."""
    command = install(cache())
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder) / "var") as relay,
    ):
        failed = list(failures(command, relay))
        for scenario in FOR_INFORMATION:
            run(command, relay, scenario, "extension")
    count = sum(map(len, SCENARIOS.values()))
    print(f"conformance: {count - len(failed)} of {count} scenarios passed")  # noqa: T201
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
