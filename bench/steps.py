"""What a governed call costs in steps of the interpreter: the same on any machine.

``python -m bench.steps``, in the environment of the rig with the agent's key as
``BENCH_KEY``, runs warm calls in its own process and prints how many instructions of
Python the last of each kind took.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from io import BytesIO
from types import FrameType
from typing import Any, Final

from bench.rig import Rig
from bench.rows import SMALL, Row, call

TOOLS: Final = {"read": "bench.read", "write": "bench.write"}
WARM_CALLS: Final = 50
TRIES: Final = 5


def steps(rig: Rig, _seconds: float) -> list[Row]:
    """Count the instructions of a governed read and write."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bench.steps"],
        env=os.environ
        | rig.environ
        | {"DJANGO_SETTINGS_MODULE": "governance.settings", "BENCH_KEY": rig.key},
        stdout=subprocess.PIPE,
        check=True,
    )
    note = "Python instructions a call, not calls a second"
    return [
        Row(f"instructions, {name}", 1, count, 0.0, 0.0, note=note)
        for name, count in json.loads(done.stdout).items()
    ]


def counted(tool: str) -> int:
    """Return the instructions of a warm call: the least of some, as some look around.

    Once a second a call asks what all of them rely on.
    """
    body = call(tool, SMALL).encode()
    for _ in range(WARM_CALLS):
        _run(body)
    return min(_traced(body) for _ in range(TRIES))


def _traced(body: bytes) -> int:
    seen: Counter[str] = Counter()

    def trace(frame: FrameType, event: str, _: object) -> Any:
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        seen[event] += 1
        return trace

    sys.settrace(trace)
    try:
        _run(body)
    finally:
        sys.settrace(None)
    return seen["opcode"]


def _run(body: bytes) -> None:
    from governance.wsgi import application  # noqa: PLC0415 (sets Django up)

    said: list[str] = []
    chunks = application(_environ(body), lambda status, *_: said.append(status))
    answer = b"".join(chunks)
    chunks.close()  # type: ignore[attr-defined]  # a response of Django's
    if said != ["200 OK"] or b'"completed"' not in answer:
        raise RuntimeError(f"{said} {answer!r}")


def _environ(body: bytes) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/v1/calls",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": "application/json",
        "HTTP_HOST": "127.0.0.1:8000",
        "HTTP_AUTHORIZATION": f"Bearer {os.environ['BENCH_KEY']}",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps({name: counted(tool) for name, tool in TOOLS.items()}))
