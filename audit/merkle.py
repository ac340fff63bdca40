"""Building the Merkle tree of RFC 6962 and its proofs.  Pure.

``audit.verify`` checks what is built here and shares no line with it.

    leaf    SHA-256(0x00 + bytes)
    node    SHA-256(0x01 + left + right)
    edge    the roots of the perfect trees that a size is made of, largest first:
            one for each bit that is set in the size
    tile    up to 256 hashes of one level, from which the seven levels above follow

A level counts in powers of 256: a row of level 1 is the root of 256 leaves.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

HASH_BYTES: Final = 32
TILE_BITS: Final = 8
TILE_WIDTH: Final = 1 << TILE_BITS
EMPTY_ROOT: Final = hashlib.sha256().digest()

Edge = tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Subtree:
    """The root of a full tree of 256^level leaves, the ``position``-th of them."""

    level: int
    position: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Extended:
    """What appending made: the new right edge, and the subtrees that became full."""

    size: int
    edge: Edge
    subtrees: Sequence[Subtree]


# The hashes of a level of 256 from ``first`` on, ``count`` of them.
ReadHashes = Callable[[int, int, int], Sequence[bytes]]


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node (RFC 6962, section 2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def extend(size: int, edge: Edge, leaf_hashes: Iterable[bytes]) -> Extended:
    """Append leaves to a tree that is known by its right edge alone."""
    stack, full = list(edge), []
    for leaf in leaf_hashes:
        top, index, height = leaf, size, 0
        while index & 1:
            top = node_hash(stack.pop(), top)
            index, height = index >> 1, height + 1
            if height % TILE_BITS == 0:
                full.append(Subtree(height // TILE_BITS, index, top))
        stack.append(top)
        size += 1
    return Extended(size, tuple(stack), full)


def root_of(edge: Sequence[bytes]) -> bytes:
    """Return the root of the tree with this right edge."""
    if not edge:
        return EMPTY_ROOT
    root = edge[-1]
    for left in reversed(edge[:-1]):
        root = node_hash(left, root)
    return root


def joined(edge: Edge) -> bytes:
    """Return the edge as it is stored."""
    return b"".join(edge)


def parted(stored: bytes) -> Edge:
    """Return a stored edge as hashes."""
    return tuple(
        stored[begin : begin + HASH_BYTES]
        for begin in range(0, len(stored), HASH_BYTES)
    )


class Tree:
    """A tree of a fixed size whose hashes are read, tile by tile, when needed."""

    def __init__(self, size: int, read: ReadHashes, *, edge: Edge = ()) -> None:
        """Take the size, where hashes come from and, if it is known, the edge."""
        self.size = size
        self._read = read
        self._edge = edge
        self._tiles: dict[tuple[int, int], list[Sequence[bytes]]] = {}

    def root(self) -> bytes:
        """Return the root of the whole tree."""
        return root_of(self.edge())

    def edge(self) -> Edge:
        """Return the right edge, read once."""
        if not self._edge:
            self._edge = tuple(
                self._perfect(begin, height) for begin, height in _peaks(0, self.size)
            )
        return self._edge

    def inclusion(self, index: int) -> list[bytes]:
        """Return the path from a leaf to the root (RFC 9162, section 2.1.3.1).

        Raises IndexError if the tree has no such leaf.
        """
        if not 0 <= index < self.size:
            raise IndexError(index)
        peaks = list(_peaks(0, self.size))
        mine = next(
            number
            for number, (begin, height) in enumerate(peaks)
            if index < begin + (1 << height)
        )
        path = [
            self._perfect((index >> height ^ 1) << height, height)
            for height in range(peaks[mine][1])
        ]
        right = self.edge()[mine + 1 :]
        path += [root_of(right)] if right else []
        return path + list(reversed(self.edge()[:mine]))

    def consistency(self, earlier: int) -> list[bytes]:
        """Return the proof that a smaller tree is a prefix (RFC 9162, 2.1.4.1).

        Raises IndexError if the size is zero or beyond this tree.
        """
        if not 0 < earlier <= self.size:
            raise IndexError(earlier)
        return self._subproof(earlier, 0, self.size, is_whole=True)

    def _subproof(
        self, earlier: int, begin: int, end: int, *, is_whole: bool
    ) -> list[bytes]:
        if earlier == end:
            return [] if is_whole else [self._range(begin, end)]
        split = begin + (1 << (end - begin - 1).bit_length() - 1)
        if earlier <= split:
            proof = self._subproof(earlier, begin, split, is_whole=is_whole)
            return [*proof, self._range(split, end)]
        proof = self._subproof(earlier, split, end, is_whole=False)
        return [*proof, self._range(begin, split)]

    def _range(self, begin: int, end: int) -> bytes:
        peaks = dict(zip(_peaks(0, self.size), self._edge, strict=False))
        # What stands on the edge is known without reading a tile.
        return root_of(
            [peaks.get(part) or self._perfect(*part) for part in _peaks(begin, end)]
        )

    def _perfect(self, begin: int, height: int) -> bytes:
        level, inside = divmod(height, TILE_BITS)
        position = begin >> level * TILE_BITS  # of the tree's first row in its level
        tile, offset = divmod(position, TILE_WIDTH)
        return self._tile(level, tile)[inside][offset >> inside]

    def _tile(self, level: int, number: int) -> list[Sequence[bytes]]:
        if (level, number) not in self._tiles:
            if len(self._tiles) > 2 * TILE_BITS:
                self._tiles.clear()  # whoever walks on does not come back
            first = number * TILE_WIDTH
            rows = min(TILE_WIDTH, (self.size >> level * TILE_BITS) - first)
            self._tiles[level, number] = _levels(self._read(level, first, rows))
        return self._tiles[level, number]


def _levels(hashes: Sequence[bytes]) -> list[Sequence[bytes]]:
    """Return these hashes and all full pairs above them, up to the tile's root."""
    levels = [hashes]
    while len(levels[-1]) > 1:
        below = levels[-1]
        pairs = range(0, len(below) - 1, 2)
        levels.append([node_hash(below[at], below[at + 1]) for at in pairs])
    return levels


def _peaks(begin: int, end: int) -> Iterable[tuple[int, int]]:
    """Yield first leaf and height of the perfect trees of a range, largest first.

    ``begin`` is where such a tree may begin: a multiple of the largest.
    """
    for height in reversed(range((end - begin).bit_length())):
        if (end - begin) >> height & 1:
            yield begin, height
            begin += 1 << height
