#!/usr/bin/python3
"""The Python verifier against every published vector, and against a naive tree of its own.

Prints how many it compared, and its seed. `--short` leaves out the flips of every bit.
"""

import argparse
import base64
import collections
import hashlib
import json
import pathlib
import random
import sys
import unittest

PROJECT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT / "client/verify"), str(PROJECT / "tests/support")]

from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: E402
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature  # noqa: E402
from cryptography.hazmat.primitives.hashes import SHA256  # noqa: E402

from liaison_verify import ed25519, merkle, note, record, tiles  # noqa: E402
from naive_tree import NaiveTree  # noqa: E402

VECTORS = PROJECT / "tests/unit/proto/record/testdata"
# The one vector that is refused here though it says that it passes: its "roots" have 12 bytes. A
# tree of SHA-256 has no such root, and a checker that compares them without looking would.
ODD = "additional/sizes-are-equal-one-and-proof-is-empty.json"

seed = random.SystemRandom().randrange(2**32)
short = False
counted = collections.Counter()


def load(name):
    return json.loads((VECTORS / name).read_text())


def unbase64(values):
    return [base64.b64decode(value) for value in values or []]


def refuses(error, function, *arguments):
    try:
        function(*arguments)
    except error:
        return True
    return False


class MerkleVectors(unittest.TestCase):
    def test_inclusion(self):
        for name, v in load("merkle/inclusion.json").items():
            root, leaf, *proof = unbase64([v["root"], v["leafHash"], *(v["proof"] or [])])
            refused = refuses(merkle.ProofError, merkle.verify_inclusion, v["leafIdx"],
                              v["treeSize"], leaf, proof, root)
            self.assertEqual(refused, v["wantErr"], name)
            counted["inclusion"] += 1
        self.assertEqual(counted["inclusion"], 98)

    def test_consistency(self):
        for name, v in load("merkle/consistency.json").items():
            root1, root2, *proof = unbase64([v["root1"], v["root2"], *(v["proof"] or [])])
            refused = refuses(merkle.ProofError, merkle.verify_consistency, v["size1"], v["size2"],
                              root1, root2, proof)
            if name == ODD:
                self.assertEqual((len(root1), v["wantErr"]), (12, False))
                self.assertTrue(refused, "a root of 12 bytes is none")
                counted["consistency, refused for its 12-byte roots"] += 1
                continue
            # Nothing is proven from size 0, and nothing claimed: C2SP's reading, not an error.
            from_nothing = v["size1"] == 0 and not proof and len(root1) == len(root2) == 32 and (
                root1 == merkle.EMPTY_ROOT) and (v["size2"] > 0 or root1 == root2)
            self.assertEqual(refused, v["wantErr"] and not from_nothing, name)
            counted["consistency"] += 1
        self.assertEqual(counted["consistency"], 97)

    def test_reference_tree(self):
        tree, v = merkle.Tree(), load("rfc6962-reference-tree-8.json")
        roots = [bytes.fromhex(root) for root in v["root_hash_by_size_hex"]]
        self.assertEqual(tree.root(), roots[0])
        leaves = [merkle.leaf_hash(bytes.fromhex(leaf)) for leaf in v["leaf_inputs_hex"]]
        self.assertEqual([leaf.hex() for leaf in leaves], v["node_hashes_by_level_hex"][0])
        for size, leaf in enumerate(leaves, 1):
            tree.add(leaf)
            self.assertEqual(tree.root(), roots[size])
            counted["reference tree"] += 1
        for p in v["inclusion"]:
            path = [bytes.fromhex(value) for value in p["path"]]
            size = p["tree_size"]
            merkle.verify_inclusion(p["leaf_index"], size, leaves[p["leaf_index"]], path,
                                    roots[size])
            counted["reference tree"] += 1
        for p in v["consistency"]:
            proof = [bytes.fromhex(value) for value in p["proof"]]
            merkle.verify_consistency(p["size1"], p["size2"], roots[p["size1"]],
                                      roots[p["size2"]], proof)
            counted["reference tree"] += 1

    def test_pae(self):
        v = load("dsse-pae.json")
        self.assertEqual(record.pae(v["payloadType"].encode(), v["payload"].encode()),
                         v["pae"].encode())
        ecdsa = v["ecdsa_p256_sha256_rfc6979"]
        public = ec.EllipticCurvePublicNumbers(int(ecdsa["x"]), int(ecdsa["y"]),
                                               ec.SECP256R1()).public_key()
        value = base64.b64decode(ecdsa["sig_b64_rs"])
        public.verify(encode_dss_signature(int.from_bytes(value[:32], "big"),
                                           int.from_bytes(value[32:], "big")),
                      record.pae(v["payloadType"].encode(), v["payload"].encode()),
                      ec.ECDSA(SHA256()))
        counted["PAE"] += 1

    def test_tiles(self):
        v = load("tile-paths.json")
        for case in v["c2sp"]:
            if "path" in case:
                self.assertEqual(tiles.tile_path(case["L"], case["N"]), case["path"])
                counted["tiles"] += 1
                continue
            for level in range(3):
                full, partial = tiles.tiles_of(case["size"], level)
                self.assertEqual(case.get(f"full_l{level}", full), full)
                self.assertEqual(case.get(f"partial_l{level}", partial), partial)
            counted["tiles"] += 1
        # Go writes the height behind `tile/`, and its tiles are as wide as 2^height.
        for path, height, level, index, width in v["go_with_height"]:
            ours = tiles.tile_path(level, index, 256 if width == 1 << height else width)
            self.assertEqual(ours, path.replace(f"tile/{height}/", "tile/", 1))
            counted["tiles"] += 1


class NoteVectors(unittest.TestCase):
    v = load("notes/signed-note.json")

    def test_open(self):
        for case in self.v["open_ok"] + load("notes/cosignature-v1.json")["cases"]:
            keys = [note.parse_vkey(key) for key in case["vkeys"]]
            _, signers = note.open_note(case["msg"].encode(), keys)
            names = [key.name for key, _ in signers]
            self.assertIn(case["verified"], (names, len(names)))
            counted["notes opened"] += 1

    def test_what_is_signed(self):
        for case in self.v["sign"]:
            name, seed_bytes = case["skey"].split("+")[2], case["skey"].split("+", 4)[4]
            self.assertTrue(case["want"].startswith(case["text"] + f"\n\u2014 {name} "))
            signed = Ed25519PrivateKey.from_private_bytes(
                base64.b64decode(seed_bytes)[1:]).sign(case["text"].encode())
            self.assertEqual(note.parse_note(case["want"].encode()).signatures[0].value, signed)
            counted["notes signed"] += 1

    def test_refused(self):
        keys = [note.parse_vkey(key) for key in self.v["open_bad_vkeys"]]
        cases = [(case["why"], case["msg"].encode()) for case in self.v["open_bad"]]
        cases.append(("invalid UTF-8", b"\xff" + self.v["open_ok"][0]["msg"].encode()))
        for why, data in cases:
            self.assertTrue(refuses(note.NoteError, note.open_note, data, keys), why)
            counted["notes refused"] += 1

    def test_vkeys(self):
        good = self.v["open_bad_vkeys"][0]
        note.parse_vkey(self.v["vkey_ok_cosigner"][0]["vkey"])
        bad = list(self.v["vkey_bad"])
        bad += [good[a:b] for a in range(len(good)) for b in range(a, len(good) + 1)
                if b - a < len(good)]
        bad += [good[:i] + chr(ord(good[i]) + 1) + good[i + 1:] for i in range(len(good))]
        for key in bad:
            self.assertTrue(refuses(note.NoteError, note.parse_vkey, key), key)
            counted["vkeys refused"] += 1

    def test_cosignature_time(self):
        v = load("notes/cosignature-v1.json")
        value = base64.b64decode(v["timestamp_case"]["sig_b64"])[4:]
        self.assertEqual(int.from_bytes(value[:8], "big"), v["timestamp_case"]["time"])
        self.assertNotEqual(len(base64.b64decode(v["not_a_cosignature"])) - 4, 72)
        counted["cosignature times"] += 2

    def test_checkpoints(self):
        for case in load("notes/checkpoint-parse.json")["cases"]:
            if not case["ok"]:
                self.assertTrue(refuses(note.NoteError, note.parse_checkpoint, case["body"]), case)
            else:
                checkpoint = note.parse_checkpoint(case["body"])
                self.assertEqual(checkpoint.origin, case.get("origin", "Log"))
                self.assertEqual(checkpoint.size, case.get("size", 12))
                if "root_is_leaf_hash_of" in case:
                    leaf = case["root_is_leaf_hash_of"].encode()
                    self.assertEqual(checkpoint.root, merkle.leaf_hash(leaf))
            counted["checkpoints"] += 1

    def test_proof_files(self):
        v = load("notes/tlog-proof-text.json")
        for case in v["marshal"]:
            values = [hashlib.sha256(text.encode()).digest() for text in case["hash_inputs"]]
            text = case["want_template"]
            for i, value in enumerate(values):
                text = text.replace(f"{{h{i}}}", base64.b64encode(value).decode())
            extra = case.get("extra", "").encode()
            text = text.replace("{e}", base64.b64encode(extra).decode())
            self.assertEqual(note.parse_proof_file(text.encode()),
                             note.ProofFile(case["index"], values, case["checkpoint"].encode(),
                                            extra))
            counted["proof files"] += 1
        for text in v["bad"]:
            self.assertTrue(refuses(note.NoteError, note.parse_proof_file, text.encode()), text)
            counted["proof files"] += 1


class Ed25519Vectors(unittest.TestCase):
    def test_wycheproof(self):
        for group in load("ed25519/ed25519_test.json")["testGroups"]:
            public = bytes.fromhex(group["publicKey"]["pk"])
            for v in group["tests"]:
                verified = ed25519.verify(public, bytes.fromhex(v["msg"]), bytes.fromhex(v["sig"]))
                self.assertEqual(verified, v["result"] == "valid", v["tcId"])
                counted["Ed25519, Wycheproof"] += 1
        self.assertEqual(counted["Ed25519, Wycheproof"], 151)

    def test_cctv(self):
        """No key of low order or in another encoding; of the rest, what RFC 8032 takes."""
        for v in load("ed25519/ed25519vectors.json"):
            flags, public = set(v["flags"] or []), bytes.fromhex(v["key"])
            bad_key = flags & {"low_order_A", "non_canonical_A"}
            self.assertEqual(bool(ed25519.why_refused(public)), bool(bad_key), v["number"])
            takes = not bad_key and not flags & {"low_order_residue", "non_canonical_R"}
            verified = ed25519.verify(public, v["msg"].encode(), bytes.fromhex(v["sig"]))
            self.assertEqual(verified, takes, v["number"])
            counted["Ed25519, CCTV"] += 1
            counted["Ed25519, CCTV keys refused"] += bool(bad_key)
        self.assertEqual(counted["Ed25519, CCTV"], 914)
        self.assertEqual(counted["Ed25519, CCTV keys refused"], 526)


def flip(value, bit):
    return (int.from_bytes(value, "big") ^ (1 << bit)).to_bytes(len(value), "big")


class EveryProof(unittest.TestCase):
    """Sizes up to 300: what is right passes, what has one bit changed does not."""

    SIZE, EVERY_BIT = 300, 64

    def setUp(self):
        self.tree = NaiveTree(
            [hashlib.sha256(b"\0leaf %d" % i).digest() for i in range(self.SIZE)])
        self.random = random.Random(seed)

    def spoilt(self, verify, hashes, size, what):
        """Every hash with a bit changed: each bit where the tree is small, else one by chance."""
        for at, value in enumerate(hashes):
            every = size <= self.EVERY_BIT and not short
            for bit in range(256) if every else [self.random.randrange(256)]:
                hashes[at] = flip(value, bit)
                if not refuses(merkle.ProofError, verify, hashes):
                    self.fail(f"{what}: bit {bit} of hash {at} was changed and nobody minds")
                counted["bits changed, refused"] += 1
            hashes[at] = value

    def test_inclusion(self):
        for size in range(1, self.SIZE + 1):
            root = self.tree.root(0, size)
            for index in range(size):
                proof = self.tree.path(index, 0, size)
                merkle.verify_inclusion(index, size, self.tree.leaves[index], proof, root)
                counted["inclusion proofs"] += 1

                def verify(hashes, index=index, size=size):
                    merkle.verify_inclusion(index, size, hashes[1], hashes[2:], hashes[0])

                self.spoilt(verify, [root, self.tree.leaves[index], *proof], size, (index, size))
                for other in (index - 1, index + 1):
                    self.assertTrue(refuses(merkle.ProofError, merkle.verify_inclusion, other, size,
                                            self.tree.leaves[index], proof, root))
                for hashes in (proof[:-1], [*proof, root]):
                    if hashes != proof:
                        self.assertTrue(refuses(merkle.ProofError, merkle.verify_inclusion, index,
                                                size, self.tree.leaves[index], hashes, root))

    def test_consistency(self):
        for size in range(1, self.SIZE + 1):
            root = self.tree.root(0, size)
            for old in range(size + 1):
                proof = self.tree.proof(old, 0, size) if old else []
                merkle.verify_consistency(old, size, self.tree.root(0, old), root, proof)
                counted["consistency proofs"] += 1
                if old == 0:
                    continue

                def verify(hashes, old=old, size=size):
                    merkle.verify_consistency(old, size, hashes[0], hashes[1], hashes[2:])

                self.spoilt(verify, [self.tree.root(0, old), root, *proof], size, (old, size))
                for hashes in (proof[:-1], [*proof, root]):
                    if hashes != proof:
                        self.assertTrue(refuses(merkle.ProofError, merkle.verify_consistency, old,
                                                size, self.tree.root(0, old), root, hashes))

    def test_proofs_that_are_made_in_passing(self):
        for size in range(2, self.EVERY_BIT + 1):
            for old in range(1, size):
                maker = merkle.ProofMaker(old, size)
                for leaf in self.tree.leaves[:size]:
                    maker.add(leaf)
                self.assertEqual(maker.proof(), self.tree.proof(old, 0, size), (old, size))
                counted["proofs made"] += 1

    def test_growing_tree(self):
        tree = merkle.Tree()
        for size in range(1, self.SIZE + 1):
            tree.add(self.tree.leaves[size - 1])
            self.assertEqual(tree.root(), self.tree.root(0, size))
            again = merkle.Tree(size, tree.subtrees)
            self.assertEqual(again.root(), tree.root())
            self.assertTrue(refuses(merkle.ProofError, merkle.Tree, size, tree.subtrees[1:]))
            counted["roots"] += 1


def main():
    global seed, short
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=seed)
    parser.add_argument("--short", action="store_true")
    options, rest = parser.parse_known_args()
    seed, short = options.seed, options.short
    print(f"seed {seed}", flush=True)
    result = unittest.main(argv=[sys.argv[0], *rest], exit=False).result
    for what, count in sorted(counted.items()):
        print(f"{count:9} {what}")
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
