"""Organisations and their keys, all of them, as of any size of the registry tree."""

import bisect
import dataclasses

from . import ed25519
from .merkle import Tree, leaf_hash
from .record import (HEADER_TYPE, KEY_ADD, KEY_REVOKE, KIND_SECRETARIAT, POSSESSION_TYPE,
                     TYPE_KEY, ZERO_HASH, RecordError, event_digest, pae, parse_header,
                     parse_registry_leaf, sha256)
from .wire import WireError


@dataclasses.dataclass
class Key:
    organisation: str
    public: bytes
    added: int
    revoked: int | None = None

    def in_force(self, size):
        return self.added < size and not (self.revoked is not None and self.revoked < size)


class Registry:
    """Grows by `add`; answers for every size that it had."""

    def __init__(self):
        self.tree = Tree()
        self.sequences = []
        self.leaves = []
        self.keys = {}  # key hash -> Key
        self._organisations = {}  # name -> [(index, kind, retired)], indices ascending

    @property
    def size(self):
        return len(self.sequences)

    def organisations(self):
        return len(self._organisations)

    def size_before(self, sequence):
        """How many registry events the log has before that sequence."""
        return bisect.bisect_left(self.sequences, sequence)

    def entry_at(self, sequence):
        """The registry leaf of that sequence of the log; None where it is no registry event."""
        index = self.size_before(sequence)
        found = index < self.size and self.sequences[index] == sequence
        return self.leaves[index] if found else None

    def add(self, leaf_bytes, header_bytes):
        """Takes in the next entry, whatever is wrong with it. Says what is."""
        wrong = []
        self.tree.add(leaf_hash(leaf_bytes))
        index = self.size
        last = self.sequences[-1] if self.sequences else 0
        try:
            leaf = parse_registry_leaf(leaf_bytes)
        except RecordError as error:
            # Its place is kept, so that what is right behind it stays right.
            self.sequences.append(last + 1)
            self.leaves.append(None)
            return [str(error)]
        if leaf.index != index:
            wrong.append(f"it says that it is entry {leaf.index}")
        if leaf.sequence <= last:
            wrong.append(f"sequence {leaf.sequence} behind {last}")
        self.sequences.append(max(leaf.sequence, last + 1))
        self.leaves.append(leaf)
        if event_digest(header_bytes) != leaf.digest:
            wrong.append("the header's digest is not the leaf's")
        try:
            header = parse_header(header_bytes)
            if header.type != leaf.type or header.facts_type != leaf.type:
                return [*wrong, f"a header of type {header.type} in a leaf of {leaf.type}"]
            wrong += self._check_author(leaf, header, header_bytes, index)
            return wrong + self._take_in(header, index)
        except (RecordError, WireError) as error:
            return [*wrong, str(error)]

    def _take_in(self, header, index):
        facts = header.facts
        if header.type == TYPE_KEY:
            return self._add_key(facts, index)
        self._organisations.setdefault(facts.text(1), []).append(
            (index, facts.enum(2), facts.flag(8)))
        return []

    def _check_author(self, leaf, header, header_bytes, index):
        if header.key_hash != (b"" if leaf.key_hash == ZERO_HASH else leaf.key_hash):
            return ["the header names another key than the leaf"]
        if leaf.key_hash == ZERO_HASH:
            return []
        wrong = self.why_not_by(header.author, leaf.key_hash, index)
        if wrong:
            return [wrong]
        public = self.keys[leaf.key_hash].public
        if not ed25519.verify(public, pae(HEADER_TYPE, header_bytes), leaf.signature):
            return [f"the signature is not by the key of {header.author}"]
        return []

    def _add_key(self, facts, index):
        organisation, action = facts.text(1), facts.enum(2)
        public, possession = facts.bytes(3), facts.bytes(4)
        key_hash = sha256(public)
        if action == KEY_ADD:
            refused = ed25519.why_refused(public)
            if refused:
                return [refused]
            if key_hash in self.keys:
                return ["the key was added before; a key never comes back"]
            self.keys[key_hash] = Key(organisation, public, index)
            message = pae(POSSESSION_TYPE, organisation.encode())
            if not ed25519.verify(public, message, possession):
                return [f"nothing shows that {organisation} holds the key"]
            return []
        known = self.keys.get(key_hash)
        if action != KEY_REVOKE or known is None or known.organisation != organisation:
            return [f"{organisation} revokes a key that it does not have"]
        if known.revoked is None:
            known.revoked = index
        return []

    def why_not_by(self, author, key_hash, size):
        """Why the key may not sign for the author at this size; empty where it may."""
        key = self.keys.get(key_hash)
        if key is None:
            return f"the registry has no key {key_hash.hex()[:16]}"
        if key.organisation != author:
            return f"key {key_hash.hex()[:16]} is one of {key.organisation}, not of {author}"
        if not key.in_force(size):
            return f"key {key_hash.hex()[:16]} of {author} was not in force at registry size {size}"
        return ""

    def _organisation(self, name, size):
        """(kind, retired) as of that size; None where it was not registered."""
        history = self._organisations.get(name, [])
        at = bisect.bisect_left(history, (size,))
        return history[at - 1][1:] if at else None

    def is_secretariat(self, name, size):
        own = self._organisation(name, size)
        if own is None or own[0] != KIND_SECRETARIAT:
            return False
        while name:  # nor is anything retired that it belongs to
            found = self._organisation(name, size)
            if found is not None and found[1]:
                return False
            name = name.rpartition("/")[0]
        return True
