"""The anchor's webhook: delivered, verified and kept by somebody else, and held up."""

import io
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from standardwebhooks.webhooks import Webhook as Receiver

from audit import proofs, verify
from audit.anchors.sending import anchor
from audit.models import AnchorReceipt, Checkpoint, Record
from audit.webhooks import written_secret
from tests.audit.auditing import verified
from tests.audit.evidence import CALL, write
from tests.audit.sealed import seal_all, some_calls, vkey
from tests.conftest import _guards_off
from tests.racing import until_none_is_held
from tests.remotes import Received, Remote, reply, serving, then_close

pytestmark = [pytest.mark.django_db, pytest.mark.allow_hosts(["127.0.0.1"])]

SECRET = written_secret(b"a" * 32)
CLOSED = "http://127.0.0.1:1"


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Remote]:
    with serving(Remote(answer=reply(b"", status=204))) as receiver:
        settings.AUDIT_ANCHOR_FILE = ""
        settings.AUDIT_ANCHOR_WEBHOOK_URL = f"{receiver.url}/checkpoints?log=1"
        settings.AUDIT_ANCHOR_WEBHOOK_SECRET = SECRET
        settings.AUDIT_ANCHOR_WEBHOOK_CIDRS = ["127.0.0.0/8"]
        yield receiver


def kept(received: Received) -> bytes:
    """Return the note that a receiver keeps, once the scheme's library let it in."""
    headers = dict(received.headers)
    Receiver(SECRET).verify(received.body, headers, json_parse=False)
    return received.body


def told() -> list[tuple[str, str]]:
    """Return what the records say of the anchors."""
    records = Record.objects.filter(event__startswith="log.anchor").order_by("id")
    return [(each.event, (each.detail or {})["why"]) for each in records]


@pytest.mark.django_db(transaction=True)
def test_no_connection_is_held_while_the_receiver_answers(receiver: Remote) -> None:
    def script(remote: socket.socket) -> None:
        until_none_is_held()
        remote.sendall(reply(b"", status=204))

    some_calls(1)
    seal_all()
    receiver.answer = script

    assert anchor(now=timezone.now()) == 1


def test_the_receiver_verifies_the_delivery_and_holds_the_checkpoint(
    receiver: Remote,
) -> None:
    some_calls(1)
    newest = seal_all()

    assert anchor(now=timezone.now()) == 1

    (received,) = receiver.received
    assert (received.method, received.target) == ("POST", "/checkpoints?log=1")
    assert received.all("content-type") == ["text/plain; charset=utf-8"]
    seen = verify.open_checkpoint(kept(received), [verify.parse_key(vkey())])
    assert (seen.size, seen.root) == (newest.size, bytes(newest.root))
    receipt = AnchorReceipt.objects.get()
    assert (receipt.anchor, receipt.size) == ("webhook", newest.size)


def test_each_checkpoint_is_delivered_once(receiver: Remote) -> None:
    some_calls(1)
    seal_all()

    assert [anchor(now=timezone.now()), anchor(now=timezone.now())] == [1, 0]
    some_calls(1)
    seal_all()
    assert anchor(now=timezone.now()) == 1

    notes = [kept(each).split(b"\n")[1] for each in receiver.received]
    assert notes == [b"4", b"8"]


def test_a_delivery_that_failed_is_tried_again_as_the_same_message(
    receiver: Remote,
) -> None:
    some_calls(1)
    seal_all()
    receiver.answer = reply(b"", status=503)

    assert [anchor(now=timezone.now()), anchor(now=timezone.now())] == [0, 0]
    receiver.answer = reply(b"", status=200)
    assert anchor(now=timezone.now()) == 1

    ids = {each.all("webhook-id")[0] for each in receiver.received}
    assert len(receiver.received) == 3
    assert len(ids) == 1
    assert {kept(each) for each in receiver.received} == {receiver.received[0].body}
    assert told() == [
        ("log.anchor_failed", "it answered 503"),
        ("log.anchor_recovered", ""),
    ]
    assert AnchorReceipt.objects.count() == 1


def test_the_newest_checkpoint_is_what_is_delivered_after_a_failure(
    receiver: Remote,
) -> None:
    some_calls(1)
    seal_all()
    receiver.answer = then_close(b"")
    assert anchor(now=timezone.now()) == 0
    some_calls(1)
    newest = seal_all()
    receiver.answer = reply(b"", status=200)

    assert anchor(now=timezone.now()) == 1

    assert kept(receiver.received[-1]) == newest.note.encode()
    assert AnchorReceipt.objects.get().size == newest.size


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("AUDIT_ANCHOR_WEBHOOK_CIDRS", [], "no answer"),
        ("AUDIT_ANCHOR_WEBHOOK_URL", CLOSED, "no answer"),
        ("AUDIT_ANCHOR_WEBHOOK_URL", "https://user@example.com/x", "no answer"),
        ("AUDIT_ANCHOR_WEBHOOK_URL", "not an address", "no answer"),
        ("AUDIT_ANCHOR_WEBHOOK_SECRET", "short", "is not a secret"),
    ],
    ids=["guarded", "closed", "with a user", "no address", "no secret"],
)
def test_what_can_not_be_delivered_is_told_and_nothing_counts_as_anchored(
    receiver: Remote, settings: Settings, name: str, value: object, why: str
) -> None:
    setattr(settings, name, value)
    some_calls(1)
    seal_all()

    assert anchor(now=timezone.now()) == 0

    ((event, said),) = told()
    assert event == "log.anchor_failed"
    assert why in said
    assert receiver.received == []
    assert not AnchorReceipt.objects.exists()


def test_a_redirect_is_no_delivery_and_is_not_followed(receiver: Remote) -> None:
    some_calls(1)
    seal_all()
    receiver.answer = reply(b"", status=307, more=f"Location: {receiver.url}/else\r\n")

    assert anchor(now=timezone.now()) == 0

    assert told() == [("log.anchor_failed", "it answered 307")]
    assert len(receiver.received) == 1


def test_one_anchor_that_fails_does_not_hold_up_the_other(
    receiver: Remote, settings: Settings, tmp_path: Path
) -> None:
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "checkpoints")
    receiver.answer = reply(b"", status=500)
    some_calls(1)
    newest = seal_all()

    assert anchor(now=timezone.now()) == 1

    assert newest.note in (tmp_path / "checkpoints").read_text()
    assert [each for each, _ in told()] == ["log.anchor_failed"]


def rewrite_history() -> None:
    """Do what holds the database and the key: change a record, seal all anew."""
    with _guards_off(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE audit_record SET tenant = 'team-zeta', leaf = convert_to(replace("
            "convert_from(leaf, 'UTF8'), 'team-acme', 'team-zeta'), 'UTF8')"
            " WHERE id = (SELECT record_id FROM audit_leaf WHERE index = 2)"
        )
        cursor.execute(
            r"INSERT INTO audit_unsealed (record_id, leaf_hash)"
            r" SELECT id, sha256('\x00'::bytea || leaf) FROM audit_record"
            r" ON CONFLICT DO NOTHING"
        )
        for table in ("leaf", "node", "checkpoint", "anchorreceipt"):
            cursor.execute(f"DELETE FROM audit_{table}")  # noqa: S608 - names above


def test_what_the_receiver_holds_contradicts_who_rewrites_the_log_with_its_key(
    receiver: Remote, tmp_path: Path
) -> None:
    some_calls(2)
    seal_all()
    anchor(now=timezone.now())
    held = tmp_path / "held"
    held.write_bytes(kept(receiver.received[0]))
    report, output = tmp_path / "report", io.StringIO()
    call_command("verify", "--earlier", held, stdout=output)
    assert "VERIFIED" in output.getvalue()

    rewrite_history()
    seal_all()

    call_command("verify", stdout=output)  # alone, the database looks whole
    with pytest.raises(SystemExit) as ending, report.open("w") as told_here:
        call_command("verify", "--earlier", held, stdout=told_here)
    assert ending.value.code == verify.TAMPERED
    assert "the checkpoint of size 8 contradicts" in report.read_text()


def test_an_auditor_holds_an_export_against_what_the_receiver_has(
    receiver: Remote, olu: Client, tmp_path: Path
) -> None:
    some_calls(2)
    seal_all()
    anchor(now=timezone.now())
    (tmp_path / "earlier").write_bytes(kept(receiver.received[0]))

    rewrite_history()
    write("session.ended", {**CALL, "call_id": None})
    size = seal_all().size
    for name, path in {
        "records.jsonl": f"export.jsonl?size={size}",
        "checkpoint": f"log/checkpoint?size={size}",
        "vkey.txt": "log/vkey.txt",
    }.items():
        (tmp_path / name).write_bytes(olu.get(f"/audit/{path}").getvalue())
    proof = proofs.consistency_of(8, Checkpoint.objects.get(size=size))
    told = {"from": 8, "to": size, "proof": proofs.in_base64(proof)}
    (tmp_path / "consistency").write_text(json.dumps(told))
    with_proof = ["--consistency", str(tmp_path / "consistency"), "--part"]
    alone = verified(tmp_path, *with_proof)

    said = verified(tmp_path, "--earlier", str(tmp_path / "earlier"), *with_proof)

    assert alone.report["counts"]["tampered"] == 0
    assert said.code == verify.TAMPERED
    assert "the checkpoint of size 8 contradicts" in str(said.report["findings"])
