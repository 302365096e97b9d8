#!/usr/bin/python3
"""kill -9 under load: what was acknowledged is there, once, in a dense order, under a true root.

Each round: writers publish (unary, atomic batches, streams), the hub is killed after 5 to 500 ms,
sometimes killed once more while it recovers, started again, and asked. The oracle lives outside the
hub: every id is on record before it is sent, every acknowledgement when it arrives. What was sent
and not acknowledged is `unknown`; it is looked for, then sent again, which must have one effect.

At the end everything is read once more from the beginning and the roots of both trees are computed
anew with hashlib. Prints one JSON summary; exits 0 iff nothing is wrong.
"""

import argparse
import collections
import json
import pathlib
import queue
import random
import statistics
import sys
import tempfile
import threading
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import grpc
import contract
import hub as hubs
import record

CALL_TIMEOUT_S = 30
STREAM_WINDOW_FRAMES = 8


class Oracle:
    """An append-only file of what was sent and what was acknowledged. Thread-safe."""

    def __init__(self, path):
        self._file = open(path, "w", buffering=1)
        self._lock = threading.Lock()
        self.sent = {}    # event id -> Batch
        self.acked = {}   # event id -> Receipt

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()

    def send(self, batch):
        with self._lock:
            for item in batch.items:
                self.sent[item.draft.event_id] = batch
                self._file.write(f"sent {item.draft.event_id}\n")

    def acknowledge(self, receipt):
        with self._lock:
            self._file.write(f"acknowledged {receipt.event_id} {receipt.position.sequence} "
                             f"{receipt.digest.hex()} {int(receipt.duplicate)}\n")
            return self.acked.setdefault(receipt.event_id, receipt)

    def unknown(self):
        """Batches with an item that has no acknowledgement."""
        with self._lock:
            waiting = (b for i, b in self.sent.items() if i not in self.acked)
            return list({id(b): b for b in waiting}.values())


class Batch:
    """Items that are sent together; all or none of them enter the log."""

    def __init__(self, items):
        self.items = items

    def ids(self):
        return [item.draft.event_id for item in self.items]


def make_batch(rng, author, size):
    return Batch([contract.publish.PublishItem(draft=make_draft(rng, author)) for _ in range(size)])


def make_draft(rng, author):
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
    draft.topic_signal.title = "A fictional signal"
    draft.topic_signal.text = "fictional words " * rng.randrange(1, 200)
    if rng.random() < 0.3:
        draft.personal.contacts.add(role=contract.bodies.CONTACT_ROLE_FROM,
                                    name="A fictional person", email="person@example.org")
    return draft


class Writer(threading.Thread):
    """Publishes until the hub is gone. A refusal that is not about the kill is a fault."""

    def __init__(self, number, seed, address, oracle, faults):
        super().__init__(daemon=True)
        self.rng = random.Random(seed)
        self.author = f"org/crash-writer-{number}"
        self.oracle = oracle
        self.faults = faults
        self.channel = grpc.insecure_channel(address, options=[("grpc.enable_retries", 0)])
        self.stub = contract.publish_grpc.PublishServiceStub(self.channel)
        self.loop = [self.publish_singly, self.publish_batches, self.publish_stream][number % 3]
        self.go = threading.Event()

    def run(self):
        try:
            grpc.channel_ready_future(self.channel).result(CALL_TIMEOUT_S)
            self.go.wait()
            while True:
                self.loop()
        except grpc.RpcError as error:
            self.judge(error)
        except Exception as error:  # a thread must not die in silence
            self.faults.append(f"{self.author}: {error!r}")
        finally:
            self.channel.close()

    def judge(self, error):
        if error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED):
            self.faults.append(f"{self.author}: {error.code()} {error.details()}")

    def publish_singly(self):
        self.send(make_batch(self.rng, self.author, 1))

    def publish_batches(self):
        self.send(make_batch(self.rng, self.author, self.rng.randrange(2, 12)))

    def send(self, batch):
        self.oracle.send(batch)
        request = contract.publish.PublishRequest(items=batch.items)
        for receipt in self.stub.Publish(request, timeout=CALL_TIMEOUT_S).receipts:
            self.oracle.acknowledge(receipt)

    def publish_stream(self):
        window = queue.Queue(STREAM_WINDOW_FRAMES)
        closed = threading.Event()

        def frames():
            frame_id = 0
            while not closed.is_set():
                batch = make_batch(self.rng, self.author, self.rng.randrange(1, 5))
                self.oracle.send(batch)
                frame_id += 1
                while not closed.is_set():
                    try:
                        window.put(frame_id, timeout=0.1)
                        break
                    except queue.Full:
                        pass
                yield contract.publish.PublishStreamRequest(
                    frame_id=frame_id, items=batch.items, atomic=True)

        try:
            for response in self.stub.PublishStream(frames()):
                if response.WhichOneof("frame") != "results":
                    continue
                if response.results.frame_id != window.get_nowait():
                    raise ValueError("results out of the order of frames")
                for result in response.results.results:
                    if result.HasField("error"):
                        raise ValueError(f"refused: {result.error.message}")
                    self.oracle.acknowledge(result.receipt)
        finally:
            closed.set()


class Log:
    """The log as it is served, checked as it is read."""

    def __init__(self):
        self.events = {}          # (author, event id) -> (sequence, digest, leaf hash)
        self.tree = record.Tree()
        self.registry = record.Tree()
        self.faults = collections.Counter()

    def read_on(self, address):
        """Reads what is new, then compares roots with what the hub says."""
        with grpc.insecure_channel(address) as channel:
            stub = contract.events_grpc.EventServiceStub(channel)
            request = contract.events.SubscribeRequest(stop_at_head=True)
            request.after.sequence = self.tree.size
            for response in stub.Subscribe(request, wait_for_ready=True, timeout=600):
                for event in response.events.events:
                    self.take(event)
            hub = contract.directory_grpc.DirectoryServiceStub(channel).GetHub(
                contract.directory.GetHubRequest(), timeout=CALL_TIMEOUT_S)
        self.expect(hub.head.sequence == self.tree.size, "size_differs")
        self.expect(hub.root == self.tree.root(), "root_differs")
        self.expect(hub.registry_size == self.registry.size, "registry_size_differs")
        self.expect(hub.registry_root == self.registry.root(), "registry_root_differs")
        self.expect(hub.accepts_writes, "writes_refused")

    def take(self, event):
        leaf = record.decode_leaf(event.leaf)
        header = contract.event.EventHeader.FromString(event.header)
        self.expect(event.sequence == leaf.sequence == self.tree.size + 1, "sequence_not_dense")
        self.expect(leaf.digest == event.digest == record.event_digest(event.header),
                    "digest_differs")
        self.expect(leaf.registry_size == self.registry.size, "registry_size_in_leaf_differs")
        commitments = {c.kind: c.commitment for c in header.commitments}
        self.expect(sorted(commitments) == [s.kind for s in event.sections], "section_missing")
        for section in event.sections:
            opened = record.commitment(section.kind, section.salt, section.data)
            self.expect(commitments.get(section.kind) == opened, "commitment_does_not_open")
        name = (header.author, header.event_id)
        self.expect(name not in self.events, "duplicated")
        self.tree.add(event.leaf)
        self.events[name] = (event.sequence, event.digest, record.leaf_hash(event.leaf))
        kind = {contract.types.EVENT_TYPE_ORGANISATION: record.REGISTRY_ORGANISATION,
                contract.types.EVENT_TYPE_KEY: record.REGISTRY_KEY}.get(header.type)
        if kind:
            self.registry.add(record.registry_leaf(kind, self.registry.size, leaf))

    def find(self, item):
        return self.events.get((item.draft.author, item.draft.event_id))

    def expect(self, condition, fault):
        self.faults[fault] += not condition

    def compare(self, oracle):
        """Everything acknowledged is here, as its receipt says."""
        for event_id, receipt in oracle.acked.items():
            item = next(i for i in oracle.sent[event_id].items if i.draft.event_id == event_id)
            stored = self.find(item)
            self.expect(stored is not None, "lost")
            if stored is not None:
                says = (receipt.position.sequence, receipt.digest, receipt.leaf_hash)
                self.expect(stored == says, "receipt_differs")


class Campaign:
    """Rounds of load, kill and recovery against one data folder."""

    def __init__(self, arguments, folder, oracle):
        self.rng = random.Random(arguments.seed)
        self.writers = arguments.writers
        self.hub = hubs.Hub(arguments.bin_dir, folder / "data")
        self.oracle = oracle
        self.log = Log()
        self.faults = []
        self.recovery_s = []
        self.counts = collections.Counter()

    def round(self):
        writers = [Writer(i, self.rng.getrandbits(64), self.hub.address, self.oracle, self.faults)
                   for i in range(self.writers)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.go.set()
        time.sleep(self.rng.uniform(0.005, 0.5))
        self.kill()
        for writer in writers:
            writer.join(CALL_TIMEOUT_S + 10)
            if writer.is_alive():
                self.faults.append(f"{writer.author} does not see that the hub is gone")
        if self.rng.random() < 0.2:
            self.hub.launch()
            time.sleep(self.rng.uniform(0.001, 0.1))
            self.kill()
            self.counts["kills_in_recovery"] += 1
        self.recovery_s.append(self.hub.start())
        self.log.read_on(self.hub.address)
        self.send_unknown_again()

    def kill(self):
        self.hub.kill()
        self.counts["kills"] += 1

    def send_unknown_again(self):
        with grpc.insecure_channel(self.hub.address) as channel:
            stub = contract.publish_grpc.PublishServiceStub(channel)
            for batch in self.oracle.unknown():
                found = [self.log.find(item) for item in batch.items]
                there = sum(f is not None for f in found)
                self.counts["unknown"] += len(found)
                self.counts["unknown_found"] += there
                self.log.expect(there in (0, len(found)), "batch_torn")
                receipts = stub.Publish(
                    contract.publish.PublishRequest(items=batch.items), timeout=CALL_TIMEOUT_S,
                    wait_for_ready=True).receipts
                self.log.expect([r.event_id for r in receipts] == batch.ids(),
                                "receipts_disordered")
                for receipt, stored in zip(receipts, found):
                    self.log.expect(receipt.duplicate == (stored is not None),
                                    "retry_not_one_effect")
                    first = self.oracle.acknowledge(receipt)
                    self.log.expect(first.digest == receipt.digest, "receipt_differs")

    def finish(self):
        """A last orderly stop, then everything anew from the beginning."""
        self.hub.stop()
        self.hub.start()
        self.log.read_on(self.hub.address)
        again = Log()
        again.read_on(self.hub.address)
        again.compare(self.oracle)
        again.expect(again.events == self.log.events, "history_changed")
        self.log.faults += again.faults
        self.hub.stop()


def summary(campaign, arguments, seconds):
    faults = {name: count for name, count in campaign.log.faults.items() if count}
    recovery_ms = sorted(round(s * 1000) for s in campaign.recovery_s)
    return {
        "rounds": arguments.rounds, "seed": arguments.seed, "writers": arguments.writers,
        "kills": campaign.counts["kills"],
        "kills_in_recovery": campaign.counts["kills_in_recovery"],
        "sent": len(campaign.oracle.sent), "acknowledged": len(campaign.oracle.acked),
        "unknown": campaign.counts["unknown"], "unknown_found": campaign.counts["unknown_found"],
        "lost": faults.pop("lost", 0), "duplicated": faults.pop("duplicated", 0),
        "other_faults": faults, "writer_faults": campaign.faults[:10],
        "log_size": campaign.log.tree.size, "registry_size": campaign.log.registry.size,
        "root_recomputed": campaign.log.tree.root().hex(),
        "recovery_ms": {"p50": round(statistics.median(recovery_ms)), "max": recovery_ms[-1]},
        "seconds": round(seconds, 1),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--writers", type=int, default=6)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", file=sys.stderr)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="liaison-crash-") as name, Oracle(
            pathlib.Path(name) / "oracle") as oracle:
        campaign = Campaign(arguments, pathlib.Path(name), oracle)
        try:
            campaign.hub.start()
            campaign.log.read_on(campaign.hub.address)
            for _ in range(arguments.rounds):
                campaign.round()
            campaign.finish()
        finally:
            campaign.hub.kill()
        result = summary(campaign, arguments, time.monotonic() - began)
    # A campaign that never got anything through proves nothing.
    result["ok"] = not (result["lost"] or result["duplicated"] or result["other_faults"]
                        or result["writer_faults"]) and result["acknowledged"] > arguments.rounds
    print(json.dumps(result))
    return 0 if result["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
