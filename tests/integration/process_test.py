#!/usr/bin/python3
"""The two programs as others call them: ready line, signals, settings, exit codes, JSON lines."""

import argparse
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import uuid

import grpc

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

import contract
import hub as hubs
from contract import PROJECT

TIMEOUT_S = 60
# In an order in which a new hub takes them.
TYPES = ["organisation", "topic-scheme", "cycle", "topic-signal", "local-report", "decision",
         "support-request", "attendance", "liaison", "crosswalk"]


class ProgramCase(unittest.TestCase):
    bin_dir = None

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(
            tempfile.TemporaryDirectory(prefix="liaison-process-")))

    def program(self, name, *arguments, environment=None, **options):
        clean = {k: v for k, v in os.environ.items() if not k.startswith("LIAISON_")}
        return subprocess.run(
            [str(self.bin_dir.resolve() / name), *map(str, arguments)], cwd=self.folder, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=TIMEOUT_S,
            env={**clean, **(environment or {})}, **options)

    def hub(self, *flags):
        return hubs.Hub(self.bin_dir, self.folder / "data", flags)


class HubProcess(ProgramCase):
    def refused(self, *arguments, **options):
        done = self.program("liaisond", *arguments, **options)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(done.stdout, "", "standard output is for the ready line")
        return done.stderr

    def test_says_when_it_is_ready_and_stops_when_asked(self):
        hub = self.enterContext(self.hub())
        self.assertIs(hub.ready["ready"], True)
        host, port = hub.ready["grpc"].split(":")
        self.assertEqual(host, "127.0.0.1")
        socket.create_connection((host, int(port)), TIMEOUT_S).close()
        hub.stop()  # raises unless it exits 0

    def test_stops_with_a_subscriber_connected(self):
        hub = self.enterContext(self.hub())
        reader = subprocess.Popen([str(self.bin_dir / "liaison"), "--hub", hub.address,
                                   "subscribe", "--output", "json"], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL)
        try:
            self.assertTrue(reader.stdout.readline())
            self.assertLess(hub.stop(), 10)
        finally:
            reader.kill()
            reader.wait()
            reader.stdout.close()

    def test_a_subscriber_is_told_of_the_shutdown(self):
        hub = self.enterContext(self.hub())
        with grpc.insecure_channel(hub.address) as channel:
            request = contract.events.SubscribeRequest(
                start_at=contract.events.START_AT_BEGINNING)
            frames = contract.events_grpc.EventServiceStub(channel).Subscribe(
                request, timeout=TIMEOUT_S)
            while next(frames).WhichOneof("frame") != "caught_up":
                pass
            hub.stop()
            last = list(frames)[-1]
        self.assertEqual(last.WhichOneof("frame"), "closing")
        self.assertEqual(last.closing.reason, contract.events.CLOSING_REASON_SHUTTING_DOWN)
        self.assertEqual(last.closing.resume_after.sequence, 1)

    def test_a_data_folder_has_one_hub(self):
        self.enterContext(self.hub())
        said = self.refused("--data-dir", self.folder / "data", "--listen", "127.0.0.1:0")
        self.assertIn("data", said)

    def test_a_port_has_one_hub(self):
        hub = self.enterContext(self.hub())
        said = self.refused("--data-dir", self.folder / "other", "--listen", hub.address)
        self.assertIn(hub.address, said)

    def test_an_unknown_key_is_an_error_with_its_line(self):
        file = self.folder / "settings.toml"
        file.write_text('# first\ndata_dir = "data"\n\ncolour = "red"\n')
        said = self.refused("--config", file)
        self.assertIn("line 4", said)
        self.assertIn("colour", said)

    def test_no_file_is_an_error(self):
        self.assertIn("nowhere.toml", self.refused("--config", "nowhere.toml"))

    def test_flags_are_over_variables_over_the_file(self):
        (self.folder / "liaisond.toml").write_text(
            'data_dir = "from-file"\nlisten = "127.0.0.1:1"\n')
        process = subprocess.Popen(
            [str(self.bin_dir / "liaisond"), "--listen", "127.0.0.1:0"], cwd=self.folder,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**os.environ, "LIAISON_DATA_DIR": "from-variable"})
        try:
            self.assertTrue(json.loads(process.stdout.readline())["ready"])
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(TIMEOUT_S)
            process.stdout.close()
        self.assertTrue((self.folder / "from-variable").is_dir())
        self.assertFalse((self.folder / "from-file").exists())

    def test_the_settings_that_are_shipped_are_taken(self):
        hub = self.enterContext(self.hub("--config", str(PROJECT / "deploy/liaisond.toml")))
        hub.stop()

    def test_an_unknown_variable_is_an_error(self):
        said = self.refused("--data-dir", self.folder / "data",
                            environment={"LIAISON_DATA_DRI": "elsewhere"})
        self.assertIn("LIAISON_DATA_DRI", said)

    def test_a_reader_that_takes_nothing_is_told_and_misses_nothing(self):
        hub = self.enterContext(self.hub("--slow-consumer-timeout-s", "1"))
        channel = self.enterContext(grpc.insecure_channel(hub.address))
        stub = contract.events_grpc.EventServiceStub(channel)
        total = self.publish_some_mebibytes(channel)

        def subscribe(after):
            return stub.Subscribe(contract.events.SubscribeRequest(
                after=contract.types.Position(sequence=after), stop_at_head=True),
                timeout=TIMEOUT_S)

        def sleep_and_read(seconds):
            """What was seen, and how it ended."""
            seen = []
            sleeper = subscribe(0)
            next(sleeper)
            time.sleep(seconds)
            try:
                for frame in sleeper:
                    seen += [e.sequence for e in frame.events.events]
            except grpc.RpcError as error:
                return seen, error
            return seen, None

        # The hub looks round once a while; gRPC has read what its window takes. Where the machine
        # has not got as far, nobody was too slow yet.
        for seconds in (3, 10, 30):
            seen, error = sleep_and_read(seconds)
            if error:
                break
        self.assertIsNotNone(error, "nobody was told")
        refusal = contract.refusal_of(error)
        self.assertEqual(refusal.reason, "SLOW_CONSUMER")
        self.assertEqual(error.code(), grpc.StatusCode.UNAVAILABLE)
        self.assertLess(len(seen), total)
        for frame in subscribe(seen[-1]):
            seen += [e.sequence for e in frame.events.events]
        self.assertEqual(seen, list(range(1, total + 1)))

    @staticmethod
    def publish_some_mebibytes(channel):
        """More than a connection's window ever takes. Returns the head."""
        stub = contract.publish_grpc.PublishServiceStub(channel)
        for _ in range(40):
            request = contract.publish.PublishRequest()
            for _ in range(20):
                draft = request.items.add().draft
                draft.event_id = str(uuid.uuid4())
                draft.author, draft.audience = "org/example-nri", "igf/public"
                draft.language, draft.cycle = "en", "2027"
                draft.topics.append("unspecified")
                draft.topic_signal.purpose = contract.types.PURPOSE_INFORMATION
                draft.topic_signal.title = "A fictional signal"
                draft.topic_signal.text = "Fictional words. " * 1000
            head = stub.Publish(request, timeout=TIMEOUT_S).receipts[-1].position.sequence
        return head

    def test_only_loopback(self):
        self.refused("--data-dir", self.folder / "data", "--listen", "0.0.0.0:0")


class CommandLine(ProgramCase):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(self.hub())

    def liaison(self, *arguments, **options):
        return self.program("liaison", "--hub", self.server.address, *arguments, **options)

    def lines(self, *arguments, **options):
        done = self.liaison(*arguments, **options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def example(self, kind, **fields):
        done = self.program("liaison", "example", kind)
        self.assertEqual(done.returncode, 0, done.stderr)
        return {**json.loads(done.stdout), **fields}

    def register(self):
        """Whoever the examples are by, an initiative and the MAG, and the cycle they are of."""
        initiative, mag = self.example("organisation"), self.example("organisation")
        mag["organisation"].update(organisation="org/igf-mag", kind="ORGANISATION_KIND_MAG")
        cycle = self.example("cycle", cycle=self.example("topic-signal")["cycle"])
        cycle["cycle_body"]["cycle_id"] = cycle["cycle"]
        self.publish(initiative, mag, cycle)

    def publish(self, *drafts):
        text = "\n".join(json.dumps(d) for d in drafts) + "\n"
        return self.lines("publish", "-", input=text)

    def subscribe(self, *arguments):
        return self.lines("subscribe", *arguments, "--until-caught-up", "--output", "json")

    def test_an_example_of_each_type_is_valid(self):
        self.register()
        for kind in TYPES:
            with self.subTest(kind):
                draft = self.example(kind)
                self.assertEqual(draft["audience"], "igf/public")
                receipt = self.publish(draft)[0]
                self.assertIsInstance(receipt["sequence"], int)
                stored = self.subscribe("--after", str(receipt["sequence"] - 1))[0]
                self.assertEqual(stored["type"], kind)
                self.assertEqual(stored["author"], draft["author"])
                self.assertEqual(stored["event_id"], receipt["event_id"])

    def test_receipts_come_one_a_line_in_order(self):
        drafts = [self.example("topic-signal") for _ in range(20)]
        receipts = self.publish(*drafts)
        first = receipts[0]["sequence"]
        self.assertEqual([r["sequence"] for r in receipts], list(range(first, first + 20)))
        self.assertEqual([r["duplicate"] for r in receipts], [False] * 20)
        self.assertEqual(len({r["event_id"] for r in receipts}), 20)

    def test_receipts_are_flushed_as_they_come(self):
        process = subprocess.Popen(
            [str(self.bin_dir / "liaison"), "--hub", self.server.address, "publish", "-"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            for _ in range(3):
                process.stdin.write(json.dumps(self.example("topic-signal")) + "\n")
                process.stdin.flush()
                self.assertIn("sequence", json.loads(process.stdout.readline()))
        finally:
            process.stdin.close()
            self.assertEqual(process.wait(TIMEOUT_S), 0)
            process.stdout.close()

    def test_publishing_again_says_duplicate(self):
        draft = self.example("topic-signal", event_id="a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")
        first, again = self.publish(draft)[0], self.publish(draft)[0]
        self.assertEqual((first["duplicate"], again["duplicate"]), (False, True))
        self.assertEqual(first["sequence"], again["sequence"])

    def test_without_a_start_it_begins_at_the_first(self):
        self.publish(self.example("topic-signal"))
        sequences = [e["sequence"] for e in self.subscribe()]
        self.assertEqual(sequences, list(range(1, len(sequences) + 1)))

    def test_a_filter(self):
        self.register()
        self.publish(self.example("topic-signal"), self.example("local-report"))
        self.assertEqual({e["type"] for e in self.subscribe("--filter", "type = local-report")},
                         {"local-report"})

    def test_bad_input_says_why(self):
        draft = self.example("topic-signal", audience="everybody")
        done = self.liaison("publish", "-", input=json.dumps(draft))
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("audience", done.stderr)
        done = self.liaison("publish", "-", input="{ this is no JSON")
        self.assertNotEqual(done.returncode, 0)
        self.assertTrue(done.stderr.strip())

    def test_get_list_info_and_doctor(self):
        receipt = self.publish(self.example("topic-signal"))[0]
        for command in (["get", str(receipt["sequence"])], ["list"], ["info"], ["doctor"]):
            with self.subTest(command[0]):
                done = self.liaison(*command)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertTrue(done.stdout.strip())
        self.assertIn("development", self.liaison("info").stdout)

    def test_export_is_input(self):
        """What is exported can be published elsewhere, and is the same there."""
        self.register()
        self.publish(*(self.example(kind) for kind in TYPES))
        exported = self.liaison("export").stdout
        (self.folder / "export.jsonl").write_text(exported)
        with hubs.TemporaryHub(self.bin_dir) as other:
            done = self.program("liaison", "--hub", other.address, "publish", "export.jsonl")
            self.assertEqual(done.returncode, 0, done.stderr)
            again = self.program("liaison", "--hub", other.address, "export").stdout
        self.assertEqual(again, exported)

    def test_no_hub_is_said_within_a_while(self):
        self.server.kill()
        began = time.monotonic()
        done = self.liaison("publish", "-", input=json.dumps(self.example("topic-signal")))
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(self.server.address, done.stderr)
        self.assertLess(time.monotonic() - began, 30)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    known, rest = parser.parse_known_args()
    ProgramCase.bin_dir = known.bin_dir.resolve()
    unittest.main(argv=[sys.argv[0], *rest])
