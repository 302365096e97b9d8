#!/usr/bin/python3
"""Readers that take their answers slowly: what they cost all together, and who pays for it."""

import argparse
import pathlib
import socket
import sys
import tempfile
import threading
import time
import unittest
import uuid

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import contract
import hub as hubs
import web as webs
from contract import event, events, publish, types

READERS = 120
# With what Python keeps of it, what the kernel holds for each reader, and some room.
MAX_GROWTH_BYTES = 24 << 20
PATIENCE_S = 60
# Eight of these leave less than 70 kB of the 64 MiB that may wait.
LARGE_FILE_BYTES = 8_380_000
LARGE_FILES = 8


class Reader:
    """Asks for a path, and takes 100 kB every four seconds."""

    def __init__(self, port, path):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.connect(("127.0.0.1", port))
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        self.socket.setblocking(False)
        self.taken, self.next = b"", 0

    def take(self):
        if time.monotonic() < self.next:
            return
        try:
            piece = self.socket.recv(100_000)
        except BlockingIOError:
            return
        if not piece:
            raise RuntimeError(f"hung up on after {len(self.taken)} bytes")
        self.taken += piece
        if len(self.taken) > 1000:
            self.next = time.monotonic() + 4

    def close(self):
        self.socket.close()


class Trickle(threading.Thread):
    """Takes a little of each reader's again and again, which otherwise would be hung up on after
    ten seconds, whatever the test has come to by then; the gateway has most of it for a minute."""

    def __init__(self, readers):
        super().__init__(daemon=True)
        self.readers, self.over = readers, threading.Event()

    def run(self):
        while not self.over.wait(0.05):
            for reader in self.readers:
                reader.next = 0
                reader.take()

    def __enter__(self):
        self.start()

    def __exit__(self, *_):
        self.over.set()
        self.join()


def draft_of(text):
    draft = event.Draft(event_id=str(uuid.uuid4()), author="org/foreign", audience="igf/public",
                        cycle="2027", topics=["unspecified"], language="en")
    draft.topic_signal.purpose = types.PURPOSE_INFORMATION
    draft.topic_signal.title = "A fictional signal"
    draft.topic_signal.text = text
    return draft


class SlowReaders(unittest.TestCase):
    bin_dir = None

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="liaison-dashboard-")
        cls.addClassCleanup(folder.cleanup)
        dashboard = pathlib.Path(folder.name)
        (dashboard / "index.html").write_text("<!doctype html><title>fictional</title>")
        for number in range(LARGE_FILES):
            (dashboard / f"large-{number}.txt").write_bytes(b"%d" % number * LARGE_FILE_BYTES)
        cls.web = webs.Web(cls.bin_dir, flags=["--dashboard", str(dashboard)])
        cls.web.__enter__()
        cls.addClassCleanup(cls.web.__exit__)

    def setUp(self):
        # What it has had before is no measure of what it has.
        self.web.kill()
        self.web.start()

    def publish(self, *texts):
        ended = self.web.call("PublishService/Publish", publish.PublishRequest(
            items=[publish.PublishItem(draft=draft_of(text)) for text in texts]))
        self.assertEqual(ended.status, 0, ended.trailers)

    def readers_of(self, paths):
        readers = [Reader(self.web.port, path) for path in paths]
        for reader in readers:
            self.addCleanup(reader.close)
        return readers

    def wait_until_all_read(self, readers, at_least_s=0):
        """Returns the most memory that the gateway had meanwhile."""
        began, most = time.monotonic(), 0
        while (any(len(reader.taken) < 1000 for reader in readers)
               or time.monotonic() < began + at_least_s):
            self.assertLess(time.monotonic(), began + PATIENCE_S)
            for reader in readers:
                reader.take()
            most = max(most, self.web.memory())
            time.sleep(0.05)
        return most

    def costs(self, what, path, status=b"200"):
        self.assertEqual(self.web.get(path).status, 200)  # whatever is made once
        before = self.web.memory()
        readers = self.readers_of([path] * READERS)
        grown = self.wait_until_all_read(readers, at_least_s=5) - before
        for reader in readers:
            self.assertEqual(reader.taken.split(b" ")[1], status)
            reader.close()
        print(f"{READERS} slow readers of {what}: the gateway grew by {grown / 2**20:.1f} MiB",
              flush=True)
        self.assertLess(grown, MAX_GROWTH_BYTES)

    def eventually(self, condition, what):
        end = time.monotonic() + 20
        while not condition():
            self.assertLess(time.monotonic(), end, what)
            time.sleep(0.05)

    def test_slow_readers_of_a_file_have_one_body_together(self):
        self.costs("a file of 8 MB", "/large-0.txt")

    def test_slow_readers_of_an_export_have_a_piece_of_it_each(self):
        for _ in range(5):
            self.publish(*["fictional" * 4] * 1000)
        name = "/open-data/events-1-5000.jsonl"
        size = len(self.web.get(name).body)
        self.costs(f"an export of {size / 1e6:.1f} MB", name)

    def test_it_ends_in_order_while_they_read(self):
        for _ in range(3):
            self.publish(*["fictional" * 4] * 1000)
        self.wait_until_all_read(self.readers_of(
            ["/open-data/events-1-5000.jsonl"] * 20 + ["/large-0.txt"] * 20))
        self.assertEqual(self.web.stop(), 0)

    def test_beyond_what_may_wait_an_answer_is_refused_and_small_ones_are_not(self):
        self.publish("y" * 200_000)
        connection, stream = self.web.stream("EventService/Subscribe", events.SubscribeRequest(
            start_at=events.START_AT_LIVE))
        self.addCleanup(connection.close)
        webs.next_message(stream)
        readers = self.readers_of([f"/large-{n}.txt" for n in range(LARGE_FILES)])
        self.wait_until_all_read(readers)
        with Trickle(readers):
            refused = self.web.metric("liaison_web_answers_refused_total")
            small = self.web.call("EventService/ListEvents", events.ListEventsRequest(page_size=1))
            self.assertEqual(small.status, 0)
            whole = self.web.ask("POST", webs.SERVICE + "EventService/ListEvents", webs.frame(
                events.ListEventsRequest(filter="type = topic-signal", page_size=1000)
                .SerializeToString()), {"Content-Type": "application/grpc-web+proto"})
            self.assertEqual((whole.status, whole.getheader("Retry-After")), (503, "5"))
            for path in ("/", "/healthz", "/readyz", "/public/"):
                self.assertEqual(self.web.get(path).status, 200, path)
            # A stream goes on while its messages are small, and is hung up on for a large one.
            self.publish("small")
            while b"small" not in webs.next_message(stream):
                pass
            self.publish("z" * 200_000)
            with self.assertRaises(Exception):
                for _ in range(3):
                    webs.next_message(stream)
            self.assertGreaterEqual(self.web.metric("liaison_web_answers_refused_total"),
                                    refused + 2)
        for reader in readers:
            reader.close()
        self.eventually(lambda: self.web.get("/large-1.txt").status == 200, "the room stays taken")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    arguments, rest = parser.parse_known_args()
    SlowReaders.bin_dir = arguments.bin_dir
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
