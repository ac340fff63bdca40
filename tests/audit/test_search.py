"""Finding records: filters in the URL, tenants kept apart."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from audit import search
from tests.audit.conftest import SignedIn
from tests.audit.evidence import CALL, CALL_ID, LATER, NOW, write
from tests.audit.reading import (
    DIFFERENT,
    OTHER,
    call_url,
    found,
    text_of,
)
from tests.factories import person

pytestmark = pytest.mark.django_db
URL = "/audit/"


def test_records_are_shown_newest_first(olu: Client) -> None:
    first, second = write("call.allowed"), write("call.completed", now=LATER)

    assert found(olu) == [call_url(second), call_url(first)]


def test_an_auditor_sees_her_tenant_alone(olu: Client) -> None:
    own = write("call.allowed")
    write("call.allowed", OTHER)
    write("key.refused", {"reason": "unauthenticated"})

    assert found(olu) == [call_url(own)]
    assert found(olu, agent="ci-agent") == [call_url(own)]


def test_nobody_reaches_another_tenant_by_naming_it(olu: Client) -> None:
    write("call.allowed", OTHER)

    page = olu.get(f"{URL}?tenant=team-zeta")

    assert page.status_code == 400
    assert "cal_zeta" not in page.content.decode()


def test_an_operator_sees_every_tenant_and_what_has_none(operator: Client) -> None:
    own, other = write("call.allowed"), write("call.allowed", OTHER)
    bare = write("key.refused", {"reason": "unauthenticated"})

    assert found(operator) == [
        f"/audit/records/{bare}/",
        call_url(other, "cal_zeta"),
        call_url(own),
    ]
    assert found(operator, tenant="team-zeta") == [call_url(other, "cal_zeta")]


@pytest.mark.parametrize(
    "asked",
    [
        {"agent": "ci-agent"},
        {"tool": "github.comment_pr"},
        {"backend": "github-api"},
        {"lane": "github-comment"},
        {"scope": "repo:payments"},
        {"outcome": "allowed"},
        {"event": "call.allowed"},
        {"to": "2026-11-23 10:02:04"},
        {"from": "2026-11-23", "to": "2026-11-23 10:02:04"},
        {"tenant": "team-acme", "agent": "ci-agent", "tool": "github.comment_pr"},
    ],
)
def test_each_filter_narrows(olu: Client, asked: dict[str, str]) -> None:
    wanted = write("call.allowed")
    write("call.denied", DIFFERENT, now=NOW + timedelta(hours=1))

    assert found(olu, **asked) == [call_url(wanted)]


@pytest.mark.parametrize(
    "asked",
    [
        {"person": "ben"},
        {"reason": "policy_denied"},
        {"from": "2026-11-23 10:30"},
        {"from": "2026-11-23T11:30+01:00"},
        {"outcome": "denied"},
    ],
)
def test_each_other_filter_narrows_too(olu: Client, asked: dict[str, str]) -> None:
    write("call.allowed")
    wanted = write("call.denied", DIFFERENT, now=NOW + timedelta(hours=1))

    assert found(olu, **asked) == [call_url(wanted, "cal_different")]


def test_a_day_lasts_to_its_end(olu: Client) -> None:
    wanted = write("call.allowed", now=NOW.replace(hour=23, minute=59))
    write("call.completed", now=NOW + timedelta(days=1))

    assert found(olu, **{"from": "2026-11-23", "to": "2026-11-23"}) == [
        call_url(wanted)
    ]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"from": "yesterday"}, "Write a day as 2026-11-23"),
        ({"outcome": "fine"}, "Select a valid choice"),
        ({"q": "no such thing"}, "This is no id"),
        ({"tenants": "team-acme"}, "There is no filter “tenants”."),
        ({"before": "-1"}, "No page begins there: start from the newest."),
        ({"after": "evt_x"}, "No page begins there: start from the newest."),
    ],
)
def test_what_is_no_filter_is_refused_in_words(
    olu: Client, asked: dict[str, str], says: str
) -> None:
    write("call.allowed")

    page = olu.get(f"{URL}?{urlencode(asked)}")

    assert page.status_code == 400
    assert says in text_of(page)
    assert CALL_ID not in page.content.decode()


@pytest.mark.parametrize("counted", [10_000, 3], ids=["few", "too many to count"])
def test_pages_go_on_by_key_in_both_directions(
    olu: Client, monkeypatch: pytest.MonkeyPatch, counted: int
) -> None:
    monkeypatch.setattr(search, "ROWS", 2)
    monkeypatch.setattr(search, "COUNTED", counted)
    urls = [call_url(write("call.allowed")) for _ in range(5)][::-1]

    first = olu.get(f"{URL}?agent=ci-agent").content.decode()
    older = re.findall(r'href="\?([^"]+)" rel="next"', first)
    second = olu.get(f"{URL}?{older[0].replace('&amp;', '&')}").content.decode()
    newer = re.findall(r'href="\?([^"]+)" rel="prev"', second)

    assert [url in first for url in urls] == [True, True, False, False, False]
    assert [url in second for url in urls] == [False, False, True, True, False]
    assert "agent=ci-agent" in older[0]
    back = olu.get(f"{URL}?{newer[0].replace('&amp;', '&')}").content.decode()
    assert [url in back for url in urls] == [True, True, False, False, False]
    assert 'rel="prev"' not in back
    assert 'rel="next"' in back


def test_it_counts_up_to_a_bound(olu: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "COUNTED", 2)
    write("call.allowed")
    assert "1 record, newest first" in text_of(olu.get(URL))

    for _ in range(2):
        write("call.allowed")

    assert "More than 10,000 records, newest first" in text_of(olu.get(URL))


def test_an_empty_result_says_which_filter_to_loosen(olu: Client) -> None:
    write("call.allowed")

    page = text_of(olu.get(f"{URL}?agent=ci-agent&tool=ci.restart"))

    assert "No record matches." in page
    assert "Search without “Tool”" in page
    assert "Search without “Agent”" not in page


def test_an_empty_result_says_so_where_no_filter_alone_is_to_blame(
    olu: Client,
) -> None:
    write("call.allowed")

    page = text_of(olu.get(f"{URL}?agent=nobody&tool=nothing"))

    assert "No single filter is to blame." in page


def test_an_id_that_is_nobodys_is_named(olu: Client) -> None:
    write("call.allowed")

    page = text_of(olu.get(f"{URL}?q=cal_nope"))

    assert "cal_nope names nothing in the tenants that you audit" in page


def test_past_the_end_there_is_a_way_back(olu: Client) -> None:
    record = write("call.allowed")

    page = text_of(olu.get(f"{URL}?before={record}"))

    assert "There are no more this way." in page
    assert "Nothing has been recorded" not in page


def test_the_empty_fields_of_the_form_leave_the_address(olu: Client) -> None:
    page = olu.get(f"{URL}?agent=ci-agent&tool=&q=")

    assert page.headers["Location"] == f"{URL}?agent=ci-agent"


def test_an_empty_trail_says_what_will_appear(olu: Client) -> None:
    assert "Nothing has been recorded" in text_of(olu.get(URL))


def test_hidden_characters_are_shown_and_markup_is_inert(olu: Client) -> None:
    write("call.denied", {**CALL, "agent": "<b>\u202ex</b>", "scope": "a\u200bb"})

    page = olu.get(URL).content.decode()

    assert "&lt;b&gt;⟦U+202E⟧x&lt;/b&gt;" in page
    assert "a⟦U+200B⟧b" in page


@pytest.mark.parametrize("roles", [[], ["approver"]], ids=["no role", "an approver"])
@pytest.mark.parametrize(
    "path",
    ["", f"calls/{CALL_ID}/", "records/evt_1/", "export.csv", "export.jsonl"],
)
def test_for_whoever_audits_nothing_there_is_no_page(
    signed_in: SignedIn, roles: list[str], path: str
) -> None:
    write("call.allowed")

    assert signed_in(person("zoe", *roles)).get(f"{URL}{path}").status_code == 404


@pytest.mark.parametrize("path", ["", f"calls/{CALL_ID}/", "export.csv"])
def test_whoever_is_not_signed_in_is_asked_to(path: str, db: None) -> None:
    page = Client().get(f"{URL}{path}")

    assert page.status_code == 302
    assert page.headers["Location"].startswith("/account/login/")


def test_a_list_takes_the_same_queries_whatever_its_length(
    olu: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    write("call.allowed")
    with CaptureQueriesContext(connection) as one:
        olu.get(URL)
    for _ in range(60):
        write("call.allowed")

    with django_assert_max_num_queries(len(one)):
        olu.get(URL)
