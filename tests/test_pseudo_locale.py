"""No sentence of the main pages is left out by a translation."""

from collections.abc import Iterator
from typing import Final

import pytest
from django.test import Client
from django.utils import timezone, translation
from pytest_django import Settings

from approvals.display import reviewable
from approvals.models import Approval
from approvals.services import vote
from approvals.services.ballots import Why
from approvals.views.words import UNREADABLE
from audit.models import Record
from governance.decision import Reason
from governance.errors import Denied
from governance.faces import FACES
from governance.faces.approval import APPROVAL_FACES
from governance.faces.door import DOOR_FACES
from governance.faces.policy import POLICY_FACES
from governance.faces.vote import VOTE_FACES
from governance.settings import LANGUAGES
from tests.approvals.asking import a_world, approved, cast, signed_in
from tests.approvals.pages import as_, ballot, path
from tests.factories import person
from tests.governance.admin_pages import detail_of
from tests.proxy.calls import unclear_call
from tests.pseudo import (
    CLOSE,
    DATA,
    HEADERS,
    LANGUAGE,
    OPEN,
    collected,
    left,
    look,
    pseudo_language,
    unmarked,
)
from tests.slack import installed

pytestmark = pytest.mark.django_db

# A route's own words are its admin's, and stay as they are.
SAID: Final = {"summary_template": "LGTM {pull} LGTM {repo}"}


@pytest.fixture(autouse=True)
def _language(settings: Settings) -> Iterator[None]:
    settings.LANGUAGES = [*LANGUAGES, (LANGUAGE, "marked")]
    with pseudo_language():
        yield


def test_the_language_marks_what_a_catalogue_can_hold() -> None:
    with translation.override(LANGUAGE):
        marked = translation.gettext("The last 30 days. A person who is asked")
        assert translation.gettext("Your account") == f"{OPEN}Your account{CLOSE}"
        assert marked == "The last 30 days. A person who is asked"


def test_what_is_not_marked_is_found() -> None:
    page = f"<p title='More'>{OPEN}Marked {OPEN}twice{CLOSE}{CLOSE} and bare</p>"

    assert unmarked(page, data=DATA) == ["More", "and bare"]


def test_the_lists_leave_no_sentence_untranslated() -> None:
    world = a_world("ana", "ben", "olu", quorum=2)
    person("ana", "admin", "auditor")
    cast(world.ask(pull=7), "ana", "deny")
    for pull in range(5):
        world.ask(pull=pull)

    assert not look(
        as_("ana"),
        "/",
        "/approvals/",
        "/approvals/?tab=pending",
        "/approvals/?tab=decided",
        "/approvals/?q=nothing",
        "/approvals/mine/",
        "/approvals/figures/",
        "/approvals/figures/?by=person",
    )


def test_empty_pages_leave_no_sentence_untranslated() -> None:
    person("kim", "approver")

    assert not look(as_("kim"), "/", "/approvals/", "/approvals/?tab=decided")


def test_the_account_leaves_no_sentence_untranslated() -> None:
    a_world("ana")
    installed()

    assert not look(as_("ana"), "/account/", "/account/slack/", "/account/preferences/")
    assert not look(Client(), "/account/login/")


@pytest.mark.parametrize("who", ["ana", "sam", "olu"])
def test_a_request_leaves_no_sentence_untranslated(who: str) -> None:
    world = a_world("ana", "ben", **SAID)
    person("olu", "auditor")
    cast(world.ask(pull=7), "ben")
    asked = world.ask(body="x" * 1500 + "\u202e")
    denied = world.ask(pull=8)
    cast(denied, "ben", "deny", reason=Why("no", "too_broad"))

    pages = [path(each) for each in Approval.objects.all()]
    assert not look(as_(who), *pages, path(asked) + "?view=full")


@pytest.mark.parametrize(
    "change",
    [
        {"fingerprint": "sha256:" + "00" * 32},
        {"verdict": "maybe"},
        {"category": "none"},
        {"verdict": "deny"},
    ],
)
def test_a_refusal_leaves_no_sentence_untranslated(change: dict[str, str]) -> None:
    world = a_world("ana", "ben", "olu", quorum=2, justification_required=True, **SAID)
    approval = world.ask()
    if change == {"verdict": "deny"}:
        cast(approval, "ana", reason="fine")
    form = {**ballot(approval), **change}

    answer = as_("ana").post(path(approval, "vote"), form, headers=HEADERS)

    assert answer.status_code in (400, 403, 409, 422)
    assert left(answer) == []


@pytest.mark.parametrize("action", ["withdraw", "revoke", "cancel", "comment", "take"])
def test_a_change_that_is_refused_says_so_in_the_language(action: str) -> None:
    world = a_world("ana", "ben", **SAID)
    person("olu", "auditor")
    approval = world.ask()

    answer = as_("olu").post(path(approval, action), {"text": "x"}, headers=HEADERS)

    assert answer.status_code == 403
    assert left(answer) == []


def test_a_record_says_in_english_what_the_page_says_in_the_language() -> None:
    approval = a_world("ana", "ben", **SAID).ask()
    person("olu", "auditor")

    form = ballot(approval)
    page = as_("olu").post(path(approval, "vote"), form, headers=HEADERS).text

    told = detail_of(Record.objects.get(event="approval.vote_refused"))["told"]
    assert told == "olu can't vote here: olu is no approver of this tenant."
    why = f"{OPEN}is no approver of this tenant{CLOSE}"
    assert f"{OPEN}olu can&#x27;t vote here: olu {why}.{CLOSE}" in page


def test_the_page_of_a_call_leaves_no_sentence_untranslated() -> None:
    world = a_world("ana", **SAID)
    approval = approved(world)
    call = unclear_call(approval)
    page = f"/calls/{call.pk}/"

    assert not look(as_("sam"), "/", page)
    unclear = as_("sam").post(f"{page}resolve", {"finding": "x"}, headers=HEADERS)
    as_("sam").post(f"{page}resolve", {"finding": "happened"})
    late = as_("sam").post(f"{page}resolve", {"finding": "happened"}, headers=HEADERS)

    assert [left(unclear), left(late)] == [[], []]
    assert not look(as_("sam"), page, path(approval))


def test_a_refusal_in_slack_is_recorded_in_english_and_told_in_the_language() -> None:
    approval = a_world(approve_in_slack=False).ask()

    with translation.override(LANGUAGE):
        with pytest.raises(Denied) as denial:
            vote(
                approval.pk,
                by=signed_in("ana", channel="slack"),
                verdict="approve",
                fingerprint=bytes(approval.fingerprint),
                reason="",
                now=timezone.now(),
            )
        shown = denial.value.told

    told = detail_of(Record.objects.get(event="approval.vote_refused"))["told"]
    assert told == "This is approved on its page only."
    assert shown == f"{OPEN}{told}{CLOSE}"


def test_every_face_that_people_can_meet_can_be_translated() -> None:
    faces = {**DOOR_FACES, **POLICY_FACES, **APPROVAL_FACES, **VOTE_FACES}
    said = {
        text
        for face in faces.values()
        for text in (face.title, face.detail, face.next)
        if text
    }

    assert said - collected() == set()
    assert FACES[Reason.VOTE_CLOSED] in faces.values()


@pytest.mark.parametrize(
    ("value", "declared"),
    [
        ("x", {"contentEncoding": "base64"}),
        ("x", {"contentMediaType": "image/png"}),
        ("\u202e" * 201, {}),
        ("f0" * 128 + "0123456789abcdef" * 8, {}),
    ],
)
def test_why_nobody_can_read_it_can_be_translated(
    value: str, declared: dict[str, str]
) -> None:
    schema = {"type": "object", "properties": {"x": {"type": "string", **declared}}}

    (found,) = reviewable({"x": value}, schema)

    assert found.why in UNREADABLE
    assert collected() >= UNREADABLE


def test_names_that_are_too_long_are_told_in_the_language() -> None:
    (found,) = reviewable({"x" * 1_048_577: 1}, {"type": "object"})

    assert found.why in UNREADABLE
