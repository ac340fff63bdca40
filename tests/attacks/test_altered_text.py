"""An agent has one text approved and posts another that looks alike."""

import pytest

from governance.decision import Reason
from tests.attacks.attack import Attack, token
from tests.stage import COMMENT, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

APPROVED = "caf\u00e9: LGTM"
ALTERED = [
    "caf\u00e9: LGTN",
    "caf\u00e9: LGTM ",
    " caf\u00e9: LGTM",
    "caf\u00e9: LGTM\n",
    "cafe\u0301: LGTM",  # the same in another normal form
    "caf\u00e9: LGT\u041c",  # a Cyrillic letter
    "caf\u00e9:\u00a0LGTM",
    "caf\u00e9: LGTM\u200b",
    "CAF\u00c9: LGTM",
]


def comment(text: str) -> dict[str, object]:
    return {**COMMENT, "body": text}


def test_no_character_of_an_approved_text_can_change(
    stage: Stage, attack: Attack
) -> None:
    claim = token(stage.approved(args=comment(APPROVED)))

    for text in ALTERED:
        attack.assert_refused(
            Reason.CLAIM_WRONG_ARGUMENTS, claim=claim, args=comment(text)
        )

    attack.runs(claim=claim, args=comment(APPROVED))
    body = stage.remote.received[-1].body.decode()
    assert body == f'{{"body":"{APPROVED}"}}'


def test_without_its_claim_another_text_has_to_be_asked_for(stage: Stage) -> None:
    approved = stage.approved(args=comment(APPROVED)).approval_id
    asked = set()

    for text in ALTERED[:6]:
        answer = stage.post({"tool": "github.comment_pr", "args": comment(text)})
        assert answer.status_code == 202, text
        asked.add(answer.json()["approval"]["id"])

    assert len(asked) == len(ALTERED[:6])
    assert approved not in asked
    assert stage.sent() == 0
