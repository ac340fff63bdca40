"""Blocks of the review page beside the arguments: flags, difference, talk."""

import hashlib
from datetime import datetime
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.utils import timezone

from approvals.models import Approval, Comment, Taking, Vote
from approvals.models.approval import QUICK_SECONDS
from approvals.services import Why
from tests.approvals.asking import World, a_world, approved, cast
from tests.approvals.pages import as_, ballot, path, text

pytestmark = pytest.mark.django_db(transaction=True)
HTMX = "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717"


@pytest.fixture
def world() -> World:
    return a_world()


def test_flags_lead_to_their_places_and_are_counted_beside_the_buttons(
    world: World,
) -> None:
    odd = world.ask(body="all good\u202e" + " " * 12)

    page = as_("ana").get(path(odd)).text

    assert "Look at this: 2 places" in page
    assert '<a class="mono" href="#argument-1">' in page
    assert 'id="argument-1"' in page
    assert '<a href="#b-flags">2 places to look at</a>' in page


def test_a_plain_request_has_no_flags_and_only_a_note(world: World) -> None:
    page = as_("ana").get(path(world.ask())).text

    assert "Look at this" not in page
    assert "ci-agent asks for this scope for the first time." in page


def test_a_lookalike_of_an_approved_value_is_named(world: World) -> None:
    approved(world, body="prod-1")

    page = text(as_("ana").get(path(world.ask(pull=2, body="prod-l"))).text)

    assert "looks like another value, and is not the same: prod-1" in page


def test_the_page_says_what_differs_from_the_last_approved(world: World) -> None:
    approved(world, pull=1, body="ship version 1 today")
    before = approved(world, pull=2, body="ship version 2 today")

    page = as_("ana").get(path(world.ask(pull=3, body="ship version 3 today"))).text

    assert before.code in page
    assert "<del>2</del><ins>3</ins>" in page
    assert "for another scope:" in page
    assert "1 value is the same." in page


def test_the_same_scope_is_compared_before_any_newer_one(world: World) -> None:
    same = approved(world, pull=1, body="old")
    approved(world, pull=2, body="newer")
    Approval.objects.filter(pk=same.pk).update(
        state="lapsed", ended_at=timezone.now(), ended_by="system"
    )

    page = as_("ana").get(path(world.ask(pull=1, body="now"))).text

    assert f">{same.code}</a>" in page
    assert "for another scope:" not in page


def test_nothing_like_it_is_said_in_words(world: World) -> None:
    shown = text(as_("ana").get(path(world.ask())).text)

    assert "Nothing like it was approved in the last 30 days." in shown


def test_a_person_comments_and_takes_on_the_page(world: World) -> None:
    approval, ana = world.ask(), as_("ana")

    said = ana.post(path(approval, "comment"), {"text": "why?", "to_agent": "yes"})
    taken = ana.post(path(approval, "take"))

    assert (said.status_code, taken.status_code) == (303, 303)
    assert Comment.objects.get().to_agent
    assert Taking.objects.get().person.username == "ana"
    seen = text(as_("ben").get(path(approval)).text)
    assert "ana is looking" in seen
    assert "why?" in seen
    assert "ana is looking" in text(as_("ben").get("/approvals/").text)


def test_a_refused_comment_keeps_what_was_typed(world: World) -> None:
    approval, ana = world.ask(), as_("ana")
    cast(approval, "ben", "deny")

    refused = ana.post(path(approval, "comment"), {"text": "late", "to_agent": "yes"})

    assert refused.status_code == 409
    assert ">late</textarea>" in refused.text


def test_a_denial_carries_its_category_and_note(world: World) -> None:
    approval = world.ask()
    form = ballot(
        approval, "deny", category="too_broad", note="ask Olu", reason="Less."
    )

    as_("ana").post(path(approval, "vote"), form)

    vote = Vote.objects.get()
    assert (vote.category, vote.note) == ("too_broad", "ask Olu")
    colleague = text(as_("ben").get(path(approval)).text)
    owner = text(as_("sam").get(path(approval)).text)
    assert "asks for more than needed: Less." in colleague
    assert "ask Olu" in colleague
    assert "ask Olu" not in owner  # a note is for colleagues


def test_a_page_that_was_shown_says_in_the_vote_what_it_was(world: World) -> None:
    approval, ana = world.ask(), as_("ana")
    page = ana.get(path(approval)).text
    shown = page.partition('name="shown" value="')[2].partition('"')[0]

    ana.post(path(approval, "vote"), ballot(approval, shown=shown))

    cast_vote = Vote.objects.get()
    said = cast_vote.shown
    assert (said["view"], said["template"], said["locale"]) == ("plain", "2", "en-gb")
    read = cast_vote.at - datetime.fromisoformat(said["at"])
    assert cast_vote.seconds_read == read.total_seconds() >= 0
    assert cast_vote.is_quick is (read.total_seconds() < QUICK_SECONDS)


def test_words_of_a_yes_are_no_category(world: World) -> None:
    cast(world.ask(), "ana", reason=Why("fine", "", "saw the diff"))

    assert Vote.objects.get().category == ""


def test_htmx_is_the_published_file_with_its_licence() -> None:
    script = finders.find("approvals/htmx-2.0.11.min.js")
    licence = finders.find("approvals/htmx.LICENSE")

    assert script is not None
    assert licence is not None
    assert hashlib.sha256(Path(script).read_bytes()).hexdigest() == HTMX
    assert "Zero-Clause BSD" in Path(licence).read_text()
