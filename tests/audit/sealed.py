"""A log of some records, sealed, and what an auditor is given of it."""

from datetime import timedelta
from pathlib import Path
from typing import Final

from audit import proofs, sealing, verify
from audit.models import Checkpoint, Leaf, Record
from tests.audit.evidence import CALL, NOW, write

STEP: Final = timedelta(seconds=1)


def a_call(number: int, *, tenant: str = "team-acme") -> list[str]:
    """Record a whole governed call: minted, voted, allowed, completed."""
    now = NOW + 10 * number * STEP
    facts = CALL | {
        "tenant": tenant,
        "call_id": f"cal_{number:026d}",
        "claim_id": f"clm_{number:026d}",
        "approval_id": f"apr_{number:026d}",
        "scope": f"repo:payments-api/pull:{number}",
    }
    before = facts | {"call_id": None}
    return [
        write("approval.voted", {**before, "person": "ana"}, now=now),
        write("claim.minted", before, now=now + STEP),
        write("call.allowed", facts, now=now + 2 * STEP),
        write(
            "call.completed", {**facts, "detail": {"status": 201}}, now=now + 3 * STEP
        ),
    ]


def some_calls(count: int) -> list[str]:
    return [record for number in range(count) for record in a_call(number)]


def seal_all() -> Checkpoint:
    sealing.seal_all(now=NOW)
    newest = Checkpoint.objects.newest()
    assert newest is not None
    return newest


def seal_with_heartbeats() -> Checkpoint:
    """Seal, count the records of each tenant, and seal that too."""
    seal_all()
    assert sealing.beat(now=NOW)
    return seal_all()


def vkey() -> str:
    key = sealing.current_key()
    assert key is not None
    return key.vkey


def assert_whole() -> None:
    """Every record has one place, places have no gap, and every root is right."""
    indexes = list(Leaf.objects.order_by("index").values_list("index", flat=True))
    assert indexes == list(range(len(indexes)))
    sealed = set(Leaf.objects.values_list("record_id", flat=True))
    assert sealed == set(Record.objects.values_list("pk", flat=True))
    hashes = [bytes(x.leaf_hash) for x in Leaf.objects.order_by("index")]
    tree, roots = verify.Peaks(), {0: verify.EMPTY_ROOT}
    for hashed in hashes:
        tree.add(hashed)
        roots[tree.size] = tree.root()
    keys = proofs.known_keys()
    checkpoints = list(Checkpoint.objects.order_by("size"))
    assert checkpoints[-1].size == len(indexes)
    for checkpoint in checkpoints:
        seen = verify.open_checkpoint(checkpoint.note.encode(), keys)
        assert seen.root == roots[seen.size] == bytes(checkpoint.root)
        assert proofs.tree_of(seen.size).root() == seen.root


def written(folder: Path, name: str, data: bytes | str) -> str:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return str(path)
