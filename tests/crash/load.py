"""Writers: publish unary, in atomic batches and in streams, and keep the oracle's record."""

import queue
import random
import threading
import uuid

from oracle import CALL_TIMEOUT_S, Batch

import grpc
import contract

STREAM_WINDOW_FRAMES = 8
# Said by the hub or by gRPC when the process is gone.
GONE = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
# Reasons that say for certain: nothing was written.
NOTHING_WRITTEN = {"DISK_FULL", "CLOCK_JUMPED", "QUEUE_FULL", "PREDECESSOR_FAILED",
                   "WINDOW_EXCEEDED"}


def make_batch(rng, author, size, max_words=60):
    return Batch([contract.publish.PublishItem(draft=make_draft(rng, author, max_words))
                  for _ in range(size)])


def make_draft(rng, author, max_words):
    draft = contract.event.Draft(
        event_id=str(uuid.UUID(int=rng.getrandbits(128), version=4)), author=author,
        audience="igf/public", cycle="2027", language="en")
    if rng.random() < 0.1:  # grows the registry tree as well
        name = f"{author}/unit-{rng.randrange(1000)}"
        draft.organisation.organisation = name
        draft.organisation.kind = contract.types.ORGANISATION_KIND_CIVIL_SOCIETY
        draft.organisation.name = f"fictional {name}"
        return draft
    draft.topics.append("unspecified")
    draft.topic_signal.purpose = contract.types.PURPOSE_INFORMATION
    draft.topic_signal.title = f"A fictional signal {rng.getrandbits(32)}"
    draft.topic_signal.text = "fictional words " * rng.randrange(1, max_words)
    if rng.random() < 0.3:
        draft.personal.contacts.add(role=contract.bodies.CONTACT_ROLE_FROM,
                                    name="A fictional person", email="person@example.org")
    return draft


def reason_of(error):
    """The reason of a grpc.RpcError or of a google.rpc.Status; empty where it has none."""
    try:
        if isinstance(error, grpc.RpcError):
            return contract.refusal_of(error).reason
        return contract.Refusal(error).reason
    except ValueError:
        return ""


class Refused(Exception):
    """A result of a stream that is no receipt."""

    def __init__(self, reason, message):
        super().__init__(message)
        self.reason = reason


class Writer(threading.Thread):
    """Publishes until an error ends it, or `stop` is set: `ended_by` is then (code, reason), or
    None. Whatever else goes wrong is a finding."""

    def __init__(self, number, seed, address, oracle, findings, timeout_s=CALL_TIMEOUT_S,
                 max_words=60, batch_items=(2, 11)):
        super().__init__(daemon=True)
        self.rng = random.Random(seed)
        self.author = f"org/crash-writer-{number}"
        self.oracle = oracle
        self.findings = findings
        self.timeout_s = timeout_s
        self.max_words = max_words
        self.batch_items = batch_items
        self.channel = grpc.insecure_channel(
            address, options=[("grpc.enable_retries", 0), ("grpc.use_local_subchannel_pool", 1)])
        self.stub = contract.publish_grpc.PublishServiceStub(self.channel)
        self.loop = [self.publish_singly, self.publish_batches, self.publish_stream][number % 3]
        self.stop = threading.Event()
        self.ended_by = None

    def run(self):
        try:
            while not self.stop.is_set():
                self.loop()
        except grpc.RpcError as error:
            self.ended_by = (error.code(), reason_of(error))
        except Refused as refused:
            self.ended_by = (None, refused.reason)
        except Exception as error:  # a thread must not die in silence
            self.findings.add("not_answered", f"{self.author}: {error!r}")
        finally:
            self.channel.close()

    def batch(self, least, most):
        batch = make_batch(self.rng, self.author, self.rng.randint(least, most), self.max_words)
        self.oracle.send(batch)
        return batch

    def publish_singly(self):
        self.publish(self.batch(1, 1))

    def publish_batches(self):
        self.publish(self.batch(*self.batch_items))

    def publish(self, batch):
        try:
            response = self.stub.Publish(batch.request(), timeout=self.timeout_s)
        except grpc.RpcError as error:
            if reason_of(error) in NOTHING_WRITTEN:
                self.oracle.refuse(batch, reason_of(error))
            raise
        for receipt in response.receipts:
            self.oracle.acknowledge(receipt)

    def publish_stream(self):
        window = queue.Queue(STREAM_WINDOW_FRAMES)
        closed = threading.Event()

        def frames():
            frame_id = 0
            while not closed.is_set() and not self.stop.is_set():
                batch = self.batch(1, 4)
                frame_id += 1
                while not closed.is_set():
                    try:
                        window.put((frame_id, batch), timeout=0.1)
                        break
                    except queue.Full:
                        pass
                yield contract.publish.PublishStreamRequest(
                    frame_id=frame_id, items=batch.items, atomic=True)

        try:
            for response in self.stub.PublishStream(frames(), timeout=self.timeout_s):
                if response.WhichOneof("frame") == "results":
                    self.take_results(response.results, *window.get_nowait())
        finally:
            closed.set()

    def take_results(self, results, frame_id, batch):
        if results.frame_id != frame_id:
            raise ValueError("results out of the order of frames")
        for result in results.results:
            if result.HasField("receipt"):
                self.oracle.acknowledge(result.receipt)
        # The one that stands for all of an atomic frame is not PREDECESSOR_FAILED.
        refusals = [r.error for r in results.results if r.HasField("error")]
        if refusals:
            reasons = [reason_of(error) for error in refusals]
            if NOTHING_WRITTEN.issuperset(reasons):
                self.oracle.refuse(batch, reasons[0])
            telling = [r for r in reasons if r != "PREDECESSOR_FAILED"] or reasons
            raise Refused(telling[0], refusals[0].message)
