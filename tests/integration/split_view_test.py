#!/usr/bin/python3
"""A hub that shows two histories is caught: played with a dishonest signer, two subscribers and one
witness that both of them know, over HTTP. The evidence convinces the verifier, and it alone.
"""

import base64
import contextlib
import hashlib
import io
import json
import pathlib
import sys
import tempfile
import unittest
import urllib.error
import urllib.request

PROJECT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT / "client/verify"), str(PROJECT / "tests/support")]

import tiny_witness  # noqa: E402
import verify  # noqa: E402
from contract import types  # noqa: E402
from fictional_log import FictionalLog, encode  # noqa: E402
from liaison_verify import evidence as evidences, merkle, note  # noqa: E402


class TwoFacedHub:
    """One key, two records that begin alike. Whoever asks is shown the one or the other."""

    def __init__(self, common, more):
        self.shown_to_anna, self.shown_to_ben = FictionalLog(1), FictionalLog(1)
        for log in (self.shown_to_anna, self.shown_to_ben):
            log.organisation("org/igf-secretariat", types.ORGANISATION_KIND_SECRETARIAT)
            while log.size < common:
                log.signal("org/eurodig")
        self.shown_to_ben.random.random()  # from here on it says something else
        for log in (self.shown_to_anna, self.shown_to_ben):
            while log.size < common + more:
                log.signal("org/apnic")
        assert self.shown_to_anna.key.vkey == self.shown_to_ben.key.vkey
        self.vkey = self.shown_to_anna.key.vkey


def request_of(log, old, size, note=None, proof=None):
    if proof is None:
        proof = log.tree.proof(old, 0, size) if old else []
    lines = "".join(base64.b64encode(value).decode() + "\n" for value in proof)
    return f"old {old}\n{lines}\n".encode() + (note or log.note(size))


class WitnessCase(unittest.TestCase):
    """A witness on one page; others put another in its place (start, latest_size)."""

    COMMON, ALL = 5, 12
    WITNESS, NOWHERE = "witness.example.org", 400

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.hub = TwoFacedHub(self.COMMON, self.ALL - self.COMMON)
        self.anna, self.ben = self.hub.shown_to_anna, self.hub.shown_to_ben
        self.start()

    def start(self):
        self.witness = tiny_witness.Witness("witness.example.org", self.folder / "witness",
                                            [self.hub.vkey])
        self.server = self.enterContext(tiny_witness.Server(self.witness))
        self.url, self.witness_vkey = self.server.url, self.witness.key.vkey

    def latest_size(self):
        return self.witness.latest(self.anna.origin)[0]

    def add(self, body, code=200, path="/add-checkpoint"):
        request = urllib.request.Request(self.url + path, body, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                self.assertEqual(answer.status, code)
                return answer.read()
        except urllib.error.HTTPError as error:
            with error:
                said = error.read()
                self.assertEqual(error.code, code, said)
                if code == 409:
                    self.assertEqual(error.headers["Content-Type"], "text/x.tlog.size")
                return said

    def published(self):
        """What the witness tells everybody."""
        name = hashlib.sha256(self.anna.origin.encode()).hexdigest()
        with urllib.request.urlopen(f"{self.url}/{name}/checkpoint", timeout=10) as answer:
            return answer.read()


class AddCheckpoint(WitnessCase):
    """tlog-witness v1.0.0, line by line."""

    def test_cosigns_what_goes_on(self):
        old = 0
        for size in (3, 4, 4, 12):
            line = self.add(request_of(self.anna, old, size))
            self.assertTrue(line.startswith(f"\u2014 {self.WITNESS} ".encode()))
            old = size
        self.assertEqual(self.latest_size(), 12)

    def test_unknown_log(self):
        self.anna.origin = "hub.example.net/liaison"
        self.add(request_of(self.anna, 0, 3), 404)

    def test_unknown_key(self):
        self.anna.key = self.anna.new_key(self.anna.origin)
        self.add(request_of(self.anna, 0, 3), 403)

    def test_signature_that_is_wrong(self):
        note = self.anna.note(3).replace(b"\n3\n", b"\n4\n")
        self.add(request_of(self.anna, 0, 4, note=note), 403)

    def test_old_size_above_the_new_one(self):
        self.add(request_of(self.anna, 4, 3, proof=[]), 400)

    def test_old_size_that_is_not_the_last(self):
        self.add(request_of(self.anna, 0, 3))
        self.assertEqual(self.add(request_of(self.anna, 0, 4), 409), b"3\n")
        self.assertEqual(self.add(request_of(self.anna, 2, 4), 409), b"3\n")

    def test_proof_that_does_not_hold(self):
        self.add(request_of(self.anna, 0, 3))
        self.add(request_of(self.anna, 3, 4, proof=[bytes(32)] * 2), 422)
        self.add(request_of(self.anna, 3, 4, proof=[]), 422)

    def test_proof_from_nothing(self):
        self.add(request_of(self.anna, 0, 3, proof=[bytes(32)]), 422)

    def test_same_size_and_another_root(self):
        self.add(request_of(self.anna, 0, 12))
        self.assertEqual(self.add(request_of(self.ben, 12, 12, proof=[]), 409), b"12\n")

    def test_nonsense(self):
        for body in (b"x", b"old 3", b"old 03\n\n" + self.anna.note(3),
                     b"old 0\n!\n\n" + self.anna.note(3), b"old 0\n\nno note\n",
                     b"old 0\n" + b"A" * 43 + b"=\n" * 64 + b"\n" + self.anna.note(3)):
            self.add(body, 400)
        self.add(request_of(self.anna, 0, 3), self.NOWHERE, path="/add")

    def test_remembers_across_a_restart(self):
        self.add(request_of(self.anna, 0, 12))
        vkey = self.witness_vkey
        self.start()
        self.assertEqual(self.witness_vkey, vkey)
        self.assertEqual(self.add(request_of(self.ben, 0, 5), 409), b"12\n")


class SplitView(WitnessCase):
    def setUp(self):
        super().setUp()
        self.policy = self.folder / "policy"
        self.policy.write_text(f"log {self.hub.vkey}\nwitness w {self.witness_vkey}\n"
                               "quorum w\n")

    def check_conflicts(self, count):
        """What the log signed and the witness did not cosign."""
        self.assertEqual(len(self.witness.conflicts), count)

    def verify(self, *arguments, code):
        with contextlib.redirect_stdout(io.StringIO()) as said:
            ended = verify.run([*map(str, arguments), "--output", "json"])
        self.assertEqual(ended, code, said.getvalue())
        return json.loads(said.getvalue())

    def bundle(self, name, log, size=None, cosignature=b"", **more):
        records = log.bundle(size=size, **more)
        records[1][1][0][1] += cosignature
        path = self.folder / name
        path.write_bytes(encode(records))
        return path

    def test_before_the_split_all_is_well(self):
        line = self.add(request_of(self.anna, 0, self.COMMON))
        for name, log in (("anna", self.anna), ("ben", self.ben)):
            self.verify(self.bundle(name, log, self.COMMON, line),
                        "--witness-policy", self.policy, code=0)

    def test_witness_does_not_cosign_the_second_history(self):
        self.add(request_of(self.anna, 0, self.COMMON))
        line = self.add(request_of(self.anna, self.COMMON, self.ALL))
        self.verify(self.bundle("anna", self.anna, cosignature=line),
                    "--witness-policy", self.policy, code=0)
        # The hub tries all that it can for what it shows to Ben.
        self.add(request_of(self.ben, self.COMMON, self.ALL), 409)
        self.add(request_of(self.ben, self.ALL, self.ALL, proof=[]), 409)
        self.ben.signal("org/apnic")
        self.add(request_of(self.ben, self.ALL, self.ALL + 1), 422)
        self.check_conflicts(2)
        for cosignature in (b"", line):  # none, or the one that is of Anna's history
            answer = self.verify(self.bundle("ben", self.ben, self.ALL, cosignature),
                                 "--witness-policy", self.policy, code=1)
            self.assertEqual({fault["name"] for fault in answer["faults"]}, {"witness"})

    def caught(self, bundle, witnessed):
        """Compared with what the witness published: the evidence file."""
        kept, evidence = self.folder / "witnessed", self.folder / "evidence"
        kept.write_bytes(witnessed)
        evidence.unlink(missing_ok=True)
        self.verify(bundle, "--vkey", self.hub.vkey, code=0)  # alone, it looks well
        answer = self.verify(bundle, "--vkey", self.hub.vkey, "--since", kept,
                             "--evidence-file", evidence, code=1)
        self.assertTrue(answer["two_histories"])
        self.assertEqual({fault["name"] for fault in answer["faults"]}, {"checkpoint"})
        convicted = self.verify("--evidence", evidence, "--vkey", self.hub.vkey, code=0)
        self.assertTrue(convicted["valid"])
        return evidence.read_bytes()

    def test_two_subscribers_compare_with_their_common_witness(self):
        self.add(request_of(self.anna, 0, self.ALL))
        self.verify(self.bundle("anna", self.anna), "--vkey", self.hub.vkey, code=0)
        self.caught(self.bundle("ben", self.ben), self.published())

    def test_caught_at_every_pair_of_sizes(self):
        for witnessed in range(self.COMMON + 1, self.ALL + 1):
            for size in range(witnessed, self.ALL + 1):
                self.caught(self.bundle("ben", self.ben, size), self.anna.note(witnessed))
        older = self.bundle("part", self.ben, first=9, older=[8])
        self.caught(older, self.anna.note(8))

    def test_one_history_makes_no_evidence(self):
        for size in range(1, self.ALL + 1):
            kept, evidence = self.folder / "kept", self.folder / "evidence"
            kept.write_bytes(self.anna.note(size))
            self.verify(self.bundle("anna", self.anna), "--vkey", self.hub.vkey, "--since", kept,
                        "--evidence-file", evidence, code=0)
            self.assertFalse(evidence.exists())

    def test_damaged_bundle_makes_no_evidence(self):
        """Who spoils a file may not make the log look guilty."""
        records = self.anna.bundle()
        records[5][1][1][1] = records[5][1][1][1][:-1] + b"\xff"
        bundle, kept = self.folder / "spoilt", self.folder / "kept"
        bundle.write_bytes(encode(records))
        kept.write_bytes(self.anna.note(self.ALL - 1))
        answer = self.verify(bundle, "--vkey", self.hub.vkey, "--since", kept,
                             "--evidence-file", self.folder / "evidence", code=1)
        self.assertFalse(answer["two_histories"])
        self.assertFalse((self.folder / "evidence").exists())

    def test_evidence_with_any_bit_changed_convicts_nobody(self):
        self.add(request_of(self.anna, 0, self.ALL - 2))
        data = bytearray(self.caught(self.bundle("ben", self.ben), self.published()))
        convicted = 0
        vkey = note.parse_vkey(self.hub.vkey)
        for bit in range(8 * len(data)):
            data[bit // 8] ^= 1 << bit % 8
            try:
                evidences.check_evidence(evidences.parse_evidence(bytes(data)), vkey)
                convicted += 1
            except (note.NoteError, merkle.ProofError):
                pass
            data[bit // 8] ^= 1 << bit % 8
        # A cosignature below a note is none of the log's words: it does not count.
        lines = sum(len(line) for line in bytes(data).splitlines(True)
                    if f" {self.WITNESS} ".encode() in line)
        self.assertLessEqual(convicted, 8 * lines)
        print(f"{8 * len(data) - convicted} of {8 * len(data)} changed bits refused, "
              f"{convicted} in the witness's own line, which does not count")


if __name__ == "__main__":
    unittest.main()
