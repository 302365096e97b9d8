#!/usr/bin/python3
"""A hub whose data folder was put back to an earlier copy hears of it from its peers, and stops.

Its key has signed more than its log has, and somebody else has that checkpoint. Everybody and
everything in it is fictional.
"""

import argparse
import json
import pathlib
import shutil
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
from contract import event, federation, publish, transparency

TIMEOUT_S = 20
SOON_S = 60
# A tail that is longer than what is said, ten times a second, until it is told.
TAIL = 10 * SOON_S
# server/federation/limits.h, kOwnHeadWait: then it starts without an answer.
ASKS_FOR_S = 2
RULE = """
[[{table}]]
name = "all that is public"
audiences = [{audiences}]
topics = "*"
types = "*"
authors = "*"
"""


class Member:
    """One hub with its files. Its policy is written before it starts, and after the others' names
    are known."""

    def __init__(self, test, name):
        self.test, self.name = test, name
        self.policy = test.folder / f"{name}.toml"
        self.policy.write_text("")
        self.hub = hubs.Hub(test.bin_dir, test.folder / name,
                            ["--hub", name, "--federation-policy", str(self.policy)])
        test.addCleanup(self.hub.kill)
        self.hub.start()
        self.address = self.hub.address
        self.checkpoint = self.newest()
        self.origin = self.checkpoint.log_origin

    def add(self, text):
        with open(self.policy, "a", encoding="utf-8") as policy:
            policy.write(text)

    def restart(self):
        self.hub.kill()
        return self.hub.start(listen=self.address)

    def copied_to(self, name):
        self.hub.stop()
        shutil.copytree(self.hub.data_dir, self.test.folder / name)
        self.hub.start(listen=self.address)

    def put_back_from(self, name):
        self.hub.kill()
        shutil.rmtree(self.hub.data_dir)
        shutil.copytree(self.test.folder / name, self.hub.data_dir)
        took = self.hub.start(listen=self.address)
        print(f"{self.name}: started after {took:.1f} s", file=sys.stderr)
        return took

    def ask(self, service, method, request, acting_as=None):
        module = {"TransparencyService": transparency, "PublishService": publish,
                  "FederationService": federation}[service]
        described = module.DESCRIPTOR.services_by_name[service].methods_by_name[method]
        with grpc.insecure_channel(self.hub.address) as channel:
            return channel.unary_unary(
                f"/igf.liaison.v1.{service}/{method}", type(request).SerializeToString,
                getattr(module, described.output_type.name).FromString)(
                    request, timeout=TIMEOUT_S,
                    metadata=(("liaison-as", acting_as),) if acting_as else ())

    def newest(self):
        return self.ask("TransparencyService", "GetCheckpoint",
                        transparency.GetCheckpointRequest())

    def say(self, *titles):
        """The sequence of the last one."""
        drafts = [event.Draft(event_id=str(uuid.uuid4()), language="en", author="org/fictional-a",
                              audience=f"{self.name}/public", topics=["unspecified"],
                              topic_signal=contract.bodies.TopicSignal(title=title))
                  for title in titles]
        return self.ask("PublishService", "Publish", publish.PublishRequest(
            items=[publish.PublishItem(draft=draft) for draft in drafts]
        )).receipts[-1].position.sequence

    def refuses(self, title):
        """Whether it takes nothing; the sequence that it gave, or what it said."""
        try:
            return False, self.say(title)
        except grpc.RpcError as error:
            refusal = contract.refusal_of(error)
            self.test.assertEqual(refusal.reason, "READ_ONLY", refusal)
            return True, error.details()

    def cli(self, *arguments):
        ran = subprocess.run([self.test.bin_dir / "liaison", "--hub", self.hub.address,
                              *map(str, arguments)],
                             capture_output=True, text=True, timeout=TIMEOUT_S)
        self.test.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        return ran.stdout

    def titles(self):
        listed = self.cli("subscribe", "--until-caught-up", "--filter", "type = topic-signal",
                          "--output", "json")
        return [json.loads(line)["topic_signal"]["title"] for line in listed.splitlines()]

    def peer(self, name):
        told = self.cli("federation", "peers", "--output", "json")
        return {peer["name"]: peer for peer in map(json.loads, told.splitlines())}[name]

    def lane(self, name):
        return self.peer(name)["lanes"][0]


class SetBack(unittest.TestCase):
    bin_dir = None

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def until(self, check, what):
        began = time.monotonic()
        while not check():
            self.assertLess(time.monotonic(), began + SOON_S, what())
            time.sleep(0.1)
        return time.monotonic() - began

    def arrives(self, member, title):
        self.until(lambda: title in member.titles(),
                   lambda: f"{member.titles()}\n{member.hub.log_tail(5)}")

    def lets_go(self, source, to, audiences, relays=""):
        source.add(f'[peer.{to.name}]\norganisation = "org/fictional-{to.name}"\n{relays}')
        return RULE.format(table=f"peer.{to.name}.send", audiences=audiences)

    def takes(self, member, source, of):
        """What stands in the member's policy of the hub that it dials."""
        return (f'address = "{source.address}"\ncalls_as = "org/fictional-{member.name}"\n'
                f'origins = ["{of.origin}"]\n',
                f'[origin."{of.origin}"]\nvkey = "{of.checkpoint.log_vkey}"\n' +
                RULE.format(table=f'origin."{of.origin}".receive',
                            audiences=f'"{of.name}/public"'))

    def chain(self):
        """The IGF's hub, which dials nobody; mid pulls from it, and far from mid."""
        igf, mid, far = (Member(self, name) for name in ("igf", "mid", "far"))
        igf.add(self.lets_go(igf, mid, '"igf/public"'))
        line, origin = self.takes(mid, igf, igf)
        mid.add(f"[peer.igf]\n{line}")
        mid.add(self.lets_go(mid, far, '"igf/public"', f'relays = ["{igf.origin}"]\n'))
        mid.add(origin)
        line, origin = self.takes(far, mid, igf)
        far.add(f"[peer.mid]\n{line}{origin}")
        for member in (igf, mid, far):
            member.restart()
        return igf, mid, far

    def test_whoever_pulls_from_it_tells_it(self):
        igf, mid, far = self.chain()
        igf.say("before")
        self.arrives(far, "before")
        igf.copied_to("old")
        for part in range(0, TAIL, 100):
            igf.say(*(f"the tail, {part + number}" for number in range(100)))
        size = igf.say("the end of it")
        self.arrives(far, "the end of it")
        self.assertFalse(mid.lane("igf").get("trouble"))
        self.assertFalse(far.lane("mid").get("trouble"))
        # It takes nothing but the IGF's log from there.
        self.assertIn("pull_time", mid.peer("far"))
        self.assertEqual(mid.peer("far").get("pulled_through", 0), 0)
        igf.copied_to("new")
        igf.put_back_from("old")

        forked, refused = [], []
        def stops():
            title = f"another history, {uuid.uuid4()}"
            is_refused, said = igf.refuses(title)
            (refused if is_refused else forked).append((title, said))
            return is_refused
        took = self.until(stops, lambda: igf.hub.log_tail(5))
        print(f"it stopped after {took:.1f} s and {len(forked)} events", file=sys.stderr)
        for words in (f"{size} were signed and seen by mid", "liaisond restore",
                      "--federation-policy"):
            self.assertIn(words, refused[0][1])
            self.assertIn(words, igf.hub.log_tail())
        # Nobody has what it took meanwhile, and nobody is said to have it.
        for title, sequence in forked:
            told = json.loads(igf.cli("federation", "confirmed", sequence, "--output", "json"))
            self.assertEqual([delivery["state"] for delivery in told["deliveries"]],
                             ["DELIVERY_STATE_NOT_YET"], told)
            self.assertNotIn(title, mid.titles())
        # Its peers do not take it for a log that is up to date; nor for one with two histories.
        self.until(lambda: mid.peer("igf")["standing"]["condition"] == "PEER_CONDITION_DEGRADED",
                   lambda: f"{mid.peer('igf')}")
        self.assertIn("read-only", mid.peer("igf")["standing"]["why"])
        self.assertIn("read-only", mid.lane("igf")["trouble"])
        self.assertRegex(mid.cli("federation", "peers", "--output", "table"), r"(?m) \?( |$)")
        self.assertIn('it refuses: "this hub is read-only', mid.lane("igf")["trouble"])
        self.assertEqual(mid.lane("igf")["standing"]["condition"], "PEER_CONDITION_ACTIVE")
        # Nor does whoever stands behind them.
        self.until(lambda: "nothing new of it comes there" in far.lane("mid").get("trouble", ""),
                   lambda: f"{far.lane('mid')}")

        igf.restart()
        self.assertEqual(igf.refuses("after a restart")[0], True)
        # What is newest is brought back, and all goes on.
        igf.put_back_from("new")
        igf.say("as if nothing had been")
        self.arrives(far, "as if nothing had been")
        self.assertFalse(mid.lane("igf").get("trouble"))

    def test_whom_it_dials_it_asks_before_it_takes_anything(self):
        igf, mid = (Member(self, name) for name in ("igf", "mid"))
        for one, other in ((igf, mid), (mid, igf)):
            line, origin = self.takes(one, other, other)
            one.add(self.lets_go(one, other, f'"{one.name}/public"', line))
            one.add(origin)
        igf.restart()
        mid.restart()
        igf.say("before")
        self.arrives(mid, "before")
        igf.copied_to("old")
        igf.say("the tail")
        self.arrives(mid, "the tail")
        # It is told by whom it asks, and by nobody who asks it: that line is dead.
        mid.policy.write_text(mid.policy.read_text().replace(igf.address, "127.0.0.1:9"))
        mid.restart()
        # On a busy machine the answer may come too late: then it is asked once more.
        for _ in range(5):
            took = igf.put_back_from("old")
            is_refused, said = igf.refuses("another history")
            if is_refused or took < ASKS_FOR_S:
                break
        self.assertTrue(is_refused, said)
        self.assertIn("seen by mid", said)
        self.assertIn("this hub is read-only", igf.lane("mid").get("trouble", ""))
        log = igf.hub.log_path.read_text()
        self.assertLess(log.rindex('"read-only: '), log.rindex('"ready on '), "it was ready before")
        self.assertEqual(igf.titles(), ["before"])
        # Where nobody answers it starts all the same, and takes what comes.
        mid.hub.kill()
        igf.put_back_from("old")
        self.assertEqual(igf.refuses("nobody knows better")[0], False)

    def test_nobodys_word_stops_it(self):
        igf, mid, _ = self.chain()
        igf.say("before")
        self.arrives(mid, "before")
        pull = federation.PullLaneRequest(origin=igf.origin)
        for lie in ({"settled": 999}, {"head_size": 999}, {"head_note": "999"},
                    {"head_note": mid.newest().note, "head_size": 999}):
            request = federation.PullLaneRequest()
            request.CopyFrom(pull)
            for name, value in lie.items():
                setattr(request, name, value)
            with self.assertRaises(grpc.RpcError, msg=lie) as caught:
                igf.ask("FederationService", "PullLane", request, "org/fictional-mid")
            self.assertEqual(contract.refusal_of(caught.exception).reason, "FIELD_INVALID", lie)
        igf.ask("FederationService", "PullLane", pull, "org/fictional-mid")
        igf.say("after")
        self.arrives(mid, "after")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    options, rest = parser.parse_known_args()
    SetBack.bin_dir = options.bin_dir.resolve()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
