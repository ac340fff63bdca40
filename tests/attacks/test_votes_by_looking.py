"""Something looks at a page, or is led to it, and a vote comes of that."""

import pytest
from django.test import Client

from approvals.models import Vote
from tests.attacks.browsing import ballot, page_of, signed_in
from tests.attacks.rows_of_all import changes_since, everything
from tests.stage import Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

ACTIONS = ("vote", "withdraw", "revoke", "cancel")
PREFETCHES = (
    {"Sec-Purpose": "prefetch;prerender"},
    {"Purpose": "prefetch"},
    {"X-Moz": "prefetch"},
    {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
)


def test_looking_changes_no_row(stage: Stage) -> None:
    stage.call()
    approval = stage.pending()
    ana = signed_in("ana")
    before = everything()

    for method in ("get", "head", "options"):
        for path in ("", "?view=full", "state", "?k=AAAA", "?verdict=approve"):
            getattr(ana, method)(page_of(approval, path))
        for path in ("/", "/approvals/", "/approvals/mine/", "/account/"):
            getattr(ana, method)(path)
    for headers in PREFETCHES:
        assert ana.get(page_of(approval), headers=headers).status_code == 200

    assert changes_since(before) == {}


def test_a_vote_by_anything_but_a_post_is_405(stage: Stage) -> None:
    stage.call()
    approval = stage.pending()
    ana = signed_in("ana")
    before = everything()

    for action in ACTIONS:
        for method in ("get", "head", "options", "put", "patch", "delete", "trace"):
            path = page_of(approval, action)
            answer = getattr(ana, method)(path, QUERY_STRING=_query(ballot(approval)))
            assert answer.status_code == 405, (method, action)
            assert answer.headers["Allow"] == "POST"

    assert changes_since(before) == {}
    assert not Vote.objects.exists()


def test_no_page_can_be_framed(stage: Stage) -> None:
    stage.call()
    ana = signed_in("ana")

    for browser in (ana, Client()):
        for path in (page_of(stage.pending()), "/approvals/", "/account/login/"):
            answer = browser.get(path)
            assert answer.headers["X-Frame-Options"] == "DENY"
            policy = answer.headers["Content-Security-Policy"]
            assert "frame-ancestors 'none'" in policy
            assert answer.headers["Cache-Control"] == "no-store"


def _query(fields: dict[str, str]) -> str:
    return "&".join(f"{name}={value}" for name, value in fields.items())
