"""The hubs of a federation under test, whoever publishes there, and the outside record of it."""

import collections
import pathlib
import random
import sys
import threading
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import grpc
import contract
import hub as hubs
import record
import signing
from clock_jumps import Clock
from contract import bodies, event, events, publish, transparency, types
from federation_model import Event, Stored
from federation_policies import GROUPS, INSPECTOR, TOPICS, authors_of
from load import reason_of

CALL_TIMEOUT_S = 20
WRITE_TIMEOUT_S = 5
PAUSE_S = (0.02, 0.12)  # of a writer, between two batches
KIND = {value: name.removeprefix("EVENT_TYPE_").lower().replace("_", "-")
        for name, value in types.EventType.items()}
# Nothing was written, or nobody knows: sent again with the same ids, it has one effect.
TRY_AGAIN = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED,
             grpc.StatusCode.DEADLINE_EXCEEDED)
# What a writer says of others' events need not be here yet, or not for its author.
MAY_BE_REFUSED = {"TARGET_UNKNOWN"}


class Record:
    """What was acknowledged, and where; beside the hubs. Thread-safe."""

    def __init__(self):
        self._lock = threading.Lock()
        self._acknowledged = {}  # digest -> Event
        self.refused = collections.Counter()

    def acknowledge(self, made):
        with self._lock:
            self._acknowledged[made.digest] = made

    def refuse(self, reason):
        with self._lock:
            self.refused[reason] += 1

    def acknowledged(self):
        with self._lock:
            return dict(self._acknowledged)

    def any_of(self, rng, hub):
        with self._lock:
            others = [e for e in self._acknowledged.values() if e.hub != hub]
        return rng.choice(others) if others else None


def wait_until(condition, timeout_s):
    """Seconds it took; None where it did not come to it."""
    began = time.monotonic()
    while time.monotonic() - began < timeout_s:
        if condition():
            return time.monotonic() - began
        time.sleep(0.1)
    return None


class Member:
    """One hub: its process, its clock, and what it serves, as its own secretariat reads it."""

    def __init__(self, name, bin_dir, folder):
        self.name = name
        self.secretariat = f"org/secretariat-{name}"
        self.policy = folder / f"{name}.toml"
        self.policy.write_text("")
        preloaded = pathlib.Path(bin_dir).resolve() / "jumping_clock.so"
        self.clock = Clock(folder / f"{name}.clock") if preloaded.exists() else None
        environment = {"LD_PRELOAD": str(preloaded),
                       "JUMPING_CLOCK_FILE": str(self.clock.path)} if self.clock else {}
        self.hub = hubs.Hub(bin_dir, folder / name,
                            ["--hub", name, "--federation-policy", str(self.policy)],
                            environment=environment)
        self.key = signing.Key()
        self.channel = None
        self.lines_here = []  # lines that lead to it
        self.forget()

    def forget(self):
        """What was read is read again."""
        self.stored, self.leaf_hashes, self.tree, self.log_id = [], [], record.Tree(), ""
        self.lanes = {}  # hub -> what this one hands on of that one's

    def start(self):
        self.hub.start()
        for line in self.lines_here:
            line.lead_to(self.hub.address)
        self.channel = grpc.insecure_channel(self.hub.address, options=[
            ("grpc.enable_retries", 0), ("grpc.use_local_subchannel_pool", 1)])

    def kill(self):
        self.channel.close()
        self.hub.kill()

    def stop(self):
        self.channel.close()
        self.hub.stop()

    def call(self, service, method, request, as_=None, timeout=CALL_TIMEOUT_S):
        module = getattr(contract, service)
        name = f"{service.title()}Service" if service != "events" else "EventService"
        stub = getattr(getattr(contract, f"{service}_grpc"), f"{name}Stub")(self.channel)
        return getattr(stub, method)(request, timeout=timeout,
                                     metadata=(("liaison-as", as_),) if as_ else ())

    def accept_clock(self):
        self.call("admin", "AcceptClock", contract.admin.AcceptClockRequest())

    def checkpoint(self):
        return self.call("transparency", "GetCheckpoint",
                         contract.transparency.GetCheckpointRequest())

    def peers(self):
        return self.call("federation", "ListPeers", contract.federation.ListPeersRequest()).peers

    def read_on(self, origins):
        """Reads what is new: all that its secretariat may read, and, as a peer to whom everything
        may go, what it hands on of others. `origins`: hub -> HOST/HUB/LOG_ID."""
        size = self.call("directory", "GetHub", contract.directory.GetHubRequest()).head.sequence
        while len(self.leaf_hashes) < size:
            page = self.call("transparency", "ListLeafHashes", transparency.ListLeafHashesRequest(
                tree=transparency.TREE_LOG, begin_index=len(self.leaf_hashes),
                end_index=size)).hashes
            for at in range(0, len(page), 32):
                self.leaf_hashes.append(page[at:at + 32])
                self.tree.add_hash(page[at:at + 32])
        hubs_of = {origin: name for name, origin in origins.items()}
        request = events.SubscribeRequest(stop_at_head=True)
        request.after.log_id = self.log_id
        request.after.sequence = self.stored[-1].sequence if self.stored else 0
        for frame in self.call("events", "Subscribe", request, as_=self.secretariat):
            if frame.HasField("confirmed"):
                self.log_id = frame.confirmed.head.log_id
            for one in frame.events.events:
                if one.sequence <= size:  # what came since is the next look's
                    self._take(one, hubs_of)
        for name, origin in origins.items():
            if name != self.name:
                self.lanes.setdefault(name, Lane(name, origin)).pull(self)

    def _take(self, one, hubs_of):
        leaf = record.decode_leaf(one.leaf)
        if not one.sequence == leaf.sequence or (
                self.stored and one.sequence <= self.stored[-1].sequence):
            raise AssertionError(f"{self.name}: {one.sequence} is out of order")
        if record.leaf_hash(one.leaf) != self.leaf_hashes[one.sequence - 1]:
            raise AssertionError(f"{self.name}: the leaf at {one.sequence} is not that of its tree")
        if not leaf.digest == one.digest == record.event_digest(one.header):
            raise AssertionError(f"{self.name}: the digest at {one.sequence} is of another header")
        here = {s.kind: s.data for s in one.sections if s.status == event.SECTION_STATUS_PRESENT}
        self.stored.append(Stored(
            one.sequence, one.digest, one.header, kind_of(one.header),
            here.get(types.SECTION_KIND_CONTENT), types.SECTION_KIND_PERSONAL in here,
            leaf.kind == record.RELAYED,
            hubs_of.get(one.relayed.origin, one.relayed.origin), one.relayed.sequence,
            one.relayed.leaf_hash))

    def everything(self):
        """(all that was read, how many events there are of which nobody could read anything).
        What is for others' partners nobody reads here; it is handed on all the same."""
        read = {one.digest for one in self.stored}
        handed_on = [one for lane in self.lanes.values() for one in lane.items.values()
                     if one.digest not in read]
        hidden = len(self.leaf_hashes) - len(self.stored)
        return self.stored + handed_on, hidden - len(handed_on)

    def digests(self):
        return {one.digest for one in self.everything()[0]}

    def check_root(self):
        """The leaves that were read are all that the hub says it has."""
        said = self.call("directory", "GetHub", contract.directory.GetHubRequest())
        if (said.head.sequence, said.root) != (self.tree.size, self.tree.root()):
            raise AssertionError(f"{self.name}: {self.tree.size} events read lead to another root "
                                 f"than that of {said.head.sequence}")


def kind_of(header):
    return KIND[event.EventHeader.FromString(header).type]


class Lane:
    """What one hub hands on of another's log, as its peer sees it. Proves nothing: the hubs do."""

    def __init__(self, hub, origin):
        self.hub = hub
        self.request = contract.federation.PullLaneRequest(origin=origin)
        self.items = {}  # digest -> Stored

    def pull(self, member):
        while True:
            answer = member.call("federation", "PullLane", self.request, as_=INSPECTOR)
            self.request.registry_size += len(answer.registry)
            for item in [i for piece in answer.pieces for i in piece.items] + list(answer.late):
                self._take(item)
            if not answer.registry or answer.pieces:
                self.request.late_after = max(self.request.late_after, answer.late_through)
            if answer.pieces:
                self.request.settled = answer.pieces[-1].last
            elif not answer.registry and not answer.late:
                return

    def _take(self, item):
        here = {s.kind: s.data for s in item.sections
                if s.presence == contract.federation.LANE_PRESENCE_HERE}
        digest = record.event_digest(item.header)
        self.items[digest] = Stored(
            0, digest, item.header, kind_of(item.header), here.get(types.SECTION_KIND_CONTENT),
            types.SECTION_KIND_PERSONAL in here, True, self.hub, item.sequence,
            record.leaf_hash(item.leaf))


class Writer(threading.Thread):
    """Publishes at one hub until it is stopped; what it has begun it repeats until it is answered,
    whatever happens to the hub meanwhile."""

    def __init__(self, member, seed, outside):
        super().__init__(daemon=True)
        self.member, self.outside = member, outside
        self.rng = random.Random(seed)
        self.go_on, self.idle = threading.Event(), threading.Event()
        self.stopping = False
        self.pause_s = PAUSE_S
        self.failed = None
        self.said = []  # own statements that can be followed: (digest, draft, kind)

    def run(self):
        try:
            while not self.stopping:
                if not self.go_on.is_set():
                    self.idle.set()
                    self.go_on.wait(0.1)
                    continue
                self.deliver([self.make() for _ in range(self.rng.choice((1, 1, 1, 2, 6)))])
                time.sleep(self.rng.uniform(*self.pause_s))
        except Exception as error:  # a thread must not die in silence
            self.failed = error
        self.idle.set()

    def pause(self):
        """Once this returns, everything that was begun is on record."""
        self.go_on.clear()
        self.idle.clear()
        if not self.idle.wait(60) or self.failed:
            raise AssertionError(f"the writer at {self.member.name}: {self.failed or 'waits'}")

    def resume(self):
        self.idle.clear()
        self.go_on.set()

    def deliver(self, made):
        """`made`: of each item the request's item, its header's facts and its body."""
        request = publish.PublishRequest(items=[item for item, _, _ in made])
        while not self.stopping:
            try:
                receipts = self.member.call("publish", "Publish", request,
                                            timeout=WRITE_TIMEOUT_S).receipts
            except (grpc.RpcError, ValueError) as error:  # ValueError: the channel was closed
                if isinstance(error, ValueError) or error.code() in TRY_AGAIN:
                    time.sleep(0.05)
                    continue
                reason = reason_of(error)
                if reason not in MAY_BE_REFUSED:
                    raise AssertionError(f"{reason} {error.details()}: {request}") from error
                self.outside.refuse(reason)
                return
            for (item, facts, body), receipt in zip(made, receipts):
                self.acknowledge(item, facts, body, receipt)
            return

    def acknowledge(self, item, facts, body, receipt):
        signed = item.WhichOneof("item") == "signed"
        digest = receipt.digest
        header = item.signed.header if signed else receipt.header
        kind = kind_of(header)
        self.outside.acknowledge(Event(
            self.member.name, receipt.position.sequence, digest, receipt.leaf_hash, header,
            facts.author, kind, facts.audience, tuple(facts.topics), self.about(facts),
            body.SerializeToString()))
        if kind in ("topic-signal", "amendment", "retraction"):
            self.said.append((digest, facts, kind))

    @staticmethod
    def about(facts):
        if facts.HasField("redaction") and facts.redaction.target_digest:
            return (facts.redaction.target_digest,)
        return tuple(r.digest for r in facts.references if r.relation in
                     (types.RELATION_REVISES, types.RELATION_RETRACTS))

    # --- what is said -------------------------------------------------------------------------

    def make(self):
        """(PublishItem, draft or header that has the facts, body)"""
        kind = self.rng.choices(
            ("signal", "signed", "amendment", "retraction", "redaction", "organisation"),
            (45, 20, 14, 9, 5, 7))[0]
        followed = [one for one in self.said[-40:]
                    if one[2] == "topic-signal" and one[1].author.endswith(("-a", "-b", "/desk"))]
        if kind == "signed":
            return self.signed_signal()
        if kind == "organisation":
            return self.organisation()
        if kind == "signal" or not followed:
            return self.signal()
        digest, draft, _ = self.rng.choice(followed)
        made = getattr(self, kind)(digest, draft)
        if kind == "redaction" or kind == "retraction":
            self.said = [one for one in self.said if one[0] != digest]  # once is enough
        return self.as_item(made)

    def as_item(self, draft):
        return (publish.PublishItem(draft=draft), draft, getattr(draft, draft.WhichOneof("body")))

    def draft(self, author, audience, **more):
        return event.Draft(event_id=self.new_id(), author=author, audience=audience, language="en",
                           **more)

    def new_id(self):
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))

    def audience(self):
        return f"{self.member.name}/{self.rng.choices(GROUPS, (6, 3, 2))[0]}"

    def signal(self):
        draft = self.draft(self.rng.choice(authors_of(self.member.name)[:-1]), self.audience(),
                           topics=[self.rng.choice(TOPICS)])
        draft.topic_signal.purpose = types.PURPOSE_INFORMATION
        draft.topic_signal.title = f"A fictional signal {self.rng.getrandbits(32)}"
        draft.topic_signal.text = "fictional words " * self.rng.randrange(1, 60)
        draft.personal.contacts.add(role=bodies.CONTACT_ROLE_FROM, name="A fictional person")
        if self.rng.random() < 0.1:
            other = self.outside.any_of(self.rng, self.member.name)
            if other is not None:
                draft.references.add(digest=other.digest, relation=types.RELATION_REFERS_TO)
        return self.as_item(draft)

    def signed_signal(self):
        body = bodies.TopicSignal(purpose=types.PURPOSE_INFORMATION,
                                  title=f"A fictional signed signal {self.rng.getrandbits(32)}")
        header = signing.signal_header(authors_of(self.member.name)[-1], self.new_id(), body)
        header.audience = self.audience()
        header.topics[:] = [self.rng.choice(TOPICS)]
        signed = signing.signed_event(self.member.key, header, [
            signing.section(types.SECTION_KIND_CONTENT, body.SerializeToString())])
        return publish.PublishItem(signed=signed), header, body

    def organisation(self):
        draft = self.draft(self.member.secretariat, f"{self.member.name}/public")
        draft.organisation.organisation = f"org/{self.member.name}-x/unit-{self.new_id()[:8]}"
        draft.organisation.kind = types.ORGANISATION_KIND_CIVIL_SOCIETY
        draft.organisation.name = "A fictional organisation"
        return self.as_item(draft)

    def amendment(self, digest, said):
        draft = self.draft(said.author, said.audience)
        draft.references.add(digest=digest, relation=types.RELATION_REVISES)
        draft.amendment.kind = bodies.AMENDMENT_KIND_CORRECTION
        draft.amendment.text = f"better fictional words {self.rng.getrandbits(32)}"
        draft.amendment.reason = "they were wrong"
        return draft

    def retraction(self, digest, said):
        draft = self.draft(said.author, said.audience)
        draft.references.add(digest=digest, relation=types.RELATION_RETRACTS)
        draft.retraction.cause = bodies.RETRACTION_CAUSE_WITHDRAWN
        draft.retraction.reason = "it is taken back"
        return draft

    def redaction(self, digest, said):
        draft = self.draft(said.author, said.audience)
        draft.redaction.target_digest = digest
        draft.redaction.section = types.SECTION_KIND_PERSONAL
        draft.redaction.reason = bodies.REDACTION_REASON_PERSONAL_DATA
        return draft

    def settle_in(self):
        """The hub's organisations and the key that signs, before anything else."""
        for name, kind in ((self.member.secretariat, types.ORGANISATION_KIND_SECRETARIAT),
                           (f"org/{self.member.name}-x", types.ORGANISATION_KIND_CIVIL_SOCIETY),
                           (authors_of(self.member.name)[-1],
                            types.ORGANISATION_KIND_NRI_NATIONAL)):
            draft = self.draft(self.member.secretariat, f"{self.member.name}/public")
            draft.organisation.organisation, draft.organisation.kind = name, kind
            draft.organisation.name = "A fictional organisation"
            self.deliver([self.as_item(draft)])
        key = self.member.key.draft(authors_of(self.member.name)[-1], self.new_id(),
                                    bodies.KEY_ACTION_ADD)
        key.audience = f"{self.member.name}/public"
        self.deliver([self.as_item(key)])
