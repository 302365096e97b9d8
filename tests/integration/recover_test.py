#!/usr/bin/python3
"""A hub that lost its folder gets its own tail back from a peer, or begins a new log and says so.

Runs the blocks of deploy/runbooks/recover-from-peers.md as they stand. Everybody is fictional.
"""

import argparse
import base64
import json
import pathlib
import re
import stat
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import uuid

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
sys.path.insert(0, str(HERE))

import grpc
import contract
import hub as hubs
import restore_drill
from contract import PROJECT, event, events, publish, transparency

TIMEOUT_S = 60
NOT_VERIFIED = 7
RUNBOOK = PROJECT / "deploy/runbooks/recover-from-peers.md"
MARK = "tests/integration/recover_test.py runs it"
SEND = """
[[peer.{peer}.send]]
name = "all that both may have"
audiences = ["igf/public", "igf/partners"]
topics = "*"
types = "*"
authors = "*"
"""


def runbook_script():
    blocks = [text for mark, text in restore_drill.BLOCK.findall(RUNBOOK.read_text())
              if MARK in mark]
    if len(blocks) != 2:
        raise RuntimeError(f"{RUNBOOK} has {len(blocks)} blocks for this test instead of 2")
    return "set -euo pipefail\ntrap 'echo \"${hub:-}\" > hub.pid' EXIT\n" + "".join(blocks)


class Recover(unittest.TestCase):
    bin_dir = None

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(
            tempfile.TemporaryDirectory(prefix="liaison-recover-")))
        self.backups = self.folder / "backups"
        self.policy = self.folder / "igf.toml"
        self.write_policy()
        self.igf = hubs.Hub(self.bin_dir, self.folder / "igf", self.flags())
        self.addCleanup(self.igf.kill)
        self.igf.start()
        self.origin = self.checkpoint(self.igf)
        (self.folder / "regional.toml").write_text(f"""
[peer.igf]
address = "{self.igf.address}"
organisation = "org/fictional-igf"
calls_as = "org/fictional-regional"
origins = ["{self.origin.log_origin}"]
relays = ["{self.origin.log_origin}"]
{SEND.format(peer="igf")}
[origin."{self.origin.log_origin}"]
vkey = "{self.origin.log_vkey}"
[[origin."{self.origin.log_origin}".receive]]
name = "all of it"
audiences = ["igf/public", "igf/partners"]
topics = "*"
types = "*"
authors = "*"
""")
        self.regional = hubs.Hub(self.bin_dir, self.folder / "regional",
                                 ["--hub", "regional", "--federation-policy",
                                  str(self.folder / "regional.toml")])
        self.addCleanup(self.regional.kill)
        self.regional.start()
        self.write_policy(self.regional.address)
        for number in range(20):
            self.say(f"before the backup, {number}")
        self.liaison("--hub", self.igf.address, "admin", "backup")

    def flags(self):
        return ["--backup-dir", str(self.backups), "--federation-policy", str(self.policy)]

    def write_policy(self, address=None):
        where = f'address = "{address}"\ncalls_as = "org/fictional-igf"\n' if address else ""
        self.policy.write_text(f"[peer.regional]\n{where}"
                               f'organisation = "org/fictional-regional"\n'
                               + SEND.format(peer="regional"))

    def call(self, hub, service, method, request):
        module = {"TransparencyService": transparency, "PublishService": publish,
                  "EventService": events}[service]
        described = module.DESCRIPTOR.services_by_name[service].methods_by_name[method]
        with grpc.insecure_channel(
                hub.address, options=(("grpc.use_local_subchannel_pool", 1),)) as channel:
            return channel.unary_unary(
                f"/igf.liaison.v1.{service}/{method}", type(request).SerializeToString,
                getattr(module, described.output_type.name).FromString)(
                    request, timeout=TIMEOUT_S)

    def checkpoint(self, hub, covering=0):
        while True:
            found = self.call(hub, "TransparencyService", "GetCheckpoint",
                              transparency.GetCheckpointRequest(covering=covering))
            if found.size >= covering:
                return found
            time.sleep(0.05)

    def say(self, title, audience="igf/public", hub=None):
        draft = event.Draft(event_id=str(uuid.uuid4()), language="en", author="org/fictional-a",
                            audience=audience, topics=["unspecified"],
                            topic_signal=contract.bodies.TopicSignal(title=title))
        return self.call(hub or self.igf, "PublishService", "Publish", publish.PublishRequest(
            items=[publish.PublishItem(draft=draft)])).receipts[0]

    def run_liaison(self, *arguments):
        return subprocess.run([str(self.bin_dir / "liaison"), *map(str, arguments), "--output",
                               "json"], cwd=self.folder, text=True, capture_output=True,
                              timeout=TIMEOUT_S)

    def liaison(self, *arguments, code=0):
        done = self.run_liaison(*arguments)
        self.assertEqual(done.returncode, code, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()] if code == 0 else done.stderr

    def info(self, hub):
        return self.liaison("--hub", hub.address, "info")[0]

    def lane(self):
        return self.liaison("--hub", self.regional.address, "federation", "peers")[0]

    def until_settled(self, size):
        until = time.monotonic() + TIMEOUT_S
        while self.lane()["lanes"][0].get("settled", 0) < size:
            self.assertLess(time.monotonic(), until, self.lane())
            time.sleep(0.1)

    def lose(self, size):
        """The hub is gone once its peer has all that goes there; what it signed is on its disk."""
        self.assertEqual(self.checkpoint(self.igf, size).size, size)
        self.until_settled(size)
        info = self.info(self.igf)
        self.igf.kill()
        self.lost = self.folder / "igf.lost"
        self.igf.data_dir.rename(self.lost)
        return info

    def restore(self, *flags):
        return self.run_liaison("admin", "restore", "--from", self.backups, "--data-dir",
                                self.folder / "new", "--keys-dir", self.lost / "keys", *flags)

    def test_all_of_it_comes_back_by_the_runbook(self):
        for number in range(30):
            receipt = self.say(f"behind the backup, {number}",
                               "igf/partners" if number % 3 else "igf/public")
        before = self.lose(receipt.position.sequence)
        port = f"127.0.0.1:{hubs.free_port()}"
        script = runbook_script()
        for said, meant in (("/var/backups/liaison", self.backups),
                            ("/var/lib/liaison.lost/keys", self.lost / "keys"),
                            ("/var/lib/liaison", self.folder / "new"),
                            ("/etc/liaison/federation.toml", self.policy),
                            ("127.0.0.1:7410", port)):
            self.assertIn(said, script)
            script = script.replace(said, str(meant))
        self.addCleanup(restore_drill.end_hub, self.folder)
        ran = subprocess.run(["/bin/bash", "-c", script], cwd=self.folder,
                             stdin=subprocess.DEVNULL, stdout=open(self.folder / "out", "w"),
                             stderr=subprocess.STDOUT, timeout=TIMEOUT_S,
                             env={"PATH": f"{self.bin_dir}:/usr/bin:/bin",
                                  "HOME": str(self.folder)})
        said = (self.folder / "out").read_text()
        self.assertEqual(ran.returncode, 0, said)
        self.assertIn("the hub stands where the restore ended", said)
        recovered = json.loads((self.folder / "recovered.json").read_text())
        self.assertTrue(recovered["same_log"], recovered)
        self.assertEqual(recovered["recovered"], 30)

        again = hubs.Hub(self.bin_dir, self.folder / "new")
        again.address = port
        after = self.info(again)
        for what in ("log_id", "head", "root"):
            self.assertEqual(after[what], before[what], what)
        # A reader of before goes on where it was; numbers go on; and so does the peer's lane.
        self.assertIsNone(restore_drill.refusal_of_old_cursor(port, before["log_id"],
                                                              before["head"] - 3))
        receipt = self.say("goes on", hub=again)
        self.assertEqual(receipt.position.sequence, before["head"] + 1)
        self.assertEqual(receipt.position.log_id, before["log_id"])
        self.assertTrue(restore_drill.end_hub(self.folder))
        again = hubs.Hub(self.bin_dir, self.folder / "new", self.flags())
        self.addCleanup(again.kill)
        again.start(listen=self.origin_address())
        self.until_settled(before["head"] + 1)
        peer = self.lane()
        self.assertEqual(peer["lanes"][0]["standing"]["condition"], "PEER_CONDITION_ACTIVE")
        self.assertFalse([count for count in peer["lanes"][0]["counts"] if "rejected" in count])
        print(f"30 of 30 events came back, root {after['root']}", file=sys.stderr)

    def take_from_each_other(self):
        """igf takes from regional as well from here on."""
        theirs = self.checkpoint(self.regional)
        named = f'[peer.regional]\norigins = ["{theirs.log_origin}"]\n'
        self.policy.write_text(self.policy.read_text().replace("[peer.regional]\n", named) + f"""
[origin."{theirs.log_origin}"]
vkey = "{theirs.log_vkey}"
[[origin."{theirs.log_origin}".receive]]
name = "all of it"
audiences = ["regional/public"]
topics = "*"
types = "*"
authors = "*"
""")
        file = self.folder / "regional.toml"
        file.write_text(file.read_text().replace('audiences = ["igf/public", "igf/partners"]',
                                                 'audiences = ["igf/public", "igf/partners", '
                                                 '"regional/public"]', 1))
        for hub in (self.regional, self.igf):
            address = hub.address
            hub.stop()
            hub.start(listen=address)

    def until_here(self, hub, digest):
        """Its sequence there."""
        until = time.monotonic() + TIMEOUT_S
        while True:
            ran = self.run_liaison("--hub", hub.address, "get", digest.hex())
            if ran.returncode == 0:
                return json.loads(ran.stdout)["sequence"]
            self.assertLess(time.monotonic(), until, ran.stderr)
            time.sleep(0.1)

    def shown(self, sequences):
        return [self.liaison("--hub", self.igf.address, "get", sequence)[0]
                for sequence in sequences]

    def test_what_came_from_elsewhere_comes_back_as_well(self):
        self.take_from_each_other()
        self.liaison("--hub", self.igf.address, "admin", "backup")
        first = self.say("at igf").position.sequence
        theirs = [self.say(f"at regional, {number}", "regional/public", self.regional)
                  for number in range(3)]
        for each in theirs:
            self.until_here(self.igf, each.digest)
        # One of theirs is erased where it was said, and one of ours.
        gone = self.erase(theirs[0].position.sequence, self.regional)
        self.until_here(self.igf, base64.b64decode(gone["digest"]))
        self.erase(first, self.igf)
        last = self.say("at igf again").position.sequence
        self.assertEqual(last, first + 6)
        words = self.shown(range(first, last + 1))
        before = self.lose(last)
        done = self.restore("--federation-policy", self.policy)
        self.assertEqual(done.returncode, 0, done.stderr)
        said = json.loads(done.stdout)
        self.assertTrue(said["same_log"], said)
        self.assertEqual((said["recovered"], said["head"]), (7, last))
        self.assertEqual(said["root"], before["root"])

        subprocess.run(["cp", "-a", self.lost / "keys", self.folder / "new/keys"], check=True)
        address = self.igf.address
        self.igf = hubs.Hub(self.bin_dir, self.folder / "new", self.flags())
        self.addCleanup(self.igf.kill)
        self.igf.start(listen=address)
        self.assertEqual(self.shown(range(first, last + 1)), words)
        # What it has already does not come a second time, and what is new does.
        new = self.say("at regional, later", "regional/public", self.regional)
        self.assertEqual(self.until_here(self.igf, new.digest), last + 1)
        self.until_settled(last + 1)
        lane, = self.liaison("--hub", self.igf.address, "federation", "peers")[0]["lanes"]
        self.assertEqual(lane["counts"].get("accepted"), 1, lane)
        for hub in (self.igf, self.regional):
            verified = self.run_liaison("--hub", hub.address, "verify", "--until-caught-up")
            self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        print(f"7 of 7 events came back, 4 of them regional's, root {before['root']}",
              file=sys.stderr)

    def origin_address(self):
        return re.search(r'address = "([^"]*)"', (self.folder / "regional.toml").read_text())[1]

    def test_where_something_stayed_a_new_log_quotes_the_last_checkpoint(self):
        self.say("everybody may have it")
        kept = self.say("for the MAG alone", "igf/mag")
        last = self.say("and this")
        before = self.lose(last.position.sequence)
        note = (self.lost / f"keys/log-{before['log_id']}.checkpoint").read_text()
        done = self.restore("--federation-policy", self.policy)
        self.assertEqual(done.returncode, 0, done.stderr)
        said = json.loads(done.stdout)
        self.assertFalse(said["same_log"])
        self.assertIn(f"event {kept.position.sequence} ", said["why_new"])
        self.assertEqual((said["behind_backup"], said["known_of_them"]), (3, 2))
        self.assertEqual(said["last_checkpoint"], note)
        self.assertNotEqual(said["log_id"], before["log_id"])
        file = self.folder / "new" / said["tail_file"]
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        known = [json.loads(line) for line in file.read_text().splitlines()]
        self.assertEqual([line["digest"] for line in known][-1], last.digest.hex())
        self.assertIn(b"and this", base64.b64decode(known[-1]["sections"][0]["data"]))

        self.igf = hubs.Hub(self.bin_dir, self.folder / "new", self.flags())
        self.addCleanup(self.igf.kill)
        self.igf.start()
        quote = self.call(self.igf, "EventService", "GetEvent",
                          events.GetEventRequest(sequence=said["backup_head"] + 1)).event
        attached = contract.bodies.Attachments.FromString(quote.sections[-1].data).attachments
        self.assertEqual([(a.name, a.data.decode()) for a in attached],
                         [("goes-on-from.checkpoint", note)])
        verified = self.run_liaison("--hub", self.igf.address, "verify", "--until-caught-up")
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        # Authors send again under the same ids; nothing stands in the way of that.
        goes_on = self.say("goes on").position.sequence
        # What the old log said is erased here, and no peer is said to have erased it.
        before, after = (self.erase(sequence, self.igf)["sequence"]
                         for sequence in (said["backup_head"], goes_on))
        self.assertIn("the log that this one goes on from", self.reasons(before))
        self.assertNotIn("goes on from", self.reasons(after))

    def erase(self, sequence, hub):
        return self.liaison("--hub", hub.address, "--as", "org/fictional-a", "admin", "erase",
                            sequence, "--reason", "personal-data", "--section", "content")[0]

    def reasons(self, sequence):
        told = self.liaison("--hub", self.igf.address, "federation", "confirmed", sequence)[0]
        self.assertEqual([each["state"] for each in told["deliveries"]],
                         ["DELIVERY_STATE_NOT_YET"])
        return " ".join(told["deliveries"][0]["reasons"])

    def test_a_peer_that_is_away_is_waited_for_and_named(self):
        last = self.say("everybody may have it")
        self.lose(last.position.sequence)
        address = self.regional.address
        self.regional.stop()
        done = []
        waiting = threading.Thread(
            target=lambda: done.append(self.restore("--federation-policy", self.policy)))
        waiting.start()
        time.sleep(23)  # a call waits 20 s for an answer
        self.assertFalse(done, "it did not wait")
        self.assertFalse((self.folder / "new/db").exists())
        self.regional.start(listen=address)
        waiting.join(TIMEOUT_S)
        self.assertEqual(done[0].returncode, 0, done[0].stderr)
        self.assertTrue(json.loads(done[0].stdout)["same_log"], done[0].stdout)
        self.assertIn("waiting for regional", done[0].stderr)
        self.assertIn("--without-peer regional", done[0].stderr)

    def test_a_hub_with_peers_does_not_start_before_somebody_has_asked(self):
        last = self.say("everybody may have it")
        self.lose(last.position.sequence)
        done = self.run_liaison("admin", "restore", "--from", self.backups, "--data-dir",
                                self.folder / "unasked")
        self.assertEqual(done.returncode, 0, done.stderr)
        hub = hubs.Hub(self.bin_dir, self.folder / "unasked", self.flags())
        self.addCleanup(hub.kill)
        with self.assertRaisesRegex(RuntimeError, "--without-peers"):
            hub.start()
        done = self.restore("--without-peers")
        self.assertEqual(done.returncode, 0, done.stderr)
        said = json.loads(done.stdout)
        self.assertFalse(said["same_log"])
        self.assertIn(self.origin.log_origin, said["last_checkpoint"])
        hub = hubs.Hub(self.bin_dir, self.folder / "new", self.flags())
        self.addCleanup(hub.kill)
        hub.start()
        self.say("goes on", hub=hub)

    def test_an_old_folder_that_was_written_to_is_evidence(self):
        """Somebody puts an older copy back, with its old keys, and lets it write."""
        self.igf.stop()
        subprocess.run(["cp", "-a", self.igf.data_dir, self.folder / "older"], check=True)
        address = self.origin_address()
        self.igf.start(listen=address)
        for number in range(5):
            last = self.say(f"behind the copy, {number}")
        self.lose(last.position.sequence)
        fork = hubs.Hub(self.bin_dir, self.folder / "older",
                        ["--backup-dir", str(self.folder / "forked")])
        self.addCleanup(fork.kill)
        fork.start()
        for number in range(2):
            said = self.say(f"another history, {number}", hub=fork)
        self.checkpoint(fork, said.position.sequence)
        self.liaison("--hub", fork.address, "admin", "backup")
        fork.kill()
        done = self.run_liaison("admin", "restore", "--from", self.folder / "forked",
                                "--data-dir", self.folder / "new", "--keys-dir",
                                self.folder / "older/keys", "--federation-policy", self.policy)
        self.assertEqual(done.returncode, NOT_VERIFIED, done.stdout + done.stderr)
        self.assertIn("two histories", done.stderr)
        self.assertIn(self.origin.log_origin, (self.folder / "new.evidence").read_text())
        self.assertFalse((self.folder / "new/db").exists())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    options, rest = parser.parse_known_args()
    Recover.bin_dir = options.bin_dir.resolve()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
