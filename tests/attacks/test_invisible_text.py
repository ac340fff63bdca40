"""An agent hides in its arguments what the approver is not to see."""

import base64
import json
from typing import Any

import pytest

from approvals.models import Approval
from governance.decision import Reason
from tests.attacks.attack import Attack
from tests.attacks.browsing import Page, ballot, page_of, signed_in
from tests.stage import COMMENT, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

HIDDEN = {
    "\u202e": "⟦U+202E⟧",  # right to left, whatever follows
    "\u2066": "⟦U+2066⟧",
    "\u200b": "⟦U+200B⟧",
    "\u200d": "⟦U+200D⟧",
    "\ufeff": "⟦U+FEFF⟧",
    "\u00ad": "⟦U+00AD⟧",
    "\u2060": "⟦U+2060⟧",
    "\u00a0": "⟦U+00A0⟧",
    "\u3164": "⟦U+3164⟧",
    "\u2800": "⟦U+2800⟧",
    "\ufe0f": "⟦U+FE0F⟧",
    "\U000e0041": "⟦U+E0041⟧",  # a tag character: a letter nobody sees
    "\u0085": "⟦U+0085⟧",
    "\u2028": "⟦U+2028⟧",
    "\x1b": "⟦U+001B⟧",
    "\x7f": "⟦U+007F⟧",
    "\r": "⟦U+000D⟧",
    "\ue000": "⟦U+E000⟧",
}


def comment(text: str) -> dict[str, Any]:
    return {**COMMENT, "body": text}


def ask(stage: Stage, text: str, **members: str) -> None:
    body = {"tool": "github.comment_pr", "args": comment(text), **members}
    assert stage.post(body).status_code == 202


def shown(approval: Approval, *, full: bool = False) -> str:
    """Return the exact arguments of the page as Ana reads them, less the folds."""
    path = page_of(approval, "?view=full" if full else "")
    page: str = signed_in("ana").get(path).text
    return page


def test_every_hidden_character_is_seen(stage: Stage) -> None:
    text = "delete" + "".join(f"a{character}b" for character in HIDDEN)
    ask(stage, text, reason=text)

    page = shown(stage.pending())

    seen = Page(page).text
    for character, escape in HIDDEN.items():
        assert escape in seen
        if character != "\r":  # which HTML itself may hold between elements
            assert character not in page


def test_nobody_types_an_escape_that_is_none(stage: Stage) -> None:
    ask(stage, "safe ⟦U+202E⟧ text")

    assert "⟦U+27E6⟧U+202E⟦U+27E7⟧" in Page(shown(stage.pending())).text


def test_blank_lines_push_nothing_out_of_sight(stage: Stage) -> None:
    ask(stage, "fine" + "\n" * 5000 + "and delete the repository")

    folded, full = shown(stage.pending()), shown(stage.pending(), full=True)

    # The end is in sight without scrolling for it, and only the whole is approved.
    assert "and delete the repository" in Page(folded).text
    assert 'value="approve"' not in folded
    assert 'value="deny"' in folded
    assert "4999 empty lines" in Page(full).text
    assert 'value="approve"' in full
    assert full.count("\n") < 5000


@pytest.mark.parametrize(
    "body",
    [
        base64.b64encode(bytes(range(256)) * 4).decode(),
        base64.urlsafe_b64encode(bytes(range(128, 256)) * 8).decode(),
        (bytes(range(256)) * 2).hex(),
        "x" + "\u200b" * 201,
    ],
    ids=["base64", "base64url", "hex", "mostly invisible"],
)
def test_what_nobody_can_read_is_asked_of_nobody(
    stage: Stage, attack: Attack, body: str
) -> None:
    problem = attack.assert_refused(Reason.POLICY_DENIED, args=comment(body))

    assert [each["pointer"] for each in problem["errors"]] == ["/body"]
    assert body not in json.dumps(problem)
    assert not Approval.objects.exists()


def test_a_vote_is_no_way_round_the_button_that_was_not_drawn(stage: Stage) -> None:
    """The folded page has no Approve; what counts is that the service knows why.

    A fold hides nothing that the full view does not show, so such a vote counts; one
    on bytes that nobody can read does not.
    """
    stage.call(args=comment("word " * 1000))
    approval = stage.pending()
    assert 'value="approve"' not in shown(approval)
    assert approval.payload is not None
    blob = base64.b64encode(bytes(range(256)) * 4).decode()
    unreadable = json.dumps(comment(blob)).encode()
    type(approval.payload).objects.update(request=unreadable)

    answer = signed_in("ana").post(page_of(approval, "vote"), ballot(approval))

    assert answer.status_code == 409
    approval.refresh_from_db()
    assert approval.state == "pending"
    assert stage.last_record().event == "approval.vote_refused"
