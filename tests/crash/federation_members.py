"""The hubs of a federation under test as they are read, and the outside record of them."""

import collections
import concurrent.futures
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import grpc
import contract
import hub as hubs
import record
from clock_jumps import Clock
from contract import event, events, transparency, types
from federation_model import Stored, Told
from federation_policies import INSPECTOR

CALL_TIMEOUT_S = 20
KIND = {value: name.removeprefix("EVENT_TYPE_").lower().replace("_", "-")
        for name, value in types.EventType.items()}


class Record:
    """What was acknowledged, and where; beside the hubs. Thread-safe."""

    def __init__(self):
        self._lock = threading.Lock()
        self._acknowledged = {}  # digest -> Event
        self._never = set()  # digests of what nobody may take
        self.refused = collections.Counter()
        self.done = collections.Counter()  # what was said, by sort

    def acknowledge(self, made):
        with self._lock:
            self._acknowledged[made.digest] = made

    def forbid(self, digest):
        with self._lock:
            self._never.add(digest)

    def refuse(self, reason):
        with self._lock:
            self.refused[reason] += 1

    def count(self, sort):
        with self._lock:
            self.done[sort] += 1

    def acknowledged(self):
        with self._lock:
            return dict(self._acknowledged)

    def told(self):
        with self._lock:
            return Told(dict(self._acknowledged), frozenset(self._never))

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

    def __init__(self, name, bin_dir, folder, clock=True):
        self.name = name
        self.secretariat = f"org/secretariat-{name}"
        self.policy = folder / f"{name}.toml"
        self.policy.write_text("")
        preloaded = pathlib.Path(bin_dir).resolve() / "jumping_clock.so"
        self.clock = Clock(folder / f"{name}.clock") if clock and preloaded.exists() else None
        environment = {"LD_PRELOAD": str(preloaded),
                       "JUMPING_CLOCK_FILE": str(self.clock.path)} if self.clock else {}
        self.hub = hubs.Hub(bin_dir, folder / name,
                            ["--hub", name, "--federation-policy", str(self.policy)],
                            environment=environment)
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

    def heard(self):
        """Digests of what it has of others' registries, and hands on."""
        return {digest for lane in self.lanes.values() for digest in lane.registry}

    def check_root(self):
        """The leaves that were read are all that the hub says it has."""
        said = self.call("directory", "GetHub", contract.directory.GetHubRequest())
        if (said.head.sequence, said.root) != (self.tree.size, self.tree.root()):
            raise AssertionError(f"{self.name}: {self.tree.size} events read lead to another root "
                                 f"than that of {said.head.sequence}")


class Away:
    """Somebody who stands where a hub was and says that it is away, as a proxy in front of it
    does."""

    def __init__(self, member):
        self._server = grpc.server(concurrent.futures.ThreadPoolExecutor(4))
        self._server.add_generic_rpc_handlers([self])
        port = self._server.add_insecure_port("127.0.0.1:0")
        for line in member.lines_here:
            line.lead_to(f"127.0.0.1:{port}")

    def service(self, details):
        handler = (grpc.stream_stream_rpc_method_handler if details.method.endswith("/Attach")
                   else grpc.unary_unary_rpc_method_handler)
        return handler(lambda _, context: context.abort(grpc.StatusCode.UNAVAILABLE, "it is away"))

    def __enter__(self):
        self._server.start()
        return self

    def __exit__(self, *_):
        self._server.stop(None).wait()


def kind_of(header):
    return KIND[event.EventHeader.FromString(header).type]


class Lane:
    """What one hub hands on of another's log, as its peer sees it. Proves nothing: the hubs do."""

    def __init__(self, hub, origin):
        self.hub = hub
        self.request = contract.federation.PullLaneRequest(origin=origin)
        self.items = {}  # digest -> Stored
        self.registry = set()  # digests

    def pull(self, member):
        while True:
            answer = member.call("federation", "PullLane", self.request, as_=INSPECTOR)
            self.request.registry_size += len(answer.registry)
            self.registry |= {record.event_digest(entry.header) for entry in answer.registry}
            for item in [i for piece in answer.pieces for i in piece.items] + list(answer.late):
                self._take(item)
            if not answer.registry or answer.pieces:
                self.request.late_after = answer.late_through
                self.request.late_mark = answer.late_mark
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
