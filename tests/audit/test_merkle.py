"""Builder and verifier of the tree agree, and nothing but the true proof verifies."""

import hashlib
import json
from base64 import b64decode
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import merkle, verify

VECTORS: Final = Path(__file__).parents[1] / "data" / "merkle-vectors"
# Twelve bytes that stand for a root: whoever insists on hashes refuses them.
STRICTER: Final = "consistency/additional/sizes-are-equal-one-and-proof-is-empty.json"
LEAVES: Final = [merkle.node_hash(b"leaf", b"%d" % n) for n in range(70_000)]


class Rows:
    """Leaves and full subtrees as the database holds them."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        extended = merkle.extend(0, (), leaves)
        self.edge = extended.edge
        self.rows = {(s.level, s.position): s.hash for s in extended.subtrees}
        self.rows |= {(0, n): leaf for n, leaf in enumerate(leaves)}
        self.most = 0

    def read(self, level: int, first: int, count: int) -> list[bytes]:
        self.most = max(self.most, count)
        return [self.rows[level, at] for at in range(first, first + count)]


def root_by_definition(leaves: Sequence[bytes]) -> bytes:
    """Return MTH of RFC 6962, section 2.1, as it is written there."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    left, right = root_by_definition(leaves[:split]), root_by_definition(leaves[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


def vectors(kind: str) -> Iterator[Any]:
    for path in sorted((VECTORS / kind).rglob("*.json")):
        name = str(path.relative_to(VECTORS))
        yield pytest.param(json.loads(path.read_text()), name, id=name)


def decoded(texts: list[str] | None) -> list[bytes]:
    return [b64decode(text) for text in texts or []]


@pytest.mark.parametrize(("case", "name"), list(vectors("inclusion")))
def test_an_official_inclusion_proof_gets_the_official_verdict(
    case: dict[str, Any], name: str
) -> None:
    def check() -> None:
        verify.check_inclusion(
            case["leafIdx"],
            case["treeSize"],
            b64decode(case["leafHash"] or ""),
            decoded(case["proof"]),
            b64decode(case["root"] or ""),
        )

    if case["wantErr"]:
        with pytest.raises(verify.Refused):
            check()
    else:
        check()


@pytest.mark.parametrize(("case", "name"), list(vectors("consistency")))
def test_an_official_consistency_proof_gets_the_official_verdict(
    case: dict[str, Any], name: str
) -> None:
    def check() -> None:
        verify.check_consistency(
            (case["size1"], case["size2"]),
            (b64decode(case["root1"] or ""), b64decode(case["root2"] or "")),
            decoded(case["proof"]),
        )

    if case["wantErr"] or name == STRICTER:
        with pytest.raises(verify.Refused):
            check()
    else:
        check()


def test_all_official_files_were_tried() -> None:
    assert len(list(vectors("inclusion"))) == 98
    assert len(list(vectors("consistency"))) == 98


def test_the_official_leaves_give_the_official_nodes_and_roots() -> None:
    told = json.loads((VECTORS / "roots.json").read_text())
    inputs, nodes, roots = _official(told)

    hashes = [verify.leaf_hash(leaf) for leaf in inputs]

    assert hashes == nodes
    for size, root in enumerate(roots):
        assert merkle.root_of(merkle.extend(0, (), hashes[:size]).edge) == root
        assert _grown(hashes[:size]) == root


def _official(told: dict[str, Any]) -> tuple[list[bytes], list[bytes], list[bytes]]:
    inputs = [bytes.fromhex(text) for text in told["leafInputs"]]
    nodes = [bytes.fromhex(text) for text in told["nodeHashes"][0]]
    roots = [bytes.fromhex(text) for text in told["rootHashes"]]
    return inputs, nodes, roots


def _grown(hashes: Sequence[bytes]) -> bytes:
    tree = verify.Peaks()
    for hashed in hashes:
        tree.add(hashed)
    return tree.root()


@pytest.mark.parametrize("size", [*range(1, 33), 63, 64, 65, 127, 255, 256, 257, 300])
def test_every_proof_of_a_tree_verifies_and_no_changed_one_does(size: int) -> None:
    rows = Rows(LEAVES[:size])
    tree = merkle.Tree(size, rows.read)
    root = root_by_definition(LEAVES[:size])

    for index in range(size):
        path = tree.inclusion(index)
        verify.check_inclusion(index, size, LEAVES[index], path, root)
        for wrong in _changed(path):
            with pytest.raises(verify.Refused):
                verify.check_inclusion(index, size, LEAVES[index], wrong, root)


@pytest.mark.parametrize("size", [*range(1, 33), 63, 64, 65, 127, 255, 256, 257, 300])
def test_every_smaller_tree_is_a_prefix_and_no_changed_proof_says_so(size: int) -> None:
    rows = Rows(LEAVES[:size])
    tree = merkle.Tree(size, rows.read, edge=rows.edge)
    root = root_by_definition(LEAVES[:size])

    for earlier in range(1, size + 1):
        sizes, roots = (earlier, size), (root_by_definition(LEAVES[:earlier]), root)
        proof = tree.consistency(earlier)
        verify.check_consistency(sizes, roots, proof)
        for wrong in _changed(proof):
            with pytest.raises(verify.Refused):
                verify.check_consistency(sizes, roots, wrong)


def _changed(proof: list[bytes]) -> Iterator[list[bytes]]:
    yield [*proof, b"x" * 32]
    yield [b"x" * 32, *proof]
    for at, hashed in enumerate(proof):
        yield proof[:at] + proof[at + 1 :]
        yield [*proof[:at], bytes([hashed[0] ^ 1]) + hashed[1:], *proof[at + 1 :]]
        yield [*proof[:at], hashed[:-1], *proof[at + 1 :]]
        if at and hashed != proof[at - 1]:
            yield [*proof[: at - 1], hashed, proof[at - 1], *proof[at + 1 :]]


@given(st.data())
def test_builder_and_verifier_agree_on_any_tree(data: st.DataObject) -> None:
    parts = data.draw(st.lists(st.integers(0, 400), min_size=1, max_size=5))
    size, edge, rows = 0, merkle.Edge(), Rows([])
    for part in parts:
        extended = merkle.extend(size, edge, LEAVES[size : size + part])
        size, edge = extended.size, extended.edge
        rows.rows |= {(s.level, s.position): s.hash for s in extended.subtrees}
    rows.rows |= {(0, n): LEAVES[n] for n in range(size)}

    assert merkle.root_of(edge) == _grown(LEAVES[:size])
    assert merkle.parted(merkle.joined(edge)) == edge
    if size:
        index = data.draw(st.integers(0, size - 1))
        path = merkle.Tree(size, rows.read, edge=edge).inclusion(index)
        verify.check_inclusion(index, size, LEAVES[index], path, merkle.root_of(edge))


def test_a_large_tree_reads_no_more_than_a_tile_of_each_level() -> None:
    rows = Rows(LEAVES)
    tree = merkle.Tree(70_000, rows.read, edge=rows.edge)
    root = merkle.root_of(rows.edge)

    for index in (0, 65_535, 65_536, 69_999):
        path = tree.inclusion(index)
        verify.check_inclusion(index, 70_000, LEAVES[index], path, root)
    for earlier in (1, 256, 65_536, 65_537, 69_999):
        roots = (_grown(LEAVES[:earlier]), root)
        proof = tree.consistency(earlier)
        verify.check_consistency((earlier, 70_000), roots, proof)

    assert rows.most <= 256


def test_what_is_not_in_the_tree_has_no_proof() -> None:
    tree = merkle.Tree(3, Rows(LEAVES[:3]).read)

    for outside in (-1, 3):
        with pytest.raises(IndexError):
            tree.inclusion(outside)
    for size in (0, 4):
        with pytest.raises(IndexError):
            tree.consistency(size)
