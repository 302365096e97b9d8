"""What all kinds have in common that put a hub under load and then do something to it."""

import collections
import random
import shutil
import time

from findings import Findings
from load import Writer
from oracle import CALL_TIMEOUT_S, Log, Oracle

import grpc
import contract
import hub as hubs

JOIN_TIMEOUT_S = 60


class Life:
    """One data folder, the hub that serves it, and the record of what was sent to it."""

    def __init__(self, bin_dir, folder, data="data", **hub_options):
        folder.mkdir()
        self.folder = folder
        self.oracle = Oracle(folder / "oracle")
        self.log = Log(self.oracle)
        self.hub = hubs.Hub(bin_dir, folder / data, **hub_options)
        self.counts = collections.Counter()

    @property
    def findings(self):
        return self.log.findings

    def start(self, **options):
        """False, and a finding, where the hub does not get ready."""
        try:
            self.hub.start(**options)
            return True
        except RuntimeError as error:
            # It halts rather than serve a log that has lost something.
            name = "halted" if "DATA_LOSS" in str(error) else "does_not_start"
            self.findings.add(name, str(error)[:2000])
            return False

    def writers(self, rng, count, **options):
        return [Writer(i, rng.getrandbits(64), self.hub.address, self.oracle, self.findings,
                       **options) for i in range(count)]

    def join(self, writers, allowed):
        """Waits until all have ended; each by one of the (code, reason) that `allowed` approves."""
        for writer in writers:
            writer.join(JOIN_TIMEOUT_S)
            if writer.is_alive():
                self.findings.add("not_answered", f"{writer.author} waits for ever")
            elif writer.ended_by is not None and not allowed(*writer.ended_by):
                self.findings.add("wrong_refusal", f"{writer.author}: {writer.ended_by}")

    def verify(self, accepts_writes=True):
        """Everything new that is served, and everything newly acknowledged. Nobody may write."""
        if not self.log.expect(self.hub.running, "process_ended", self.hub.log_tail()):
            return
        if self.log.read_on(self.hub.address, accepts_writes):
            self.log.compare_fresh()
            self.log.compare_refused()

    def send_again(self, batches, alone=True, timeout_s=CALL_TIMEOUT_S):
        """Sends each batch again, which must have one effect. `alone`: nothing sent before can
        still be under way, so that what is not in the log now was not written."""
        with grpc.insecure_channel(self.hub.address) as channel:
            stub = contract.publish_grpc.PublishServiceStub(channel)
            for batch in batches:
                if not self._send_one_again(stub, batch, alone, timeout_s):
                    return  # the others would wait as long

    def _send_one_again(self, stub, batch, alone, timeout_s):
        found = [self.log.find(item) for item in batch.items]
        there = sum(f is not None for f in found)
        self.log.expect(there in (0, len(found)), "batch_torn", batch.ids()[0])
        unknown = [i not in self.oracle.acked and i not in self.oracle.refused
                   for i in batch.ids()]
        self.oracle.send(batch)
        try:
            receipts = stub.Publish(batch.request(), timeout=timeout_s,
                                    wait_for_ready=True).receipts
        except grpc.RpcError as error:
            self.findings.add("not_answered", f"sent again: {error.code()} {error.details()}")
            return False
        self.log.expect([r.event_id for r in receipts] == batch.ids(), "receipts_disordered")
        for receipt, stored, was_unknown in zip(receipts, found, unknown):
            self.counts["unknown"] += was_unknown
            self.counts["unknown_found"] += was_unknown and receipt.duplicate
            if alone:
                self.log.expect(receipt.duplicate == (stored is not None), "retry_not_one_effect",
                                receipt.event_id)
            first = self.oracle.acknowledge(receipt)
            self.log.expect(first.position == receipt.position and first.digest == receipt.digest,
                            "receipt_differs", receipt.event_id)
        return True

    def state(self):
        """What the hub says of itself; None where it says nothing."""
        with grpc.insecure_channel(self.hub.address) as channel:
            stub = contract.directory_grpc.DirectoryServiceStub(channel)
            try:
                return stub.GetHub(contract.directory.GetHubRequest(), timeout=CALL_TIMEOUT_S,
                                   wait_for_ready=True)
            except grpc.RpcError:
                return None

    def wait_for_writes(self, accepted, patience_s):
        """Until the hub says that it takes events, or that it does not. Returns the seconds it
        took; a finding, and None, where it does not come to that."""
        began = time.monotonic()
        while time.monotonic() - began < patience_s:
            state = self.state()
            if state is not None and state.accepts_writes == accepted:
                return time.monotonic() - began
            time.sleep(0.05)
        self.findings.add("writes_refused" if accepted else "not_refused",
                          f"after {patience_s} s: {state.refusal if state else 'no answer'}")
        return None

    def expect_running(self, pid):
        """The process is the one that it was."""
        self.log.expect(self.hub.running and self.hub.pid == pid, "process_ended",
                        self.hub.log_tail() if not self.hub.running else "")

    def finish(self):
        """An orderly stop, then everything anew from the beginning."""
        try:
            self.hub.stop()
        except RuntimeError as error:
            self.findings.add("process_ended", str(error)[:2000])
        if not self.start():
            return
        self.verify()
        again = Log(self.oracle)
        if again.read_on(self.hub.address):
            again.compare_all()
            again.expect(again.events == self.log.events, "history_changed")
        self.findings.merge(again.findings)
        self.counts["sent"] = len(self.oracle.sent)
        self.counts["acknowledged"] = len(self.oracle.acked)
        self.counts["events_read"] = self.log.tree.size
        self.counts["refused"] = len(self.oracle.refused)

    def close(self):
        self.hub.kill()
        self.oracle.__exit__()


class HubRounds:
    """A kind of fault, tried in rounds; a new data folder every `rounds_per_life`.

    Subclasses say what a round is. A finding ends a life: what follows from it would be counted
    again. Its folder is kept.
    """

    rounds_per_life = 40
    hub_options = {}

    def __init__(self, setup):
        self.setup = setup
        self.rng = random.Random(setup.seed)
        self.findings = Findings()
        self.counts = collections.Counter()
        self.kept = []
        self.life = None
        self._lives = 0
        self._rounds_of_life = 0

    @property
    def rounds(self):
        in_life = self.life.counts[self.counted] if self.life is not None else 0
        return self.counts[self.counted] + in_life

    def details(self):
        """What the JSON says of it besides the counts."""
        return {}

    def not_possible(self):
        """Why this cannot be tried here; None where it can."""
        return None

    def step(self):
        if self.life is None:
            self._lives += 1
            self._rounds_of_life = 0
            self.life = self.new_life(self.setup.folder / f"{self.name}-{self._lives}")
            if not self.begin_life(self.life):
                self.end_life()
                return
        self.round(self.life)
        self._rounds_of_life += 1
        if self._rounds_of_life >= self.rounds_per_life or not self.life.findings.clean:
            self.end_life()

    def new_life(self, folder):
        return Life(self.setup.bin_dir, folder, **self.hub_options)

    def begin_life(self, life):
        return life.start()

    def end_life(self):
        """Examines the whole log, and takes over what was counted."""
        life, self.life = self.life, None
        try:
            if life.findings.clean:
                life.finish()
        finally:
            life.close()
            self.close_life(life)
            self.findings.merge(life.findings)
            self.counts += life.counts
            if life.findings.clean:
                shutil.rmtree(life.folder, ignore_errors=True)
            else:
                self.kept.append(str(life.folder))

    def close_life(self, life):
        """Whatever begin_life took besides."""

    def finish(self):
        if self.life is not None:
            self.end_life()

    def abandon(self):
        """In a hurry: nothing of ours keeps running."""
        if self.life is not None:
            life, self.life = self.life, None
            life.close()
            self.close_life(life)
            self.findings.merge(life.findings)
            self.counts += life.counts
