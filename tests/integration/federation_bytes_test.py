#!/usr/bin/python3
"""What the policy keeps at home does not cross the line, not even as bytes: they are counted.

Everybody and everything in it is fictional.
"""

import argparse
import base64
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time
import unittest
import uuid

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import grpc
import contract
import hub as hubs
from contract import event, publish
from line import Line

EVENTS = 2000  # half of them before the other hub comes, half while it listens
TEXT_SIZE_BYTES = 4096
BATCH = 100
TIMEOUT_S = 60
# One body in a hundred would be 81,920 bytes.
MOST_BYTES = 40_000
AUTHOR = "org/fictional-quiet"
SEND = """
[[peer.regional.send]]
name = "everything"
audiences = ["igf/public"]
topics = "*"
types = "*"
authors = "*"
"""
SERVES = """
[peer.regional]
organisation = "org/fictional-regional"
"""
PULLS = """
[peer.igf]
address = "{address}"
calls_as = "org/fictional-regional"
origins = ["{origin}"]
[origin."{origin}"]
vkey = "{vkey}"
[[origin."{origin}".receive]]
name = "all that is public"
audiences = ["igf/public"]
topics = "*"
types = "*"
authors = "*"
"""


class FederationBytes(unittest.TestCase):
    bin_dir = None
    seed = None

    def setUp(self):
        self.random = random.Random(self.seed)
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.policy = self.folder / "igf.toml"
        self.igf = hubs.Hub(self.bin_dir, self.folder / "igf",
                            ["--federation-policy", str(self.policy)])
        self.addCleanup(self.igf.kill)
        self.marks = []  # a word that stands in one event alone

    def start_igf(self, policy):
        self.policy.write_text(policy)
        self.igf.start()
        self.channel = self.enterContext(grpc.insecure_channel(self.igf.address))
        info = self.ask(self.igf, "info")[0]
        self.origin, self.vkey = info["log_origin"], info["log_vkey"]

    def ask(self, hub, *arguments):
        ran = subprocess.run([self.bin_dir / "liaison", "--hub", hub.address, *arguments,
                              "--output", "json"], capture_output=True, text=True,
                             timeout=TIMEOUT_S)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return [json.loads(line) for line in ran.stdout.splitlines()]

    def say(self, count):
        drafts = []
        for _ in range(count):
            self.marks.append(f"mark{len(self.marks):05d}of{self.random.getrandbits(48):012x}")
            noise = base64.b64encode(self.random.randbytes(TEXT_SIZE_BYTES)).decode()
            text = f"{self.marks[-1]} {noise}"[:TEXT_SIZE_BYTES]
            drafts.append(event.Draft(
                event_id=str(uuid.uuid4()), language="en", author=AUTHOR, audience="igf/public",
                topics=["unspecified"],
                topic_signal=contract.bodies.TopicSignal(title="Said in public", text=text)))
        call = self.channel.unary_unary("/igf.liaison.v1.PublishService/Publish",
                                        publish.PublishRequest.SerializeToString,
                                        publish.PublishResponse.FromString)
        for first in range(0, count, BATCH):
            items = [publish.PublishItem(draft=draft) for draft in drafts[first:first + BATCH]]
            call(publish.PublishRequest(items=items), timeout=TIMEOUT_S)

    def join(self, name):
        """Another hub that pulls through a line, and that line."""
        line = self.enterContext(Line(self.igf.address, listens=True))
        policy = self.folder / f"{name}.toml"
        policy.write_text(PULLS.format(address=line.address, origin=self.origin, vkey=self.vkey))
        hub = hubs.Hub(self.bin_dir, self.folder / name,
                       ["--hub", "regional", "--federation-policy", str(policy)])
        self.addCleanup(hub.kill)
        hub.start()
        return hub, line

    def until_settled(self, hub, size):
        """Until all of that log has been dealt with. Returns the verdicts, counted."""
        deadline = time.monotonic() + TIMEOUT_S
        while time.monotonic() < deadline:
            lane = self.ask(hub, "federation", "peers")[0].get("lanes", [{}])[0]
            if int(lane.get("settled", 0)) >= size:
                return lane["counts"]
            time.sleep(0.1)
        self.fail(f"it stands: {lane}\n{hub.log_tail()}")

    def marks_in(self, line):
        found = {m.decode() for m in re.findall(rb"mark\d{5}of[0-9a-f]{12}", bytes(line.heard))}
        return found & set(self.marks)

    def signals(self, hub):
        return len(self.ask(hub, "subscribe", "--filter", "type = topic-signal",
                            "--until-caught-up"))

    def test_what_is_kept_moves_no_bodies(self):
        self.start_igf(SERVES)
        self.say(EVENTS // 2)
        regional, line = self.join("regional")
        self.until_settled(regional, EVENTS // 2)
        behind = line.received
        for _ in range(EVENTS // 2 // BATCH):
            self.say(BATCH)
            time.sleep(0.1)  # so that it pulls in between
        self.until_settled(regional, EVENTS)
        print(f"kept: {EVENTS} bodies of {TEXT_SIZE_BYTES} bytes, {line.received} bytes on the "
              f"line, {behind} of them for the first {EVENTS // 2}", file=sys.stderr)
        self.assertGreater(line.received, 0)
        self.assertLess(line.received, MOST_BYTES)
        self.assertEqual(self.marks_in(line), set())
        self.assertNotIn(AUTHOR.encode(), line.heard, "the header as well is at home")
        self.assertEqual(self.signals(regional), 0)

    def test_what_goes_moves_all_of_them(self):
        self.start_igf(SERVES + SEND)
        self.say(EVENTS)
        regional, line = self.join("regional")
        counts = self.until_settled(regional, EVENTS)
        print(f"open: {line.received} bytes on the line, {counts}", file=sys.stderr)
        self.assertGreater(line.received, EVENTS * TEXT_SIZE_BYTES)
        # Some are split by the head of a frame.
        self.assertGreater(len(self.marks_in(line)), EVENTS * 0.98)
        self.assertEqual(self.signals(regional), EVENTS)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    options, rest = parser.parse_known_args()
    FederationBytes.bin_dir = options.bin_dir.resolve()
    FederationBytes.seed = options.seed
    print(f"--seed {options.seed}", file=sys.stderr)
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
