"""Reading what pages and files say about evidence."""

import csv
import io
import json
import re
from typing import Any
from urllib.parse import urlencode

from django.core.signals import request_finished
from django.db import close_old_connections
from django.http import StreamingHttpResponse
from django.test import Client

from audit.models import Record
from audit.services import Facts
from tests.audit.evidence import CALL, CALL_ID

OTHER: Facts = {
    **CALL,
    "tenant": "team-zeta",
    "call_id": "cal_zeta",
    "session_id": "ses_zeta",
}
DIFFERENT: Facts = {
    "tenant": "team-acme",
    "agent": "deploy-bot",
    "person": "ben",
    "tool": "ci.restart",
    "backend": "ci-api",
    "lane": "ci-restart",
    "scope": "job:deploy",
    "reason": "policy_denied",
    "call_id": "cal_different",
}


def found(browser: Client, **asked: str) -> list[str]:
    page = browser.get(f"/audit/?{urlencode(asked)}")
    assert page.status_code == 200, page.content.decode()
    return re.findall(r'data-label="When"><a href="([^"]+)"', page.content.decode())


def text_of(page: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page.content.decode()))


def call_url(record_id: str, call_id: str = CALL_ID) -> str:
    return f"/audit/calls/{call_id}/#{record_id}"


def export(browser: Client, form: str = "csv", **asked: str) -> StreamingHttpResponse:
    page = browser.get(f"/audit/export.{form}?{urlencode(asked)}")
    assert page.status_code == 200, page.content
    assert isinstance(page, StreamingHttpResponse)
    return page


def bytes_of(page: StreamingHttpResponse) -> bytes:
    return page.getvalue()


def leave(page: StreamingHttpResponse) -> None:
    """Close a response as the server does; the connection of the test stays open."""
    request_finished.disconnect(close_old_connections)
    page.close()
    request_finished.connect(close_old_connections)


def rows_of(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def lines_of(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in data.decode().split("\n") if line]


def exported_records() -> list[Record]:
    return list(Record.objects.filter(event__startswith="export.").order_by("id"))
