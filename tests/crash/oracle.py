"""What was sent, what was acknowledged, and whether a hub serves it.

Lives outside the hub and outlives it: every id is on record before it is sent, every
acknowledgement when it arrives. What was sent and neither acknowledged nor refused is `unknown`: it
may be there or not, all of a batch or nothing of it.
"""

import pathlib
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import grpc
import contract
import record
from findings import Findings

CALL_TIMEOUT_S = 30
READ_TIMEOUT_S = 600
MAX_READS = 10
# What lies in a log of ours before anything was sent: the rules in force.
FIRST_EVENT = contract.types.EVENT_TYPE_RULES


class Batch:
    """Items that are sent together; all or none of them enter the log."""

    def __init__(self, items):
        self.items = items

    def ids(self):
        return [item.draft.event_id for item in self.items]

    def request(self):
        return contract.publish.PublishRequest(items=self.items)

    def draft(self, event_id):
        return next(i.draft for i in self.items if i.draft.event_id == event_id)


class Oracle:
    """An append-only file of what was sent and what came back. Thread-safe."""

    def __init__(self, path):
        self._file = open(path, "w", buffering=1)
        self._lock = threading.Lock()
        self.sent = {}      # event id -> Batch
        self.acked = {}     # event id -> Receipt
        self.refused = set()
        self._fresh = []    # event ids acknowledged since take_fresh

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()

    def send(self, batch):
        with self._lock:
            for event_id in batch.ids():
                self.sent[event_id] = batch
                self.refused.discard(event_id)
                self._file.write(f"sent {event_id}\n")

    def acknowledge(self, receipt):
        """Returns the first receipt for this event."""
        with self._lock:
            self._file.write(f"acknowledged {receipt.event_id} {receipt.position.sequence} "
                             f"{receipt.digest.hex()} {int(receipt.duplicate)}\n")
            if receipt.event_id not in self.acked:
                self.acked[receipt.event_id] = receipt
                self._fresh.append(receipt.event_id)
            return self.acked[receipt.event_id]

    def refuse(self, batch, reason):
        """The hub said that nothing of it was written."""
        with self._lock:
            for event_id in batch.ids():
                self.refused.add(event_id)
                self._file.write(f"refused {event_id} {reason}\n")

    def unknown(self):
        """Batches with an item that was neither acknowledged nor refused."""
        return self._batches(lambda i: i not in self.acked and i not in self.refused)

    def unacknowledged(self):
        """Those, and the refused ones."""
        return self._batches(lambda i: i not in self.acked)

    def _batches(self, wanted):
        with self._lock:
            return list({id(b): b for i, b in self.sent.items() if wanted(i)}.values())

    def take_fresh(self):
        with self._lock:
            fresh, self._fresh = self._fresh, []
            return fresh


class Log:
    """The log as it is served, checked as it is read. Not thread-safe."""

    def __init__(self, oracle):
        self.oracle = oracle
        self.events = {}          # (author, event id) -> (sequence, digest, leaf hash)
        self.tree = record.Tree()
        self.registry = record.Tree()
        self.findings = Findings()
        self.log_id = ""
        self.hub_time_us = 0

    def expect(self, condition, name, note=""):
        return self.findings.expect(condition, name, note)

    def read_on(self, address, accepts_writes=True):
        """Reads what is new, then compares roots with what the hub says. Nobody may be writing.
        `accepts_writes`: what the hub has to say of that; None is anything. False where it could
        not be read."""
        with grpc.insecure_channel(address) as channel:
            try:
                return self._read_on(channel, accepts_writes)
            except grpc.RpcError as error:
                self._judge(error)
                return False

    def _read_on(self, channel, accepts_writes):
        events = contract.events_grpc.EventServiceStub(channel)
        directory = contract.directory_grpc.DirectoryServiceStub(channel)
        request = contract.events.SubscribeRequest(stop_at_head=True)
        request.after.log_id = self.log_id
        for _ in range(MAX_READS):
            request.after.sequence = self.tree.size
            for response in events.Subscribe(request, wait_for_ready=True, timeout=READ_TIMEOUT_S):
                for event in response.events.events:
                    self.take(event)
            hub = directory.GetHub(contract.directory.GetHubRequest(), timeout=CALL_TIMEOUT_S)
            if hub.head.sequence <= self.tree.size:
                break  # what was still under way when the reading began is read as well
        self.log_id = hub.head.log_id
        self.expect(hub.head.sequence == self.tree.size, "size_differs",
                    f"{self.tree.size} read, the head is {hub.head.sequence}")
        self.expect(hub.root == self.tree.root(), "root_differs")
        self.expect(hub.registry_size == self.registry.size, "registry_size_differs")
        self.expect(hub.registry_root == self.registry.root(), "registry_root_differs")
        if accepts_writes is not None:
            self.expect(hub.accepts_writes == accepts_writes,
                        "writes_refused" if accepts_writes else "not_refused", hub.refusal)
        return True

    def _judge(self, error):
        try:
            reason = contract.refusal_of(error).reason
        except ValueError:
            reason = ""
        name = {"POSITION_AHEAD_OF_LOG": "log_shrank",
                "LOG_INCARNATION_CHANGED": "log_id_changed"}.get(reason, "not_answered")
        self.expect(False, name, f"reading after {self.tree.size}: {error.details()}")

    def take(self, event):
        """The next event, as it was delivered."""
        leaf = record.decode_leaf(event.leaf)
        header = contract.event.EventHeader.FromString(event.header)
        note = f"sequence {event.sequence}, {header.author} {header.event_id}"
        self.expect(event.sequence == leaf.sequence == self.tree.size + 1, "sequence_not_dense",
                    f"{note} after {self.tree.size}")
        self.expect(leaf.digest == event.digest == record.event_digest(event.header),
                    "digest_differs", note)
        self.expect(leaf.registry_size == self.registry.size, "registry_size_in_leaf_differs", note)
        self.expect(leaf.hub_time_us >= self.hub_time_us, "hub_time_went_back", note)
        self.hub_time_us = max(self.hub_time_us, leaf.hub_time_us)
        self._open(event, header, note)
        name = (header.author, header.event_id)
        self.expect(name not in self.events, "duplicated", note)
        self.tree.add(event.leaf)
        self.events[name] = (event.sequence, event.digest, record.leaf_hash(event.leaf))
        kind = {contract.types.EVENT_TYPE_ORGANISATION: record.REGISTRY_ORGANISATION,
                contract.types.EVENT_TYPE_KEY: record.REGISTRY_KEY}.get(header.type)
        if kind:
            self.registry.add(record.registry_leaf(kind, self.registry.size, leaf))
        self._compare_words(event, header, note)

    def _open(self, event, header, note):
        commitments = {c.kind: c.commitment for c in header.commitments}
        self.expect(sorted(commitments) == [s.kind for s in event.sections], "section_missing",
                    note)
        for section in event.sections:
            opened = record.commitment(section.kind, section.salt, section.data)
            self.expect(commitments.get(section.kind) == opened, "commitment_does_not_open", note)

    def _compare_words(self, event, header, note):
        """What is served is what somebody sent."""
        batch = self.oracle.sent.get(header.event_id)
        if batch is None:
            self.expect(header.type == FIRST_EVENT and event.sequence == 1, "nobody_sent_it", note)
            return
        draft = batch.draft(header.event_id)
        says = (header.author, header.audience, header.cycle, header.language, list(header.topics))
        sent = (draft.author, draft.audience, draft.cycle, draft.language, list(draft.topics))
        self.expect(says == sent, "header_differs", note)
        sections = {s.kind: s.data for s in event.sections}
        body = getattr(draft, draft.WhichOneof("body"))
        content = sections.get(contract.types.SECTION_KIND_CONTENT, b"")
        self.expect(type(body).FromString(content) == body, "words_differ", note)
        if draft.HasField("personal"):
            personal = sections.get(contract.types.SECTION_KIND_PERSONAL, b"")
            self.expect(type(draft.personal).FromString(personal) == draft.personal,
                        "words_differ", note)

    def find(self, item):
        return self.events.get((item.draft.author, item.draft.event_id))

    def compare(self, event_ids):
        """What was acknowledged under these ids is here, as its receipt says."""
        for event_id in event_ids:
            receipt = self.oracle.acked[event_id]
            author = self.oracle.sent[event_id].draft(event_id).author
            stored = self.events.get((author, event_id))
            note = f"{author} {event_id}, acknowledged at {receipt.position.sequence}"
            if self.expect(stored is not None, "lost", note):
                says = (receipt.position.sequence, receipt.digest, receipt.leaf_hash)
                self.expect(stored == says, "receipt_differs", note)

    def compare_fresh(self):
        self.compare(self.oracle.take_fresh())

    def compare_all(self):
        self.oracle.take_fresh()
        self.compare(list(self.oracle.acked))

    def compare_refused(self):
        """Of what the hub said it did not write, nothing is there. Before it is sent again."""
        for event_id in list(self.oracle.refused):
            author = self.oracle.sent[event_id].draft(event_id).author
            self.expect((author, event_id) not in self.events, "refused_yet_there",
                        f"{author} {event_id}")
