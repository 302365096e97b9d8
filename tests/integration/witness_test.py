#!/usr/bin/python3
"""Witnesses, with real hubs: one that cosigns other logs over HTTP, one whose checkpoints are
brought to witnesses, one that was rolled back, and one that shows two histories.
"""

import argparse
import hashlib
import json
import pathlib
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

PROJECT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path[:0] = [str(PROJECT / "client/verify"), str(PROJECT / "tests/support"),
                str(PROJECT / "tests/integration")]

import grpc  # noqa: E402
import certificates  # noqa: E402
import contract  # noqa: E402
import fictional_partners as partners  # noqa: E402
import hub as hubs  # noqa: E402
import split_view_test as split_view  # noqa: E402
import tiny_witness  # noqa: E402
import web as webs  # noqa: E402
from contract import transparency, types, witness  # noqa: E402
from fictional_partners import EURODIG, SECRETARIAT, organisation, signal  # noqa: E402
from liaison_verify import note, trust  # noqa: E402

PATIENCE_S = 60
VERIFY = PROJECT / "client/verify/verify.py"


def until(condition, what):
    """What `condition` gives once it is something."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        got = condition()
        if got:
            return got
        time.sleep(0.1)
    raise AssertionError(f"not within {PATIENCE_S} s: {what}")


class Member(partners.Publishing):
    """A hub with liaison-web before it, whose data folder is a test's to copy."""

    def __init__(self, bin_dir, folder, name):
        self.folder = folder / name
        self.folder.mkdir(exist_ok=True)
        self.policy, self.logs = self.folder / "policy", self.folder / "logs"
        self.socket = self.folder / "hub.sock"
        self.hub = hubs.Hub(bin_dir, self.folder / "data", ["--hub", "igf", "--socket",
                                                            str(self.socket)])
        self.web = webs.Web.__new__(webs.Web)
        self.web.hub, self.web.socket = self.hub, self.socket
        self.web.flags, self.web.process, self.web.port = ["--witness-interval-s", "1"], None, None
        self.web.environment = {}

    def start(self, web=True):
        self.hub.flags = self.hub.flags[:4]
        for flag, file in (("--witness-policy", self.policy), ("--witnessed-logs", self.logs)):
            self.hub.flags += [flag, str(file)] if file.exists() else []
        self.hub.start()
        self.channel = grpc.insecure_channel(self.hub.address)
        self.publishing = contract.publish_grpc.PublishServiceStub(self.channel)
        self.log = contract.transparency_grpc.TransparencyServiceStub(self.channel)
        self.witnessing = contract.witness_grpc.WitnessServiceStub(self.channel)
        if web:
            self.web.start()

    def stop(self):
        self.web.kill()
        if self.hub.running:
            self.channel.close()
            self.hub.stop()

    def kill(self):
        self.web.kill()
        self.hub.kill()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.web.port}/witness"

    def checkpoint(self):
        return self.log.GetCheckpoint(transparency.GetCheckpointRequest(), timeout=20)

    def vkey(self):
        return self.checkpoint().log_vkey

    def witness_vkey(self):
        return self.witnessing.GetWitnessing(witness.GetWitnessingRequest(), timeout=20).vkey

    def run(self, *arguments):
        return subprocess.run([self.hub.bin_dir / "liaison", "--hub", self.hub.address,
                               *map(str, arguments)], capture_output=True, timeout=60)

    def say(self, *arguments):
        ended = self.run(*arguments)
        assert ended.returncode == 0, (arguments, ended.returncode, ended.stderr)
        return ended.stdout

    def grow(self, count=1):
        """The sequence of the last event."""
        return [self.publish(draft=signal(EURODIG)) for _ in range(count)][-1].position.sequence

    def begin(self):
        self.publish(draft=organisation(SECRETARIAT, types.ORGANISATION_KIND_SECRETARIAT))
        self.publish(draft=organisation(EURODIG, types.ORGANISATION_KIND_NRI_REGIONAL))


class HubCase(unittest.TestCase):
    bin_dir = None

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(
            tempfile.TemporaryDirectory(prefix="liaison-witness-")))

    def member(self, name):
        made = Member(self.bin_dir, self.folder, name)
        self.addCleanup(made.kill)
        return made

    def tiny(self, name, *vkeys):
        """A witness of another make, and where it is."""
        made = tiny_witness.Witness(f"{name}.example.org", self.folder / name, vkeys)
        return made, self.enterContext(tiny_witness.Server(made))

    @staticmethod
    def knows(tiny, vkey):
        parsed = note.parse_vkey(vkey)
        tiny.logs[parsed.name] = [parsed]


class OverHttp(split_view.WitnessCase, HubCase):
    """A real hub in the place of the witness."""

    WITNESS, NOWHERE = "localhost/igf/witness", 404
    hub_member = None

    def start(self):
        if self.hub_member is None:
            self.hub_member = self.member("w")
            self.hub_member.logs.write_text(f"log {self.hub.vkey}\nquorum none\n")
        else:
            self.hub_member.stop()
        self.hub_member.start()
        self.url, self.witness_vkey = self.hub_member.url, self.hub_member.witness_vkey()

    def latest_size(self):
        return note.parse_checkpoint(note.parse_note(self.published()).text).size

    def check_conflicts(self, count):
        pass


class HubCosigns(OverHttp, split_view.AddCheckpoint):
    def test_over_grpc_it_is_the_same(self):
        request = witness.AddCheckpointRequest(request=split_view.request_of(self.anna, 0, 3))
        answer = self.hub_member.witnessing.AddCheckpoint(request, timeout=20)
        self.assertEqual(answer.outcome, witness.WITNESS_OUTCOME_COSIGNED)
        self.assertTrue(answer.cosignatures.startswith(f"\u2014 {self.WITNESS} "))
        again = self.hub_member.witnessing.AddCheckpoint(request, timeout=20)
        self.assertEqual(again.outcome, witness.WITNESS_OUTCOME_OTHER_SIZE)
        self.assertEqual(again.size, 3)
        origin = hashlib.sha256(self.anna.origin.encode()).digest()
        kept = self.hub_member.witnessing.GetCosignedCheckpoint(
            witness.GetCosignedCheckpointRequest(origin_hash=origin), timeout=20).note
        self.assertEqual(kept.encode(), self.published())

    def test_what_is_too_large_is_not_read(self):
        with socket.create_connection(("127.0.0.1", self.hub_member.web.port), 10) as line:
            line.sendall(b"POST /witness/add-checkpoint HTTP/1.1\r\nHost: localhost\r\n"
                         b"Content-Length: 10000000\r\n\r\n" + b"A" * 1000)
            self.assertIn(b" 413 ", line.recv(4096))

    def test_hostile_bodies(self):
        good = split_view.request_of(self.anna, 0, 3)
        for body in (good + b"\0", good.replace(b"old", b"\xff\xfe"), b"\n" * 60000,
                     b"old 0\n" + b"\n" * 60000, good[:-1], b"old 0\n\n" + b"\xe2\x80\x94 x y\n",
                     good.replace(b"\n", b"\r\n"), b"old 9223372036854775808\n\n" + good[7:],
                     good + b"\xe2\x80\x94 x AAAA\n" * 3000):
            self.add(body, 400)
        self.add(good)

    def test_methods_and_paths(self):
        web = self.hub_member.web
        self.assertEqual(web.get("/witness/add-checkpoint").status, 405)
        for path in ("", "checkpoint", "00/checkpoint", "0" * 64 + "/checkpoint", "0" * 64,
                     "../witness/x"):
            self.assertEqual(web.get(f"/witness/{path}").status, 404, path)

    def test_killed_between_two_requests_it_goes_on(self):
        self.add(split_view.request_of(self.anna, 0, 5))
        self.hub_member.kill()
        self.hub_member.start()
        self.url = self.hub_member.url
        self.add(split_view.request_of(self.ben, 5, 12))
        self.assertEqual(self.add(split_view.request_of(self.anna, 5, 12), 409), b"12\n")

    def test_two_histories_at_once(self):
        """Both ask again and again from where it stands; one of them goes on."""
        self.add(split_view.request_of(self.anna, 0, 5))
        codes = []

        def ask(log):
            answer = self.hub_member.web.ask("POST", "/witness/add-checkpoint",
                                             split_view.request_of(log, 5, 12))
            codes.append(answer.status)

        threads = [threading.Thread(target=ask, args=(log,)) for log in (self.anna, self.ben) * 8]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(codes.count(200), 1, codes)
        self.assertEqual(codes.count(409), 15, codes)


class HubCatchesASplitView(OverHttp, split_view.SplitView):
    """The dishonest signer, two subscribers, and a hub as their common witness."""

    test_caught_at_every_pair_of_sizes = None  # no witness in it
    test_evidence_with_any_bit_changed_convicts_nobody = None  # long; the other witness has it


class Published(HubCase):
    """A hub's own checkpoints, and witnesses of another make."""

    def setUp(self):
        super().setUp()
        self.igf = self.member("igf")
        self.one, one = self.tiny("one")
        self.two, two = self.tiny("two")
        self.igf.policy.write_text(
            f"witness one {self.one.key.vkey} {one.url}\nwitness two {self.two.key.vkey} "
            f"{two.url}/\ngroup both all one two\nquorum both\n")
        self.igf.start()
        for tiny in (self.one, self.two):
            self.knows(tiny, self.igf.vkey())
        self.igf.begin()

    def witnessed(self, size):
        def enough():
            answer = self.igf.checkpoint()
            return answer if answer.witnessed_size >= size else None
        return until(enough, f"{size} witnessed; {self.igf.hub.log_tail(5)}")

    def check(self, data, size):
        """That the note is the log's, and both have cosigned it."""
        key = note.parse_vkey(self.igf.vkey())
        checkpoint, _ = trust.read_checkpoint(data, key.name, [key])
        policy = note.parse_policy(self.igf.policy.read_text())
        witnesses, wrong = trust.cosigners(data, policy)
        self.assertFalse(wrong)
        self.assertTrue(policy.is_met(key for key, _ in witnesses))
        self.assertGreaterEqual(checkpoint.size, size)

    def test_cosignatures_stand_below_the_checkpoint(self):
        size = self.igf.grow(3)
        answer = self.witnessed(size)
        self.check(answer.witnessed_note.encode(), size)
        self.check(answer.note.encode(), size)
        self.check(self.igf.say("checkpoint"), size)
        self.check(self.igf.say("checkpoint", "--witnessed"), size)
        self.check(self.igf.web.get("/log/checkpoint").body, size)
        proof = note.parse_proof_file(self.igf.say("proof", 2))
        self.check(proof.note, size)
        self.igf.grow(2)
        proof = note.parse_proof_file(self.igf.say("--timeout", 40, "proof", "--witnessed",
                                                   size + 2))
        self.check(proof.note, size + 2)

    def test_a_policy_is_asked_for_by_both_verifiers(self):
        size = self.igf.grow(2)
        self.witnessed(size)
        bundle, leaf = self.folder / "a.bundle", self.folder / "leaf"
        vkey, policy = self.igf.vkey(), self.igf.policy
        self.igf.say("export", "--bundle", bundle)
        proof = self.folder / "proof"
        proof.write_bytes(self.igf.say("proof", "--witnessed", 2))
        leaf.write_bytes(self.igf.say("leaf", 2))
        strict = self.folder / "strict"
        stranger = tiny_witness.Witness("x.example.org", self.folder / "x", [])
        strict.write_text(f"witness x {stranger.key.vkey}\nquorum x\n")
        for file, more in ((bundle, ()), (proof, ("--leaf", leaf.read_text().strip()))):
            for asked, code in ((policy, 0), (strict, 7)):
                ended = self.igf.run("verify", file, "--vkey", vkey, "--policy", asked, *more)
                self.assertEqual(ended.returncode, code, (file, asked, ended))
                ended = subprocess.run([VERIFY, file, "--vkey", vkey, "--policy", asked, *more],
                                       capture_output=True)
                self.assertEqual(ended.returncode, min(code, 1), (file, asked, ended))
        for asked, code in ((policy, 0), (strict, 7)):
            ended = self.igf.run("verify", "--vkey", vkey, "--policy", asked, "--state",
                                 self.folder / f"state-{asked.name}", "--until-caught-up")
            self.assertEqual(ended.returncode, code, ended)

    def test_an_export_carries_the_cosignatures_of_what_just_came(self):
        self.witnessed(self.igf.grow())
        bundle = self.folder / "fresh.bundle"
        for _ in range(3):
            size = self.igf.grow()
            # At once: it waits for the witnesses, which may take long beside other tests.
            self.igf.say("--timeout", 40, "export", "--bundle", bundle)
            ended = self.igf.run("verify", bundle, "--vkey", self.igf.vkey(), "--policy",
                                 self.igf.policy, "--output", "json")
            self.assertEqual(ended.returncode, 0, ended)
            report = json.loads(ended.stdout)
            self.assertGreaterEqual(report["last"], size)
            self.assertEqual([by["name"] for by in report["checkpoint"]["signed_by"]][1:],
                             ["one.example.org", "two.example.org"])
            ended = subprocess.run([VERIFY, bundle, "--vkey", self.igf.vkey(), "--policy",
                                    self.igf.policy, "--output", "json"], capture_output=True)
            self.assertEqual(ended.returncode, 0, ended)
            self.assertEqual(json.loads(ended.stdout)["checkpoint"], report["checkpoint"])

    def test_an_export_says_that_witnesses_are_away(self):
        self.witnessed(self.igf.grow())
        self.igf.web.kill()
        size = self.igf.grow()
        until(lambda: self.igf.checkpoint().size >= size, "signed")
        bundle = self.folder / "alone.bundle"
        ended = self.igf.run("--timeout", "4", "export", "--bundle", bundle)
        self.assertEqual(ended.returncode, 0, ended)
        self.assertIn(b"fewer witnesses", ended.stderr)
        ended = self.igf.run("verify", bundle, "--vkey", self.igf.vkey(), "--output", "json")
        self.assertEqual(json.loads(ended.stdout)["last"], size, "nothing is left out")
        ended = self.igf.run("verify", bundle, "--vkey", self.igf.vkey(), "--policy",
                             self.igf.policy)
        self.assertEqual(ended.returncode, 7, ended)

    def test_one_that_is_away_is_asked_again(self):
        size = self.igf.grow()
        self.witnessed(size)
        del self.two.logs[note.parse_vkey(self.igf.vkey()).name]  # it answers 404
        size = self.igf.grow()
        until(lambda: self.one.latest(self.igf.checkpoint().log_origin)[0] >= size, "one goes on")
        self.assertLess(self.igf.checkpoint().witnessed_size, size)
        self.knows(self.two, self.igf.vkey())
        self.witnessed(size)

    def test_goes_on_after_a_restart_of_either(self):
        self.witnessed(self.igf.grow())
        self.igf.web.kill()
        self.igf.web.start()
        self.witnessed(self.igf.grow())
        self.igf.stop()
        self.igf.start()
        self.assertGreater(self.igf.checkpoint().witnessed_size, 0, "it was kept")
        self.witnessed(self.igf.grow())
        self.igf.kill()
        self.igf.start()
        self.witnessed(self.igf.grow())

    def test_no_stranger_brings_cosignatures(self):
        size = self.igf.grow()
        answer = self.witnessed(size)
        for text in ("", "x", answer.note[:-1], answer.note.replace(str(size), str(size + 1))):
            with self.assertRaises(grpc.RpcError) as refused:
                self.igf.witnessing.AddCosignatures(
                    witness.AddCosignaturesRequest(note=text), timeout=20)
            self.assertEqual(refused.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
        self.igf.grow()


class OverTls(HubCase):
    """Witnesses behind https: an authority of this machine's says who they are, or they are not
    asked."""

    def setUp(self):
        super().setUp()
        self.authority = certificates.Authority(self.folder / "authority.pem")
        self.igf = self.member("igf")
        self.igf.web.environment = {"SSL_CERT_FILE": str(self.folder / "authority.pem")}

    def witness_of(self, name, authority, host="localhost"):
        """A witness behind https, with a certificate for that host by that authority."""
        made = tiny_witness.Witness(f"{name}.example.org", self.folder / name, [])
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(authority.certificate(self.folder / f"{name}.pem", host))
        server = self.enterContext(tiny_witness.Server(made, tls=context))
        return made, server.url.replace("127.0.0.1", "localhost")

    def test_checkpoints_are_brought_over_https(self):
        good, url = self.witness_of("good", self.authority)
        self.igf.policy.write_text(f"witness good {good.key.vkey} {url}\nquorum good\n")
        self.igf.start()
        self.knows(good, self.igf.vkey())
        self.igf.begin()
        size = self.igf.grow(2)
        until(lambda: self.igf.checkpoint().witnessed_size >= size, "witnessed over https")

    def test_who_cannot_show_that_they_are_the_one_is_told_nothing(self):
        stranger = certificates.Authority(self.folder / "stranger.pem")
        good, url = self.witness_of("good", self.authority)
        foreign, foreign_url = self.witness_of("foreign", stranger)
        other, other_url = self.witness_of("other", self.authority, "other.example.org")
        self.igf.policy.write_text(
            f"witness good {good.key.vkey} {url}\nwitness foreign {foreign.key.vkey} "
            f"{foreign_url}\nwitness other {other.key.vkey} {other_url}\n"
            "group all all good foreign other\nquorum all\n")
        self.igf.start()
        vkey = self.igf.vkey()
        for tiny in (good, foreign, other):
            self.knows(tiny, vkey)
        self.igf.begin()
        size = self.igf.grow(2)
        origin = note.parse_vkey(vkey).name
        until(lambda: good.latest(origin)[0] >= size, "the good one has cosigned")
        time.sleep(2)
        self.assertEqual((foreign.latest(origin)[0], other.latest(origin)[0]), (0, 0))
        self.assertEqual(self.igf.checkpoint().witnessed_size, 0)


class Hung(HubCase):
    """A witness that takes everything and says nothing."""

    def setUp(self):
        super().setUp()
        self.held = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.listener.close)
        threading.Thread(target=self.take, daemon=True).start()

    def take(self):
        while True:
            try:
                self.held.append(self.listener.accept()[0])
            except OSError:
                return

    def test_nothing_waits_for_it(self):
        igf = self.member("igf")
        good, server = self.tiny("good")
        silent = tiny_witness.Witness("silent.example.org", self.folder / "silent", [])
        port = self.listener.getsockname()[1]
        igf.policy.write_text(
            f"witness good {good.key.vkey} {server.url}\n"
            f"witness silent {silent.key.vkey} http://127.0.0.1:{port}/w\n"
            "group g any good silent\nquorum g\n")
        igf.start()
        self.knows(good, igf.vkey())
        igf.begin()
        slowest = 0
        for _ in range(200):
            began = time.monotonic()
            size = igf.grow()
            slowest = max(slowest, time.monotonic() - began)
        until(lambda: self.held, "the silent one was asked")
        until(lambda: igf.checkpoint().size >= size, "signed")
        until(lambda: igf.checkpoint().witnessed_size >= size, "the good one goes on")
        print(f"beside a witness that hangs: 200 events, the slowest {slowest * 1000:.0f} ms")
        # Whoever waited for it would wait for the ten seconds after which it is given up.
        self.assertLess(slowest, 9, "a publish waited for a witness")


class RolledBack(HubCase):
    """A hub whose disk was put back to an earlier day, keys and all."""

    def setUp(self):
        super().setUp()
        self.igf = self.member("igf")
        self.tiny_one, server = self.tiny("one")
        self.igf.policy.write_text(f"witness one {self.tiny_one.key.vkey} {server.url}\n"
                                   "quorum one\n")
        self.igf.start()
        self.knows(self.tiny_one, self.igf.vkey())
        self.igf.begin()
        self.wait_for(self.igf.grow(3))

    def wait_for(self, size):
        until(lambda: self.igf.checkpoint().witnessed_size >= size, f"{size} witnessed")

    def put_back(self):
        """To as it was before two more events, which the witness has seen."""
        self.igf.stop()
        old = self.folder / "old"
        shutil.copytree(self.igf.hub.data_dir, old)
        self.igf.start()
        self.wait_for(self.igf.grow(2))
        self.igf.stop()
        shutil.rmtree(self.igf.hub.data_dir)
        shutil.copytree(old, self.igf.hub.data_dir)

    def refused(self):
        try:
            self.igf.grow()
            return None
        except grpc.RpcError as error:
            return error.details()

    def test_it_becomes_read_only_and_stays_so(self):
        self.put_back()
        self.igf.start()
        why = until(self.refused, "it is read-only")
        self.assertIn("read-only", why)
        self.assertIn("seen by witnesses", why)
        info = json.loads(self.igf.say("info", "--output", "json"))
        self.assertFalse(info["accepts_writes"])
        self.assertIn("seen by witnesses", info["refusal"])
        self.assertEqual(self.igf.web.get("/readyz").status, 200, "what is there is read")
        self.assertIn(b"A fictional signal", self.igf.say("list", "--output", "json"))
        # Without the witness, and without liaison-web: it remembers.
        self.igf.kill()
        self.igf.start(web=False)
        self.assertIn("read-only", self.refused())
        self.assertGreaterEqual(json.loads(self.igf.say("info", "--output", "json"))["head"], 5)

    def test_it_signs_nothing_before_it_has_compared(self):
        self.put_back()
        self.igf.start(web=False)
        before = self.igf.checkpoint().size
        size = self.igf.grow(2)
        time.sleep(3)
        self.assertEqual(self.igf.checkpoint().size, before, "signed a second history")
        self.assertLess(before, size)

    def test_a_whole_log_is_signed_once_it_has_compared(self):
        self.igf.stop()
        self.igf.start(web=False)
        before = self.igf.checkpoint().size
        size = self.igf.grow(2)
        time.sleep(2)
        self.assertEqual(self.igf.checkpoint().size, before)
        self.igf.web.start()
        self.wait_for(size)


class EachOther(HubCase):
    """Two hubs, each the other's witness."""

    def test_both_are_witnessed(self):
        one, two = self.member("one"), self.member("two")
        one.start()
        two.start()
        keys = {hub: (hub.vkey(), hub.witness_vkey(), hub.url) for hub in (one, two)}
        for hub, other in ((one, two), (two, one)):
            log, key, url = keys[other]
            hub.policy.write_text(f"witness other {key} {url}\nquorum other\n")
            hub.logs.write_text(f"log {log}\nquorum none\n")
        for hub in (one, two):
            hub.stop()
        for hub in (one, two):
            hub.start()
        for hub in (one, two):
            hub.begin()
        for hub in (one, two):
            size = hub.grow(5)
            until(lambda: hub.checkpoint().witnessed_size >= size, "witnessed")


class TwoHistories(HubCase):
    """A hub that was copied and runs twice with one key: one is shown to Anna, one to Ben."""

    def test_caught_by_two_subscribers_with_one_common_witness(self):
        common = self.member("common")
        common.start()
        honest = self.member("igf")
        honest.policy.write_text(f"witness common {common.witness_vkey()} {common.url}\n"
                                 "quorum common\n")
        honest.start()
        vkey = honest.vkey()
        common.logs.write_text(f"log {vkey}\nquorum none\n")
        common.stop()
        common.start()
        honest.begin()
        size = honest.grow(3)
        until(lambda: honest.checkpoint().witnessed_size >= size, "the beginning is witnessed")
        honest.stop()

        # The lie: the same folder, the same key, once more, and told nothing of witnesses.
        for_ben = self.member("ben")
        shutil.copytree(honest.hub.data_dir, for_ben.hub.data_dir)
        honest.start()
        for_ben.start()
        self.assertEqual(for_ben.vkey(), vkey)
        size = honest.grow(4)
        for_ben.grow(4)
        until(lambda: honest.checkpoint().witnessed_size >= size, "Anna's history is witnessed")

        policy = honest.policy
        bundles = {}
        for name, hub in (("anna", honest), ("ben", for_ben)):
            bundles[name] = self.folder / f"{name}.bundle"
            hub.say("export", "--bundle", bundles[name])
        for name, good in (("anna", True), ("ben", False)):
            # Alone, each looks well; with the common witness one does not.
            self.assertEqual(honest.run("verify", bundles[name], "--vkey", vkey).returncode, 0)
            ended = honest.run("verify", bundles[name], "--vkey", vkey, "--policy", policy)
            self.assertEqual(ended.returncode, 0 if good else 7, ended)
            ended = self.by_python(bundles[name], "--vkey", vkey, "--policy", policy)
            self.assertEqual(ended.returncode, 0 if good else 1, ended)

        # Ben asks the witness what it has seen, and has the hub's signature under both.
        origin = hashlib.sha256(note.parse_vkey(vkey).name.encode()).hexdigest()
        seen = self.folder / "seen.note"
        seen.write_bytes(common.web.get(f"/witness/{origin}/checkpoint").body)
        evidence = self.folder / "two.evidence"
        ended = self.by_python(bundles["ben"], "--vkey", vkey, "--since", seen,
                               "--evidence-file", evidence)
        self.assertEqual(ended.returncode, 1, ended)
        self.assertEqual(self.by_python("--evidence", evidence, "--vkey", vkey).returncode, 0)
        self.assertEqual(honest.run("verify", evidence, "--vkey", vkey).returncode, 0)

        # Told of the witnesses, the copy finds out by itself and takes nothing more.
        for_ben.stop()
        shutil.copy(policy, for_ben.policy)
        for_ben.start()

        def refused():
            try:
                for_ben.grow()
                return None
            except grpc.RpcError as error:
                return error.details()
        self.assertIn("read-only", until(refused, "the copy is read-only"))

    @staticmethod
    def by_python(*arguments):
        return subprocess.run([sys.executable, VERIFY, *map(str, arguments)], capture_output=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    options, rest = parser.parse_known_args()
    HubCase.bin_dir = options.bin_dir
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
