#!/usr/bin/python3
"""What a hub serves to its peers, over the wire: what the policy lets go, and not one body more.

Everybody and everything in it is fictional.
"""

import argparse
import base64
import hashlib
import json
import pathlib
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
from contract import event, events, federation, publish, transparency

TIMEOUT_S = 20
POLICY = """
[peer.regional]
organisation = "org/fictional-regional"

[[peer.regional.send]]
name = "public signals"
audiences = ["igf/public"]
topics = "*"
types = ["topic-signal"]
authors = "*"

[peer.silent]
organisation = "org/fictional-silent"
"""
SECRET = "words that are for the partners alone"


class FederationWire(unittest.TestCase):
    bin_dir = None

    @classmethod
    def setUpClass(cls):
        cls.hub = hubs.TemporaryHub(cls.bin_dir)
        folder = cls.hub.data_dir.parent
        folder.mkdir(exist_ok=True)
        policy = folder / "policy.toml"
        policy.write_text(POLICY)
        cls.hub.flags += ["--federation-policy", str(policy)]
        cls.hub.start()
        cls.channel = grpc.insecure_channel(cls.hub.address)
        cls.say("igf/public", "what everybody may read")
        cls.say("igf/partners", SECRET)
        cls.say("igf/public", "and this as well")
        cls.head = cls.call("TransparencyService", "GetCheckpoint",
                            transparency.GetCheckpointRequest(), None)
        while cls.head.size < 4:
            cls.head = cls.call("TransparencyService", "GetCheckpoint",
                                transparency.GetCheckpointRequest(covering=4), None)

    @classmethod
    def tearDownClass(cls):
        cls.channel.close()
        cls.hub.__exit__(None, None, None)

    @classmethod
    def call(cls, service, method, request, as_):
        module = {"FederationService": federation, "TransparencyService": transparency,
                  "PublishService": publish}[service]
        described = module.DESCRIPTOR.services_by_name[service].methods_by_name[method]
        return cls.channel.unary_unary(
            f"/igf.liaison.v1.{service}/{method}", type(request).SerializeToString,
            getattr(module, described.output_type.name).FromString)(
                request, timeout=TIMEOUT_S, metadata=(("liaison-as", as_),) if as_ else ())

    @classmethod
    def say(cls, audience, title):
        draft = event.Draft(event_id=str(uuid.uuid4()), language="en", author="org/fictional-a",
                            audience=audience, topics=["unspecified"],
                            topic_signal=contract.bodies.TopicSignal(title=title))
        cls.call("PublishService", "Publish", publish.PublishRequest(
            items=[publish.PublishItem(draft=draft)]), None)

    def pull(self, as_, **fields):
        request = federation.PullLaneRequest(origin=self.head.log_origin, **fields)
        return self.call("FederationService", "PullLane", request, as_)

    def refused(self, reason, call):
        with self.assertRaises(grpc.RpcError) as caught:
            call()
        self.assertEqual(contract.refusal_of(caught.exception).reason, reason)

    def test_a_peer_gets_what_may_go_and_the_proof_of_the_rest(self):
        answer = self.pull("org/fictional-regional")
        self.assertEqual([(p.first, p.last, len(p.items)) for p in answer.pieces],
                         [(1, 1, 0), (2, 2, 1), (3, 3, 0), (4, 4, 1)])
        self.assertNotIn(SECRET.encode(), answer.SerializeToString())
        self.assertEqual(answer.head, self.head.note)
        # By hand: the four leaves lead to the root that the hub has signed.
        leaves = [hashlib.sha256(b"\0" + p.items[0].leaf).digest() if p.items else p.withheld[0]
                  for p in answer.pieces]
        node = lambda left, right: hashlib.sha256(b"\1" + left + right).digest()
        root = node(node(leaves[0], leaves[1]), node(leaves[2], leaves[3]))
        self.assertEqual(root, base64.b64decode(answer.head.split("\n")[2]))
        self.assertEqual(list(answer.rest), [])

    def test_who_gets_nothing_moves_no_bodies(self):
        answer = self.pull("org/fictional-silent")
        self.assertEqual([(p.first, p.last, len(p.items)) for p in answer.pieces], [(1, 4, 0)])
        self.assertLess(answer.ByteSize(), 1500)

    def test_who_is_no_peer_gets_nothing(self):
        for caller in (None, "org/fictional-a", "org/fictional-regional/desk"):
            self.refused("NOT_PERMITTED", lambda: self.pull(caller))
        request = federation.PullLaneRequest(origin=self.head.log_origin + "0")
        self.refused("NOT_FOUND", lambda: self.call("FederationService", "PullLane", request,
                                                    "org/fictional-regional"))

    def test_who_pulled_is_known(self):
        self.pull("org/fictional-regional", settled=2)
        told = {line["name"]: line for line in map(json.loads, self.cli(
            "federation", "peers", "--output", "json").splitlines())}
        self.assertEqual(sorted(told), ["regional", "silent"])
        self.assertEqual(told["regional"]["pulled_through"], 2)
        self.assertIn("pull_time", told["regional"])
        table = self.cli("federation", "peers", "--output", "table")
        self.assertIn("regional", table)
        self.assertIn("not pulled", table)

    def cli(self, *arguments, code=0):
        ran = subprocess.run([self.bin_dir / "liaison", "--hub", self.hub.address, *arguments],
                             capture_output=True, text=True, timeout=TIMEOUT_S)
        self.assertEqual(ran.returncode, code, ran.stderr)
        return ran.stdout

    def test_what_would_leave_is_what_leaves(self):
        told = [json.loads(line) for line in self.cli(
            "federation", "what-would-leave", "regional", "--output", "json").splitlines()]
        self.assertEqual([line["sequence"] for line in told if "sequence" in line], [2, 4])
        self.assertEqual({line["rule"] for line in told if "sequence" in line},
                         {'send "public signals"'})
        kept = [line["kept"] for line in told if "kept" in line]
        self.assertEqual(sum(line["events"] for line in kept), 2)
        table = self.cli("federation", "what-would-leave", "silent", "--output", "table")
        self.assertIn("Nothing would leave", table)
        self.cli("federation", "what-would-leave", "nobody", code=5)


class FederationStart(unittest.TestCase):
    bin_dir = None

    def test_a_policy_that_does_not_read_stops_the_start(self):
        with tempfile.TemporaryDirectory() as folder:
            policy = pathlib.Path(folder) / "policy.toml"
            policy.write_text('[peer.regional]\nadress = "hub.example:1"\n')
            ran = subprocess.run(
                [self.bin_dir / "liaisond", "--data-dir", f"{folder}/data", "--listen",
                 "127.0.0.1:0", "--federation-policy", str(policy)],
                capture_output=True, text=True, timeout=TIMEOUT_S)
        self.assertEqual(ran.returncode, 1, ran.stderr)
        self.assertIn("peer.regional.adress", ran.stderr)


class TwoHubs(unittest.TestCase):
    """One hub pulls what the other lets go: kills lose nothing, and nothing comes twice."""
    bin_dir = None

    def setUp(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (folder / "igf.toml").write_text(POLICY)
        self.igf = hubs.Hub(self.bin_dir, folder / "igf",
                            ["--federation-policy", str(folder / "igf.toml")])
        self.addCleanup(self.igf.kill)
        self.igf.start()
        self.connect()
        checkpoint = self.ask(self.igf_channel, "TransparencyService", "GetCheckpoint",
                              transparency.GetCheckpointRequest())
        self.origin = checkpoint.log_origin
        (folder / "regional.toml").write_text(f"""
[peer.igf]
address = "{self.igf.address}"
calls_as = "org/fictional-regional"
origins = ["{self.origin}"]
[origin."{self.origin}"]
vkey = "{checkpoint.log_vkey}"
[[origin."{self.origin}".receive]]
name = "all that is public"
audiences = ["igf/public"]
topics = "*"
types = "*"
authors = "*"
""")
        self.regional = hubs.Hub(self.bin_dir, folder / "regional",
                                 ["--hub", "regional", "--federation-policy",
                                  str(folder / "regional.toml")])
        self.addCleanup(self.regional.kill)
        self.regional.start()

    def connect(self):
        # Of its own: another channel's connection to the hub that was killed is not taken over.
        self.igf_channel = grpc.insecure_channel(
            self.igf.address, options=(("grpc.use_local_subchannel_pool", 1),))
        self.addCleanup(self.igf_channel.close)

    @staticmethod
    def ask(channel, service, method, request):
        module = {"TransparencyService": transparency, "EventService": events,
                  "PublishService": publish}[service]
        described = module.DESCRIPTOR.services_by_name[service].methods_by_name[method]
        return channel.unary_unary(
            f"/igf.liaison.v1.{service}/{method}", type(request).SerializeToString,
            getattr(module, described.output_type.name).FromString)(request, timeout=TIMEOUT_S)

    def say(self, audience, title):
        draft = event.Draft(event_id=str(uuid.uuid4()), language="en", author="org/fictional-a",
                            audience=audience, topics=["unspecified"],
                            topic_signal=contract.bodies.TopicSignal(title=title))
        return self.ask(self.igf_channel, "PublishService", "Publish", publish.PublishRequest(
            items=[publish.PublishItem(draft=draft)])).receipts[0]

    def headers(self, hub):
        """Of every topic signal that the hub's caller may read, in order."""
        with grpc.insecure_channel(hub.address) as channel:
            found, request = [], events.ListEventsRequest(filter="type = topic-signal",
                                                          page_size=1000)
            while True:
                page = self.ask(channel, "EventService", "ListEvents", request)
                found += [e.header for e in page.events]
                request.page_token = page.next_page_token
                if not request.page_token:
                    return found

    def until_same(self):
        expected = [h for h in self.headers(self.igf) if b"igf/partners" not in h]
        began = time.monotonic()
        while time.monotonic() < began + 60:
            came = self.headers(self.regional)
            if len(came) >= len(expected):
                break
            time.sleep(0.1)
        self.assertEqual(came, expected, "missing, twice, or in another order")
        return time.monotonic() - began, len(came)

    def test_what_is_published_there_is_read_here(self):
        self.say("igf/public", "what everybody may read")
        self.say("igf/partners", SECRET)
        took, count = self.until_same()
        print(f"{count} events after {took:.1f} s", file=sys.stderr)
        for path, content in hubs.files_of(self.regional.data_dir):
            self.assertNotIn(SECRET.encode(), content, path)
        ran = subprocess.run([self.bin_dir / "liaison", "--hub", self.regional.address,
                              "federation", "peers", "--output", "json"],
                             capture_output=True, text=True, timeout=TIMEOUT_S, check=True)
        peer = json.loads(ran.stdout)
        self.assertEqual(peer["standing"]["condition"], "PEER_CONDITION_ACTIVE")
        self.assertEqual(peer["lanes"][0]["counts"]["accepted"], count)
        self.assertEqual(peer["lanes"][0]["settled"], peer["lanes"][0]["head_size"])

    def test_kills_on_either_side_lose_nothing_and_bring_nothing_twice(self):
        port = self.igf.address
        for round_ in range(4):
            for i in range(50):
                self.say("igf/public" if i % 3 else "igf/partners", f"round {round_}, {i}")
            hub = self.regional if round_ % 2 == 0 else self.igf
            hub.kill()
            hub.start(listen=port if hub is self.igf else "127.0.0.1:0")
            if hub is self.igf:
                self.connect()
        took, count = self.until_same()
        print(f"{count} events, 4 kills, same after {took:.1f} s", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    options, rest = parser.parse_known_args()
    FederationWire.bin_dir = FederationStart.bin_dir = TwoHubs.bin_dir = options.bin_dir.resolve()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
