#!/usr/bin/python3
"""Recomputes the golden file of the record with other code than the hub's.

Commitments, PAE digests, signatures, both kinds of leaf and the roots of both trees, from the JSON
alone with Python's hashlib. Prints what it compared; exits 1 on the first difference.

  /usr/bin/python3 tests/integration/golden_check.py [FILE]
"""

import collections
import hashlib
import json
import pathlib
import struct
import sys
import uuid

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS / "support"))

import record  # noqa: E402  the rules said a second time, with hashlib alone

GOLDEN = TESTS / "unit/proto/record/testdata/golden/record.json"

compared = collections.Counter()


def same(what, computed, golden):
    if computed != golden:
        if isinstance(computed, bytes):
            computed = computed.hex()
        sys.exit(f"golden_check: {what}: computed {computed}, the golden file has {golden}")
    compared[what] += 1


def same_bytes(what, computed, golden_hex):
    same(what, computed, bytes.fromhex(golden_hex))


# --- Ed25519 (RFC 8032, section 5.1), affine and slow ------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
IDENTITY = (0, 1)


def add(a, b):
    (x1, y1), (x2, y2) = a, b
    t = D * x1 * x2 * y1 * y2 % P
    return ((x1 * y2 + x2 * y1) * pow(1 + t, P - 2, P) % P,
            (y1 * y2 + x1 * x2) * pow(1 - t, P - 2, P) % P)


def multiply(scalar, point):
    product = IDENTITY
    while scalar:
        if scalar & 1:
            product = add(product, point)
        point = add(point, point)
        scalar >>= 1
    return product


def decompress(encoded):
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - x2) % P or y >= P:
        raise ValueError("no point of the curve")
    return (P - x if x & 1 != sign else x, y)


BASE = decompress((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def compress(point):
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def public_key(seed):
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little") & (2**254 - 8) | 2**254
    return compress(multiply(scalar, BASE))


def verify(key, message, signature):
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    k = int.from_bytes(hashlib.sha512(r + key + message).digest(), "little") % L
    return s < L and multiply(s, BASE) == add(decompress(r), multiply(k, decompress(key)))


# --- the wire format of protobuf, as far as it is needed -----------------------------------------

def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if not data[at - 1] & 0x80:
            return value, at


def fields(data):
    """All (number, value) of a message in order; a value is an int or bytes."""
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        value, at = varint(data, at)
        if tag & 7 == 2:
            value, at = data[at:at + value], at + value
        elif tag & 7 != 0:
            raise ValueError(f"wire type {tag & 7} is in no header")
        yield tag >> 3, value


# --- what is compared ----------------------------------------------------------------------------

def check_event(golden, event):
    header = bytes.fromhex(event["header"])
    in_header = [dict(fields(value)) for number, value in fields(header) if number == 12]
    same("sections", [c[1] for c in in_header], [s["kind"] for s in event["sections"]])
    for section, committed in zip(event["sections"], in_header):
        commitment = record.commitment(section["kind"], bytes.fromhex(section["salt"]),
                                       bytes.fromhex(section["data"]))
        same_bytes("commitments", commitment, section["commitment"])
        same("commitments in headers", committed[2], commitment)
    same("event types", dict(fields(header))[4], event["type_number"])
    same_bytes("PAE digests", record.event_digest(header), event["digest"])
    key_hash = dict(fields(header)).get(2, b"")
    if not event["signed"]:
        same("attested events", (key_hash, event["signature"]), (b"", ""))
        return
    same_bytes("key hashes in headers", key_hash, golden["key_hash"])
    same("signatures", verify(bytes.fromhex(golden["public_key"]),
                              record.pae(record.EVENT_HEADER_TYPE, header),
                              bytes.fromhex(event["signature"])), True)


def encode_leaf(leaf):
    data = struct.pack(">BBQqQ32s32s64s", 1, leaf["kind"], leaf["sequence"], leaf["hub_time_us"],
                       leaf["registry_size"], *(bytes.fromhex(leaf[part]) for part in
                                                ("digest", "key_hash", "signature")))
    if "relayed" in leaf:
        relayed = leaf["relayed"]
        data += struct.pack(">32s16sQ32s", bytes.fromhex(relayed["origin_name_hash"]),
                            uuid.UUID(relayed["log_id"]).bytes, relayed["sequence"],
                            bytes.fromhex(relayed["leaf_hash"]))
    if "redaction" in leaf:
        redaction = leaf["redaction"]
        data += struct.pack(">QHH", redaction["target_sequence"], redaction["section"],
                            redaction["reason"])
    if "rules_version" in leaf:
        data += struct.pack(">I", leaf["rules_version"])
    return data


def encode_registry_leaf(leaf):
    return struct.pack(">BBQQ32s32s64s", 1, leaf["kind"], leaf["index"], leaf["sequence"],
                       *(bytes.fromhex(leaf[part]) for part in
                         ("digest", "key_hash", "signature")))


def root(hashes):
    """RFC 6962, section 2.1, by its recursive definition."""
    if not hashes:
        return record.sha256(b"")
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return record.node_hash(root(hashes[:split]), root(hashes[split:]))


def check_tree(what, leaves, encode, roots):
    hashes = []
    for leaf in leaves:
        data = encode(leaf)
        same_bytes(f"{what} leaves", data, leaf["bytes"])
        hashes.append(record.leaf_hash(data))
        same_bytes(f"{what} leaf hashes", hashes[-1], leaf["hash"])
    same(f"{what} sizes", len(roots), len(leaves) + 1)
    for size, golden_root in enumerate(roots):
        same_bytes(f"{what} roots", root(hashes[:size]), golden_root)


def main():
    golden = json.loads(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else GOLDEN).read_text())
    same_bytes("public keys", public_key(bytes.fromhex(golden["seed"])), golden["public_key"])
    same_bytes("key hashes", record.sha256(bytes.fromhex(golden["public_key"])),
               golden["key_hash"])
    for event in golden["events"]:
        check_event(golden, event)
    # The leaves are of the first event of each type.
    events = {event["type"]: event for event in reversed(golden["events"])}
    for leaf in golden["leaves"] + golden["registry_leaves"]:
        event = events[leaf["type"]]
        same("digests in leaves", leaf["digest"], event["digest"])
        same("signatures in leaves", leaf["signature"], event["signature"] or "00" * 64)
    check_tree("log", golden["leaves"], encode_leaf, golden["roots"])
    check_tree("registry", golden["registry_leaves"], encode_registry_leaf,
               golden["registry_roots"])
    print("golden_check: agreed on", ", ".join(f"{n} {what}" for what, n in compared.items()))


if __name__ == "__main__":
    main()
