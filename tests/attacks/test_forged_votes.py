"""A page of somebody else's makes an approver's browser send a vote."""

import pytest
from django.test import Client

from approvals.models import Vote
from governance.models import User
from tests.attacks.attack import newest_record
from tests.attacks.browsing import ballot, csrf, page_of, signed_in
from tests.attacks.door import refusals_since
from tests.attacks.rows_of_all import Rows, changes_since, everything
from tests.stage import Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

OURS = "http://testserver"
FOREIGN: list[dict[str, str]] = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://testserver.evil.example"},
    {"Origin": "http://testserver:81"},
    {"Origin": "https://testserver"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "Same-Origin"},
    {"Sec-Fetch-Site": ""},
    {"Origin": OURS, "Sec-Fetch-Site": "cross-site"},
]


def test_only_a_page_of_ours_sends_votes(stage: Stage) -> None:
    stage.call()
    approval = stage.pending()
    ana = signed_in("ana", enforces_csrf=True)
    token = csrf(ana.get(page_of(approval)).text)
    vote, fields = page_of(approval, "vote"), ballot(approval)
    bens = _token_of_another()
    before, newest = everything(), newest_record()

    without = [
        fields,
        {**fields, "csrfmiddlewaretoken": ""},
        {**fields, "csrfmiddlewaretoken": "A" * 64},
        {**fields, **bens},
    ]
    for form in without:
        assert ana.post(vote, form).status_code == 403
    for headers in FOREIGN:
        answer = ana.post(vote, {**fields, **token}, headers=headers)
        assert answer.status_code == 403, headers
    as_json = ana.post(vote, {**fields, **token}, content_type="application/json")
    assert as_json.status_code == 403
    assert _only_refusals(before, newest)

    honest = {"Origin": OURS, "Sec-Fetch-Site": "same-origin"}
    assert ana.post(vote, {**fields, **token}, headers=honest).status_code == 303
    assert Vote.objects.get().person == stage.ana


def test_the_same_holds_for_all_that_changes_something(stage: Stage) -> None:
    stage.approved()
    approval = stage.pending()
    agent, lane = stage.agent.pk, f"/admin/governance/tenant/{stage.tenant.pk}/change/"
    paths = [
        page_of(approval, "revoke"),
        page_of(approval, "withdraw"),
        page_of(approval, "cancel"),
        f"/admin/governance/agent/{agent}/do/suspend/",
        f"/admin/governance/agent/{agent}/key/",
        f"/admin/governance/tenant/{stage.tenant.pk}/do/stop-writes/",
        lane,
        "/account/logout/",
        "/account/password/change/",
        "/calls/cal_x/resolve",
    ]
    stage.sam.is_superuser = True
    stage.sam.save()
    sam = signed_in("sam", enforces_csrf=True)
    token = csrf(sam.get("/account/").text)
    before, newest = everything(), newest_record()

    for path in paths:
        assert sam.post(path, {}).status_code == 403, path
        for headers in FOREIGN:
            assert sam.post(path, token, headers=headers).status_code == 403, path

    assert _only_refusals(before, newest)


def test_a_session_cookie_is_sent_by_no_form_of_another_site(stage: Stage) -> None:
    cookies = signed_in("ana").cookies

    assert cookies["session"]["samesite"] == "Lax"
    assert cookies["session"]["httponly"] is True
    assert cookies["csrf"]["samesite"] == "Lax"


def _only_refusals(before: Rows, newest: str) -> bool:
    """Whether nothing was written but that a form was refused, floods counted."""
    written = set(changes_since(before))
    recorded = set(refusals_since(newest))
    return written == {"Record", "Personal", "Unsealed"} and recorded == {
        ("request.refused", "origin_refused")
    }


def _token_of_another() -> dict[str, str]:
    other = Client(enforce_csrf_checks=True)
    other.force_login(User.objects.get(username="ben"))
    return csrf(other.get("/account/").text)
