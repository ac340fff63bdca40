"""The picture over time: what it counts, and where its bars lead."""

import html
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from audit import activity, patience
from tests.audit.conftest import SignedIn
from tests.audit.evidence import CALL, NOW, write
from tests.audit.reading import DIFFERENT, OTHER, found, text_of
from tests.factories import person

pytestmark = pytest.mark.django_db
URL = "/audit/activity/"
DAY = {"from": "2026-11-23", "to": "2026-11-23"}


def look(browser: Client, **asked: str) -> Any:
    page = browser.get(f"{URL}?{urlencode({**DAY, **asked})}")
    assert page.status_code == 200, page.content.decode()
    return page


def table(page: Any) -> dict[str, list[str]]:
    """Return the rows of the table: time, then the counts."""
    text = page.content.decode()
    body = text[text.index('class="records figures"') :]
    rows = re.findall(r"<tr>\s*<th scope=\"row\">(.*?)</tr>", body, re.DOTALL)
    cells = [re.split(r"<td[^>]*>", row) for row in rows]
    bare = [[re.sub(r"<[^>]+>", "", c).strip() for c in row] for row in cells]
    return {row[0]: row[1:] for row in bare}


def hrefs(page: Any, pattern: str) -> list[str]:
    return [html.unescape(h) for h in re.findall(pattern, page.content.decode())]


def test_records_are_counted_by_time_and_outcome(olu: Client) -> None:
    write("call.allowed")
    write("call.completed")
    write("call.denied", DIFFERENT, now=NOW + timedelta(hours=1))
    write("call.denied", DIFFERENT, now=NOW + timedelta(days=1))

    page = look(olu)

    # allowed, done, asked, unknown, failed, denied, all
    assert table(page) == {
        "2026-11-23 10:00": ["1", "1", "", "", "", "", "2"],
        "2026-11-23 11:00": ["", "", "", "", "", "1", "1"],
    }
    text = page.content.decode()
    assert text.count('class="behind"') == 24
    assert '<rect class="denied" x="110.0" y="50.0" width="8" height="50.0">' in text
    assert "at most 2 an hour" in text_of(page)


@pytest.mark.parametrize(
    ("per", "label"),
    [
        ("minute", "2026-11-23 10:02"),
        ("hour", "2026-11-23 10:00"),
        ("day", "2026-11-23"),
    ],
)
def test_time_is_cut_as_asked(olu: Client, per: str, label: str) -> None:
    write("call.allowed")

    page = look(olu, per=per, to="2026-11-23 10:30")

    assert list(table(page)) == [label]


def test_a_click_on_a_bar_narrows_the_search(olu: Client) -> None:
    write("call.allowed")
    denied = write("call.denied", DIFFERENT)
    write("call.denied", DIFFERENT, now=NOW + timedelta(hours=2))

    page = look(olu, tenant="team-acme")

    (bar,) = hrefs(
        page, r'<a href="([^"]+)" tabindex="-1"><rect class="denied" x="100.0"'
    )
    assert bar.startswith("/audit/?")
    assert "tenant=team-acme" in bar
    assert "per=" not in bar
    shown = olu.get(bar).content.decode()
    assert re.findall(r"#(evt_\w+)", shown) == [denied]


def test_the_table_leads_where_the_picture_does(olu: Client) -> None:
    write("call.allowed")

    page = look(olu)

    in_table = hrefs(page, r'<td class="number"[^>]*><a href="([^"]+)"')
    in_picture = hrefs(page, r'<a href="([^"]+)" tabindex="-1"><rect class="allowed"')
    assert in_table == in_picture
    assert 'aria-hidden="true" viewBox' in page.content.decode()


def test_the_commonest_reasons_and_tools_lead_to_their_records(olu: Client) -> None:
    write("call.allowed")
    for _ in range(2):
        write("call.denied", DIFFERENT)

    page = look(olu)

    text = page.content.decode()
    assert text.index("<bdi>ci.restart</bdi>") < text.index(
        "<bdi>github.comment_pr</bdi>"
    )
    (why,) = hrefs(page, r'<a href="([^"]+)"><bdi>policy forbids it')
    assert len(re.findall("policy_denied", olu.get(why).content.decode())) >= 2


def test_the_picture_can_be_searched_and_the_search_pictured(olu: Client) -> None:
    write("call.allowed")

    (query,) = hrefs(look(olu, agent="ci-agent"), r'href="/audit/\?([^"]+)">Search th')
    assert olu.get(f"/audit/?{query}").status_code == 200
    searched = olu.get("/audit/?agent=ci-agent")

    assert hrefs(searched, r'href="(/audit/activity/\?[^"]+)"') == [
        f"{URL}?agent=ci-agent"
    ]


def test_earlier_and_later_move_by_one_window(olu: Client) -> None:
    write("call.allowed", now=NOW - timedelta(days=1))

    (earlier,) = hrefs(look(olu), r'href="\?([^"]+)" rel="prev"')
    page = olu.get(f"{URL}?{earlier}")

    assert list(table(page)) == ["2026-11-22 10:00"]
    (later,) = hrefs(page, r'href="\?([^"]+)" rel="next"')
    assert "from=2026-11-23+00%3A00" in later


def test_an_auditor_sees_counts_of_her_tenant_alone(olu: Client) -> None:
    write("call.allowed")
    write("call.allowed", OTHER)
    write("key.refused", {"reason": "unauthenticated"})

    page = look(olu)

    assert table(page) == {"2026-11-23 10:00": ["1", "", "", "", "", "", "1"]}
    assert "unauthenticated" not in page.content.decode()
    assert olu.get(f"{URL}?tenant=team-zeta").status_code == 400


def test_filters_narrow_the_picture(olu: Client) -> None:
    write("call.allowed")
    write("call.denied", DIFFERENT)

    assert table(look(olu, person="ben"))["2026-11-23 10:00"][-1] == "1"
    assert "Nothing was recorded in this time" in text_of(look(olu, agent="nobody"))


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"per": "week"}, "Select a valid choice"),
        ({"from": "yesterday"}, "Write a day as 2026-11-23"),
        ({"to": "9999-12-31"}, "Write a day as 2026-11-23"),
        ({"q": "no such thing"}, "This is no id"),
    ],
)
def test_what_can_not_be_drawn_is_refused_in_words(
    olu: Client, asked: dict[str, str], says: str
) -> None:
    page = olu.get(f"{URL}?{urlencode(asked)}")

    assert page.status_code == 400
    assert says in text_of(page)


def test_hidden_characters_and_markup_are_inert(olu: Client) -> None:
    write("call.denied", {**DIFFERENT, "tool": "<b>\u202ex</b>"})

    assert "<bdi>&lt;b&gt;⟦U+202E⟧x&lt;/b&gt;</bdi>" in look(olu).content.decode()


def test_what_takes_too_long_to_count_is_said(
    olu: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "PATIENCE_MS", 1)
    monkeypatch.setattr(activity, "_counted", _slowly)

    assert "more records than this page can count" in text_of(look(olu))


def _slowly(*_: object) -> list[object]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(1)")
    return []


def test_for_whoever_audits_nothing_there_is_no_page(signed_in: SignedIn) -> None:
    assert signed_in(person("zoe", "approver")).get(URL).status_code == 404


def test_it_takes_the_same_queries_however_much_is_recorded(
    olu: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    write("call.allowed")
    with CaptureQueriesContext(connection) as few:
        look(olu)
    for hour in range(12):
        write("call.denied", {**CALL, "tool": f"t.{hour}"}, now=NOW.replace(hour=hour))

    with django_assert_max_num_queries(len(few)):
        look(olu)


def test_a_bar_of_a_minute_finds_no_more_than_it_counts(olu: Client) -> None:
    write("call.allowed")
    write("call.allowed", now=NOW + timedelta(minutes=1))
    page = look(olu, per="minute", to="2026-11-23 10:30")

    (bar,) = hrefs(page, r'<th scope="row"><a href="([^"]+)">2026-11-23 10:02')
    asked = dict(re.findall(r"(\w+)=([^&]+)", bar))

    assert (
        len(
            found(
                olu,
                **{
                    k: v.replace("+", " ").replace("%3A", ":") for k, v in asked.items()
                },
            )
        )
        == 1
    )
