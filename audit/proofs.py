"""Proofs, read from the rows of the log: that a record is in it, and where.

``audit.verify`` checks them; nothing here is believed by whoever verifies.
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from audit import merkle, verify
from audit.models import AnchorReceipt, Checkpoint, Leaf, LogKey, Node


@dataclass(frozen=True, slots=True)
class Proof:
    """That a record is in the log: its index, the path, and a signed checkpoint."""

    record_id: str
    index: int
    leaf_hash: bytes
    path: Sequence[bytes]
    checkpoint: Checkpoint
    anchored_at: datetime | None  # when a checkpoint that covers it left this database

    def as_text(self) -> str:
        """Return the proof as a ``.tlog-proof`` (C2SP tlog-proof@v1)."""
        head = f"c2sp.org/tlog-proof@v1\nindex {self.index}\n"
        path = "".join(f"{line}\n" for line in in_base64(self.path))
        return f"{head}{path}\n{self.checkpoint.note}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying one record just now gave; ``wrong`` is empty where all holds."""

    wrong: str
    proof: Proof | None

    @property
    def is_verified(self) -> bool:
        """Whether the record is in the log exactly as it stands."""
        return self.proof is not None and not self.wrong


def in_base64(hashes: Sequence[bytes]) -> list[str]:
    """Return hashes as files have them."""
    return [b64encode(each).decode() for each in hashes]


def proof_of(record_id: str, *, checkpoint: Checkpoint | None = None) -> Proof | None:
    """Return the proof of a record under a checkpoint, by default the newest.

    None while it is not sealed, or not covered by that checkpoint.
    """
    leaf = Leaf.objects.filter(record_id=record_id).first()
    checkpoint = checkpoint or Checkpoint.objects.newest()
    if leaf is None or checkpoint is None or leaf.index >= checkpoint.size:
        return None
    covering = AnchorReceipt.objects.filter(size__gt=leaf.index).order_by("size", "id")
    return Proof(
        record_id=record_id,
        index=leaf.index,
        leaf_hash=bytes(leaf.leaf_hash),
        path=tree_under(checkpoint).inclusion(leaf.index),
        checkpoint=checkpoint,
        anchored_at=covering.values_list("at", flat=True).first(),
    )


def consistency_of(earlier: int, later: Checkpoint) -> list[bytes]:
    """Return the proof that the log of an earlier size is a prefix.

    Raises IndexError if there is none.
    """
    return tree_under(later).consistency(earlier)


def tree_under(checkpoint: Checkpoint) -> merkle.Tree:
    """Return the tree of a checkpoint, whose edge is known without reading."""
    edge = merkle.parted(bytes(checkpoint.edge))
    return merkle.Tree(checkpoint.size, read_hashes, edge=edge)


def tree_of(size: int) -> merkle.Tree:
    """Return the tree of any size that the rows hold."""
    return merkle.Tree(size, read_hashes)


def read_hashes(level: int, first: int, count: int) -> list[bytes]:
    """Read hashes of one level of 256; fewer than asked for if rows are missing."""
    if level == 0:
        within = Leaf.objects.filter(index__gte=first, index__lt=first + count)
        leaves = within.order_by("index").values_list("leaf_hash", flat=True)
        return [bytes(leaf) for leaf in leaves]
    beside = Node.objects.filter(level=level, position__gte=first)
    nodes = beside.filter(position__lt=first + count).order_by("position")
    return [bytes(node) for node in nodes.values_list("hash", flat=True)]


def known_keys() -> list[verify.Key]:
    """Return the verifier keys of all logs that this database knows of."""
    texts = LogKey.objects.order_by("id").values_list("vkey", flat=True)
    return [verify.parse_key(text) for text in texts]
