"""Somebody writes text that ends a line, begins a formula, or paints a terminal."""

import csv
import io
import json
import logging
from typing import Any

import pytest
from django.utils import timezone

from audit.leaf import canonical, commitment, leaf_hash
from audit.models import Personal, Record, Unsealed
from governance.services import suspend
from tests.attacks.browsing import Page, ballot, csrf, page_of, signed_in
from tests.stage import COMMENT, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

TEXTS = [
    'x\r\n2026-11-23T10:02:03Z call.allowed {"agent":"root"}',
    "x\ny",
    "x\ry",
    "x\u2028y\u2029z\x85",
    "\x1b[2J\x1b[31mcall.allowed\x1b]0;t\x07",
    '=HYPERLINK("http://evil.example";"ok")',
    "+1+1",
    "-1+1",
    "@SUM(1+1)",
    "\t=1+1",
    "\r=1+1",
    " =1+1",
    "x;=1+1",
    'x"\n=1+1',
    'a","b","c',
    "\uff1d1+1",
    "=cmd|'/C calc'!A0",
    "\u202etxt.exe",
    "' OR 1=1 --",
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
]
STARTS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"


@pytest.fixture
def told(stage: Stage) -> Stage:
    """Write every text wherever somebody may: the agent, a voter, an admin."""
    ana = signed_in("ana")
    for number, text in enumerate(TEXTS):
        labelled = {"label": f"{number}", "on_behalf_of": text}
        session = stage.post(labelled, "sessions").json()["session_id"]
        stage.post(
            {
                "tool": "github.comment_pr",
                "args": {**COMMENT, "pull": number + 1, "body": text},
                "reason": text,
                "session_id": session,
            }
        )
        stage.post({"tool": text[:100], "args": {text: text}, "reason": text})
        approval = stage.pending()
        form = ballot(approval, "deny", reason=text)
        ana.post(page_of(approval, "vote"), {**form, **csrf(ana.get("/").text)})
    suspend(stage.agent, by=stage.sam, now=timezone.now(), why="\n".join(TEXTS))
    return stage


def test_one_event_is_one_record_one_row_and_one_line(told: Stage) -> None:
    records = Record.objects.order_by("id")
    reasons = Personal.objects.filter(stated_reason__in=TEXTS)
    assert reasons.count() >= 3 * len(TEXTS)

    olu = signed_in("olu")
    rows = list(csv.reader(io.StringIO(_sent(olu, "csv"), newline="")))
    lines = _sent(olu, "jsonl").split("\n")

    ids = set(records.filter(tenant="team-acme").values_list("id", flat=True))
    head, *body = rows
    assert all(len(row) == len(head) for row in body)
    exported = [row[head.index("id")] for row in body]
    assert len(set(exported)) == len(exported)
    assert set(exported) <= ids
    assert len(exported) >= 4 * len(TEXTS)
    assert lines.pop() == ""
    leaves = [json.loads(line)["leaf"] for line in lines]
    assert {leaf["id"] for leaf in leaves} >= set(exported)


def test_no_cell_is_a_formula_wherever_a_spreadsheet_begins_one(told: Stage) -> None:
    text = _sent(signed_in("olu"), "csv")

    for row in csv.reader(io.StringIO(text, newline="")):
        for cell in row:
            assert not cell.lstrip(" \u00a0").startswith(tuple(STARTS)), cell
            # With a semicolon as separator, or quotes that are not understood.
            for part in cell.replace('"', ";").replace("\n", ";").split(";")[1:]:
                assert not part.lstrip(" ").startswith(tuple("=+-@")), cell


def test_every_leaf_verifies(told: Stage) -> None:
    for record in Record.objects.select_related("personal"):
        leaf = bytes(record.leaf)
        said = json.loads(leaf)
        assert canonical(said).encode() == leaf
        assert b"\n" not in leaf
        assert b"\x1b" not in leaf
        unsealed = Unsealed.objects.get(pk=record.pk)
        assert bytes(unsealed.leaf_hash) == leaf_hash(leaf)
        for column, committed in said["personal"].items():
            value = getattr(record.personal, column)
            salt = bytes(getattr(record.personal, f"{column}_salt"))
            assert commitment(salt, column, value) == committed


def test_pages_about_the_evidence_show_no_control_character(told: Stage) -> None:
    olu, sam = signed_in("olu"), signed_in("sam")
    pages: list[Any] = [olu.get("/audit/"), olu.get("/audit/?outcome=denied")]
    for record in Record.objects.filter(event="call.denied")[:10]:
        pages.append(olu.get(f"/audit/records/{record.pk}/"))
        pages.append(sam.get(f"/admin/audit/record/{record.pk}/change/"))
    pages.append(sam.get("/"))

    for page in pages:
        assert page.status_code == 200
        for character in ("\x1b", "\u202e", "\u2028", "\x07", "\x85"):
            assert character not in page.text
        assert "evil.example" not in " ".join(Page(page.text).links())


def test_a_path_of_two_lines_is_one_line_of_log(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        stage.get("calls/x%0d%0aERROR%20forged%1b[2J")
        stage.get("nowhere%0aERROR forged")

    formatter = _our_formatter()
    for entry in caplog.records:
        line = formatter.format(entry)
        assert "\n" not in line, line
        assert "\r" not in line
        assert "\x1b" not in line


def _our_formatter() -> logging.Formatter:
    [handler] = logging.getLogger().handlers[:1] or [logging.StreamHandler()]
    return handler.formatter or logging.Formatter()


def _sent(browser: Any, form: str) -> str:
    answer = browser.get(f"/audit/export.{form}")
    assert answer.status_code == 200
    text: str = answer.getvalue().decode()
    return text
