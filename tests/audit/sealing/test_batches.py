"""The sealer: no gap, no double, whatever happens in the middle."""

import os
import random
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from django.conf import settings
from django.db import connection

from audit import proofs, sealing, verify
from audit.models import Checkpoint, Leaf, Node, Record, Unsealed
from audit.sealing import batches
from governance import keys
from governance.models import Installation
from tests.audit.evidence import NOW, write
from tests.audit.sealed import a_call, assert_whole, seal_all, some_calls
from tests.racing import at_once, meanwhile, somebody_else, until

ROOT: Final = Path(__file__).resolve().parents[3]


@pytest.mark.django_db
def test_records_get_places_in_their_order_and_a_signed_checkpoint() -> None:
    records = some_calls(3)

    checkpoint = seal_all()

    places = dict(Leaf.objects.values_list("record_id", "index"))
    assert [places[record] for record in records] == list(range(12))
    assert checkpoint.size == 12
    assert not Unsealed.objects.exists()
    assert_whole()


@pytest.mark.django_db
def test_a_log_that_is_idle_makes_no_checkpoint() -> None:
    seal_all_of_nothing = sealing.seal_all(now=NOW)

    assert seal_all_of_nothing == 0
    assert not Checkpoint.objects.exists()


@pytest.mark.django_db
def test_full_subtrees_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "BATCH", 100)
    some_calls(130)

    seal_all()

    assert Node.objects.filter(level=1).count() == 520 // 256
    assert [c.size for c in Checkpoint.objects.order_by("size")] == [
        *range(100, 501, 100),
        520,
    ]
    assert_whole()


@pytest.mark.django_db
def test_the_origin_is_fixed_at_the_first_seal() -> None:
    write("call.allowed")
    first = seal_all()
    Installation.objects.update(installation_id=uuid.uuid4())
    write("call.completed")

    second = seal_all()

    assert first.note.partition("\n")[0] == second.note.partition("\n")[0]
    assert_whole()


@pytest.mark.django_db
def test_what_is_sealed_already_is_not_doubled_when_it_is_put_back() -> None:
    record = write("call.allowed")
    seal_all()
    leaf = Leaf.objects.get()
    Unsealed.objects.create(record_id=record, leaf_hash=leaf.leaf_hash)
    write("call.completed")

    seal_all()

    assert_whole()
    assert Leaf.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_commits_late_is_sealed_all_the_same() -> None:
    with somebody_else() as slow:
        slow.execute("SET statement_timeout = 0")
        early = write("call.allowed")
        # The slow one took its id first, and has not committed.
        slow.execute(
            "INSERT INTO audit_record SELECT (r).* FROM (SELECT jsonb_populate_record("
            'NULL::audit_record, to_jsonb(t) || \'{"id": "evt_0"}\') r'
            " FROM audit_record t) s"
        )
        slow.execute(
            "INSERT INTO audit_unsealed SELECT 'evt_0', leaf_hash FROM audit_unsealed"
        )
        seal_all()
        assert list(Leaf.objects.values_list("record_id", flat=True)) == [early]
        slow.commit()

    seal_all()

    assert dict(Leaf.objects.values_list("index", "record_id")) == {
        0: early,
        1: "evt_0",
    }
    assert_whole()


@pytest.mark.django_db(transaction=True)
def test_two_sealers_lose_nothing_and_double_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batches, "BATCH", 7)
    some_calls(20)

    def work() -> int:
        return sum(sealing.seal(now=NOW) for _ in range(10))

    sealed = at_once(work, work, work)

    seal_all()
    assert sum(sealed) <= 80
    assert_whole()


@pytest.mark.django_db(transaction=True)
def test_a_sealer_that_finds_another_one_does_not_wait() -> None:
    write("call.allowed")
    with somebody_else() as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [batches.LOCK])

        sealed = sealing.seal(now=NOW)

    assert sealed == 0
    assert Unsealed.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_records_committed_out_of_order_while_it_seals_are_all_sealed() -> None:
    def record_many(begin: int) -> Callable[[], None]:
        def record() -> None:
            for number in range(begin, begin + 15):
                a_call(number)

        return record

    def all_of_them() -> None:
        at_once(*map(record_many, (0, 100, 200)))

    with meanwhile(all_of_them) as done:
        until(lambda: sealing.seal_all(now=NOW) >= 0 and done.done())

    seal_all()
    assert Record.objects.count() == 180
    assert_whole()


# It forks a sealer for every line that it reads: single-threaded, so forking is safe.
PROGRAM: Final = """
import os, sys, django
django.setup()
from django.db import connection
from django.utils import timezone
from audit import sealing
from audit.sealing import batches
from governance import logbook  # else each child begins by importing it
connection.settings_dict["NAME"] = sys.argv[1]
batches.BATCH = 3
for _ in sys.stdin:
    child = os.fork()
    if not child:
        connection.ensure_connection()
        print(os.getpid(), flush=True)
        while True:
            sealing.seal(now=timezone.now())
    os.waitpid(child, 0)
    print("gone", flush=True)
"""


@pytest.mark.django_db(transaction=True)
def test_a_sealer_killed_a_hundred_times_leaves_no_gap_and_no_double() -> None:
    chance, seen = random.Random(1), set[int]()  # noqa: S311 - when to kill
    with _nursery() as nursery:
        for number in range(100):
            if number % 10 == 0:
                some_calls(10)
                before = Leaf.objects.count()
            pid = _answer(nursery, "go\n")
            threading.Event().wait(chance.random() * 0.1)
            if number % 10 == 9:  # however slow the machine is, it gets on
                until(lambda: Leaf.objects.count() > before)  # noqa: B023 - waited for
            os.kill(int(pid), signal.SIGKILL)
            assert nursery.stdout is not None
            assert nursery.stdout.readline() == "gone\n"
            seen.add(Leaf.objects.count())

    # The server may be at work yet for the last one, which holds the lock.
    until(lambda: bool(seal_all()) and not Unsealed.objects.exists())
    assert len(seen) > 5  # it was killed at many points, and had got on each time
    assert Record.objects.count() == 400
    assert_whole()


@contextmanager
def _nursery() -> Iterator["subprocess.Popen[str]"]:
    name = str(connection.settings_dict["NAME"])
    environ = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", PROGRAM, name],
        cwd=ROOT,
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as nursery:
        yield nursery
        assert nursery.stdin is not None
        nursery.stdin.close()


def _answer(nursery: "subprocess.Popen[str]", line: str) -> str:
    assert nursery.stdin is not None
    assert nursery.stdout is not None
    nursery.stdin.write(line)
    nursery.stdin.flush()
    return nursery.stdout.readline()


@pytest.mark.django_db
def test_nothing_is_sealed_with_a_key_that_is_not_the_logs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write("call.allowed")
    seal_all()
    write("call.completed")
    keys.make_keys(tmp_path / "others", development=True)
    monkeypatch.setattr(settings, "KEYS_DIR", tmp_path / "others")

    with pytest.raises(sealing.ForeignKey, match="not the key of this log"):
        sealing.seal(now=NOW)

    assert Unsealed.objects.count() == 1


@pytest.mark.django_db
def test_without_a_key_nothing_is_sealed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write("call.allowed")
    monkeypatch.setattr(settings, "KEYS_DIR", tmp_path)

    with pytest.raises(sealing.ForeignKey, match=r"no log\.key"):
        sealing.seal(now=NOW)


@pytest.mark.django_db
def test_a_proof_of_each_record_verifies() -> None:
    records = some_calls(5)
    checkpoint = seal_all()
    seen = verify.open_checkpoint(checkpoint.note.encode(), proofs.known_keys())

    for record in records:
        proof = proofs.proof_of(record)
        assert proof is not None
        verify.check_inclusion(
            proof.index, seen.size, proof.leaf_hash, proof.path, seen.root
        )
