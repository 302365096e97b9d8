#!/usr/bin/python3
"""Words that went by rules which no longer stand are followed by their erasure, hub by hub.

Three hubs in a row: mid pulls from igf, far pulls igf's log from mid. Words arrive; then somebody's
rules are narrowed, and only then are the words erased at igf, taken back or amended. Afterwards
nobody reads the words anywhere, they stand in no file, and each hub says what is true of it.
Everybody and everything said here is fictional.
"""

import argparse
import json
import pathlib
import secrets
import sys
import tempfile
import time
import unittest
import uuid

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import grpc
import hub as hubs
from contract import admin, bodies, event, events, federation, publish, transparency, types

CALL_TIMEOUT_S = 20
ARRIVES_S = 30
# A lane begins anew once a minute at most (server/federation/limits.h, kRewindPause).
BEGINS_ANEW_S = 110
NAMES = ("igf", "mid", "far")
NEXT = {"igf": "mid", "mid": "far"}
# What a peer says of its cursor is written so often (the same file, kReceiptPause).
RECEIPT_PAUSE_NS = 5 * 10**9
# A peer of everybody, to whom everything may go: the test itself.
INSPECTOR = "org/fictional-inspector"
CALLERS = {"mid": "org/fictional-mid", "far": "org/fictional-far"}
AUTHOR, OTHER = "org/fictional-a", "org/fictional-b"
PUBLIC, PARTNERS, MAG = "igf/public", "igf/partners", "igf/mag"
WENT = (PUBLIC, PARTNERS)
CONFIRMED, NOT_YET, KEPT = (federation.DELIVERY_STATE_CONFIRMED, federation.DELIVERY_STATE_NOT_YET,
                            federation.DELIVERY_STATE_KEPT)


def ask(hub, service, method, request, as_=None):
    module = {"TransparencyService": transparency, "EventService": events, "AdminService": admin,
              "PublishService": publish, "FederationService": federation}[service]
    described = module.DESCRIPTOR.services_by_name[service].methods_by_name[method]
    with grpc.insecure_channel(hub.address, [("grpc.use_local_subchannel_pool", 1)]) as channel:
        return channel.unary_unary(
            f"/igf.liaison.v1.{service}/{method}", type(request).SerializeToString,
            getattr(module, described.output_type.name).FromString)(
                request, timeout=CALL_TIMEOUT_S, metadata=(("liaison-as", as_),) if as_ else ())


class Rule:
    def __init__(self, name, audiences, types="*", authors="*", withhold=False):
        self.keys = {"name": name, "audiences": list(audiences), "topics": "*",
                     "types": types, "authors": authors, "withhold": withhold}

    def toml(self, table):
        # JSON of texts, lists and true or false is TOML.
        return f"\n[[{table}]]\n" + "".join(f"{key} = {json.dumps(value)}\n"
                                           for key, value in self.keys.items())


ALL_THAT_WENT = (Rule("what was agreed", WENT),)


class Chain:
    """igf - mid - far, and the rules on the way. `send` is of a pair, `receive` of one hub."""

    def __init__(self, bin_dir, folder):
        self.folder = pathlib.Path(folder)
        self.hubs = {name: hubs.Hub(bin_dir, self.folder / name, ["--hub", name])
                     for name in NAMES}
        self.send = {("igf", "mid"): ALL_THAT_WENT, ("mid", "far"): ALL_THAT_WENT}
        self.receive = {"mid": ALL_THAT_WENT, "far": ALL_THAT_WENT}
        self.relays = True
        self.also = None  # what igf lets far have as well, which then pulls there too
        self.addresses, self.checkpoints = {}, {}

    def begin(self):
        for name, hub in self.hubs.items():
            hub.start()
            self.addresses[name] = hub.address
            self.checkpoints[name] = ask(hub, "TransparencyService", "GetCheckpoint",
                                         transparency.GetCheckpointRequest())
            hub.stop()
            hub.flags += ["--federation-policy", str(self.folder / f"{name}.toml")]
        for name in NAMES:
            self.start(name)

    def end(self):
        for hub in self.hubs.values():
            hub.kill()

    @property
    def origin(self):
        return self.checkpoints["igf"].log_origin

    def start(self, name):
        (self.folder / f"{name}.toml").write_text(self.policy(name))
        self.hubs[name].start(listen=self.addresses[name])

    def change(self, name, kill=False):
        """The hub has the rules that stand here now."""
        self.hubs[name].kill() if kill else self.hubs[name].stop()
        self.start(name)

    def policy(self, name):
        text = ""
        puller = NEXT.get(name)
        source = {"mid": "igf", "far": "mid"}.get(name)
        if source:
            text += (f'[peer.{source}]\naddress = "{self.addresses[source]}"\n'
                     f'calls_as = "{CALLERS[name]}"\norigins = ["{self.origin}"]\n')
        if puller:
            text += f'[peer.{puller}]\norganisation = "{CALLERS[puller]}"\n'
            if name == "mid" and self.relays:
                text += f'relays = ["{self.origin}"]\n'
            text += "".join(rule.toml(f"peer.{puller}.send") for rule in self.send[name, puller])
        if self.also and name == "igf":
            text += f'[peer.far]\norganisation = "{CALLERS["far"]}"\n'
            text += "".join(rule.toml("peer.far.send") for rule in self.also)
        if self.also and name == "far":
            text += (f'[peer.igf]\naddress = "{self.addresses["igf"]}"\n'
                     f'calls_as = "{CALLERS["far"]}"\norigins = ["{self.origin}"]\n')
        if source:
            text += f'[origin."{self.origin}"]\nvkey = "{self.checkpoints["igf"].log_vkey}"\n'
            text += "".join(rule.toml(f'origin."{self.origin}".receive')
                            for rule in self.receive[name])
        text += f'[peer.inspector]\norganisation = "{INSPECTOR}"\n'
        if source:
            text += f'relays = ["{self.origin}"]\n'
        return text + Rule("whatever there is", (*WENT, MAG)).toml("peer.inspector.send")

    # --- what is said at igf ----------------------------------------------------------------------

    def publish(self, audience, author=AUTHOR, **body):
        draft = event.Draft(event_id=str(uuid.uuid4()), language="en", author=author,
                            audience=audience, **body)
        return ask(self.hubs["igf"], "PublishService", "Publish", publish.PublishRequest(
            items=[publish.PublishItem(draft=draft)])).receipts[0]

    def say(self, audience, author=AUTHOR):
        """Words that no compression hides, and where they stand."""
        words = f"planted-{secrets.token_hex(32)}"
        receipt = self.publish(audience, author, topics=["unspecified"],
                               topic_signal=bodies.TopicSignal(title="Fictional", text=words))
        return Said(words, audience, receipt.position.sequence, receipt.digest, author)

    def erase(self, said):
        """The sequence of the redaction."""
        return ask(self.hubs["igf"], "AdminService", "Erase", admin.EraseRequest(
            sequence=said.sequence, section=types.SECTION_KIND_CONTENT,
            reason=bodies.REDACTION_REASON_PERSONAL_DATA), said.author).receipt.position.sequence

    def take_back(self, said):
        """A retraction, with a reason in words of its own."""
        words = f"planted-{secrets.token_hex(32)}"
        receipt = self.publish(
            said.audience, references=[about(said, types.RELATION_RETRACTS)],
            retraction=bodies.Retraction(cause=bodies.RETRACTION_CAUSE_WITHDRAWN, reason=words))
        return Said(words, said.audience, receipt.position.sequence, receipt.digest)

    def amend(self, said):
        words = f"planted-{secrets.token_hex(32)}"
        receipt = self.publish(
            said.audience, references=[about(said, types.RELATION_REVISES)],
            amendment=bodies.Amendment(kind=bodies.AMENDMENT_KIND_CORRECTION, text=words,
                                       reason="they were wrong"))
        return Said(words, said.audience, receipt.position.sequence, receipt.digest)

    # --- what became of it ------------------------------------------------------------------------

    def arrival(self, name, sequence):
        return ask(self.hubs[name], "FederationService", "ExplainArrival",
                   federation.ExplainArrivalRequest(origin=self.origin, sequence=sequence))

    def is_here(self, name, sequence):
        return self.arrival(name, sequence).state == federation.ARRIVAL_STATE_HERE

    def delivery(self, name, key):
        """Of an event at `name`, by its sequence there: what is said of the next hub in the row."""
        return ask(self.hubs[name], "FederationService", "ListDeliveries",
                   federation.ListDeliveriesRequest(sequence=key, peer=NEXT[name])).deliveries[0]

    def holding(self, name, words):
        """Where at that hub the words stand or are read."""
        words = words.encode()
        found = [path.name for path, content in hubs.files_of(self.hubs[name].data_dir)
                 if words in content]
        for caller in (None, AUTHOR):
            page = ask(self.hubs[name], "EventService", "ListEvents",
                       events.ListEventsRequest(page_size=1000), caller)
            if words in page.SerializeToString():
                found.append(f"read by {caller or 'anybody'}")
        if self.handed_on(name, words):
            found.append("handed on")
        return found

    def handed_on(self, name, words):
        """What is for partners nobody reads at a hub that relays it."""
        request = federation.PullLaneRequest(origin=self.origin)
        while True:
            answer = ask(self.hubs[name], "FederationService", "PullLane", request, INSPECTOR)
            if words in answer.SerializeToString():
                return True
            request.registry_size += len(answer.registry)
            if answer.pieces:
                request.settled = answer.pieces[-1].last
            elif not answer.registry:
                return False


def about(said, relation):
    return types.Reference(digest=said.digest, relation=relation)


class Said:
    def __init__(self, words, audience, sequence, digest, author=AUTHOR):
        self.words, self.audience, self.author = words, audience, author
        self.sequence, self.digest = sequence, digest


class Following(unittest.TestCase):
    bin_dir = None

    def setUp(self):
        self.chain = Chain(self.bin_dir, self.enterContext(tempfile.TemporaryDirectory()))
        self.addCleanup(self.chain.end)

    def until(self, condition, timeout_s=ARRIVES_S):
        end = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > end:
                return False
            time.sleep(0.1)
        return True

    def until_kept(self, sequence):
        """Until what mid has said of it by now is on igf's disk: it is written when mid asks after
        the pause, and before that is answered; only then does mid ask again."""
        asked = lambda: self.chain.delivery("igf", sequence).ask_time.ToNanoseconds()
        for pause_ns in (RECEIPT_PAUSE_NS, 1):
            due = asked() + pause_ns
            self.assertTrue(self.until(lambda: asked() >= due), "mid does not ask any more")

    def begin(self, audiences=WENT, authors=(AUTHOR,)):
        """What was said at igf, and has come to far by all the rules of then."""
        self.chain.begin()
        said = [self.chain.say(audience, author) for author in authors for audience in audiences]
        for one in said:
            for name in ("mid", "far"):
                self.assertTrue(self.until(lambda: self.chain.is_here(name, one.sequence)),
                                f"{one.audience} did not come to {name}")
                self.assertNotEqual(self.chain.holding(name, one.words), [])
        return said

    def assert_gone(self, said, names=NAMES, timeout_s=ARRIVES_S):
        for name in names:
            with self.subTest("words", at=name, audience=said.audience):
                self.until(lambda: not self.chain.holding(name, said.words), timeout_s)
                self.assertEqual(self.chain.holding(name, said.words), [])

    def assert_here(self, what, said, names=("mid", "far"), timeout_s=ARRIVES_S):
        for name in names:
            with self.subTest(what, at=name, audience=said.audience):
                self.until(lambda: self.chain.is_here(name, said.sequence), timeout_s)
                arrival = self.chain.arrival(name, said.sequence)
                self.assertEqual(arrival.state, federation.ARRIVAL_STATE_HERE, arrival)

    def assert_confirmed_once_gone(self, name, key, said, peer):
        """As soon as the redaction is called confirmed, the peer has no words any more."""
        with self.subTest("confirmed", by=peer, audience=said.audience):
            confirmed = self.until(
                lambda: self.chain.delivery(name, key).state == CONFIRMED)
            read = [place for place in self.chain.holding(peer, said.words)
                    if place.startswith(("read", "handed"))]
            self.assertTrue(confirmed, self.chain.delivery(name, key))
            self.assertEqual(read, [], "confirmed, and the words are there")

    # --- erased after somebody's rules were narrowed ----------------------------------------------

    def test_what_no_rule_of_send_lets_go_any_more(self):
        said = self.begin()
        self.chain.send["igf", "mid"] = ()
        self.chain.change("igf", kill=True)  # what was confirmed need not be on disk yet
        for one in said:
            redaction = self.chain.erase(one)
            self.assert_gone(one)
            self.assert_confirmed_once_gone("igf", redaction, one, "mid")

    def test_what_went_by_a_wider_rule(self):
        said = self.begin(authors=(AUTHOR, OTHER))
        self.chain.send["igf", "mid"] = (
            Rule("not theirs any more", WENT, authors=[OTHER], withhold=True),
            Rule("reports", WENT, types=["local-report"]), Rule("the mag's", (MAG,)))
        self.chain.change("igf")
        meanwhile = self.chain.say(MAG)
        # Everybody is past the change: the lane has begun anew under the rules of now.
        self.assertTrue(self.until(lambda: self.chain.delivery(
            "igf", meanwhile.sequence).state == CONFIRMED))
        for one in said:
            redaction = self.chain.erase(one)
            self.assert_gone(one)
            self.assert_confirmed_once_gone("igf", redaction, one, "mid")

    def test_what_went_before_rules_were_narrowed_twice(self):
        said = self.begin()
        self.chain.send["igf", "mid"] = (Rule("reports", WENT, types=["local-report"]),)
        self.chain.change("igf")
        time.sleep(2)
        self.chain.send["igf", "mid"] = (Rule("the mag's", (MAG,)),)
        self.chain.change("igf", kill=True)
        time.sleep(2)
        for one in said:
            self.chain.erase(one)
            self.assert_gone(one)

    def test_what_the_hub_took_before_its_own_rules_were_narrowed(self):
        said = self.begin()
        self.chain.receive["mid"] = (Rule("the mag's", (MAG,)),)
        self.chain.change("mid")
        meanwhile = self.chain.say(PUBLIC)
        redactions = [self.chain.erase(one) for one in said]
        for one, redaction in zip(said, redactions):
            self.assert_confirmed_once_gone("igf", redaction, one, "mid")
            self.assert_gone(one)
        self.assertFalse(self.chain.is_here("mid", meanwhile.sequence))
        self.chain.receive["mid"] = ALL_THAT_WENT
        self.chain.change("mid")
        self.assert_here("what was said meanwhile", meanwhile, timeout_s=BEGINS_ANEW_S)
        for one, redaction in zip(said, redactions):
            self.assert_gone(one)
            for name in ("mid", "far"):
                self.assertTrue(self.chain.is_here(name, redaction), name)

    def test_what_was_erased_while_the_hub_was_away_and_its_rules_were_narrowed(self):
        said = self.begin()
        self.chain.hubs["mid"].kill()
        redactions = [self.chain.erase(one) for one in said]
        for redaction in redactions:
            self.assertEqual(self.chain.delivery("igf", redaction).state, NOT_YET)
        self.chain.receive["mid"] = (Rule("the mag's", (MAG,)),)
        self.chain.start("mid")
        for one, redaction in zip(said, redactions):
            self.assert_confirmed_once_gone("igf", redaction, one, "mid")
            self.assert_gone(one)

    def test_what_a_relay_does_not_hand_on_any_more(self):
        said = self.begin()
        self.chain.send["mid", "far"] = (Rule("the mag's", (MAG,)),)
        self.chain.change("mid", kill=True)
        for one in said:
            redaction = self.chain.erase(one)
            self.assert_gone(one)
            with self.subTest("at the relay", audience=one.audience):
                self.assertTrue(self.until(lambda: self.chain.is_here("mid", redaction)))
                here = self.chain.arrival("mid", redaction).sequence
                self.assert_confirmed_once_gone("mid", here, one, "far")

    def test_what_the_last_hub_took_before_its_own_rules_were_narrowed(self):
        said = self.begin()
        self.chain.receive["far"] = ()
        self.chain.change("far")
        for one in said:
            self.chain.erase(one)
            self.assert_gone(one)

    def test_a_lane_that_is_withdrawn_says_what_is_taken_back_alone(self):
        said = self.begin()
        self.chain.relays = False
        self.chain.change("mid")
        redactions = [self.chain.erase(one) for one in said]
        for one, redaction in zip(said, redactions):
            self.assert_gone(one, ("igf", "mid"))
            here = self.chain.arrival("mid", redaction).sequence
            told = self.chain.delivery("mid", here)
            # What is taken back goes on that lane as before, and nothing else.
            if told.state == CONFIRMED:
                self.assert_confirmed_once_gone("mid", here, one, "far")
        self.chain.relays = True
        self.chain.change("mid")
        for one in said:
            self.assert_gone(one, timeout_s=BEGINS_ANEW_S)

    # --- which is first ---------------------------------------------------------------------------

    def test_an_erasure_that_came_before_the_words(self):
        self.chain.also = (Rule("erasures", WENT, types=["redaction"]),)
        self.chain.begin()
        self.chain.hubs["far"].stop()
        said = [self.chain.say(audience) for audience in WENT]
        for one in said:
            self.assertTrue(self.until(lambda: self.chain.is_here("mid", one.sequence)))
        self.chain.hubs["mid"].stop()
        redactions = [self.chain.erase(one) for one in said]
        self.chain.start("far")
        for redaction in redactions:
            self.assertTrue(self.until(lambda: self.chain.is_here("far", redaction)))
        self.chain.hubs["igf"].stop()  # so that mid has heard of no erasure yet
        self.chain.start("mid")
        for one in said:
            self.assert_here("what is erased", one, ("far",))
            with self.subTest("words", at="far", audience=one.audience):
                self.assertEqual(self.chain.holding("far", one.words), [])
        self.chain.start("igf")
        for one in said:
            self.assert_gone(one)

    # --- taken back, and amended ------------------------------------------------------------------

    def follow(self, said):
        """A retraction of one half, an amendment of the other."""
        return [(what, follow(one)) for what, follow, half in (
            ("retraction", self.chain.take_back, said[:2]), ("amendment", self.chain.amend,
                                                             said[2:])) for one in half]

    def test_what_is_said_of_it_follows_after_send_was_narrowed(self):
        said = self.begin(authors=(AUTHOR, AUTHOR))
        self.chain.send["igf", "mid"] = (Rule("the mag's", (MAG,)),)
        self.chain.change("igf")
        for what, follower in self.follow(said):
            self.assert_here(what, follower)
            # It says that something became of it; new words go by the rules of now.
            for name in ("mid", "far"):
                with self.subTest("new words", of=what, at=name, audience=follower.audience):
                    self.assertEqual(self.chain.holding(name, follower.words), [])

    def test_what_is_said_of_it_is_taken_after_receive_was_narrowed(self):
        said = self.begin(authors=(AUTHOR, AUTHOR))
        self.chain.receive["mid"] = (Rule("the mag's", (MAG,)),)
        self.chain.change("mid")
        for what, follower in self.follow(said):
            self.assert_here(what, follower)

    def test_what_is_said_of_it_is_handed_on_after_a_relay_was_narrowed(self):
        said = self.begin(authors=(AUTHOR, AUTHOR))
        self.chain.send["mid", "far"] = (Rule("the mag's", (MAG,)),)
        self.chain.change("mid")
        for what, follower in self.follow(said):
            self.assert_here(what, follower)
            with self.subTest("new words", of=what, at="far", audience=follower.audience):
                self.assertEqual(self.chain.holding("far", follower.words), [])

    # --- what the hubs say of it ------------------------------------------------------------------

    def test_the_erasure_of_what_never_went_does_not_go(self):
        self.chain.send["igf", "mid"] = (
            Rule("not theirs", WENT, authors=[OTHER], withhold=True), *ALL_THAT_WENT)
        self.begin()
        for one in (self.chain.say(MAG), self.chain.say(PARTNERS, OTHER)):
            redaction = self.chain.erase(one)
            after = self.chain.say(PUBLIC)
            self.assert_here("what was said after it", after)
            for name in ("mid", "far"):
                with self.subTest(at=name, audience=one.audience):
                    self.assertFalse(self.chain.is_here(name, redaction))
            self.assertEqual(self.chain.delivery("igf", redaction).state, KEPT)

    def test_what_is_allowed_now_is_confirmed_by_nobody_who_was_past_it_before(self):
        self.chain.send["igf", "mid"] = (Rule("reports", WENT, types=["local-report"]),)
        self.chain.begin()
        said = self.chain.say(PUBLIC)
        self.assertTrue(self.until(
            lambda: self.chain.delivery("igf", said.sequence).settled >= said.sequence))
        self.until_kept(said.sequence)
        self.chain.hubs["mid"].stop()
        self.chain.send["igf", "mid"] = ALL_THAT_WENT
        self.chain.change("igf")
        told = self.chain.delivery("igf", said.sequence)
        self.assertEqual(told.state, NOT_YET, told)
        self.chain.start("mid")
        self.assert_here("what is allowed now", said, timeout_s=BEGINS_ANEW_S)
        self.assertTrue(self.until(
            lambda: self.chain.delivery("igf", said.sequence).state == CONFIRMED))

    def test_what_went_is_not_said_to_have_stayed(self):
        said = self.begin()
        for one in said:
            self.assertTrue(self.until(
                lambda: self.chain.delivery("igf", one.sequence).state == CONFIRMED))
        self.until_kept(said[-1].sequence)
        self.chain.send["igf", "mid"] = (Rule("the mag's", (MAG,)),)
        self.chain.change("igf")
        for pause_s in (0, 5):  # before the peer has asked again, and after
            time.sleep(pause_s)
            for one in said:
                with self.subTest(audience=one.audience, after_s=pause_s):
                    told = self.chain.delivery("igf", one.sequence)
                    self.assertNotIn("nothing of it", " ".join(told.reasons))
                    if told.state != CONFIRMED:
                        self.assertRegex(" ".join(told.reasons), "went|had|has it|earlier")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    options, rest = parser.parse_known_args()
    Following.bin_dir = options.bin_dir.resolve()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
