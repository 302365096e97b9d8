#!/usr/bin/python3
"""What a peer that floods costs those who behave: A B A B rounds, with the flood away and there.

Two latencies: an event that is published at a well-behaved hub until a subscriber here has it, and
a publish here. The median of either over the rounds with the flood may be at most 1.5 times that of
the rounds without. Prints both. Everybody and everything in it is fictional.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest
import uuid

sys.dont_write_bytecode = True
PROJECT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "tests/support"))

import grpc
import hub as hubs
import latencies
from contract import event, publish, transparency, types
from victim import Arrivals, until

RISE = 1.5  # of issue 11
TIMEOUT_S = 30
PAUSE_S = 0.04
OPTIONS = None
POLICY = """
[peer.victim]
organisation = "org/fictional-victim"
[[peer.victim.send]]
name = "the public record"
audiences = ["good/public"]
topics = "*"
types = ["topic-signal"]
authors = "*"
"""


def draft(audience):
    made = event.Draft(event_id=str(uuid.uuid4()), author="org/fictional-a", audience=audience,
                       language="en", topics=["unspecified"])
    made.topic_signal.purpose = types.PURPOSE_INFORMATION
    made.topic_signal.title = "A fictional signal"
    return made


class Caller:
    """One connection to a hub."""

    def __init__(self, address):
        self.channel = grpc.insecure_channel(address)

    def call(self, service, method, request, answer):
        return self.channel.unary_unary(
            f"/igf.liaison.v1.{service}/{method}", type(request).SerializeToString,
            answer.FromString)(request, timeout=TIMEOUT_S)

    def say(self, audience):
        """The digest, and how long it took."""
        began = time.monotonic()
        receipt = self.call("PublishService", "Publish", publish.PublishRequest(
            items=[publish.PublishItem(draft=draft(audience))]), publish.PublishResponse)
        return receipt.receipts[0].digest, time.monotonic() - began


class Flooder:
    """The flooding peer, which stays away until it is let."""

    def __init__(self, rounds):
        self._process = subprocess.Popen(
            [sys.executable, PROJECT / "tests/support/flooding_peer.py", "--rounds", str(rounds),
             "--events", str(OPTIONS.events), "--crumbs", str(OPTIONS.crumbs)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.policy = json.loads(self._process.stdout.readline())["policy"]

    def tell(self, *words):
        self._process.stdin.write(" ".join(map(str, words)) + "\n")
        self._process.stdin.flush()
        if words[0] != "end":
            self._process.stdout.readline()

    def end(self):
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()


class Flood(unittest.TestCase):
    def setUp(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (folder / "good.toml").write_text(POLICY)
        self.good = hubs.Hub(OPTIONS.bin_dir, folder / "good", [
            "--hub", "good", "--federation-policy", str(folder / "good.toml")])
        self.addCleanup(self.good.kill)
        self.good.start()
        self.there = Caller(self.good.address)
        self.addCleanup(self.there.channel.close)
        head = self.there.call("TransparencyService", "GetCheckpoint",
                               transparency.GetCheckpointRequest(),
                               transparency.GetCheckpointResponse)
        self.flooder = Flooder(OPTIONS.rounds * OPTIONS.attempts)
        self.addCleanup(self.flooder.end)
        (folder / "victim.toml").write_text(f"""
[peer.good]
address = "{self.good.address}"
calls_as = "org/fictional-victim"
origins = ["{head.log_origin}"]
[origin."{head.log_origin}"]
vkey = "{head.log_vkey}"
[[origin."{head.log_origin}".receive]]
name = "what is public"
audiences = ["good/public"]
topics = "*"
types = ["topic-signal"]
authors = "*"
{self.flooder.policy}""")
        self.victim = hubs.Hub(OPTIONS.bin_dir, folder / "victim", [
            "--hub", "igf", "--federation-policy", str(folder / "victim.toml")])
        self.addCleanup(self.victim.kill)
        self.victim.start()
        self.here = Caller(self.victim.address)
        self.addCleanup(self.here.channel.close)
        self.arrivals = Arrivals(self.here.channel)
        self.addCleanup(self.arrivals.end)

    def one_round(self):
        """Latencies of the well-behaved peer's events, and of publishing here."""
        return latencies.one_round(self.there, self.here, self.arrivals, OPTIONS.seconds, PAUSE_S,
                                   TIMEOUT_S)

    def attempt(self, number):
        """The rise of the two medians."""
        away, there = ([], []), ([], [])
        before = len(self.arrivals.at)
        for round_ in range(OPTIONS.rounds):
            for found, words in ((away, ["off"]),
                                 (there, ["on", number * OPTIONS.rounds + round_])):
                self.flooder.tell(*words)
                time.sleep(0.2)
                for all_, some in zip(found, self.one_round()):
                    all_ += some
            self.flooder.tell("off")
            time.sleep(0.7)
        rises = latencies.rises(away, there)
        print(f"{len(self.arrivals.at) - before} came in", flush=True)
        return rises

    def test_a_flood_makes_nobody_else_wait(self):
        self.here.say("igf/public")
        self.there.say("good/public")
        until(lambda: len(self.arrivals.at) > 1, TIMEOUT_S)
        time.sleep(1.5)  # everybody's first pull is over
        # Another load of the machine can only make it worse: what holds once, holds.
        for number in range(OPTIONS.attempts):
            rises = self.attempt(number)
            if max(rises) <= RISE:
                break
        self.assertLessEqual(max(rises), RISE)


def main():
    global OPTIONS
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=3, help="of each round")
    parser.add_argument("--attempts", type=int, default=3)
    parser.add_argument("--events", type=int, default=4000, help="of each lane of a round")
    parser.add_argument("--crumbs", type=int, default=2, help="lanes of endless crumbs")
    OPTIONS, rest = parser.parse_known_args()
    OPTIONS.bin_dir = OPTIONS.bin_dir.resolve()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
