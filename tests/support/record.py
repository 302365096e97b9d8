"""The record's rules said a second time, with hashlib alone, from storage/format/FORMAT.md.

It shares no code with the hub, so that the two can only agree by being right.
"""

import dataclasses
import hashlib
import struct

EVENT_HEADER_TYPE = b"application/vnd.igf.liaison.event-header.v1+protobuf"
SECTION_LABEL = b"igf.liaison/section/v1\0"

SIGNED, ATTESTED, RELAYED, REDACTION, RULES = range(1, 6)
LEAF_SIZE_BYTES = {SIGNED: 154, ATTESTED: 154, RELAYED: 242, REDACTION: 166, RULES: 158}

REGISTRY_ORGANISATION, REGISTRY_KEY = 1, 2


def sha256(data):
    return hashlib.sha256(data).digest()


def pae(kind, body):
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(body), body)


def event_digest(header):
    return sha256(pae(EVENT_HEADER_TYPE, header))


def commitment(section, salt, data):
    return sha256(SECTION_LABEL + struct.pack(">H", section) + salt + data)


@dataclasses.dataclass
class Leaf:
    kind: int
    sequence: int
    hub_time_us: int
    registry_size: int
    digest: bytes
    key_hash: bytes
    signature: bytes


def decode_leaf(data):
    version, kind, sequence, hub_time_us, registry_size = struct.unpack_from(">BBQqQ", data)
    if version != 1 or len(data) != LEAF_SIZE_BYTES.get(kind):
        raise ValueError(f"leaf of version {version}, kind {kind}, {len(data)} bytes")
    return Leaf(kind, sequence, hub_time_us, registry_size, data[26:58], data[58:90], data[90:154])


def registry_leaf(kind, index, leaf):
    """The registry tree's leaf for an Organisation or Key event that has `leaf` in the log."""
    return (struct.pack(">BBQQ", 1, kind, index, leaf.sequence)
            + leaf.digest + leaf.key_hash + leaf.signature)


def leaf_hash(leaf):
    return sha256(b"\0" + leaf)


def node_hash(left, right):
    return sha256(b"\1" + left + right)


class Tree:
    """The root of RFC 6962, section 2.1, over leaves added one by one.

    Holds the roots of the full subtrees, largest first: as many as the size has one bits.
    """

    def __init__(self):
        self.size = 0
        self._full = []  # (height, root)

    def add(self, leaf):
        self.add_hash(leaf_hash(leaf))

    def add_hash(self, root):
        height = 0
        while self._full and self._full[-1][0] == height:
            root = node_hash(self._full.pop()[1], root)
            height += 1
        self._full.append((height, root))
        self.size += 1

    def root(self):
        if not self._full:
            return sha256(b"")
        root = self._full[-1][1]
        for _, left in reversed(self._full[:-1]):
            root = node_hash(left, root)
        return root
