#!/usr/bin/python3
"""What became of an event at the other hub: who has confirmed it, and why it did not arrive.

Two hubs, the regional one pulls from the IGF's. Both are asked by their command line, as a
coordinator would. Everybody and everything in it is fictional.
"""

import argparse
import datetime
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
from contract import event, publish, transparency, types

TIMEOUT_S = 20
ARRIVES_S = 60
# What a peer says of its cursor is written so often (server/federation/limits.h, kReceiptPause).
RECEIPT_PAUSE = datetime.timedelta(seconds=5)
WORDS = ("--output", "table")
SENDS = """
[peer.regional]
organisation = "org/fictional-regional"

[[peer.regional.send]]
name = "that they were heard"
audiences = ["igf/public"]
topics = "*"
types = ["topic-signal"]
authors = ["org/fictional-quiet"]
sections = []

[[peer.regional.send]]
name = "public signals"
audiences = ["igf/public"]
topics = "*"
types = ["topic-signal"]
authors = "*"

[peer.silent]
organisation = "org/fictional-silent"
"""
TAKES = """
[peer.igf]
address = "{address}"
calls_as = "org/fictional-regional"
origins = ["{origin}"]
[origin."{origin}"]
vkey = "{vkey}"
[[origin."{origin}".receive]]
name = "not from them"
withhold = true
audiences = ["igf/public"]
topics = "*"
types = "*"
authors = ["org/fictional-unwanted"]
[[origin."{origin}".receive]]
name = "all that is public"
audiences = ["igf/public"]
topics = "*"
types = "*"
authors = "*"
"""
REGISTERS = """
[[peer.regional.send]]
name = "who is registered"
audiences = ["igf/public"]
topics = "*"
types = ["organisation"]
authors = "*"
"""
RELAYS = """
[peer.far]
organisation = "org/fictional-far"
relays = ["{origin}"]
"""


def spaced(text):
    """Sentences are broken where the terminal ends."""
    return " ".join(text.split())


class WhatBecameOfIt(unittest.TestCase):
    bin_dir = None

    def setUp(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (folder / "igf.toml").write_text(SENDS)
        self.igf = hubs.Hub(self.bin_dir, folder / "igf",
                            ["--federation-policy", str(folder / "igf.toml")])
        self.addCleanup(self.igf.kill)
        self.igf.start()
        checkpoint = self.ask("TransparencyService", "GetCheckpoint",
                              transparency.GetCheckpointRequest())
        self.origin = checkpoint.log_origin
        (folder / "regional.toml").write_text(TAKES.format(
            address=self.igf.address, origin=self.origin, vkey=checkpoint.log_vkey))
        self.regional = hubs.Hub(self.bin_dir, folder / "regional",
                                 ["--hub", "regional", "--federation-policy",
                                  str(folder / "regional.toml")])
        self.addCleanup(self.regional.kill)
        self.regional.start()

    def ask(self, service, method, request):
        module = {"TransparencyService": transparency, "PublishService": publish}[service]
        described = module.DESCRIPTOR.services_by_name[service].methods_by_name[method]
        with grpc.insecure_channel(self.igf.address) as channel:
            return channel.unary_unary(
                f"/igf.liaison.v1.{service}/{method}", type(request).SerializeToString,
                getattr(module, described.output_type.name).FromString)(
                    request, timeout=TIMEOUT_S)

    def say(self, audience="igf/public", author="org/fictional-a", **body):
        body = body or {"topics": ["unspecified"], "topic_signal": contract.bodies.TopicSignal(
            title="A fictional signal")}
        draft = event.Draft(event_id=str(uuid.uuid4()), language="en", author=author,
                            audience=audience, **body)
        return self.ask("PublishService", "Publish", publish.PublishRequest(
            items=[publish.PublishItem(draft=draft)])).receipts[0].position.sequence

    def cli(self, hub, *arguments, code=0):
        ran = subprocess.run([self.bin_dir / "liaison", "--hub", hub.address, "federation",
                              *map(str, arguments)],
                             capture_output=True, text=True, timeout=TIMEOUT_S)
        self.assertEqual(ran.returncode, code, ran.stdout + ran.stderr)
        text = ran.stdout if code == 0 else ran.stderr
        if WORDS[1] in arguments:
            for line in text.splitlines():
                self.assertLessEqual(len(line), 80, text)
        return text

    def confirmed(self, sequence):
        """{peer: its delivery}, as the IGF's hub tells it."""
        told = json.loads(self.cli(self.igf, "confirmed", sequence, "--output", "json"))
        self.assertEqual(int(told["sequence"]), sequence)
        return {delivery["peer"]: delivery for delivery in told["deliveries"]}

    def until(self, sequence, state):
        began = time.monotonic()
        while True:
            told = self.confirmed(sequence)["regional"]
            if told["state"] == state:
                return told
            self.assertLess(time.monotonic(), began + ARRIVES_S, told)
            time.sleep(0.1)

    def until_kept(self, sequence):
        """Until what the peer has said of it by now is on disk: it is written when the peer asks
        after the pause, and before that is answered; only then does the peer ask again."""
        asked = lambda: datetime.datetime.fromisoformat(
            self.confirmed(sequence)["regional"]["ask_time"])
        for pause in (RECEIPT_PAUSE, datetime.timedelta(microseconds=1)):
            began, due = time.monotonic(), asked() + pause
            while asked() < due:
                self.assertLess(time.monotonic(), began + ARRIVES_S, "it does not ask any more")
                time.sleep(0.1)

    def arrived(self, key, origin=None):
        return json.loads(self.cli(self.regional, "why", origin or self.origin, key,
                                   "--output", "json"))

    def test_each_peer_has_confirmed_or_never_will_and_the_rule_says_why(self):
        public, partners = self.say(), self.say(audience="igf/partners")
        told = self.until(public, "DELIVERY_STATE_CONFIRMED")
        self.assertEqual(told["rule"], 'send "public signals"')
        self.assertEqual(told["sections"], ["SECTION_KIND_CONTENT"])
        self.assertGreaterEqual(int(told["settled"]), public)
        silent = self.confirmed(public)["silent"]
        self.assertEqual((silent["state"], silent["rule"]),
                         ("DELIVERY_STATE_KEPT", "no rule of `send` fits"))
        for delivery in self.confirmed(partners).values():
            self.assertEqual(delivery["state"], "DELIVERY_STATE_KEPT")
        table = self.cli(self.igf, "confirmed", public, *WORDS)
        self.assertIn("topic-signal of org/fictional-a for igf/public", spaced(table))
        self.assertRegex(table, r"regional +confirmed ")
        self.assertRegex(table, r"silent +never ")
        self.assertIn("what the peer says itself", spaced(table))

    def test_the_sender_says_why_it_did_not_arrive(self):
        public, partners = self.say(), self.say(audience="igf/partners")
        self.until(public, "DELIVERY_STATE_CONFIRMED")
        why = spaced(self.cli(self.igf, "why", public, "--at", "regional", *WORDS))
        self.assertIn("has been confirmed by regional", why)
        self.assertIn("it may have turned the event away", why)
        why = spaced(self.cli(self.igf, "why", partners, "--at", "regional", *WORDS))
        self.assertIn("does not go to regional", why)
        self.assertIn("policy keeps it from regional: no rule of `send` fits", why)
        why = spaced(self.cli(self.igf, "why", public, "--at", "silent", *WORDS))
        self.assertIn("does not go to silent", why)
        self.cli(self.igf, "why", 999, "--at", "regional", code=5)
        self.cli(self.igf, "why", public, "--at", "nobody", code=5)
        self.cli(self.igf, "confirmed", 999, code=5)
        self.assertIn("--at PEER", self.cli(self.igf, "why", public, code=2))

    def test_the_receiver_says_why_it_is_not_there(self):
        public, partners = self.say(), self.say(audience="igf/partners")
        quiet = self.say(author="org/fictional-quiet")
        unwanted = self.say(author="org/fictional-unwanted")
        self.until(unwanted, "DELIVERY_STATE_CONFIRMED")
        here = self.arrived(public)
        self.assertEqual(here["state"], "ARRIVAL_STATE_HERE")
        self.assertIn(f"as it came from {self.origin}, where it is {public}", here["reasons"][0])
        self.assertNotIn("content", " ".join(here["reasons"]))
        said = " ".join(self.arrived(quiet)["reasons"])
        self.assertIn("content did not come with it", said)
        self.assertIn("whoever showed it first let its header go alone", said)
        digest = json.loads(self.cli(self.igf, "confirmed", public, "--output", "json"))["digest"]
        self.assertEqual(self.arrived(digest)["sequence"], here["sequence"])
        self.assertEqual(self.arrived(partners)["state"], "ARRIVAL_STATE_NOT_SHOWN")
        turned = self.arrived(unwanted)
        self.assertEqual((turned["state"], turned["remark"]["reason"], turned["remark"]["detail"]),
                         ("ARRIVAL_STATE_NOT_TAKEN", "not-taken", 'receive "not from them"'))
        self.assertEqual(self.arrived(999)["state"], "ARRIVAL_STATE_NOT_YET")
        stranger = self.origin.replace("/igf/", "/other/")
        self.assertEqual(self.arrived(1, stranger)["state"], "ARRIVAL_STATE_NOT_PULLED")
        text = spaced(self.cli(self.regional, "why", self.origin, unwanted, *WORDS))
        self.assertIn(f"Event {unwanted} of {self.origin} was not taken.", text)
        self.assertIn('this hub\'s policy does not take it (receive "not from them")', text)
        self.assertIn("own log", self.cli(self.igf, "why", self.origin, public, code=3))

    def test_what_was_confirmed_is_known_after_a_kill_and_what_comes_after_is_not_yet(self):
        public = self.say()
        self.until(public, "DELIVERY_STATE_CONFIRMED")
        self.until_kept(public)
        self.regional.kill()
        address = self.igf.address
        self.igf.kill()
        self.igf.start(listen=address)
        told = self.confirmed(public)["regional"]
        self.assertEqual(told["state"], "DELIVERY_STATE_CONFIRMED")
        self.assertIn("ask_time", told)
        later = self.say()
        told = self.confirmed(later)["regional"]
        self.assertEqual(told["state"], "DELIVERY_STATE_NOT_YET")
        self.assertIn(f"regional has dealt with {told['settled']} of {later} events",
                      " ".join(told["reasons"]))
        self.regional.start()
        self.until(later, "DELIVERY_STATE_CONFIRMED")

    def test_the_registry_is_confirmed_whatever_the_rules_say(self):
        name = "org/igf-secretariat"
        registered = self.say(author=name, organisation=contract.bodies.Organisation(
            organisation=name, name="A fictional secretariat",
            kind=types.ORGANISATION_KIND_SECRETARIAT))
        told = self.until(registered, "DELIVERY_STATE_CONFIRMED")
        self.assertEqual(told["rule"], "the registry goes to every peer")
        self.assertIn("entry 1 of the registry", " ".join(told["reasons"]))
        self.assertEqual(self.confirmed(registered)["silent"]["state"], "DELIVERY_STATE_NOT_YET")
        # The lane does not show it, and it is there.
        told = json.loads(self.cli(self.igf, "confirmed", registered, "--output", "json"))
        for key in (registered, told["digest"]):
            arrived = self.arrived(key)
            self.assertEqual(arrived["state"], "ARRIVAL_STATE_IN_REGISTRY", arrived)
            self.assertEqual(int(arrived["origin_sequence"]), registered)
            self.assertIn("as entry 1 of 1", arrived["reasons"][0])
        text = self.cli(self.regional, "why", self.origin, registered, *WORDS)
        self.assertIn(f"Event {registered} of {self.origin} came with the registry.",
                      " ".join(text.split()))

    def test_another_hubs_registry_goes_with_its_log(self):
        """An entry that came as an event, too, and that no rule lets go to whom it is relayed."""
        relays = RELAYS.format(origin=self.origin)
        for hub, text in ((self.igf, REGISTERS), (self.regional, relays)):
            address = hub.address
            hub.stop()
            with open(hub.flags[-1], "a", encoding="utf-8") as policy:
                policy.write(text)
            hub.start(listen=address)
        name = "org/igf-secretariat"
        registered = self.say(author=name, organisation=contract.bodies.Organisation(
            organisation=name, name="A fictional secretariat",
            kind=types.ORGANISATION_KIND_SECRETARIAT))
        self.until(registered, "DELIVERY_STATE_CONFIRMED")
        here = json.loads(self.cli(self.igf, "confirmed", registered, "--output", "json"))
        here = int(self.arrived(here["digest"])["sequence"])
        told = [json.loads(line) for line in self.cli(
            self.regional, "what-would-leave", "far", "--output", "json").splitlines()]
        rules = {line["sequence"]: line["rule"] for line in told if "sequence" in line}
        self.assertEqual(rules.get(here),
                         f"the registry of {self.origin}, which goes with its log whatever the "
                         "rules say", told)
        told = json.loads(self.cli(self.regional, "confirmed", here, "--output", "json"))
        told = {delivery["peer"]: delivery for delivery in told["deliveries"]}
        self.assertEqual(told["far"]["rule"], f"the registry of {self.origin} goes with its log")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    options, rest = parser.parse_known_args()
    WhatBecameOfIt.bin_dir = options.bin_dir.resolve()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
