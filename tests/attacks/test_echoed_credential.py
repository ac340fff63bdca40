"""A backend sends our credential back, in whatever form and place."""

import base64
import json
import logging
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

import pytest

from audit.models import Payload
from tests.attacks.browsing import signed_in
from tests.attacks.rows_of_all import everything
from tests.attacks.tools import publish_covered_write
from tests.remotes import reply
from tests.stage import READ, SECRET, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

MARK = "[redacted:credential]"
FORMS = {
    "as it is": SECRET,
    "in a header of its own": f"Bearer {SECRET}",
    "base64": base64.b64encode(SECRET.encode()).decode(),
    "base64 of a header": base64.b64encode(f"Bearer {SECRET}".encode()).decode(),
    "base64 of a pair": base64.b64encode(f"user:{SECRET}".encode()).decode(),
    "base64url": base64.urlsafe_b64encode(f"x{SECRET}".encode()).decode(),
    "percent": quote(SECRET, safe=""),
    "form": quote_plus(SECRET),
    "hex": SECRET.encode().hex(),
    "HEX": SECRET.encode().hex().upper(),
    "JSON in JSON": json.dumps(json.dumps({"token": SECRET})),
}
STATUSES = (200, 400, 404, 422, 401, 403, 500, 302)


def every_form() -> Iterator[str]:
    yield from FORMS.values()


def test_it_is_replaced_in_whatever_form_it_comes(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    publish_covered_write(stage)
    everywhere = json.dumps(FORMS).encode()
    headers = "".join(f"X-{n}: {form}\r\n" for n, form in enumerate(FORMS.values()))
    answers: list[str] = []

    with caplog.at_level(logging.DEBUG):
        for status in STATUSES:
            for tool in ("github.read_pr", "github.label_pr"):
                stage.remote.answer = reply(
                    everywhere,
                    status=status,
                    more=f"{headers}Location: http://x/?{SECRET}\r\n",
                )
                answer = stage.post({"tool": tool, "args": READ})
                answers.append(answer.text)
                call = answer.json()["call_id"]
                answers.append(stage.get(f"calls/{call}").text)

    assert MARK in answers[0]
    kept = str(everything())
    for form in every_form():
        assert not any(form in answer for answer in answers), form
        assert form not in kept, form
        assert form not in caplog.text, form


def test_it_is_replaced_in_the_type_of_an_answer_and_in_text(stage: Stage) -> None:
    for kind in (f"text/plain; charset={SECRET}", f"text/{SECRET}", "text/html"):
        stage.remote.answer = reply(
            f"<p>{SECRET}</p>".encode(), content_type=kind, status=404
        )
        answer = stage.post({"tool": "github.read_pr", "args": READ})

        result = answer.json()["result"]
        assert SECRET not in answer.text
        assert result["body"] == f"<p>{MARK}</p>"


def test_an_echo_that_stays_json_is_still_json(stage: Stage) -> None:
    stage.remote.answer = reply(json.dumps({"you": {"sent": [SECRET]}}).encode())

    answer = stage.post({"tool": "github.read_pr", "args": READ})

    assert answer.json()["result"]["body"] == {"you": {"sent": [MARK]}}


def test_another_secret_is_the_agents_to_have_and_nobody_elses(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    theirs = "ghp_" + "A1b2" * 9
    stage.remote.answer = reply(json.dumps({"token": theirs}).encode(), status=422)

    with caplog.at_level(logging.DEBUG):
        answer = stage.post(
            {"tool": "github.read_pr", "args": READ, "reason": f"use {theirs}"}
        )

    # In the result unchanged: it is the answer to what was asked.  Elsewhere redacted.
    assert answer.json()["result"]["body"] == {"token": theirs}
    assert theirs not in caplog.text
    assert theirs not in str(everything())
    assert not Payload.objects.filter(result__isnull=False).exists()
    olu = signed_in("olu")
    for path in ("/audit/", "/audit/export.csv", "/audit/export.jsonl"):
        assert theirs not in olu.get(path).getvalue().decode()
