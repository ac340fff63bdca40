"""An address that takes a form only, opened by a person."""

import pytest

from tests.approvals.asking import a_world
from tests.approvals.pages import as_, path, text

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("action", ["vote", "comment", "revoke"])
def test_who_opens_the_address_of_a_form_is_told_what_to_do(action: str) -> None:
    approval = a_world().ask()

    answer = as_("ana").get(path(approval, action))

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "A form of one of our pages is sent to this address" in text(answer.text)
    assert "Go back to the page that you came from" in text(answer.text)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_page_that_can_only_be_looked_at_says_so_too() -> None:
    a_world()

    answer = as_("ana").post("/approvals/")

    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert "Nothing to open here" in answer.text
