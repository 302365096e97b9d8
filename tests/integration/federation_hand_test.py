#!/usr/bin/python3
"""What a person does about another hub: blocks it, looks at what convicts it, and releases it, over
restarts and written down. The other hub is a fictional one that signs two histories; everybody and
everything in it is fictional.
"""

import argparse
import concurrent.futures
import json
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import uuid

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import grpc
import contract
import hub as hubs
import record
from contract import access, admin, federation
from fictional_log import FictionalLog

TIMEOUT_S = 20
PATIENCE_S = 15
PULL = "/igf.liaison.v1.FederationService/PullLane"


class TwoFaced:
    """A peer that serves the lane of a log with hashes alone, as one that withholds everything."""

    def __init__(self, origin):
        self.origin = origin
        self.log = FictionalLog(1, origin)
        self.log.add_hash(record.sha256(b"one"))
        self.lies = False
        self.refuses = None  # with this text
        self.goes_on = threading.Event()  # until then a call hangs
        self.goes_on.set()
        self.calls = 0
        self.pool = concurrent.futures.ThreadPoolExecutor(4)
        self.server = grpc.server(self.pool)
        self.server.add_generic_rpc_handlers((self,))
        self.port = self.server.add_insecure_port("127.0.0.1:0")
        self.server.start()

    def stop(self):
        self.server.stop(None).wait()
        self.pool.shutdown()

    def service(self, call):
        if call.method != PULL:
            return None
        return grpc.unary_unary_rpc_method_handler(
            self.pull, federation.PullLaneRequest.FromString,
            federation.PullLaneResponse.SerializeToString)

    def pull(self, request, context):
        self.calls += 1
        self.goes_on.wait(TIMEOUT_S)
        if self.refuses:
            context.abort(grpc.StatusCode.INTERNAL, self.refuses)
        root = record.sha256(b"another") if self.lies else None
        answer = federation.PullLaneResponse(head=self.log.note(root=root).decode(),
                                             registry_head=self.log.registry_note().decode())
        leaves = self.log.tree.leaves
        if request.head_size == 1 and len(leaves) == 2:
            answer.consistency.append(leaves[1])
        for sequence in range(request.settled + 1, len(leaves) + 1):
            answer.pieces.add(first=sequence, last=sequence, withheld=[leaves[sequence - 1]])
        return answer


class ByHand(unittest.TestCase):
    bin_dir = None

    def setUp(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.folder = folder
        self.origin = f"hub.example/regional/{uuid.uuid4()}"
        self.peer = TwoFaced(self.origin)
        self.addCleanup(self.peer.stop)
        (folder / "policy.toml").write_text(f"""
[peer.regional]
address = "127.0.0.1:{self.peer.port}"
organisation = "org/fictional-regional"
origins = ["{self.origin}"]
[origin."{self.origin}"]
vkey = "{self.peer.log.key.vkey}"
""")
        self.hub = hubs.Hub(self.bin_dir, folder / "igf",
                            ["--federation-policy", str(folder / "policy.toml")])
        self.addCleanup(self.hub.kill)
        self.hub.start()
        self.tokens = {}
        self.make("operator", "org/igf-secretariat", "OPERATOR")
        self.make("auditor", "org/igf-secretariat", "AUDITOR")
        self.make("publisher", "org/fictional-a", "PUBLISHER")

    # --- small words ------------------------------------------------------------------------------

    def call(self, service, method, request, caller):
        module = {"AdminService": admin, "FederationService": federation}[service]
        described = module.DESCRIPTOR.services_by_name[service].methods_by_name[method]
        token = self.tokens.get(caller)
        with grpc.insecure_channel(self.hub.address) as channel:
            return channel.unary_unary(
                f"/igf.liaison.v1.{service}/{method}", type(request).SerializeToString,
                getattr(module, described.output_type.name).FromString)(
                    request, timeout=TIMEOUT_S,
                    metadata=(("authorization", f"Bearer {token}"),) if token else ())

    def make(self, name, organisation, role):
        request = admin.CreateTokenRequest(organisation=organisation, label=f"the {name}'s laptop",
                                           role=getattr(access, f"ROLE_{role}"))
        request.lifetime.seconds = 3600
        made = self.call("AdminService", "CreateToken", request,
                         "operator" if self.tokens else None)
        self.tokens[name] = made.secret
        (self.folder / name).write_text(made.secret + "\n")
        (self.folder / name).chmod(0o600)
        return made.credential.id

    def cli(self, *arguments, code=0, caller="operator"):
        ran = subprocess.run(
            [self.bin_dir / "liaison", "--hub", self.hub.address, "--token-file",
             str(self.folder / caller), "federation", *arguments],
            capture_output=True, text=True, timeout=TIMEOUT_S)
        self.assertEqual(ran.returncode, code, ran.stdout + ran.stderr)
        self.assertNotIn("\x1b", ran.stdout + ran.stderr)
        return ran.stdout + ran.stderr

    def told(self):
        return json.loads(self.cli("peers", "--output", "json"))

    def until(self, is_so, what):
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            peer = self.told()
            if is_so(peer):
                return peer
            time.sleep(0.1)
        self.fail(f"not {what}: {json.dumps(peer)}")

    def until_settled(self, size):
        return self.until(lambda peer: peer["lanes"][0].get("settled") == size, f"settled {size}")

    @staticmethod
    def condition(standing):
        return standing["condition"].removeprefix("PEER_CONDITION_")

    def restart(self):
        self.hub.kill()
        self.hub.start()

    # --- what a person does -----------------------------------------------------------------------

    def test_a_blocked_peer_is_neither_asked_nor_served_until_it_is_released(self):
        self.until_settled(1)
        self.make("regional", "org/fictional-regional", "PUBLISHER")
        pull = lambda: self.call("FederationService", "PullLane", federation.PullLaneRequest(
            origin=self.own_origin()), "regional")
        pull()
        said = self.cli("block", "regional", "--reason", "left the federation (fictional)",
                        "--output", "table")
        self.assertIn("blocked", said)
        self.assertLessEqual(max(map(len, said.splitlines())), 80, said)
        with self.assertRaises(grpc.RpcError) as caught:
            pull()
        self.assertEqual(contract.refusal_of(caught.exception).reason, "NOT_PERMITTED")
        time.sleep(1)
        calls = self.peer.calls
        self.peer.log.add_hash(record.sha256(b"two"))
        self.restart()
        time.sleep(1.5)
        self.assertEqual(self.peer.calls, calls, "a blocked peer was asked")
        standing = self.told()["standing"]
        self.assertEqual(self.condition(standing), "BLOCKED")
        self.assertEqual(standing["why"], "left the federation (fictional)")
        self.assertIn("org/igf-secretariat", standing["set_by"])
        self.assertIn("the operator's laptop", standing["set_by"])
        again = self.cli("block", "regional", "--reason", "again", code=3)
        self.assertIn("blocked already", again)
        self.cli("release", "regional", "--reason", "\x1b[2Ja fictional hand", "--output", "table")
        table = self.cli("block", "regional", "--reason", "\x1b]0;all is well\x07 (fictional)",
                         "--output", "table")
        self.assertIn("<U+001B>]0;", table)
        self.assertIn("<U+001B>]0;", self.cli("peers", "--output", "table"))
        self.cli("release", "regional", "--reason", "came back (fictional)")
        began = time.monotonic()
        peer = self.until_settled(2)
        print(f"settled {time.monotonic() - began:.1f} s after the release", file=sys.stderr)
        self.assertEqual(self.condition(peer["standing"]), "ACTIVE")
        pull()
        self.cli("release", "regional", "--reason", "again", code=3)

    def own_origin(self):
        ran = subprocess.run(
            [self.bin_dir / "liaison", "--hub", self.hub.address, "--token-file",
             str(self.folder / "operator"), "info", "--output", "json"],
            capture_output=True, text=True, timeout=TIMEOUT_S, check=True)
        return json.loads(ran.stdout)["log_vkey"].split("+")[0]

    def test_who_has_not_answered_since_the_start_is_not_active_and_its_error_is_cut(self):
        self.until_settled(1)
        self.assertRegex(self.cli("peers", "--output", "table"), r"regional +active .*\n")
        self.peer.refuses = "\x1b[2J" + "all is well, " * 60
        self.restart()
        peer = self.told()
        self.assertFalse(peer.get("reached", False))
        table = self.cli("peers", "--output", "table")
        self.assertRegex(table, r"regional +(not reached yet|degraded) ")
        self.assertRegex(table, r"regional +active +1 +\?\n")
        self.until(lambda peer: self.condition(peer["standing"]) == "DEGRADED", "degraded")
        table = self.cli("peers", "--output", "table")
        self.assertLessEqual(max(map(len, table.splitlines())), 80, table)
        self.assertIn("<U+001B>[2Jall is well", table)
        self.assertLess(table.count("all is well"), 15)
        self.assertGreater(self.told()["standing"]["why"].count("all is well"), 50)
        self.peer.refuses = None
        self.cli("release", "regional", "--reason", "it answers (fictional)")
        self.until(lambda peer: peer.get("reached"), "reached")
        self.assertRegex(self.cli("peers", "--output", "table"), r"regional +active +1 +0\n")

    def test_an_orderly_stop_is_nobodys_fault(self):
        self.until_settled(1)
        self.peer.goes_on.clear()
        self.addCleanup(self.peer.goes_on.set)
        calls = self.peer.calls
        until = time.monotonic() + PATIENCE_S
        while self.peer.calls == calls and time.monotonic() < until:
            time.sleep(0.05)
        self.assertGreater(self.peer.calls, calls, "nothing is under way")
        before = len(self.hub.log_path.read_text())
        self.hub.stop()
        stopped = self.hub.log_path.read_text()[before:]
        for word in ("warn", "is not kept", "CANCELLED", "stands:"):
            self.assertNotIn(word, stopped)
        self.peer.goes_on.set()
        self.hub.start()
        self.assertEqual(self.told().get("failures", 0), 0, "it had nothing to answer for")

    def test_two_histories_wait_for_a_person_and_what_proves_them_is_kept(self):
        self.until_settled(1)
        self.assertIn("Nothing convicts", self.cli("evidence", self.origin, "--output", "table"))
        self.peer.lies = True
        of_origin = lambda peer: peer["lanes"][0]["standing"]
        self.until(lambda peer: self.condition(of_origin(peer)) == "QUARANTINED", "quarantined")
        self.restart()
        self.peer.lies = False
        time.sleep(1.5)
        self.assertEqual(self.condition(of_origin(self.told())), "QUARANTINED")
        kept = self.shows_evidence(1)
        self.cli("release", self.origin, "--reason", "a restored disk (fictional)")
        self.peer.log.add_hash(record.sha256(b"two"))
        peer = self.until_settled(2)
        self.assertEqual(self.condition(of_origin(peer)), "ACTIVE")
        self.assertEqual(of_origin(peer)["why"], "a restored disk (fictional)")
        self.assertEqual(self.shows_evidence(1), kept)
        # Again: it stands beside the first.
        self.peer.lies = True
        self.until(lambda peer: self.condition(of_origin(peer)) == "QUARANTINED", "quarantined")
        self.assertEqual(self.shows_evidence(2)[:1], kept)

    def shows_evidence(self, count):
        shown = [json.loads(line) for line in self.cli(
            "evidence", self.origin, "--output", "json").splitlines()]
        self.assertEqual(len(shown), count)
        for evidence in shown:
            self.assertTrue(evidence["holds"], evidence)
            self.assertEqual(len(evidence["notes"]), 2)
            self.assertEqual(evidence["shown_by"], "regional")
        table = self.cli("evidence", self.origin, "--output", "table")
        self.assertIn("different roots", " ".join(table.split()))
        # A key has no place to be broken at.
        self.assertLessEqual(max(map(len, (line for line in table.splitlines()
                                           if self.peer.log.key.vkey not in line))), 80, table)
        return shown

    def test_what_proves_it_is_checked_by_another_program(self):
        self.until_settled(1)
        self.peer.lies = True
        self.until(lambda peer: self.condition(
            peer["lanes"][0]["standing"]) == "QUARANTINED", "quarantined")
        file = self.folder / "two-heads.evidence"
        self.cli("evidence", self.origin, "--file", str(file))
        verify = contract.PROJECT / "client/verify/verify.py"
        ran = lambda vkey: subprocess.run(
            ["/usr/bin/python3", str(verify), "--evidence", str(file), "--vkey", vkey],
            capture_output=True, text=True, timeout=TIMEOUT_S)
        done = ran(self.peer.log.key.vkey)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        other = FictionalLog(2, self.origin).key.vkey
        self.assertNotEqual(ran(other).returncode, 0)
        self.assertIn("does not hold", " ".join(self.cli(
            "evidence", self.origin, "--vkey", other, "--output", "table", code=7).split()))

    def test_who_did_what_is_written_down(self):
        self.until_settled(1)
        self.cli("block", self.origin, "--reason", "words of a person (fictional)")
        self.cli("release", self.origin, "--reason", "other words (fictional)")
        self.cli("block", "nobody", "--reason", "a slip", code=5)
        self.cli("block", "regional", "--reason", "not theirs to say", code=3, caller="publisher")
        self.cli("evidence", "hub.example/nobody/" + str(uuid.uuid4()), code=5)
        entries = self.call("AdminService", "ListAuditEntries",
                            admin.ListAuditEntriesRequest(page_size=1000), "auditor").entries
        told = [(e.organisation, e.method.split(".")[1], e.about, e.reason) for e in entries
                if e.method.startswith("FederationService")]
        hub = "org/igf-secretariat"
        self.assertEqual(told, [
            (hub, "Block", f"id {self.origin}", "OK"),
            (hub, "Release", f"id {self.origin}", "OK"),
            (hub, "Block", "id nobody", "NOT_FOUND"),
            ("", "Block", "", "NOT_PERMITTED")])
        written = (self.hub.data_dir / "audit.jsonl").read_text()
        self.assertNotIn("words of a person", written)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    options, rest = parser.parse_known_args()
    ByHand.bin_dir = options.bin_dir.resolve()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
