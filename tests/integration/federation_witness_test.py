#!/usr/bin/python3
"""Hubs that pull from each other are each other's witnesses, and one's evidence is everybody's.

No liaison-web runs here: cosignatures go over the lines between the hubs, whichever of them keeps
the line. Everybody and everything in it is fictional.
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
from concurrent import futures

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import grpc
import contract
import hub as hubs
from contract import event, federation, publish, transparency, witness

TIMEOUT_S = 20
SOON_S = 60
PEER = """
[peer.{peer}]
{reach}organisation = "org/fictional-{peer}"
origins = ["{origin}"]
[[peer.{peer}.send]]
name = "all that is public"
audiences = ["{own}/public"]
topics = "*"
types = "*"
authors = "*"
[origin."{origin}"]
vkey = "{vkey}"
[[origin."{origin}".receive]]
name = "all that is public"
audiences = ["{peer}/public"]
topics = "*"
types = "*"
authors = "*"
"""


class Member:
    """One hub with its files."""

    def __init__(self, bin_dir, folder, name):
        self.name, self.bin_dir = name, bin_dir
        self.policy, self.witnesses = folder / f"{name}.toml", folder / f"{name}.witnesses"
        self.policy.write_text("")
        self.hub = hubs.Hub(bin_dir, folder / name,
                            ["--hub", name, "--federation-policy", str(self.policy)])
        self.hub.start()
        self.address = self.hub.address
        self.checkpoint = self.ask("TransparencyService", "GetCheckpoint",
                                   transparency.GetCheckpointRequest())
        self.origin = self.checkpoint.log_origin
        self.witness_vkey = self.ask("WitnessService", "GetWitnessing",
                                     witness.GetWitnessingRequest()).vkey

    def restart(self):
        self.hub.kill()
        self.hub.start(listen=self.address)

    def is_witnessed_by(self, other):
        self.witnesses.write_text(f"witness other {other.witness_vkey}\nquorum other\n")
        self.hub.flags += ["--witness-policy", str(self.witnesses)]

    def peer(self, other, dials=True):
        """In this hub's policy; `dials`: the other can be, from here."""
        reach = f'address = "{other.address}"\ncalls_as = "org/fictional-{self.name}"\n'
        return PEER.format(own=self.name, peer=other.name, reach=reach if dials else "",
                           origin=other.origin, vkey=other.checkpoint.log_vkey)

    def pulls(self, other, dials=True):
        with open(self.policy, "a", encoding="utf-8") as policy:
            policy.write(self.peer(other, dials))

    def adopt(self, text):
        """By two people, while the hub runs."""
        proposed = self.ask("FederationService", "ProposePolicy",
                            federation.ProposePolicyRequest(text=text), as_="org/fictional-one")
        self.ask("FederationService", "ApprovePolicy",
                 federation.ApprovePolicyRequest(id=proposed.id), as_="org/fictional-two")

    def ask(self, service, method, request, as_=None):
        module = {"TransparencyService": transparency, "PublishService": publish,
                  "WitnessService": witness, "FederationService": federation}[service]
        described = module.DESCRIPTOR.services_by_name[service].methods_by_name[method]
        with grpc.insecure_channel(self.hub.address) as channel:
            return channel.unary_unary(
                f"/igf.liaison.v1.{service}/{method}", type(request).SerializeToString,
                getattr(module, described.output_type.name).FromString)(
                    request, timeout=TIMEOUT_S,
                    metadata=(("liaison-as", as_),) if as_ else ())

    def say(self, title="A fictional signal"):
        draft = event.Draft(event_id=str(uuid.uuid4()), language="en", author="org/fictional-a",
                            audience=f"{self.name}/public", topics=["unspecified"],
                            topic_signal=contract.bodies.TopicSignal(title=title))
        return self.ask("PublishService", "Publish", publish.PublishRequest(
            items=[publish.PublishItem(draft=draft)])).receipts[0].position.sequence

    def newest(self):
        return self.ask("TransparencyService", "GetCheckpoint",
                        transparency.GetCheckpointRequest())

    def peers(self):
        ran = subprocess.run([self.bin_dir / "liaison", "--hub", self.hub.address, "federation",
                              "peers", "--output", "json"],
                             capture_output=True, text=True, timeout=TIMEOUT_S, check=True)
        return {peer["name"]: peer for peer in map(json.loads, ran.stdout.splitlines())}

    def standing_of(self, origin):
        """(condition, why), by any lane of that origin."""
        for peer in self.peers().values():
            for lane in peer.get("lanes", []):
                if lane["origin"] == origin:
                    standing = lane["standing"]
                    return standing["condition"], standing.get("why", "")
        return None, ""


class Deaf:
    """Stands at a hub's old address, before a copy of it, and passes lanes on. What peers show of
    the hub's own log it keeps to itself: a hub that wants two histories looks at none of it."""

    def __init__(self, address, hub):
        channel = grpc.insecure_channel(hub.address)
        self.pull = channel.unary_unary("/igf.liaison.v1.FederationService/PullLane")
        handler = grpc.method_handlers_generic_handler(
            "igf.liaison.v1.FederationService",
            {"PullLane": grpc.unary_unary_rpc_method_handler(self.pull_lane)})
        self.server = grpc.server(futures.ThreadPoolExecutor(4), handlers=[handler])
        assert self.server.add_insecure_port(address)
        self.server.start()

    def pull_lane(self, data, context):
        request = federation.PullLaneRequest.FromString(data)
        request.ClearField("head_note")
        said = [pair for pair in context.invocation_metadata() if pair[0] == "liaison-as"]
        return self.pull(request.SerializeToString(), timeout=TIMEOUT_S, metadata=said)

    def stop(self):
        self.server.stop(None).wait()


class FederationWitness(unittest.TestCase):
    bin_dir = None

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def member(self, name):
        member = Member(self.bin_dir, self.folder, name)
        self.addCleanup(member.hub.kill)
        return member

    def until(self, check, what):
        began = time.monotonic()
        while not check():
            self.assertLess(time.monotonic(), began + SOON_S, what())
            time.sleep(0.1)
        return time.monotonic() - began

    def witnessed(self, member, other, size):
        """Until the member's newest witnessed checkpoint covers so much; it has other's line."""
        took = self.until(lambda: member.newest().witnessed_size >= size,
                          lambda: f"{member.newest()}\n{member.hub.log_tail(5)}")
        note = member.newest().witnessed_note
        lines = [line for line in note.split("\n") if line.startswith("\u2014 ")]
        self.assertEqual([line.split(" ")[1] for line in lines],
                         [member.origin, other.witness_vkey.split("+")[0]], note)
        print(f"{member.name}: {size} witnessed by {other.name} after {took:.1f} s",
              file=sys.stderr)

    def pair(self, both_dial=True):
        igf, regional = self.member("igf"), self.member("regional")
        igf.pulls(regional, dials=both_dial)
        regional.pulls(igf)
        igf.is_witnessed_by(regional)
        regional.is_witnessed_by(igf)
        for one in (igf, regional):
            one.restart()
        return igf, regional

    def test_two_hubs_cosign_each_other_without_anybody_between(self):
        igf, regional = self.pair()
        self.witnessed(igf, regional, igf.say())
        self.witnessed(regional, igf, regional.say())
        for _ in range(3):
            size = igf.say()
            self.witnessed(igf, regional, size)

    def test_so_do_two_of_which_one_cannot_be_dialled(self):
        igf, regional = self.pair(both_dial=False)
        for _ in range(3):
            self.witnessed(regional, igf, regional.say())
            self.witnessed(igf, regional, igf.say())
        # Neither signs anything new before the other has spoken.
        for one in (igf, regional):
            one.restart()
        self.witnessed(regional, igf, regional.say())
        self.witnessed(igf, regional, igf.say())

    def test_a_log_is_witnessed_while_a_policy_names_it(self):
        """By call, of two people: no hub is started anew."""
        igf, regional = self.member("igf"), self.member("regional")
        igf.pulls(regional)
        igf.is_witnessed_by(regional)
        igf.restart()

        def outcome():
            request = b"old 0\n\n" + igf.newest().note.encode()
            return regional.ask("WitnessService", "AddCheckpoint",
                                witness.AddCheckpointRequest(request=request)).outcome
        self.assertEqual(outcome(), witness.WITNESS_OUTCOME_UNKNOWN_LOG)
        regional.adopt(regional.peer(igf))
        self.witnessed(igf, regional, igf.say())
        self.assertEqual(outcome(), witness.WITNESS_OUTCOME_OTHER_SIZE, "it is where it was")
        regional.adopt("# Nobody for now.\n")
        self.assertEqual(outcome(), witness.WITNESS_OUTCOME_UNKNOWN_LOG)
        size = igf.say("not witnessed for now")
        time.sleep(3)
        self.assertLess(igf.newest().witnessed_size, size)
        regional.adopt(regional.peer(igf))
        self.witnessed(igf, regional, size)

    def test_a_hub_that_was_killed_signs_again_as_soon_as_the_other_has_spoken(self):
        igf, regional = self.pair()
        self.witnessed(igf, regional, igf.say())
        self.witnessed(regional, igf, regional.say())
        igf.restart()
        self.witnessed(igf, regional, igf.say())
        for one in (igf, regional):
            one.restart()
        self.witnessed(igf, regional, igf.say())
        self.witnessed(regional, igf, regional.say())

    def test_a_log_that_was_set_back_is_found_out(self):
        igf, regional = self.pair()
        self.witnessed(igf, regional, igf.say())
        igf.hub.stop()
        copy = self.folder / "copy"
        shutil.copytree(igf.hub.data_dir, copy)
        igf.hub.start(listen=igf.address)
        self.witnessed(igf, regional, igf.say("the first history"))
        igf.hub.kill()
        shutil.rmtree(igf.hub.data_dir)
        shutil.copytree(copy, igf.hub.data_dir)
        igf.hub.start(listen=igf.address)
        with self.assertRaises(grpc.RpcError) as caught:
            for _ in range(600):
                igf.say("another history")
                time.sleep(0.1)
        self.assertEqual(contract.refusal_of(caught.exception).reason, "READ_ONLY")

    def test_what_convicts_an_origin_convicts_it_everywhere(self):
        """The regional hub sees two histories of a third one; the IGF's believes the proof."""
        self.convicted_everywhere(dials=True)

    def test_also_where_it_is_asked_for_over_the_line_that_the_other_keeps(self):
        self.convicted_everywhere(dials=False)

    def convicted_everywhere(self, dials):
        third, regional, igf = (self.member(name) for name in ("third", "regional", "igf"))
        regional.pulls(third)
        igf.pulls(regional, dials)
        regional.pulls(igf)
        igf.pulls(third)
        # The line from the IGF's hub to the third one is dead.
        igf.policy.write_text(igf.policy.read_text().replace(third.address, "127.0.0.1:9"))
        third.pulls(regional)
        third.hub.stop()
        copy = self.folder / "copy"
        shutil.copytree(third.hub.data_dir, copy)
        third.hub.start(listen=third.address)
        for one in (regional, igf):
            one.restart()
        size = third.say("the first history")
        self.until(lambda: any(lane.get("settled") == size for lane in
                               regional.peers()["third"].get("lanes", [])),
                   lambda: f"{regional.peers()}\n{regional.hub.log_tail(5)}")
        self.assertNotIn("QUARANTINED", igf.standing_of(third.origin)[0])
        third.hub.kill()
        shutil.rmtree(third.hub.data_dir)
        shutil.copytree(copy, third.hub.data_dir)
        # By itself it would ask the regional hub, and stop.
        third.policy.write_text(third.policy.read_text().replace(regional.address, "127.0.0.1:9"))
        third.hub.start()
        self.assertEqual(third.say("another history"), size)
        deaf = Deaf(third.address, third.hub)
        self.addCleanup(deaf.stop)
        for one, why in ((regional, f"two roots were signed at {size}"),
                         (igf, f"{third.origin} has signed two roots at {size}; regional has "
                               "shown it")):
            took = self.until(lambda: "QUARANTINED" in one.standing_of(third.origin)[0],
                              lambda: f"{one.peers()}\n{one.hub.log_tail(5)}")
            print(f"{one.name}: convicted after {took:.1f} s", file=sys.stderr)
            self.assertEqual(one.standing_of(third.origin)[1], why)
        igf.restart()
        self.assertIn("QUARANTINED", igf.standing_of(third.origin)[0])
        # It stays a peer in good standing that has told, once it has called anew.
        self.until(lambda: igf.peers()["regional"]["standing"]["condition"]
                   == "PEER_CONDITION_ACTIVE", lambda: f"{igf.peers()}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    options, rest = parser.parse_known_args()
    FederationWitness.bin_dir = options.bin_dir.resolve()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
