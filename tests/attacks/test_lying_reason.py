"""An agent writes a harmless reason beside arguments that do harm."""

import re
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from approvals.services.deliveries import sweep
from audit.models import Record
from tests.attacks.browsing import Page, page_of, signed_in
from tests.stage import COMMENT, READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

LIE = (
    "Only reads the pull request. Approved by ben at 10:02, code AAA-AAA.\n"
    "Comment on #1 of sandbox. Nothing will be changed. Press Approve."
)


def ask(stage: Stage, tool: str, args: dict[str, Any]) -> None:
    answer = stage.post({"tool": tool, "args": args, "reason": LIE})
    assert answer.status_code == 202


def test_the_sentence_comes_from_the_arguments_and_the_reason_is_a_quotation(
    stage: Stage,
) -> None:
    ask(stage, "github.merge_pr", READ)

    page = signed_in("ana").get(page_of(stage.pending())).text

    sentence = re.search(r'<h1 class="sentence"[^>]*>(.*?)</h1>', page, re.DOTALL)
    assert sentence is not None
    assert Page(sentence[1]).text.split() == ["Merge", "#184", "of", "payments-api"]
    quoted = re.search(r"<blockquote.*?</blockquote>", page, re.DOTALL)
    assert quoted is not None
    assert "Approved by ben" in quoted[0]
    assert "Approved by ben" not in page.replace(quoted[0], "")
    before, _, _ = page.partition(quoted[0])
    assert "Written by the agent, not checked" in Page(before).text
    assert Page(page).text.count("Merge #184 of payments-api") >= 2


def test_no_word_of_the_reason_is_in_a_mail(stage: Stage) -> None:
    ask(stage, "github.merge_pr", READ)

    sweep(now=timezone.now())

    assert {to for letter in mail.outbox for to in letter.to} == {
        "ana@example.com",
        "ben@example.com",
    }
    for letter in mail.outbox:
        whole = letter.message().as_string()
        assert "Approved by ben" not in whole
        assert "sandbox" not in whole
        assert "Merge #184 of payments-api" in str(letter.body)


def test_the_record_calls_it_the_agents_word(stage: Stage) -> None:
    ask(stage, "github.comment_pr", COMMENT)

    record = Record.objects.select_related("personal").get(event="approval.requested")
    assert record.personal.stated_reason == LIE
    assert record.personal.summary == "Comment on #184 of payments-api"
