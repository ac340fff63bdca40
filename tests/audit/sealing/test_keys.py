"""Another key signs the log: one checkpoint carries both signatures."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from audit import sealing, verify
from audit.anchors.failures import AnchorFailed, Sending
from audit.anchors.webhook import put
from audit.models import LogKey, Record
from governance import keys
from governance.logbook import private_keys
from tests.audit.evidence import NOW, write
from tests.audit.sealed import assert_whole, seal_all, some_calls, vkey

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: LazySettings) -> Iterator[Path]:
    keys.make_keys(tmp_path / "keys", development=True)
    settings.KEYS_DIR = tmp_path / "keys"
    keys.forget()
    yield tmp_path / "keys"
    keys.forget()


def test_a_new_key_signs_beside_the_old_one_and_then_alone(folder: Path) -> None:
    some_calls(1)
    seal_all()
    old = verify.parse_key(vkey())

    call_command("change_log_key", "--reason", "yearly", stdout=io.StringIO())

    new = verify.parse_key(vkey())
    write("key.created", {"tenant": "team-acme"})
    newest = seal_all().note.encode()
    told = Record.objects.get(event="log.key_changed")
    assert told.detail == {"from": old.text(), "to": new.text()}
    assert verify.open_checkpoint(newest, [new]).size == 6
    with pytest.raises(verify.Refused, match="no known key"):
        verify.open_checkpoint(newest, [old])
    both = LogKey.objects.get(vkey=new.text()).from_size
    assert both == 5
    assert len(private_keys()) == 1
    assert min(p.name for p in folder.glob("log*")).startswith("log-retired-")
    assert_whole()


def test_the_checkpoint_in_between_is_signed_by_both(folder: Path) -> None:
    some_calls(1)
    old = verify.parse_key((seal_all(), vkey())[1])
    write("key.created", {"tenant": "team-acme"})
    keys.make_next_log_key(folder, development=True)

    note = seal_all().note.encode()

    first, second = (
        verify.make_key(old.name, key.public_key().public_bytes_raw())
        for key in private_keys()
    )
    assert first == old
    for key in (first, second):
        assert verify.open_checkpoint(note, [key]).size == 5


def test_without_a_second_key_there_is_no_change() -> None:
    some_calls(1)
    seal_all()

    with pytest.raises(sealing.ForeignKey, match="no second key"):
        sealing.change_key(now=NOW, reason="x")


def test_without_any_key_the_command_says_so(folder: Path) -> None:
    (folder / "log.key").unlink()

    with pytest.raises(CommandError, match=r"no log\.key"):
        call_command("change_log_key", "--reason", "x")


@pytest.mark.parametrize(
    ("url", "secret", "told"),
    [
        ("https://127.0.0.1/hook", "whsec_" + "QUFB" * 8, "no answer"),
        ("https://127.0.0.1/hook", "no secret", "is not a secret"),
    ],
)
def test_a_webhook_that_may_not_be_reached_fails_in_words_of_ours(
    settings: LazySettings, url: str, secret: str, told: str
) -> None:
    settings.AUDIT_ANCHOR_WEBHOOK_URL = url
    settings.AUDIT_ANCHOR_WEBHOOK_SECRET = secret

    with pytest.raises(AnchorFailed, match=told):
        put(Sending("note", 1, NOW))
