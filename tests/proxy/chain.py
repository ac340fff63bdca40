"""Requests through the chain that agents' requests really take (``governance.wsgi``).

Django's test client takes the people's chain, whatever the path.
"""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from governance.wsgi import application

Program = Callable[[dict[str, Any], Callable[..., Any]], Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    path: str,
    *,
    method: str = "GET",
    body: bytes = b"",
    program: Program = application,
    **environ: str,
) -> Answer:
    """Send one request; ``environ`` is in the words of WSGI (``HTTP_ACCEPT``)."""
    head: list[tuple[str, list[tuple[str, str]]]] = []
    request = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "testserver",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
        **environ,
    }
    chunks = program(request, lambda status, headers: head.append((status, headers)))
    try:
        content = b"".join(chunks)
    finally:
        chunks.close()
    [(status, headers)] = head
    return Answer(int(status[:3]), dict(headers), content)
