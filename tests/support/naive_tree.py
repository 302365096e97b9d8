"""RFC 6962, section 2.1, word for word: what proofs are compared with."""

import hashlib


class NaiveTree:
    """Roots and proofs over [begin, end) of the leaves. Remembers every root it computed."""

    def __init__(self, leaves):
        self.leaves = leaves  # hashes; may grow
        self._roots = {}

    def root(self, begin, end):
        if (begin, end) not in self._roots:
            self._roots[begin, end] = self._compute(begin, end)
        return self._roots[begin, end]

    def _compute(self, begin, end):
        if end == begin:
            return hashlib.sha256(b"").digest()
        if end - begin == 1:
            return self.leaves[begin]
        k = begin + self.split(end - begin)
        return hashlib.sha256(b"\x01" + self.root(begin, k) + self.root(k, end)).digest()

    @staticmethod
    def split(n):
        k = 1
        while 2 * k < n:
            k *= 2
        return k

    def path(self, m, begin, end):
        if end - begin == 1:
            return []
        k = begin + self.split(end - begin)
        if m < k:
            return self.path(m, begin, k) + [self.root(k, end)]
        return self.path(m, k, end) + [self.root(begin, k)]

    def proof(self, m, begin, end, whole=True):
        if m == end:
            return [] if whole else [self.root(begin, end)]
        k = begin + self.split(end - begin)
        if m <= k:
            return self.proof(m, begin, k, whole) + [self.root(k, end)]
        return self.proof(m, k, end, False) + [self.root(begin, k)]

    def subtrees(self, size):
        """The roots of the perfect subtrees of the first `size` leaves, largest first."""
        roots, begin = [], 0
        for bit in reversed(range(size.bit_length())):
            if size >> bit & 1:
                roots.append(self.root(begin, begin + (1 << bit)))
                begin += 1 << bit
        return roots
