"""The demo's mailbox shows what would have been sent."""

from pathlib import Path

import pytest
from django.core import mail
from django.core.mail.backends.filebased import EmailBackend
from django.test import Client
from pytest_django import Settings

from governance.mailbox import letters
from tests.factories import UserFactory

URL = "http://127.0.0.1:8000/approvals/apr_1/?k=secret"


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.MAIL_DIR = tmp_path
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    backend = EmailBackend(file_path=str(tmp_path))
    for number in (1, 2):
        message = mail.EmailMultiAlternatives(
            f"[approval] {number} Zoë",
            f"Review: {URL}\n<b>http://evil.example/</b>",
            to=["ana@example.com"],
        )
        message.attach_alternative("<p>html</p>", "text/html")
        backend.send_messages([message])
    return tmp_path


def test_the_newest_message_comes_first(folder: Path) -> None:
    found = letters(folder, limit=10)

    assert [letter.subject for letter in found] == [
        "[approval] 2 Zoë",
        "[approval] 1 Zoë",
    ]
    assert found[0].to == "ana@example.com"
    assert found[0].at is not None


def test_the_limit_holds_and_an_absent_folder_is_empty(folder: Path) -> None:
    assert len(letters(folder, limit=1)) == 1
    assert letters(folder / "absent", limit=1) == []


@pytest.mark.django_db
def test_only_our_own_address_becomes_a_link(
    client: Client, folder: Path, settings: Settings
) -> None:
    settings.MODE = "demo"
    client.force_login(UserFactory.create(username="ana"))

    page = client.get("/mailbox/").text

    assert f'<a href="{URL}">' in page
    assert "&lt;b&gt;http://evil.example/" in page
    assert 'href="http://evil' not in page


@pytest.mark.django_db
def test_outside_of_the_demo_there_is_no_mailbox(client: Client, folder: Path) -> None:
    client.force_login(UserFactory.create(username="ana"))

    assert client.get("/mailbox/").status_code == 404
