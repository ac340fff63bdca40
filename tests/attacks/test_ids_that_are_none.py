"""Somebody writes what is no id at all where one belongs."""

from functools import partial
from urllib.parse import quote

import pytest

from governance.decision import Reason
from tests.attacks.attack import newest_record
from tests.attacks.browsing import signed_in
from tests.attacks.door import refusals_since, turned_away
from tests.stage import READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

NONE = [
    "\0",
    "apr_\0",
    "'",
    "' OR 1=1 --",
    '"',
    "%",
    "%00",
    "..",
    "\u202e",
    "\U0001f937",
    "a" * 3000,
    "-1",
    "1e9",
    "99999999999999999999999999",
    "[]",
    "{}",
    "null",
    "\n",
    " ",
]

REFUSALS = {"not_found", "invalid_arguments", "invalid_request", "invalid_json"}


def test_the_agents_door_finds_nothing_by_it(stage: Stage) -> None:
    for text in NONE:
        for kind in ("sessions", "approvals", "calls"):
            path = f"{kind}/{quote(text, safe='')}"
            turned_away(stage, Reason.NOT_FOUND, partial(stage.get, path))


def test_no_session_is_found_by_it(stage: Stage) -> None:
    for text in NONE:
        body = {"tool": "github.read_pr", "args": READ, "session_id": text}
        newest = newest_record()

        answer = stage.post(body)

        assert answer.status_code in (400, 404), text
        reasons = {reason for _, reason in refusals_since(newest)}
        assert reasons <= REFUSALS, text
        assert len(reasons) == 1

    assert stage.sent() == 0


def test_no_approval_is_found_by_it(stage: Stage) -> None:
    for text in NONE:
        if "/" in quote(text, safe=" "):
            continue
        newest = newest_record()

        answer = stage.look(quote(text, safe="") if stage.door is None else text)

        assert answer.status_code in (400, 404), text
        reasons = {reason for _, reason in refusals_since(newest)}
        assert reasons <= REFUSALS, text
        assert len(reasons) == 1


def test_no_page_is_found_by_it_and_none_breaks(stage: Stage) -> None:
    stage.sam.is_superuser = True
    stage.sam.save()
    sam = signed_in("sam")
    paths = [
        "/approvals/%s/",
        "/approvals/%s/state",
        "/calls/%s/",
        "/audit/calls/%s/",
        "/audit/records/%s/",
        "/admin/governance/agent/%s/change/",
        "/admin/governance/agent/%s/do/suspend/",
        "/admin/approvals/approval/%s/change/",
        "/admin/audit/record/%s/change/",
    ]
    queries = [
        "/approvals/?q=%s&tab=%s&page=%s&tool=%s&agent=%s&state=%s&tenant=%s",
        "/audit/?q=%s&tenant=%s&agent=%s&before=%s&from=%s&outcome=%s",
        "/audit/export.csv?q=%s&after=%s&event=%s",
        "/admin/governance/agentkey/?agent__id__exact=%s",
        "/admin/audit/record/?q=%s&outcome__exact=%s",
        "/admin/governance/user/?q=%s&p=%s&o=%s",
        "/account/login/?next=%s",
    ]

    for text in NONE:
        written = quote(text, safe="")
        for path in paths:
            status = sam.get(path.replace("%s", written)).status_code
            assert status in (302, 404), (path, text[:20], status)
        for path in queries:
            status = sam.get(path.replace("%s", written)).status_code
            assert status in (200, 302, 400), (path, text[:20], status)
