"""The record's own bytes: headers, commitments, leaves. See storage/format/FORMAT.md."""

import dataclasses
import hashlib
import struct

from .wire import Message, WireError

HEADER_TYPE = b"application/vnd.igf.liaison.event-header.v1+protobuf"
POSSESSION_TYPE = b"application/vnd.igf.liaison.key-possession.v1"
SECTION_DOMAIN = b"igf.liaison/section/v1\x00"

SIGNED, ATTESTED, RELAYED, REDACTION, RULES = 1, 2, 3, 4, 5
LEAF_SIZES = {SIGNED: 154, ATTESTED: 154, RELAYED: 242, REDACTION: 166, RULES: 158}
REGISTRY_LEAF_SIZE = 146

# EventType, and the number of its facts in EventHeader, which is the same plus a hundred.
TYPE_RULES, TYPE_ORGANISATION, TYPE_KEY, TYPE_REDACTION = 1, 2, 3, 26
FACTS = range(101, 127)
REGISTRY_KINDS = {1: TYPE_ORGANISATION, 2: TYPE_KEY}
KEY_ADD, KEY_REVOKE = 1, 2
KIND_SECRETARIAT = 11
SECTION_NAMES = {1: "content", 2: "personal", 3: "attachments"}

ZERO_HASH = bytes(32)
ZERO_SIGNATURE = bytes(64)


class RecordError(ValueError):
    """Bytes of the record that are not what they should be."""


def sha256(data):
    return hashlib.sha256(data).digest()


def pae(kind, body):
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(body), body)


def event_digest(header):
    return sha256(pae(HEADER_TYPE, header))


def commitment(section, salt, data):
    return sha256(SECTION_DOMAIN + struct.pack(">H", section) + salt + data)


@dataclasses.dataclass
class Header:
    author: str
    key_hash: bytes
    event_id: str
    type: int
    commitments: list  # (kind, commitment), kinds ascending
    facts_type: int
    facts: Message


def parse_header(data):
    try:
        message = Message(data)
        commitments = [(c.enum(1), c.bytes(2)) for c in message.messages(12)]
        number, facts = message.one_of(FACTS)
        header = Header(message.text(1), message.bytes(2), message.text(3), message.enum(4),
                        commitments, number - 100 if number else 0, facts)
    except WireError as error:
        raise RecordError(f"no EventHeader: {error}") from error
    kinds = [kind for kind, _ in commitments]
    if kinds != sorted({kind for kind in kinds if kind >= 0}) or any(
            len(value) != 32 for _, value in commitments):
        raise RecordError("commitments out of order, or of another size than 32 bytes")
    if header.facts_type not in (0, header.type):
        raise RecordError(f"an event of type {header.type} with facts of {header.facts_type}")
    return header


@dataclasses.dataclass
class Leaf:
    kind: int
    sequence: int
    hub_time_us: int
    registry_size: int
    digest: bytes
    key_hash: bytes
    signature: bytes
    # relayed
    origin_hash: bytes = b""
    origin_log_id: bytes = b""
    origin_sequence: int = 0
    origin_leaf_hash: bytes = b""
    # redaction
    target_sequence: int = 0
    section: int = 0
    reason: int = 0
    # rules
    rules_version: int = 0

    @property
    def attested(self):
        return self.key_hash == ZERO_HASH


def parse_leaf(data):
    if len(data) < 2 or data[0] != 1:
        raise RecordError("a leaf of an unknown version")
    kind = data[1]
    if LEAF_SIZES.get(kind) != len(data):
        raise RecordError(f"a leaf of kind {kind} and {len(data)} bytes")
    leaf = Leaf(kind, *struct.unpack_from(">QQQ", data, 2), data[26:58], data[58:90], data[90:154])
    extra = data[154:]
    if kind == RELAYED:
        leaf.origin_hash, leaf.origin_log_id = extra[:32], extra[32:48]
        leaf.origin_sequence, = struct.unpack_from(">Q", extra, 48)
        leaf.origin_leaf_hash = extra[56:]
    elif kind == REDACTION:
        leaf.target_sequence, leaf.section, leaf.reason = struct.unpack(">QHH", extra)
    elif kind == RULES:
        leaf.rules_version, = struct.unpack(">I", extra)
    if leaf.attested != (leaf.signature == ZERO_SIGNATURE):
        raise RecordError("a leaf with a signature and no key, or with a key and no signature")
    if kind == SIGNED and leaf.attested or kind == ATTESTED and not leaf.attested:
        raise RecordError("the leaf is signed and says attested, or the other way round")
    return leaf


@dataclasses.dataclass
class RegistryLeaf:
    type: int
    index: int
    sequence: int
    digest: bytes
    key_hash: bytes
    signature: bytes


def parse_registry_leaf(data):
    if len(data) != REGISTRY_LEAF_SIZE or data[0] != 1 or data[1] not in REGISTRY_KINDS:
        raise RecordError("no registry leaf of a known version and kind")
    index, sequence = struct.unpack_from(">QQ", data, 2)
    leaf = RegistryLeaf(REGISTRY_KINDS[data[1]], index, sequence,
                        data[18:50], data[50:82], data[82:146])
    if (leaf.key_hash == ZERO_HASH) != (leaf.signature == ZERO_SIGNATURE):
        raise RecordError("a registry leaf with a signature and no key, or the other way round")
    return leaf


def check_facts(leaf, header):
    """RecordError where redaction or rules leaf and header do not say the same."""
    if leaf.kind == RELAYED:
        return
    if (leaf.kind == REDACTION) != (header.type == TYPE_REDACTION):
        raise RecordError("a redaction in the leaf or in the header, and not in both")
    if (leaf.kind == RULES) != (header.type == TYPE_RULES):
        raise RecordError("rules in the leaf or in the header, and not in both")
    facts = header.facts
    if leaf.kind == REDACTION and (leaf.section, leaf.reason) != (facts.enum(2), facts.enum(3)):
        raise RecordError("leaf and header of the redaction name another section or reason")
    if leaf.kind == RULES and leaf.rules_version != facts.number(1):
        raise RecordError("leaf and header name another version of the rules")
