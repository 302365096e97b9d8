"""A hub's record without a hub: events, trees, notes and bundles, by other code than checks them.

The log may be told to lie in any of its fields, and signs what it says all the same, as a dishonest
hub would. Everything that is said in it is fictional.
"""

import base64
import dataclasses
import hashlib
import random
import struct
import uuid

import record
from contract import bodies, event, types
from cosigner import Key
from naive_tree import NaiveTree

POSSESSION_TYPE = b"application/vnd.igf.liaison.key-possession.v1"
MAGIC = b"igf.liaison/bundle/v1\n"
MARK_EVERY = 4096
PRESENT, ERASED, NOT_INCLUDED = 1, 2, 3


def checkpoint_text(origin, size, root):
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n".encode()


@dataclasses.dataclass
class Entry:
    """An event as the log has it."""

    leaf: bytes
    header: bytes
    sections: list = dataclasses.field(default_factory=list)  # [kind, status, salt, data]
    foreign: tuple = ()  # (leaf, tlog-proof file)


class FictionalLog:
    """Grows by one event at a time. `lie` in any `add` replaces fields of the leaf."""

    def __init__(self, seed, origin="hub.example.org/liaison"):
        self.random = random.Random(seed)
        self.origin = origin
        secret = self.random.randbytes(32)
        self.key = Key(secret, origin)
        self.registry_key = Key(secret, f"{origin}/registry")
        self.entries = []
        self.registry = []  # (leaf, header)
        self.tree = NaiveTree([])
        self.registry_tree = NaiveTree([])
        self.time_us = 1_790_000_000_000_000

    # --- events ---------------------------------------------------------------------------------

    def new_key(self, name="", algorithm=1):
        return Key(self.random.randbytes(32), name, algorithm)

    @property
    def size(self):
        return len(self.entries)

    def digest(self, sequence):
        return record.event_digest(self.entries[sequence - 1].header)

    def header(self, author, kind, audience="igf/public", **facts):
        header = event.EventHeader(author=author, type=kind, audience=audience, language="en",
                                   event_id=str(uuid.UUID(int=self.random.getrandbits(128))))
        header.authored_time.FromMicroseconds(self.time_us)
        for name, value in facts.items():
            getattr(header, name).CopyFrom(value)
        return header

    def add(self, header, sections=(), key=None, kind=None, extra=b"", signature=None, lie=None):
        """Returns the sequence. `sections` are (kind, data); without a key the hub attests."""
        parts = []
        for section, data in sections:
            salt = self.random.randbytes(32)
            parts.append([section, PRESENT, salt, data])
            header.commitments.add(kind=section, commitment=record.commitment(section, salt, data))
        if key is not None:
            header.key_hash = key.hash
        data = header.SerializeToString()
        if key is not None and signature is None:
            signature = key.sign(record.pae(record.EVENT_HEADER_TYPE, data))
        self.time_us += 1 + self.random.randrange(1000)
        leaf = {"version": 1, "kind": kind or (record.SIGNED if key else record.ATTESTED),
                "sequence": self.size + 1, "time": self.time_us,
                "registry_size": len(self.registry), "digest": record.event_digest(data),
                "key_hash": key.hash if key else bytes(32), "signature": signature or bytes(64),
                "extra": extra, **(lie or {})}
        encoded = struct.pack(">BBQQQ", *(leaf[name] for name in (
            "version", "kind", "sequence", "time", "registry_size"))) + leaf["digest"] + (
                leaf["key_hash"] + leaf["signature"] + leaf["extra"])
        self._append(Entry(encoded, data, parts))
        if header.type in (types.EVENT_TYPE_ORGANISATION, types.EVENT_TYPE_KEY):
            self._register(header, leaf, data)
        return self.size

    def _append(self, entry):
        self.entries.append(entry)
        self.tree.leaves.append(record.leaf_hash(entry.leaf))

    def _register(self, header, leaf, data):
        entry = struct.pack(">BBQQ", 1, 1 if header.type == types.EVENT_TYPE_ORGANISATION else 2,
                            len(self.registry), self.size) + leaf["digest"] + (
                                leaf["key_hash"] + leaf["signature"])
        self.register(entry, data)

    def register(self, leaf, header):
        self.registry.append((leaf, header))
        self.registry_tree.leaves.append(record.leaf_hash(leaf))

    def take(self, stored):
        """An igf.liaison.v1.Event of a real hub, as it was served."""
        header = event.EventHeader.FromString(stored.header)
        leaf = record.decode_leaf(stored.leaf)
        self._append(Entry(stored.leaf, stored.header, [
            [s.kind, s.status, s.salt, s.data] for s in stored.sections]))
        if header.type in (types.EVENT_TYPE_ORGANISATION, types.EVENT_TYPE_KEY):
            self._register(header, {"digest": leaf.digest, "key_hash": leaf.key_hash,
                                    "signature": leaf.signature}, stored.header)

    def rules(self, version=1):
        header = self.header("org/igf-hub", types.EVENT_TYPE_RULES)
        header.rules.rules_version = version
        return self.add(header, kind=record.RULES, extra=struct.pack(">I", version))

    def organisation(self, name, kind, key=None, retired=False, **more):
        header = self.header("org/igf-secretariat", types.EVENT_TYPE_ORGANISATION)
        header.organisation.organisation = name
        header.organisation.kind = kind
        header.organisation.retired = retired
        return self.add(header, [(1, name.encode())], key, **more)

    def key_event(self, organisation, key, by=None, action=types.EVENT_TYPE_UNSPECIFIED + 1,
                  public=None, possession=None, **more):
        header = self.header(organisation, types.EVENT_TYPE_KEY)
        header.key.organisation = organisation
        header.key.action = action
        header.key.public_key = public or key.public
        if action == bodies.KEY_ACTION_ADD:
            header.key.possession = possession if possession is not None else key.sign(
                record.pae(POSSESSION_TYPE, organisation.encode()))
        return self.add(header, [(1, b"a key")], by, **more)

    def signal(self, author, key=None, audience="igf/public", sections=(1,), **more):
        header = self.header(author, types.EVENT_TYPE_TOPIC_SIGNAL, audience)
        header.topic_signal.purpose = types.PURPOSE_INFORMATION
        return self.add(header, [(kind, self.random.randbytes(40)) for kind in sections], key,
                        **more)

    def redaction(self, author, target, section, key=None, reason=1, erase=True, **more):
        """Erases the section, openly."""
        header = self.header(author, types.EVENT_TYPE_REDACTION)
        header.redaction.target_digest = self.digest(target)
        header.redaction.section = section
        header.redaction.reason = reason
        if erase:
            self.erase(target, section)
        return self.add(header, [(1, b"why")], key, kind=record.REDACTION,
                        **{"extra": struct.pack(">QHH", target, section, reason), **more})

    def erase(self, target, section):
        for part in self.entries[target - 1].sections:
            if part[0] == section:
                part[1:] = [ERASED, b"", b""]

    def relay(self, other, sequence):
        """An event of another FictionalLog, with what shows it there."""
        entry = other.entries[sequence - 1]
        leaf = record.decode_leaf(entry.leaf)
        self.time_us += 1
        encoded = struct.pack(">BBQQQ", 1, record.RELAYED, self.size + 1, self.time_us,
                              len(self.registry)) + leaf.digest + leaf.key_hash + (
                                  leaf.signature + record.sha256(other.origin.encode())
                                  + uuid.UUID(int=7).bytes + struct.pack(">Q", sequence)
                                  + record.leaf_hash(entry.leaf))
        self._append(Entry(encoded, entry.header, entry.sections,
                           (entry.leaf, other.proof_file(sequence))))
        return self.size

    def add_hash(self, leaf_hash):
        """An event of which nobody here knows more than the leaf's hash."""
        self.entries.append(None)
        self.tree.leaves.append(leaf_hash)

    # --- notes ----------------------------------------------------------------------------------

    def note(self, size=None, root=None, cosigners=()):
        size = self.size if size is None else size
        text = checkpoint_text(self.origin, size, root or self.tree.root(0, size))
        return text + b"\n" + self.key.line(text) + b"".join(
            key.line(text, 1_790_000_000 + size) for key in cosigners)

    def registry_note(self, key=None):
        size = len(self.registry)
        text = checkpoint_text(f"{self.origin}/registry", size,
                               self.registry_tree.root(0, size))
        return text + b"\n" + (key or self.registry_key).line(text)

    def proof_file(self, sequence):
        path = self.tree.path(sequence - 1, 0, self.size)
        return (f"c2sp.org/tlog-proof@v1\nindex {sequence - 1}\n" + "".join(
            base64.b64encode(value).decode() + "\n" for value in path)
                + "\n").encode() + self.note()

    # --- bundles --------------------------------------------------------------------------------

    def bundle(self, first=1, last=None, hidden=(), not_included=(), older=(), size=None,
               later=(), cosigners=()):
        """Records as [type, [[field, bytes], ...]], without the end. `size` of the checkpoint."""
        size = self.size if size is None else size
        last = size if last is None else last
        hidden = set(hidden)
        records = [
            ["B", [["origin", sized(2, self.origin.encode())],
                   ["vkey", sized(2, self.key.vkey.encode())],
                   ["first", number(8, first)], ["last", number(8, last)]]],
            ["C", [["note", self.note(size, cosigners=cosigners)]]]]
        for at in older:
            records.append(["O", [["proof", hashes(self.tree.proof(at, 0, size))],
                                  ["note", self.note(at)]]])
        records.append(["G", [["note", self.registry_note()]]])
        records += [["K", [["leaf", leaf], ["header", header]]] for leaf, header in self.registry]
        right = self.tree.proof(last, 0, size) if last else []
        records.append(["P", [["left", hashes(self.tree.subtrees(first - 1))],
                              ["right", hashes(right)]]])
        for sequence in range(first, last + 1):
            self._add_record(records, sequence, sequence in hidden, not_included)
            if sequence % MARK_EVERY == 0:
                records.append(["M", [["sequence", number(8, sequence)],
                                      ["hashes", b"".join(self.tree.subtrees(sequence))]]])
        for sequence in later:
            entry = self.entries[sequence - 1]
            records.append(["L", [["leaf", sized(2, entry.leaf)],
                                  ["header", sized(4, entry.header)],
                                  ["proof", hashes(self.tree.path(sequence - 1, 0, size))]]])
        return records

    def _add_record(self, records, sequence, hidden, not_included):
        entry = self.entries[sequence - 1]
        if entry is None or hidden:
            leaf = self.tree.leaves[sequence - 1]
            if records[-1][0] == "H":
                records[-1][1].append(["hash", leaf])
            else:
                records.append(["H", [["hash", leaf]]])
            return
        fields = [["leaf", sized(2, entry.leaf)], ["header", sized(4, entry.header)],
                  ["sections", bytes([len(entry.sections)])]]
        for kind, status, salt, data in entry.sections:
            if (sequence, kind) in not_included:
                status = NOT_INCLUDED
            fields += [["kind", number(2, kind)], ["status", bytes([status])]]
            if status == PRESENT:
                fields += [["salt", salt], ["data", sized(4, data)]]
        records.append(["E", fields])
        if entry.foreign:
            leaf, proof = entry.foreign
            records.append(["F", [["leaf", sized(2, leaf)], ["proof", proof]]])


def number(size, value):
    return value.to_bytes(size, "big")


def sized(size, data):
    return number(size, len(data)) + data


def hashes(values):
    return bytes([len(values)]) + b"".join(values)


def encode_record(kind, fields):
    payload = b"".join(data for _, data in fields)
    return kind.encode() + number(4, len(payload)) + payload


def encode(records, end=True):
    """The file, with an end record that is true of these records."""
    out = MAGIC + b"".join(encode_record(kind, fields) for kind, fields in records)
    if not end:
        return out
    return out + encode_record("Z", [
        ["records", number(8, len(records))],
        ["events", number(8, sum(kind == "E" for kind, _ in records))],
        ["hidden", number(8, sum(len(fields) for kind, fields in records if kind == "H"))],
        ["sha256", hashlib.sha256(out).digest()]])


def payloads(data):
    """(type, payload) of each record of a file, without the end."""
    at = len(MAGIC)
    while at < len(data) and data[at:at + 1] != b"Z":
        size = int.from_bytes(data[at + 1:at + 5], "big")
        yield chr(data[at]), data[at + 5:at + 5 + size]
        at += 5 + size


def sealed(changed):
    """A file of these records, with an end that is true."""
    return encode([[kind, [["hash", payload[at:at + 32]] for at in range(0, len(payload), 32)]
                    if kind == "H" else [["payload", payload]]] for kind, payload in changed])
