#!/usr/bin/python3
"""A foreign client: Debian's python3-grpcio and code generated from proto/, nothing of ours.

It publishes without hashing anything, subscribes, resumes, and has one effect whatever happens to
the hub in between.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import uuid

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

import grpc
import contract
import hub as hubs
from contract import event, events, publish, types

CALL_TIMEOUT_S = 20


def new_draft():
    draft = event.Draft(event_id=str(uuid.uuid4()), author="org/foreign", audience="igf/public",
                        cycle="2027", topics=["unspecified"], language="en")
    draft.topic_signal.purpose = types.PURPOSE_INFORMATION
    draft.topic_signal.title = "A fictional signal"
    return draft


def event_id_of(stored):
    return event.EventHeader.FromString(stored.header).event_id


class ForeignClient(unittest.TestCase):
    bin_dir = None

    def setUp(self):
        self.hub = self.enterContext(hubs.TemporaryHub(self.bin_dir))
        self.connect()

    def connect(self):
        options = [("grpc.enable_retries", 0), ("grpc.max_reconnect_backoff_ms", 200)]
        self.channel = self.enterContext(grpc.insecure_channel(self.hub.address, options=options))
        self.publishing = contract.publish_grpc.PublishServiceStub(self.channel)
        self.reading = contract.events_grpc.EventServiceStub(self.channel)

    def publish(self, draft):
        request = publish.PublishRequest(items=[publish.PublishItem(draft=draft)])
        return self.publishing.Publish(request, timeout=CALL_TIMEOUT_S,
                                       wait_for_ready=True).receipts[0]

    def publish_until_answered(self, draft, deadline_s=60):
        """What any client does: the same draft again, until the hub has answered."""
        deadline = time.monotonic() + deadline_s
        while True:
            try:
                return self.publish(draft)
            except grpc.RpcError as error:
                # CANCELLED is how gRPC itself cuts off a call that arrives while it shuts down.
                again = error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
                if not again or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def read_after(self, sequence):
        request = events.SubscribeRequest(stop_at_head=True)
        request.after.sequence = sequence
        return [e for frame in self.reading.Subscribe(request, timeout=CALL_TIMEOUT_S,
                                                      wait_for_ready=True)
                for e in frame.events.events]

    def restart(self, end):
        address = self.hub.address
        end()
        self.hub.start(listen=address)

    # --- what it shows --------------------------------------------------------------------------

    def test_twenty_lines_publish_without_hashing(self):
        program = HERE / "publish_draft.py"
        text = program.read_text()
        self.assertLessEqual(len(text.splitlines()), 20)
        for word in ("hashlib", "sha256", "salt", "sign("):
            self.assertNotIn(word, text)
        with tempfile.TemporaryDirectory() as generated:
            contract.generate(generated)
            output = subprocess.run(
                ["/usr/bin/python3", str(program), self.hub.address], check=True,
                capture_output=True, text=True,
                env={**os.environ, "PYTHONPATH": generated}).stdout
        sequence, event_id = output.split()
        stored = self.read_after(int(sequence) - 1)[0]
        self.assertEqual(event_id_of(stored), event_id)

    def test_subscribes_and_resumes(self):
        for _ in range(20):
            self.publish(new_draft())
        everything = self.read_after(0)
        self.assertEqual([e.sequence for e in everything], list(range(1, len(everything) + 1)))
        for position in (0, 1, len(everything) - 5, len(everything)):
            self.assertEqual(self.read_after(position), everything[position:])

    def test_resumes_live_across_a_restart(self):
        first = self.publish(new_draft())
        request = events.SubscribeRequest(after=first.position)
        stream = self.reading.Subscribe(request, timeout=60)
        second = self.publish(new_draft())
        seen, position = [], first.position
        for frame in stream:
            for stored in frame.events.events:
                seen.append(event_id_of(stored))
                position = frame.events.position
            if seen:
                break
        self.restart(self.hub.kill)
        third = self.publish_until_answered(new_draft())
        seen += [event_id_of(e) for e in self.read_after(position.sequence)]
        self.assertEqual(seen, [second.event_id, third.event_id])

    def test_a_stopping_hub_says_where_to_resume(self):
        first = self.publish(new_draft())
        request = events.SubscribeRequest(after=first.position)
        stream = self.reading.Subscribe(request, timeout=60)
        self.assertEqual(next(stream).WhichOneof("frame"), "confirmed")
        stopping = threading.Thread(target=self.hub.stop)
        stopping.start()
        last = list(stream)[-1]
        stopping.join()
        self.assertEqual(last.closing.reason, events.CLOSING_REASON_SHUTTING_DOWN)
        self.assertEqual(last.closing.resume_after, first.position)

    def test_a_retry_across_a_restart_has_one_effect(self):
        for end in (self.hub.stop, self.hub.kill):
            with self.subTest(end.__name__):
                draft = new_draft()
                first = self.publish(draft)
                self.restart(end)
                again = self.publish_until_answered(draft)
                self.assertTrue(again.duplicate)
                self.assertEqual(again.position, first.position)
                self.assertEqual(again.digest, first.digest)
                self.assertEqual(self.count(draft.event_id), 1)

    def test_publishing_through_restarts_has_one_effect_each(self):
        drafts = [new_draft() for _ in range(200)]
        receipts = []

        def work():
            for draft in drafts:
                receipts.append(self.publish_until_answered(draft))

        worker = threading.Thread(target=work)
        worker.start()
        for end in (self.hub.kill, self.hub.stop, self.hub.kill):
            time.sleep(0.1)
            self.restart(end)
        worker.join()
        self.assertEqual(len(receipts), len(drafts), "the worker gave up")
        stored = {event_id_of(e): e.sequence for e in self.read_after(0)}
        self.assertEqual([stored[d.event_id] for d in drafts],
                         [r.position.sequence for r in receipts])
        self.assertEqual(len(self.read_after(0)), len(stored), "an event is there twice")

    def test_errors_have_one_reason(self):
        draft = new_draft()
        draft.audience = "everybody"
        with self.assertRaises(grpc.RpcError) as caught:
            self.publish(draft)
        refusal = contract.refusal_of(caught.exception)  # exactly one ErrorInfo, or it raises
        self.assertEqual(caught.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
        self.assertEqual((refusal.domain, refusal.reason), ("liaison.igf", "FIELD_INVALID"))
        self.assertIn("audience", refusal.violations[0].field)
        self.assertLessEqual(refusal.size_bytes, contract.MAX_ERROR_SIZE_BYTES)

    def count(self, event_id):
        return sum(event_id_of(e) == event_id for e in self.read_after(0))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    known, rest = parser.parse_known_args()
    ForeignClient.bin_dir = known.bin_dir
    unittest.main(argv=[sys.argv[0], *rest])
