#!/usr/bin/python3
"""Two hubs of two organisations over TLS, brought together by the commands and policies of
deploy/runbooks/join-a-partner.md as they stand: who is a peer there and who is not, and what
becomes of the line when a certificate is renewed, revoked, or about to end. One of the two cannot
be dialled. Everybody and everything in it is fictional.
"""

import argparse
import contextlib
import datetime
import itertools
import json
import pathlib
import re
import subprocess
import sys
import time
import unittest
import uuid

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import grpc
import contract
import hub as hubs
import identity
from contract import PROJECT, event, federation, publish, transparency

RUNBOOK = PROJECT / "deploy/runbooks/join-a-partner.md"
TIMEOUT_S = 20
# A line that is kept open is tried once a minute, whatever has become of the profile meanwhile
# (server/federation/limits.h, kLongestAttachPause).
PATIENCE_S = 90
COAST = "org/coast-hub"


class Runbook:
    """Its blocks, by what they are for here: each of them is run by some test below."""

    BLOCKS = {"invite": "liaison publish", "join": "liaison --profile", "keys": "liaison info",
              "our policy": "[peer.igf]", "their policy": "[peer.coast]",
              "propose": "liaison federation policy propose",
              "approve": "liaison federation policy approve", "peers": "liaison federation peers",
              "renew": "liaison --profile", "join anew": "liaison --profile",
              "revoke": "liaison admin credentials"}

    def __init__(self):
        found = re.findall(r"^```\w+\n(.*?)^```$", RUNBOOK.read_text(), re.M | re.S)
        assert len(found) == len(self.BLOCKS), "a block of the runbook that no test runs"
        self.texts = dict(zip(self.BLOCKS, found))
        for name, begins in self.BLOCKS.items():
            assert self.texts[name].startswith(begins), (name, self.texts[name])

    def __getitem__(self, name):
        return self.texts[name]


class TwoOrganisations(unittest.TestCase):
    bin_dir = None

    # --- from nothing to two hubs that hear each other --------------------------------------------

    @classmethod
    def setUpClass(cls):
        stack = contextlib.ExitStack()
        cls.addClassCleanup(stack.close)
        cls.igf = stack.enter_context(identity.SecureHub(cls.bin_dir))
        cls.coast = stack.enter_context(identity.SecureHub(
            cls.bin_dir, name="coast", operator="org/fictional-coast"))
        cls.profile = identity.Profile(cls.coast.folder / "igf")
        cls.numbers = itertools.count(1)
        cls.people = {}
        for hub in (cls.igf, cls.coast):
            # A name is an organisation's own at its hub alone.
            hub.speaker = f"org/fictional-{hub.name}-nri"
            hub.register(hub.operator, "SECRETARIAT")
            hub.register(hub.speaker, "NRI_NATIONAL")
            for who, organisation, role in (("one", hub.operator, "operator"),
                                            ("another", hub.operator, "operator"),
                                            ("speaker", hub.speaker, "publisher")):
                secret = hub.invite(organisation, "--role", role)["secret"]
                cls.people[hub.name, who], _ = hub.join(secret, who, "--attested")
        cls.book = Runbook()
        cls.come_together()

    @classmethod
    def come_together(cls):
        book = cls.book
        (cls.igf.folder / "coast-hub.json").write_text(json.dumps({
            "author": "org/igf-secretariat", "audience": "igf/public",
            "organisation": {"organisation": COAST, "name": "The hub of a fictional coast",
                             "kind": "ORGANISATION_KIND_NRI_REGIONAL"}}))
        invited = cls.play(cls.igf, "administrator", book["invite"])
        cls.join(book["join"], invited)
        logs, said = {}, book["keys"]
        for hub in (cls.igf, cls.coast):
            logs[hub.name] = dict(re.findall(r'"log_(origin|vkey)":"([^"]*)"',
                                             cls.play(hub, "one", said)))
        cls.origins = {name: log["origin"] for name, log in logs.items()}
        for hub, theirs, name in ((cls.coast, "igf", "our policy"),
                                  (cls.igf, "coast", "their policy")):
            text = re.sub(rf"hub\.example\.\w+/{theirs}/LOG_ID", logs[theirs]["origin"],
                          book[name])
            text = text.replace("THEIR KEY", logs[theirs]["vkey"])
            text = text.replace("hub.example.org:7410", f"localhost:{cls.igf.port}")
            (hub.folder / "federation.toml").write_text(cls.here(text))
        for hub in (cls.igf, cls.coast):
            said = cls.play(hub, "one", book["propose"])
            number = re.findall(r"\b[0-9a-f]{16}\b", said)[-1]
            cls.play(hub, "another", book["approve"].replace("0011223344556677", number))

    @classmethod
    def here(cls, text):
        text = text.replace("/var/lib/liaison-keys/igf", str(cls.profile.folder))
        return text.replace("https://hub.example.org", f"https://localhost:{cls.igf.web_port}")

    @classmethod
    def play(cls, hub, who, script):
        """What one of the hub's people is told when they type it."""
        profile = hub.administrator if who == "administrator" else cls.people[hub.name, who]
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", cls.here(script)], cwd=hub.folder, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=TIMEOUT_S,
            env={"PATH": f"{hub.bin_dir}:/usr/bin:/bin", "HOME": str(hub.folder),
                 "LIAISON_PROFILE": str(profile.folder)})
        assert done.returncode == 0, f"{script}\n{done.stdout}"
        return done.stdout

    @classmethod
    def join(cls, script, invited):
        secret = re.search(r"igfl_inv_[\w.]+", invited)[0]
        return cls.play(cls.coast, "one", script.replace("igfl_inv_...", secret))

    # --- small words ------------------------------------------------------------------------------

    @staticmethod
    def call(channel, service, method, request):
        module = {"FederationService": federation, "PublishService": publish,
                  "TransparencyService": transparency}[service]
        described = module.DESCRIPTOR.services_by_name[service].methods_by_name[method]
        return channel.unary_unary(
            f"/igf.liaison.v1.{service}/{method}", type(request).SerializeToString,
            getattr(module, described.output_type.name).FromString)(request, timeout=TIMEOUT_S)

    def say(self, hub):
        """Something that everybody at that hub may read; its title."""
        title = f"A fictional signal, {next(self.numbers)}"
        draft = event.Draft(event_id=str(uuid.uuid4()), author=hub.speaker, language="en",
                            audience=f"{hub.name}/public", topics=["unspecified"],
                            topic_signal=contract.bodies.TopicSignal(title=title))
        with contextlib.closing(self.people[hub.name, "speaker"].channel(hub.port)) as channel:
            self.call(channel, "PublishService", "Publish",
                      publish.PublishRequest(items=[publish.PublishItem(draft=draft)]))
        return title

    def titles(self, hub, of):
        """Of the signals of one hub that another has, in order."""
        said = self.play(hub, "one", "liaison list --output json --filter 'type = topic-signal'")
        found = [line for line in map(json.loads, said.splitlines())
                 if line["audience"] == f"{of.name}/public"]
        return [line["topic_signal"]["title"] for line in found]

    def comes(self, source, sink, title):
        """Everything up to that title is at the sink as at the source: once, and in order."""
        arrived = identity.wait_until(lambda: title in self.titles(sink, source), PATIENCE_S)
        self.assertTrue(arrived, f"{title} of {source.name} did not come\n"
                        f"{self.peers(sink)}\n{sink.hub.log_tail(5)}")
        self.assertEqual(self.titles(sink, source), self.titles(source, source))

    def both_ways(self):
        said = [(self.igf, self.coast, self.say(self.igf)),
                (self.coast, self.igf, self.say(self.coast))]
        for source, sink, title in said:
            self.comes(source, sink, title)

    def peers(self, hub):
        return json.loads(self.play(hub, "one", "liaison federation peers --output json"))

    def stands(self, hub, condition, *words):
        """Waits until the hub says that of its peer; what it says."""
        def said():
            standing = self.peers(hub)["standing"]
            return standing["condition"] == f"PEER_CONDITION_{condition}" and all(
                word in standing.get("why", "") for word in words)
        self.assertTrue(identity.wait_until(said, PATIENCE_S), self.peers(hub))
        return self.peers(hub)["standing"].get("why", "")

    def credentials(self):
        said = self.play(self.igf, "administrator",
                         f"liaison admin credentials {COAST} --output json")
        return [line["id"] for line in map(json.loads, said.splitlines())
                if "CERTIFICATE" in line["kind"] and "revoke_time" not in line]

    def revoke(self, ids):
        for id_ in ids:
            self.play(self.igf, "administrator",
                      self.book["revoke"].replace("0011223344556677", id_))

    def join_anew(self):
        """Once more from the invitation on, as the runbook has it."""
        invited = self.play(self.igf, "administrator",
                            self.book["invite"].splitlines()[1])
        subprocess.run(["rm", "-rf", f"{self.profile.folder}.old"], check=True)
        self.join(self.book["join anew"], invited)

    def put_in_place(self, profile):
        """Of the hub's profile; the one that was there."""
        before = self.profile.folder.rename(self.coast.folder / f"igf.{uuid.uuid4()}")
        profile.folder.rename(self.profile.folder)
        return identity.Profile(before)

    def refused(self, profile):
        """Why a caller with that profile may neither pull at the IGF's hub nor keep a line open."""
        reasons = set()
        with contextlib.closing(profile.channel(self.igf.port)) as channel:
            attach = channel.stream_stream(
                "/igf.liaison.v1.FederationService/Attach",
                federation.AttachRequest.SerializeToString, federation.AttachResponse.FromString)
            for act in (
                    lambda: self.call(channel, "FederationService", "PullLane",
                                      federation.PullLaneRequest(origin=self.origins["igf"])),
                    lambda: next(attach(iter(()), timeout=TIMEOUT_S))):
                with self.assertRaises(grpc.RpcError) as caught:
                    act()
                reasons.add(contract.refusal_of(caught.exception).reason)
        return reasons

    # --- who is a peer ----------------------------------------------------------------------------

    def test_events_cross_both_ways_though_one_cannot_be_dialled(self):
        self.both_ways()
        for hub in (self.igf, self.coast):
            self.stands(hub, "ACTIVE")
        self.assertNotIn("address", self.peers(self.igf))
        shown = self.play(self.coast, "one", self.book["peers"])
        self.assertIn("PEER_CONDITION_ACTIVE", shown)

    def test_a_peer_is_who_shows_its_organisations_certificate(self):
        for who in ("speaker", "one"):
            self.assertEqual(self.refused(self.people["igf", who]), {"NOT_PERMITTED"}, who)
        # Of no authority of this hub's, and of none at all: nobody shakes hands.
        self.assertFalse(self.igf.shakes_hands(self.coast.administrator.tls()))
        # Made by the authority, and given to nobody.
        self.assertEqual(self.refused(self.igf.sign("by-hand")), {"CREDENTIAL_INVALID"})
        # Whoever else is of that organisation may pull what the hub may.
        invited = self.igf.invite(COAST, "--role", "reader")
        member, _ = self.igf.join(invited["secret"], "member", "--attested")
        with contextlib.closing(member.channel(self.igf.port)) as channel:
            pulled = self.call(channel, "FederationService", "PullLane",
                               federation.PullLaneRequest(origin=self.origins["igf"]))
        self.assertTrue(pulled.head)

    # --- what becomes of the certificate ----------------------------------------------------------

    def test_a_renewed_certificate_is_shown_from_then_on(self):
        self.both_ways()
        before, pid = self.credentials(), self.coast.hub.pid
        kept = self.profile.keep(self.coast.folder / "before")
        self.play(self.coast, "one", self.book["renew"])
        self.assertTrue(identity.wait_until(
            lambda: "the profile for igf is another" in self.coast.hub.log_tail()))
        self.both_ways()
        self.stands(self.coast, "ACTIVE")
        self.stands(self.igf, "ACTIVE")
        # It is the new one that is shown, on the line that is kept open as well: without it all of
        # that ends, though the one before is still good.
        self.revoke(set(self.credentials()) - set(before))
        self.stands(self.coast, "DEGRADED", "revoked")
        waiting = [(self.igf, self.coast, self.say(self.igf)),
                   (self.coast, self.igf, self.say(self.coast))]
        self.put_in_place(kept)
        for source, sink, title in waiting:
            self.comes(source, sink, title)
        self.assertEqual(self.coast.hub.pid, pid, "it was restarted")

    def test_what_is_revoked_ends_both_ways_and_a_new_profile_brings_what_waited(self):
        self.both_ways()
        self.revoke(self.credentials())
        why = self.stands(self.coast, "DEGRADED", "revoked")
        print(f"revoked: {why}", file=sys.stderr)
        self.stands(self.igf, "DEGRADED", "keeps no line open here")
        lane = self.peers(self.coast)["lanes"][0]
        waiting = [(self.igf, self.coast, self.say(self.igf)),
                   (self.coast, self.igf, self.say(self.coast))]
        time.sleep(3)
        for source, sink, title in waiting:
            self.assertNotIn(title, self.titles(sink, source), "it came without a certificate")
        self.assertEqual(self.peers(self.coast)["lanes"][0]["settled"], lane["settled"])
        pid, began = self.coast.hub.pid, time.monotonic()
        self.join_anew()
        for source, sink, title in waiting:
            self.comes(source, sink, title)
        print(f"what waited came {time.monotonic() - began:.1f} s after the new profile",
              file=sys.stderr)
        self.stands(self.coast, "ACTIVE")
        self.stands(self.igf, "ACTIVE")
        self.assertEqual(self.coast.hub.pid, pid, "it was restarted")
        # Nothing came twice on the way: not even to be found a duplicate.
        self.assertEqual(self.peers(self.coast)["lanes"][0]["counts"].get("duplicate", 0),
                         lane["counts"].get("duplicate", 0))

    def test_the_end_of_a_certificate_is_said_fourteen_days_before(self):
        self.assertNotIn("warning", self.peers(self.coast))
        end = datetime.datetime.utcnow() + datetime.timedelta(days=13)
        short = self.profile.keep(self.coast.folder / "short")
        made = self.igf.sign("made", end=end)
        for name in ("key.pem", "certificate.pem"):
            (short.folder / name).write_bytes(made.read(name))
        good = self.put_in_place(short)
        words = f"ends on {end:%Y-%m-%d}: renew it with `liaison --profile " \
                f"{self.profile.folder} renew`"
        self.assertIn(words, self.peers(self.coast)["warning"])
        table = self.play(self.coast, "one", "liaison federation peers --output table")
        self.assertIn(words.replace(" ", ""), "".join(table.split()))
        self.assertTrue(identity.wait_until(
            lambda: words in self.coast.hub.log_tail(200), PATIENCE_S), "the log does not say it")
        self.put_in_place(good)
        self.both_ways()
        self.assertNotIn("warning", self.peers(self.coast))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    options, rest = parser.parse_known_args()
    TwoOrganisations.bin_dir = options.bin_dir.resolve()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
