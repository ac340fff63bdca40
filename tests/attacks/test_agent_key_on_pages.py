"""An agent shows its key where people work."""

import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from approvals.models import Vote
from tests.attacks.browsing import ballot, csrf, page_of
from tests.attacks.rows_of_all import changes_since, everything
from tests.stage import READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

# Where anybody may come before signing in.
SIGN_IN = re.compile(r"/account/(login|inactive|mfa/(authenticate|webauthn/login))/")


def paths(entries: list[URLPattern | URLResolver], before: str = "/") -> Iterator[str]:
    """Yield every address of the project, with 1 or an id where it takes a value."""
    for entry in entries:
        here = before + _filled(str(entry.pattern))
        if isinstance(entry, URLResolver):
            yield from paths(entry.url_patterns, here)
        else:
            yield here


def _filled(pattern: str) -> str:
    pattern = re.sub(r"<(\w+:)?(\w*_id|name|signature)>", "x1", pattern)
    pattern = re.sub(r"<(\w+:)?\w+>", "1", pattern)
    return re.sub(r"\(\?P<\w+>[^)]*\)|[\^$\\?]|\.\*", "", pattern)


PAGES = sorted(
    path
    for path in paths(get_resolver().url_patterns)
    # Slack's door wants Slack's signature, and records what has none: test_slack.py.
    if not path.startswith((*settings.AGENT_PREFIXES, "/static/", "/hooks/"))
)


def test_no_page_opens_for_a_key_however_it_is_shown(stage: Stage) -> None:
    stage.call()
    other_ways = [
        {"Authorization": f"Token {stage.key}"},
        {"Cookie": f"session={stage.key}"},
        {"X-Api-Key": stage.key, "Remote-User": "ana", "X-Remote-User": "ana"},
    ]
    before = everything()

    assert len(PAGES) > 50
    browser = Client()
    bearer = {"Authorization": f"Bearer {stage.key}"}
    for path in PAGES:
        if SIGN_IN.match(path):
            assert browser.get(path, headers=bearer).status_code in (200, 302), path
            continue
        assert _turned_away(browser.get(path, headers=bearer)), path
        assert _turned_away(browser.post(path, {}, headers=bearer)), path
    for path in ("/", page_of(stage.pending()), "/admin/", "/audit/export.csv"):
        for headers in other_ways:
            assert _turned_away(browser.get(path, headers=headers)), path

    assert changes_since(before) == {}


def _turned_away(answer: object) -> bool:
    status = getattr(answer, "status_code", 0)
    location = getattr(answer, "headers", {}).get("Location", "")
    return status in (403, 404, 405) or (
        status in (301, 302) and ("/login/" in location or location.endswith("/"))
    )


def test_no_key_casts_a_vote(stage: Stage) -> None:
    stage.call()
    approval = stage.pending()
    before = everything()

    for action in ("vote", "withdraw", "revoke", "cancel"):
        for headers in (
            {"Authorization": f"Bearer {stage.key}"},
            {"Authorization": f"Bearer {stage.key}", "Sec-Fetch-Site": "same-origin"},
        ):
            browser = Client(enforce_csrf_checks=True)
            form = ballot(approval)
            without = browser.post(page_of(approval, action), form, headers=headers)
            form |= csrf(browser.get("/account/login/").text)
            with_token = browser.post(page_of(approval, action), form, headers=headers)
            assert without.status_code == 403
            assert with_token.status_code == 302
            assert "/account/login/" in with_token.headers["Location"]

    assert changes_since(before) == {}
    assert not Vote.objects.exists()
    assert stage.pending().state == "pending"


def test_no_path_of_the_agents_door_votes(stage: Stage) -> None:
    stage.call()
    approval = stage.pending()

    for action in ("vote", "approve", "deny", "revoke", "withdraw", "votes", "claim"):
        for path in (
            f"approvals/{approval.pk}/{action}",
            f"approvals/{approval.pk}/{action}/",
        ):
            answer = stage.post(ballot(approval), path)
            assert answer.status_code == 404
    answer = stage.post({"state": "approved"}, f"approvals/{approval.pk}")
    assert answer.status_code == 405

    assert stage.pending().state == "pending"
    assert not Vote.objects.exists()


def test_a_persons_session_opens_nothing_at_the_agents_door(stage: Stage) -> None:
    browser = Client()
    browser.force_login(stage.ana)

    stage.client = browser
    body = {"tool": "github.read_pr", "args": READ}

    for shown in (
        "",
        "Bearer ",
        f"Bearer {browser.cookies[settings.SESSION_COOKIE_NAME].value}",
    ):
        answer = stage.post(body, Authorization=shown)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
        assert "Set-Cookie" not in answer.headers
    for path in ("tools", "calls/cal_x", "approvals/apr_x"):
        assert browser.get(f"/v1/{path}").status_code == 401
    assert stage.sent() == 0
