"""RFC 6962 trees: hashes, proofs, and a root that is computed leaf by leaf.

Proofs are checked in the closed form (how many hashes there must be follows from the numbers), not
by RFC 9162's loop, which the other verifier has.
"""

import hashlib

EMPTY_ROOT = hashlib.sha256(b"").digest()
MAX_SIZE = 2**63 - 1


class ProofError(ValueError):
    """A proof that does not show what it is said to show."""


def leaf_hash(leaf):
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def _need_hashes(hashes):
    for value in hashes:
        if len(value) != 32:
            raise ProofError(f"a hash has 32 bytes, this has {len(value)}")


def _shape(index, size):
    """How many hashes lie beside the way up, and how many of them only left of it."""
    inner = (index ^ (size - 1)).bit_length()
    return inner, (index >> inner).bit_count()


def _need_count(proof, count):
    if len(proof) != count:
        raise ProofError(f"the proof has {len(proof)} hashes instead of {count}")


def inclusion_root(index, size, leaf, proof):
    """The root that the proof leads to."""
    if not 0 <= index < size <= MAX_SIZE:
        raise ProofError(f"index {index} lies outside a tree of {size} leaves")
    _need_hashes([leaf, *proof])
    inner, border = _shape(index, size)
    _need_count(proof, inner + border)
    root = leaf
    for level, sibling in enumerate(proof):
        left = level >= inner or index >> level & 1
        root = node_hash(sibling, root) if left else node_hash(root, sibling)
    return root


def verify_inclusion(index, size, leaf, proof, root):
    """ProofError unless `leaf`, a leaf's hash, stands at `index` in the tree of `size`."""
    _need_hashes([root])
    if inclusion_root(index, size, leaf, proof) != root:
        raise ProofError("the proof leads to another root")


def consistency_roots(size1, size2, root1, proof):
    """The roots of the older and of the newer tree that the proof leads to, 0 < size1 < size2.

    `root1` is looked at only where the older tree is full: the proof then leaves it out.
    """
    shift = (size1 & -size1).bit_length() - 1
    inner, border = _shape(size1 - 1, size2)
    inner -= shift
    if size1 == 1 << shift:
        seed, rest = root1, proof
    elif not proof:
        raise ProofError("the proof is empty")
    else:
        seed, rest = proof[0], proof[1:]
    _need_count(rest, inner + border)
    older = newer = seed
    for level, sibling in enumerate(rest):
        if level >= inner or (size1 - 1) >> (shift + level) & 1:
            older, newer = node_hash(sibling, older), node_hash(sibling, newer)
        else:
            newer = node_hash(newer, sibling)
    return older, newer


def verify_consistency(size1, size2, root1, root2, proof):
    """ProofError unless the tree of `size1` leaves is the beginning of that of `size2`."""
    _need_hashes([root1, root2, *proof])
    if not 0 <= size1 <= size2 <= MAX_SIZE:
        raise ProofError(f"a tree of {size1} leaves is no beginning of one of {size2}")
    if size1 == 0 and root1 != EMPTY_ROOT or size2 == 0 and root2 != EMPTY_ROOT:
        raise ProofError("another root than that of the empty tree")
    if size1 == size2 and root1 != root2:
        raise ProofError(f"two roots of one size, {size1}")
    if size1 == 0 or size1 == size2:
        _need_count(proof, 0)
        return
    older, newer = consistency_roots(size1, size2, root1, proof)
    if older != root1:
        raise ProofError("the proof leads to another root of the older tree")
    if newer != root2:
        raise ProofError("the proof leads to another root of the newer tree")


class Tree:
    """A tree that grows at its end, held by the roots of its full subtrees, largest first."""

    def __init__(self, size=0, subtrees=()):
        if len(subtrees) != size.bit_count():
            raise ProofError(f"{len(subtrees)} subtrees make no tree of {size} leaves")
        _need_hashes(subtrees)
        self.size = size
        self.subtrees = list(subtrees)

    def add(self, leaf):
        """Takes in the hash of the next leaf."""
        full = self.size
        while full & 1:
            leaf = node_hash(self.subtrees.pop(), leaf)
            full >>= 1
        self.subtrees.append(leaf)
        self.size += 1

    def root(self):
        if not self.subtrees:
            return EMPTY_ROOT
        root = self.subtrees[-1]
        for left in reversed(self.subtrees[:-1]):
            root = node_hash(left, root)
        return root


class ProofMaker:
    """Makes a consistency proof between two sizes while the leaves go by, one by one."""

    def __init__(self, size1, size2):
        self.size1 = size1
        self._ranges = _proof_ranges(size1, 0, size2, True)
        self._trees = {ends: Tree() for ends in self._ranges}
        self._waiting = sorted(self._ranges, reverse=True)
        self._at = 0

    def add(self, leaf):
        """Takes in the hash of the next leaf."""
        while self._waiting and self._waiting[-1][1] <= self._at:
            self._waiting.pop()
        if self._waiting and self._waiting[-1][0] <= self._at:
            self._trees[self._waiting[-1]].add(leaf)
        self._at += 1

    def proof(self):
        return [self._trees[ends].root() for ends in self._ranges]


def _proof_ranges(size1, begin, end, whole):
    """The leaves below each hash of the proof, in its order: SUBPROOF of RFC 6962."""
    if size1 == end:
        return [] if whole else [(begin, end)]
    split = begin + (1 << (end - begin - 1).bit_length() - 1)
    if size1 <= split:
        return _proof_ranges(size1, begin, split, whole) + [(split, end)]
    return _proof_ranges(size1, split, end, False) + [(begin, split)]
