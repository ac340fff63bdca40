"""The home page's pictures of the last day."""

import pytest
from django.test import Client

from audit import patience
from proxy import activity
from tests.factories import person
from tests.stage import Stage

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.allow_hosts(["127.0.0.1"]),
]


def home(name: str, *roles: str) -> str:
    client = Client()
    client.force_login(person(name, *roles))
    return str(client.get("/").text)


def test_admins_and_auditors_see_calls_refusals_and_the_routes_behind_them(
    stage: Stage,
) -> None:
    stage.post({"tool": "github.read_pr", "args": {"repo": "payments-api", "pull": 1}})
    stage.post({"tool": "github.read_pr", "args": {"repo": "payments-api"}})

    for page in (home("sam"), home("olu")):
        assert "allowed 1" in page
        assert "refused 1" in page
        assert '<rect class="allowed"' in page
        assert page.count("<bdi>github.read_pr</bdi>") == 2  # slowest, most refused


def test_an_approver_sees_no_figures_of_calls(stage: Stage) -> None:
    assert "The last 24 hours" not in home("ana")


def test_what_takes_too_long_to_count_is_left_to_the_metrics(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One millisecond is less than any count takes with a sleep in it.
    monkeypatch.setattr(patience, "PATIENCE_MS", 1)
    monkeypatch.setattr(activity, "_hourly", _slowly)

    page = home("sam")

    assert "more calls than this page can count" in page
    assert "Lately" in page or "Waiting for you" in page


def _slowly(*_: object) -> list[object]:
    from django.db import connection  # noqa: PLC0415 (for this stand-in alone)

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(1)")
    return []
