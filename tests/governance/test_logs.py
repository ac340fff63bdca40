"""Log lines: their context, and what never gets into one."""

import json
import logging
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from celery import shared_task
from django.db import IntegrityError, connection
from django.test import Client

from audit.context import Context, current, use
from governance.logs import JsonLines, OnlyCrashes, TextLines, logging_config
from tests.stage import COMMENT, SECRET, Stage

KEY = "swk_abcd1234_0123456789abcdefghijklmnop"
HERE = Context(door="rest", request_id="req_1", trace_id="4bf92f3577b34da6")


class Stream:
    """What one logger wrote, as a handler of ours would write it."""

    def __init__(self, formatter: logging.Formatter) -> None:
        self._stream = StringIO()
        self.handler = logging.StreamHandler(self._stream)
        self.handler.setFormatter(formatter)

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def written() -> Iterator[Stream]:
    yield from listening(JsonLines())


@pytest.fixture
def shown() -> Iterator[Stream]:
    yield from listening(TextLines())


def listening(formatter: logging.Formatter) -> Iterator[Stream]:
    stream, root = Stream(formatter), logging.getLogger()
    level = root.level
    root.addHandler(stream.handler)
    root.setLevel(logging.INFO)
    yield stream
    root.removeHandler(stream.handler)
    root.setLevel(level)


log = logging.getLogger("sealwright.test")


def test_a_line_says_when_who_and_through_which_door(written: Stream) -> None:
    with use(HERE):
        log.warning("the %s is late", "worker")

    (line,) = written.lines
    assert line.pop("at").endswith("+00:00")
    assert line == {
        "level": "warning",
        "logger": "sealwright.test",
        "message": "the worker is late",
        "request_id": "req_1",
        "trace_id": "4bf92f3577b34da6",
        "door": "rest",
    }


@pytest.mark.parametrize("form", ["written", "shown"])
def test_a_secret_never_gets_into_a_line(
    form: str, request: pytest.FixtureRequest
) -> None:
    stream: Stream = request.getfixturevalue(form)

    log.error("refused %s", KEY)
    log.error("it failed", exc_info=RuntimeError(f"Authorization: Bearer {KEY}"))

    assert KEY not in stream.text
    assert "RuntimeError" in stream.text
    assert "[redacted:key]" in stream.text


@pytest.mark.django_db
def test_the_row_that_a_database_error_quotes_is_left_out(written: Stream) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO audit_unsealed VALUES ('CANARY-row', ''), "
                "('CANARY-row', '')"
            )
    except IntegrityError as error:
        log.exception("not stored")
        log.warning("not stored: %s", error)

    assert "CANARY-row" not in written.text
    assert "IntegrityError" in written.text


@pytest.mark.parametrize("form", ["written", "shown"])
@pytest.mark.parametrize("evil", ["\r\n", "\x1b[2J", "\u2028", "\u202e", "\x85"])
def test_nobody_writes_a_line_or_a_command_of_their_own(
    form: str, evil: str, request: pytest.FixtureRequest
) -> None:
    stream: Stream = request.getfixturevalue(form)

    log.info("path %s", f"/a{evil}CRITICAL all is lost")

    assert evil not in stream.text
    assert len(stream.text.splitlines()) == 1


def test_a_message_that_does_not_fit_its_values_shows_no_value() -> None:
    values = ("CANARY-value",)
    record = logging.LogRecord("a", logging.INFO, "", 1, "%d of %d", values, None)

    line = JsonLines().format(record)

    assert json.loads(line)["message"] == "%d of %d"
    assert "CANARY" not in line


def test_a_request_has_one_line_without_its_query(
    client: Client, written: Stream, db: None
) -> None:
    answer = client.get("/v1/tools?k=CANARY-token")

    (line,) = [each for each in written.lines if each["logger"] == "sealwright.access"]
    assert line["method"] == "GET"
    assert line["path"] == "/v1/tools"
    assert line["status"] == 401
    assert line["milliseconds"] >= 0
    assert line["door"] == "rest"
    assert line["request_id"] == answer.headers["Sealwright-Request-Id"]
    assert "CANARY" not in written.text


def test_a_secret_in_a_path_is_taken_out_of_every_member(
    client: Client, written: Stream, db: None
) -> None:
    client.get(f"/v1/{KEY}")

    assert KEY not in written.text
    assert "[redacted:key]" in written.text


def test_probes_are_silent(client: Client, written: Stream) -> None:
    client.get("/healthz")

    assert written.lines == []


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_no_argument_or_secret_of_a_call_is_logged(
    stage: Stage, written: Stream
) -> None:
    stage.post({"tool": "github.comment_pr", "args": {**COMMENT, "body": "CANARY"}})
    stage.approve()
    stage.post({"tool": "github.comment_pr", "args": {**COMMENT, "body": "CANARY"}})
    stage.post({"tool": "github.comment_pr", "args": {"CANARY": 1}})

    assert len(written.lines) >= 3
    for hidden in ("CANARY", SECRET, stage.key):
        assert hidden not in written.text


@shared_task(name="tests.where", ignore_result=True)
def where() -> tuple[str, str | None]:
    here = current()
    return here.door, here.request_id


def test_a_task_runs_in_a_context_of_its_own() -> None:
    with use(HERE):
        door, request_id = where()
        after = current()

    assert door == "task"
    assert request_id is not None
    assert request_id.startswith("task_")
    assert after is HERE


@pytest.mark.parametrize(
    ("form", "formatter"), [("json", JsonLines), ("text", TextLines)]
)
def test_the_setting_chooses_the_form(form: str, formatter: type) -> None:
    config = logging_config("INFO", form)

    assert config["formatters"]["lines"]["()"] is formatter
    assert config["root"]["level"] == "INFO"
    for chatty in ("django.db.backends", "urllib3", "celery"):
        assert config["loggers"][chatty]["level"] == "WARNING"
    # Django's own handler mails errors with the request in them.
    assert config["loggers"]["django"]["handlers"] == []


def test_a_refusal_has_one_line_and_a_crash_its_traceback() -> None:
    answered = logging.makeLogRecord({"msg": "Gateway Timeout: /v1/calls"})
    crashed = logging.makeLogRecord({"exc_info": (ValueError, ValueError(), None)})

    assert not OnlyCrashes().filter(answered)
    assert OnlyCrashes().filter(crashed)
