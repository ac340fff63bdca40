"""A person's form holds what no database column can."""

import pytest

from tests.attacks.browsing import ballot, csrf, page_of, signed_in
from tests.stage import Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

NUL = "why\0not"


def test_a_vote_with_a_nul_in_its_reason_is_a_vote_or_a_refusal(stage: Stage) -> None:
    stage.call()
    approval = stage.pending()
    ana = signed_in("ana")
    for fields in (
        {"fingerprint": NUL},
        {"verdict": NUL},
        {"shown": NUL},
    ):
        answer = ana.post(page_of(approval, "vote"), {**ballot(approval), **fields})
        assert answer.status_code in (303, 400, 409)
        if answer.status_code == 303:
            break
    ben = signed_in("ben")

    answer = ben.post(page_of(approval, "vote"), ballot(approval, "deny", reason=NUL))

    assert answer.status_code in (303, 400, 409)


def test_an_admins_reason_with_a_nul_is_no_error(stage: Stage) -> None:
    sam = signed_in("sam")
    path = f"/admin/governance/agent/{stage.agent.pk}/do/suspend/"

    answer = sam.post(path, {"why": NUL, **csrf(sam.get(path).text)})

    assert answer.status_code == 302
    stage.agent.refresh_from_db()
    assert stage.agent.suspended_at is not None
