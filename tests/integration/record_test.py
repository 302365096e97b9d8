#!/usr/bin/python3
"""The verifiable record from end to end: a hub signs, the command line exports and verifies, and
the Python verifier, which shares no code with either, agrees. Prints its seed.
"""

import argparse
import base64
import io
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import unittest
import uuid

PROJECT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path[:0] = [str(PROJECT / "client/verify"), str(PROJECT / "tests/support"),
                str(PROJECT / "tests/integration")]

import grpc  # noqa: E402
import contract  # noqa: E402
import fictional_partners as partners  # noqa: E402
import hub as hubs  # noqa: E402
import signing  # noqa: E402
import verify_bundle_test as bundles  # noqa: E402
from contract import bodies, transparency, types  # noqa: E402
from fictional_log import encode, payloads, sealed  # noqa: E402
from fictional_partners import EURODIG, SECRETARIAT, draft, organisation, signal  # noqa: E402
from liaison_verify import check, merkle, note, trust  # noqa: E402

VERIFY = PROJECT / "client/verify/verify.py"
MAG = "org/igf-mag"
NOT_VERIFIED, REFUSED, BAD_INPUT, USAGE = 7, 3, 6, 2
FLIPS = 60

seed = random.SystemRandom().randrange(2**32)


class Told(partners.Publishing):
    """A hub, and what partners say to it."""

    def __init__(self, bin_dir, data_dir):
        self.bin_dir = bin_dir
        self.hub = hubs.Hub(bin_dir, data_dir)
        self.key = signing.Key()
        self.open()

    def open(self):
        self.hub.start()
        self.channel = grpc.insecure_channel(self.hub.address)
        self.publishing = contract.publish_grpc.PublishServiceStub(self.channel)
        self.transparency = contract.transparency_grpc.TransparencyServiceStub(self.channel)

    def close(self):
        self.channel.close()
        if self.hub.running:
            self.hub.stop()

    def story(self):
        self.publish(draft=organisation(SECRETARIAT, types.ORGANISATION_KIND_SECRETARIAT))
        self.publish(draft=organisation(EURODIG, types.ORGANISATION_KIND_NRI_REGIONAL))
        self.publish(draft=organisation(MAG, types.ORGANISATION_KIND_MAG))
        self.publish(draft=self.key.draft(EURODIG, str(uuid.uuid4()), bodies.KEY_ACTION_ADD))
        body = bodies.TopicSignal(purpose=types.PURPOSE_INFORMATION, title="A fictional signal")
        self.publish(signed=signing.signed_event(
            self.key, signing.signal_header(EURODIG, str(uuid.uuid4()), body),
            [signing.section(types.SECTION_KIND_CONTENT, body.SerializeToString())]))
        first, second = (self.publish(draft=signal(EURODIG)) for _ in range(2))
        self.hidden = self.publish(draft=signal(MAG, "igf/mag"))
        self.erase(EURODIG, first, types.SECTION_KIND_PERSONAL)
        self.erase(SECRETARIAT, second, types.SECTION_KIND_CONTENT)
        self.publish(draft=signal(MAG, "igf/mag"))
        return self.publish(draft=signal(EURODIG)).position.sequence

    def run(self, *arguments):
        return subprocess.run([self.bin_dir / "liaison", "--hub", self.hub.address or "none",
                               *map(str, arguments)], capture_output=True, timeout=60)

    def say(self, *arguments):
        ended = self.run(*arguments)
        if ended.returncode != 0:
            raise AssertionError(f"{arguments}: {ended.returncode} {ended.stderr.decode()}")
        return ended.stdout.decode()

    def info(self):
        return json.loads(self.say("info", "--output", "json"))


def by_python(path, vkey, *more):
    ended = subprocess.run([sys.executable, VERIFY, path, "--vkey", vkey, "--output", "json",
                            *more], capture_output=True, timeout=60)
    return ended.returncode, json.loads(ended.stdout)


class Record(unittest.TestCase):
    bin_dir = None

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(
            tempfile.TemporaryDirectory(prefix="liaison-record-")))
        self.told = self.tell("data")

    def tell(self, name):
        told = Told(self.bin_dir, self.folder / name)
        self.addCleanup(told.hub.kill)
        return told

    def verify(self, told, path, vkey, *more):
        """Exit code and report of `liaison verify FILE`."""
        ended = told.run("verify", path, "--vkey", vkey, "--output", "json", *more)
        return ended.returncode, json.loads(ended.stdout or b"{}")

    # --- the contract of the command line -----------------------------------------------------

    def test_what_the_command_line_prints(self):
        told = self.told
        head = told.story()
        info = told.info()
        vkey = note.parse_vkey(info["log_vkey"])
        self.assertEqual(vkey.name, info["log_origin"])
        signed = told.say("checkpoint").encode()
        checkpoint, _ = trust.read_checkpoint(signed, vkey.name, [vkey])
        self.assertEqual(checkpoint.size, head, "the head at the time of the call is covered")
        self.assertEqual(base64.b64encode(checkpoint.root).decode(), info["root"])

        hashes = [base64.b64decode(line) for line in told.say("leaf-hashes", 1, head).split()]
        self.assertEqual(len(hashes), head)
        tree = merkle.Tree()
        roots = [tree.root()]
        for value in hashes:
            tree.add(value)
            roots.append(tree.root())
        self.assertEqual(tree.root(), checkpoint.root)

        for sequence in range(1, head + 1):
            proof = note.parse_proof_file(told.say("proof", sequence).encode())
            self.assertEqual(proof.index, sequence - 1)
            proof.verify(hashes[sequence - 1])
        for old in range(1, head + 1):
            for new in (old, head):
                proof = [base64.b64decode(line)
                         for line in told.say("consistency", old, new).split()]
                merkle.verify_consistency(old, new, roots[old], roots[new], proof)
        leaf = base64.b64decode(told.say("leaf", 2))
        self.assertEqual(merkle.leaf_hash(leaf), hashes[1])
        proof_file = self.folder / "event-2.tlog-proof"
        proof_file.write_text(told.say("proof", 2))
        told.say("verify", proof_file, "--vkey", info["log_vkey"], "--leaf", told.say("leaf", 2))
        self.check_what_is_asked(proof_file, info["log_vkey"], told.say("leaf", 2))
        self.assertNotEqual(told.run("proof", head + 1).returncode, 0)
        self.assertNotEqual(told.run("leaf", head + 1).returncode, 0)

    def check_what_is_asked(self, proof_file, vkey, leaf):
        """Whoever asks for more than is checked of this gets no VALID."""
        note_file = self.folder / "kept.note"
        note_file.write_text(self.told.say("checkpoint"))
        witness = bundles.FictionalLog(1).new_key("w.example", 4).vkey
        proof = (proof_file, "--vkey", vkey, "--leaf", leaf)
        hub = ("--until-caught-up", "--state", self.folder / "not-asked")
        for more in (("--witness", witness, "--quorum", 1), ("--quorum", 1),
                     ("--since", note_file)):
            for asked in (proof, hub):
                self.assertEqual(self.told.run("verify", *asked, *more).returncode, BAD_INPUT, more)
        for asked in ((*proof, *hub), (*hub, "--leaf", leaf)):
            self.assertEqual(self.told.run("verify", *asked).returncode, USAGE)
        ended = subprocess.run([VERIFY, *map(str, proof), "--since", note_file], check=False,
                               capture_output=True, text=True)
        self.assertEqual(ended.returncode, USAGE, ended.stdout)

    def test_a_hidden_event_is_only_its_hash(self):
        told = self.told
        told.story()
        request = transparency.ListLeavesRequest(first_sequence=1,
                                                 last_sequence=told.hidden.position.sequence)
        hidden = told.transparency.ListLeaves(request, timeout=20).entries[-1]
        self.assertEqual((hidden.leaf, hidden.header), (b"", b""))
        self.assertEqual(hidden.leaf_hash, told.hidden.leaf_hash)
        self.assertEqual(told.run("leaf", told.hidden.position.sequence).returncode, 5)

    # --- bundles ------------------------------------------------------------------------------

    def exported(self, *more):
        head = self.told.story()
        path = self.folder / "record.bundle"
        self.told.say("export", "--bundle", path, *more)
        return path, self.told.info()["log_vkey"], head

    def test_both_verifiers_agree_on_what_a_hub_exported(self):
        path, vkey, head = self.exported()
        code, ours = self.verify(self.told, path, vkey)
        self.assertEqual((code, ours["faults"]), (0, []))
        code, theirs = by_python(path, vkey)
        self.assertEqual((code, theirs["faults"]), (0, []))
        for name in ("origin", "first", "last", "events", "hidden", "signatures", "sections",
                     "checkpoint"):
            self.assertEqual(ours[name], theirs[name], name)
        self.assertEqual((ours["last"], ours["hidden"]), (head, 2))
        self.assertEqual(ours["sections"]["erased_with_authority"], 2)
        self.assertEqual(ours["signatures"]["verified"], 1)

    def test_no_flipped_bit_passes_either_verifier(self):
        path, vkey, _ = self.exported()
        good, dice = path.read_bytes(), random.Random(seed)
        for _ in range(FLIPS):
            bad = bytearray(good)
            bad[dice.randrange(len(bad))] ^= 1 << dice.randrange(8)
            path.write_bytes(bad)
            self.assertEqual(self.verify(self.told, path, vkey)[0], NOT_VERIFIED)
            report = check.check_bundle(io.BytesIO(bytes(bad)),
                                        trust.Trust(note.parse_vkey(vkey)))
            self.assertFalse(report.valid)
        path.write_bytes(good[:-1])
        self.assertEqual(self.verify(self.told, path, vkey)[0], NOT_VERIFIED)
        path.write_bytes(good)
        other = note.parse_vkey(vkey)
        self.assertEqual(self.verify(self.told, path, vkey)[0], 0, other)

    def test_a_bundle_of_another_key_is_refused(self):
        path, _, _ = self.exported()
        other = bundles.Story().log.key.vkey
        code, report = self.verify(self.told, path, other)
        self.assertEqual(code, NOT_VERIFIED)
        self.assertEqual(report["faults"][0]["name"], "checkpoint")
        self.assertEqual(self.told.run("verify", path).returncode, BAD_INPUT, "no key was given")

    def test_both_verifiers_agree_on_what_python_made(self):
        story, dice = bundles.Story(), random.Random(seed)
        path = self.folder / "python.bundle"
        for records in (story.bundle(), story.partial()):
            good = encode(records)
            path.write_bytes(good)
            code, ours = self.verify(self.told, path, story.log.key.vkey)
            self.assertEqual((code, ours["faults"]), (0, []))
            _, theirs = by_python(path, story.log.key.vkey)
            self.assertEqual(ours["sections"], theirs["sections"])
            self.assertEqual(ours["signatures"], theirs["signatures"])
            # What is damaged and then sealed again: the end record's sum does not give it away.
            for _ in range(FLIPS):
                changed = list(payloads(good))
                at = dice.randrange(len(changed))
                kind, fields = changed[at]
                fields = bytearray(fields)
                fields[dice.randrange(len(fields))] ^= 1 << dice.randrange(8)
                changed[at] = (kind, bytes(fields))
                path.write_bytes(sealed(changed))
                ours, _ = self.verify(self.told, path, story.log.key.vkey)
                theirs, report = by_python(path, story.log.key.vkey)
                self.assertEqual((ours != 0), (theirs != 0), (kind, at, report))

    # --- a hub, as it goes on -----------------------------------------------------------------

    def follow(self, told, *more):
        return told.run("verify", "--until-caught-up", "--state", self.folder / "state",
                        "--output", "json", *more)

    def test_following_a_hub_goes_on_from_what_was_kept(self):
        told = self.told
        head = told.story()
        first = self.follow(told)
        self.assertEqual(first.returncode, 0, first.stderr)
        self.assertEqual(json.loads(first.stdout)["last"], head)
        self.assertIn(b"own word", first.stderr)
        told.publish(draft=signal(EURODIG))
        report = json.loads(self.follow(told).stdout)
        self.assertEqual((report["first"], report["last"]), (head + 1, head + 1))
        nothing = self.follow(told)
        self.assertEqual((nothing.returncode, nothing.stdout), (0, b""))
        told.close()
        told.open()
        told.publish(draft=signal(EURODIG))
        self.assertEqual(self.follow(told).returncode, 0)

    def test_two_histories_are_caught_and_the_evidence_convicts(self):
        """One hub, copied with its key: each copy goes on in its own way."""
        told = self.told
        told.story()
        told.publish(draft=signal(EURODIG))
        told.close()
        shutil.copytree(self.folder / "data", self.folder / "copy")
        told.open()
        vkey = told.info()["log_vkey"]
        told.publish(draft=signal(EURODIG))
        self.assertEqual(self.follow(told).returncode, 0)
        other = self.tell("copy")
        for more in (1, 2):
            other.publish(draft=signal(EURODIG))
            caught = self.follow(other, "--vkey", vkey)
            self.assertEqual(caught.returncode, NOT_VERIFIED, (more, caught.stderr))
            self.assertIn(b"not one", caught.stderr)
        self.assertEqual(self.follow(told).returncode, 0, "the one that was kept is still good")
        evidence = sorted((self.folder / "state").glob("*.evidence"))
        self.assertEqual(len(evidence), 2)
        for path in evidence:
            ended = subprocess.run([sys.executable, VERIFY, "--evidence", path, "--vkey", vkey],
                                   capture_output=True, timeout=60)
            self.assertEqual(ended.returncode, 0, ended.stdout)
            told.say("verify", path, "--vkey", vkey)

    def scrub(self, code=0):
        ended = subprocess.run([self.bin_dir / "liaisond", "scrub", "--data-dir",
                                self.folder / "data"], capture_output=True, text=True, timeout=60)
        self.assertEqual(ended.returncode, code, ended.stdout + ended.stderr)
        return json.loads(ended.stdout)

    def test_a_log_that_lost_what_it_signed_is_read_only(self):
        """All of the data folder is put back, but the signer's own record is not."""
        told = self.told
        told.story()
        told.say("checkpoint")
        told.close()
        shutil.copytree(self.folder / "data", self.folder / "before")
        told.open()
        told.publish(draft=signal(EURODIG))
        told.say("checkpoint")
        signed = told.info()["head"]
        told.close()
        self.assertEqual((clean := self.scrub())["head"], signed)
        self.assertEqual((clean["clean"], clean["signed"]), (True, signed))
        shutil.copytree(self.folder / "data/keys", self.folder / "keys")
        shutil.rmtree(self.folder / "data")
        shutil.move(self.folder / "before", self.folder / "data")
        shutil.rmtree(self.folder / "data/keys")
        shutil.move(self.folder / "keys", self.folder / "data/keys")
        self.assertIn(f"{signed} entries were signed", self.scrub(NOT_VERIFIED)["error"])
        told.open()
        info = told.info()
        self.assertEqual((info["head"], info["accepts_writes"]), (signed - 1, False))
        self.assertEqual(info["refusal_reason"], "READ_ONLY")
        self.assertIn("split its history", info["refusal"])
        with self.assertRaises(grpc.RpcError) as refused:
            told.publish(draft=signal(EURODIG))
        self.assertEqual(contract.refusal_of(refused.exception).reason, "READ_ONLY")
        shown = told.say("subscribe", "--until-caught-up", "--output", "json").splitlines()
        self.assertGreater(len(shown), 5, "what is there is read")
        self.assertEqual(told.run("checkpoint").returncode, REFUSED, "and nothing is signed")
        self.assertEqual(told.info()["head"], signed - 1)
        told.channel.close()
        told.hub.kill()

    def test_a_hub_that_runs_is_not_scrubbed(self):
        self.assertIn("in use", self.scrub(BAD_INPUT)["error"])

    def test_no_key_is_in_a_log(self):
        told = self.told
        told.story()
        told.say("checkpoint")
        secrets = [path.read_text().strip() for path in (self.folder / "data/keys").glob("*.key")]
        self.assertEqual(len(secrets), 2, "the log's, and the witness's")
        told.close()
        said = told.hub.log_path.read_text()
        self.assertNotIn("PRIVATE", said)
        for secret in secrets:
            self.assertNotIn(secret.split("+", 4)[-1][8:], said)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    options, rest = parser.parse_known_args()
    Record.bin_dir = options.bin_dir.resolve()
    print(f"seed {seed}", file=sys.stderr)
    unittest.main(argv=[sys.argv[0], *rest])
