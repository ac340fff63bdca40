"""More than a page takes, sent by a person."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.approvals.asking import a_world
from tests.approvals.pages import as_, path, text

pytestmark = pytest.mark.django_db

CAME_FROM = "http://testserver/admin/"


def test_who_sends_too_much_gets_a_page_with_a_way_back() -> None:
    a_world()
    upload = SimpleUploadedFile("openapi.json", b"{" * 262_145)

    answer = as_("ana").post(
        "/account/", {"file": upload}, headers={"Referer": CAME_FROM}
    )

    assert answer.status_code == 413
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "which is the most that a page takes" in text(answer.text)
    assert f'<a href="{CAME_FROM}">' in answer.text
    assert '<a href="/">' in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_vote_that_is_too_long_changes_nothing() -> None:
    approval = a_world().ask()
    form = {"verdict": "approve", "reason": "x" * 262_145}

    answer = as_("ana").post(path(approval, "vote"), form)

    assert answer.status_code == 413
    assert not approval.votes.exists()


@pytest.mark.parametrize("referer", ["https://evil.example/", "javascript:alert(1)"])
def test_the_way_back_leads_nowhere_else(referer: str) -> None:
    a_world()

    answer = as_("ana").post(
        "/account/", {"text": "x" * 262_145}, headers={"Referer": referer}
    )

    assert answer.status_code == 413
    assert referer not in answer.text
