#!/usr/bin/python3
"""A hub that came back with less than it had: what its readers are told, and their way on.

Restored from a backup it has another log_id; put back to an earlier copy of its folder it has the
same, and is shorter than what was read from it; one that was trimmed begins later. Nothing begins
anew by itself. Everybody and everything said here is fictional.
"""

import argparse
import contextlib
import json
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest
from concurrent import futures

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

import grpc
import contract
import hub as hubs

TIMEOUT_S = 60
REFUSED, BAD_INPUT = 3, 6
OWNER = "org/fictional-desk"
AUTHOR = "org/fictional-author"
MINE = f"author = {AUTHOR}"
DESK = "desk"


class CameBack(unittest.TestCase):
    bin_dir = None

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(
            tempfile.TemporaryDirectory(prefix="liaison-came-back-")))
        self.backups = self.folder / "backups"
        self.cursor = self.folder / "mine.cursor"

    def start(self, name, listen="127.0.0.1:0"):
        hub = hubs.Hub(self.bin_dir, self.folder / name, ["--backup-dir", str(self.backups)])
        self.addCleanup(hub.kill)
        hub.start(listen)
        return hub

    def command(self, address, *arguments):
        return [str(self.bin_dir / "liaison"), "--hub", address, "--as", OWNER, "--timeout", "60",
                *map(str, arguments)]

    def liaison(self, address, *arguments, code=0):
        """The lines of JSON; `self.err` is what was said beside."""
        done = subprocess.run(self.command(address, *arguments, "--output", "json"),
                              capture_output=True, text=True, timeout=TIMEOUT_S, check=False,
                              cwd=self.folder)
        self.err = done.stderr
        self.assertEqual(done.returncode, code, f"{arguments}\n{done.stdout}\n{done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def sequences(self, *arguments, **more):
        return [event["sequence"] for event in self.liaison(*arguments, **more)]

    @contextlib.contextmanager
    def running(self, address, count, *arguments, ends_with):
        """One that has printed `count` events, runs on, and must end so by itself."""
        process = subprocess.Popen(
            self.command(address, *arguments, "--output", "json"), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, cwd=self.folder)
        try:
            for _ in range(count):
                self.assertTrue(process.stdout.readline())
            yield
            rest, said = process.communicate(timeout=TIMEOUT_S)
            self.assertEqual((process.returncode, rest), (REFUSED, ""), said)
            self.assertIn(ends_with, said)
        finally:
            process.kill()
            process.communicate()

    def publish(self, address, count):
        drafts = "".join(json.dumps({
            "author": AUTHOR, "audience": "igf/public", "language": "en",
            "topics": ["unspecified"], "topic_signal": {
                "purpose": "PURPOSE_INFORMATION", "title": f"A fictional signal {i}"}}) + "\n"
            for i in range(count))
        (self.folder / "drafts.jsonl").write_text(drafts)
        return self.sequences(address, "publish", "drafts.jsonl")

    def create(self, address):
        """What somebody holds stays theirs, however long the rest takes."""
        self.liaison(address, "durable", "create", DESK, "--beginning", "--filter", MINE,
                     "--lease", 3600)

    def follow(self, address, *arguments, **more):
        return self.sequences(address, "subscribe", "--until-caught-up", "--filter", MINE,
                              *arguments, **more)

    def way_out(self):
        """The command that the last refusal names, without the program."""
        return shlex.split(re.search(r"`liaison (durable seek [^`]+)`", self.err)[1])

    def expect_stuck(self, address, reason):
        """At every way in of the durable subscription; twice, so that no try moved it."""
        for _ in range(2):
            for what in (["pull", DESK], ["consume", DESK, "--count", "1"],
                         ["dead-letters", "replay", DESK, "--all"]):
                self.assertEqual(self.liaison(address, "durable", *what, code=REFUSED), [])
                self.assertIn(reason, self.err)
                self.assertIn("nothing is delivered until you say where to go on", self.err)


class RestoredFromABackup(CameBack):
    """LOG_INCARNATION_CHANGED."""

    def restored(self, hub):
        """In its place, at its address, as the last backup has it."""
        address = hub.address
        hub.kill()
        self.liaison(address, "admin", "restore", "--from", self.backups, "--data-dir",
                     self.folder / "restored")
        return self.start("restored", address)

    def test_a_durable_subscription_stands_still_until_somebody_seeks(self):
        hub = self.start("data")
        self.create(hub.address)
        kept = self.publish(hub.address, 5)
        done = self.liaison(hub.address, "durable", "pull", DESK, "--max", 2, "--ack")
        self.assertEqual([d["sequence"] for d in done], kept[:2])
        held = self.liaison(hub.address, "durable", "pull", DESK, "--max", 1)[0]
        laid = self.liaison(hub.address, "durable", "pull", DESK, "--max", 1)[0]
        self.liaison(hub.address, "durable", "ack", DESK, laid["ack_token"], "--result",
                     "dead-letter")
        self.liaison(hub.address, "admin", "backup")
        self.publish(hub.address, 3)
        with self.running(hub.address, 4, "durable", "consume", DESK, "--member", "me",
                          ends_with="LOG_INCARNATION_CHANGED"):
            hub = self.restored(hub)
        self.expect_stuck(hub.address, "LOG_INCARNATION_CHANGED")
        told = self.liaison(hub.address, "durable", "ack", DESK, held["ack_token"], code=1)
        self.assertEqual(told[0]["result"], "invalid", "a token of the log that is gone")
        self.expect_stuck(hub.address, "LOG_INCARNATION_CHANGED")
        self.liaison(hub.address, *self.way_out())
        after = self.publish(hub.address, 1)
        again = self.liaison(hub.address, "durable", "pull", DESK, "--ack")
        self.assertEqual([d["sequence"] for d in again], [kept[2], *kept[3:], *after],
                         "what was not settled in the backup, and all behind it")

    def test_a_cursor_is_refused_and_stays_where_it_is(self):
        hub = self.start("data")
        kept = self.publish(hub.address, 3)
        self.liaison(hub.address, "admin", "backup")
        self.publish(hub.address, 2)
        self.assertEqual(len(self.follow(hub.address, "--cursor", self.cursor)), 5)
        with self.running(hub.address, 5, "subscribe", "--filter", MINE,
                          ends_with="LOG_INCARNATION_CHANGED"):
            hub = self.restored(hub)
        for _ in range(2):
            self.assertEqual(self.follow(hub.address, "--cursor", self.cursor, code=REFUSED), [])
            self.assertIn("LOG_INCARNATION_CHANGED", self.err)
            self.assertIn("restored from a backup", self.err)
            self.assertIn(f"{self.cursor} keeps its place", self.err)
        told = self.err
        log_id = self.liaison(hub.address, "info")[0]["log_id"]
        self.assertIn(f"--after N --log-id {log_id}", told)
        on = ["--cursor", self.cursor, "--after", kept[-1], "--log-id", log_id]
        self.follow(hub.address, *on, code=BAD_INPUT)
        self.cursor.rename(self.folder / "old.cursor")
        self.assertEqual(self.follow(hub.address, *on), [])
        after = self.publish(hub.address, 2)
        self.assertEqual(self.follow(hub.address, "--cursor", self.cursor), after)


class PutBackToAnEarlierCopy(CameBack):
    """POSITION_AHEAD_OF_LOG: the same log_id, and an end that was read is gone."""

    def copied(self, hub):
        address = hub.address
        hub.stop()
        shutil.copytree(self.folder / "data", self.folder / "copy")
        hub.start(address)

    def put_back(self, hub):
        address = hub.address
        hub.kill()
        shutil.rmtree(self.folder / "data")
        shutil.copytree(self.folder / "copy", self.folder / "data")
        hub.start(address)

    def test_a_consumer_is_told_and_a_token_of_what_is_gone_settles_nothing(self):
        hub = self.start("data")
        self.create(hub.address)
        kept = self.publish(hub.address, 2)
        self.copied(hub)
        self.publish(hub.address, 3)
        lost = self.liaison(hub.address, "durable", "pull", DESK)
        self.assertEqual(len(lost), 5)
        for one in lost:
            self.liaison(hub.address, "durable", "ack", DESK, one["ack_token"], "--result",
                         "release")
        with self.running(hub.address, 5, "durable", "consume", DESK, "--member", "me",
                          ends_with="POSITION_AHEAD_OF_LOG"):
            self.put_back(hub)
        token = lost[-1]["ack_token"]
        told = self.liaison(hub.address, "durable", "ack", DESK, token, code=1)
        self.assertEqual(told[0]["result"], "invalid")
        # The subscription itself came back with the log: whoever comes anew goes on from there.
        after = self.publish(hub.address, 3)
        again = self.liaison(hub.address, "durable", "pull", DESK, "--ack")
        self.assertEqual([d["sequence"] for d in again], kept + after)

    def test_a_cursor_is_refused_and_stays_where_it_is(self):
        hub = self.start("data")
        self.publish(hub.address, 3)
        self.copied(hub)
        self.publish(hub.address, 2)
        self.assertEqual(len(self.follow(hub.address, "--cursor", self.cursor)), 5)
        with self.running(hub.address, 5, "subscribe", "--filter", MINE,
                          ends_with="POSITION_AHEAD_OF_LOG"):
            self.put_back(hub)
        for _ in range(2):
            self.assertEqual(self.follow(hub.address, "--cursor", self.cursor, code=REFUSED), [])
            self.assertIn("POSITION_AHEAD_OF_LOG", self.err)
            self.assertIn("put back to an earlier copy", self.err)
            self.assertIn(f"{self.cursor} keeps its place", self.err)
        told = self.err
        head = self.liaison(hub.address, "info")[0]["head"]
        self.assertIn(f"--after {head} ", told)
        self.cursor.rename(self.folder / "old.cursor")
        self.assertEqual(self.follow(hub.address, "--cursor", self.cursor, "--after", head), [])
        after = self.publish(hub.address, 1)
        self.assertEqual(self.follow(hub.address, "--cursor", self.cursor), after)


class StandIn:
    """A hub whose log begins at 40. Ours trims none yet: it speaks the contract and no more."""

    SAID = "the log begins at 40 now; what was before is trimmed"

    def refuse(self, context):
        info = contract.error_details.ErrorInfo(
            reason="POSITION_EXPIRED", domain=contract.ERROR_DOMAIN,
            metadata={"sequence": "7", "earliest": "40"})
        status = contract.rpc_status.Status(code=grpc.StatusCode.OUT_OF_RANGE.value[0],
                                            message=self.SAID)
        status.details.add().Pack(info)
        context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
        context.abort(grpc.StatusCode.OUT_OF_RANGE, self.SAID)

    def __enter__(self):
        outer = self

        class Events(contract.events_grpc.EventServiceServicer):
            def Subscribe(self, request, context):
                outer.refuse(context)

        class Subscriptions(contract.subscriptions_grpc.SubscriptionServiceServicer):
            def Pull(self, request, context):
                outer.refuse(context)

            def Consume(self, requests, context):
                outer.refuse(context)

        self.server = grpc.server(futures.ThreadPoolExecutor(4))
        contract.events_grpc.add_EventServiceServicer_to_server(Events(), self.server)
        contract.subscriptions_grpc.add_SubscriptionServiceServicer_to_server(
            Subscriptions(), self.server)
        self.address = f"127.0.0.1:{self.server.add_insecure_port('127.0.0.1:0')}"
        self.server.start()
        return self

    def __exit__(self, *_):
        self.server.stop(None)


class Trimmed(CameBack):
    """POSITION_EXPIRED."""

    def test_whoever_was_too_slow_is_told_at_once(self):
        with StandIn() as hub:
            for what in (["durable", "pull", DESK], ["durable", "consume", DESK],
                         ["subscribe", "--after", "7"],
                         ["subscribe", "--after", "7", "--cursor", self.cursor]):
                with self.subTest(what=what):
                    self.assertEqual(self.liaison(hub.address, *what, code=REFUSED), [])
                    self.assertIn("POSITION_EXPIRED", self.err)
                    self.assertIn("the log begins at 40 now", self.err)
                    self.assertIn("Start at the earliest sequence named", self.err)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    arguments, rest = parser.parse_known_args()
    CameBack.bin_dir = arguments.bin_dir.resolve()
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
