"""A wall clock that jumps, forward and back, while the hub runs."""

import mmap
import os
import random
import struct
import subprocess
import time

from hub_rounds import HubRounds
from load import make_batch, reason_of
from oracle import CALL_TIMEOUT_S

import grpc
import contract

WRITERS = 4
MAX_DRIFT_S = 300        # of server/sequencer/limits.h
MARGIN_S = 30            # nothing is tried so near to it
FURTHEST_S = 15 * 365 * 86400
NOTICED_WITHIN_S = 30    # with the next write; a busy machine takes its time
RETRIES = 5


class Clock:
    """What the hub's clock is off by: tests/support/jumping_clock.cc reads it."""

    def __init__(self, path):
        path.write_bytes(bytes(8))
        self.path = path
        with open(path, "r+b") as file:
            self._shared = mmap.mmap(file.fileno(), 8)
        self.offset_s = 0

    def jump_to(self, offset_s):
        self.offset_s = offset_s
        self._shared[:] = struct.pack("=q", offset_s * 1_000_000_000)


def clock_jumped(code, reason):
    return code in (None, grpc.StatusCode.UNAVAILABLE) and reason == "CLOCK_JUMPED"


class ClockJumps(HubRounds):
    name = "clock"
    what = "the wall clock jumps by seconds to years, and is set right or accepted"
    counted = "jumps"
    goal = 60
    share = 1
    rounds_per_life = 12

    @property
    def preloaded(self):
        return self.setup.bin_dir / "jumping_clock.so"

    def not_possible(self):
        if not self.preloaded.exists():
            return f"no {self.preloaded}"
        return None

    def new_life(self, folder):
        life = super().new_life(folder)
        life.clock = Clock(folder / "clock")
        life.trusted_s = 0  # the offset that the hub takes for true
        life.hub.environment = {"LD_PRELOAD": str(self.preloaded),
                                "JUMPING_CLOCK_FILE": str(life.clock.path)}
        return life

    def begin_life(self, life):
        if not life.start():
            return False
        # A shim that does nothing would make every round meaningless.
        life.clock.jump_to(120)
        ahead_s = life.state().time.ToSeconds() - time.time()
        life.clock.jump_to(0)
        if not 110 < ahead_s < 130:
            raise RuntimeError(f"the hub's clock is {ahead_s} s ahead instead of 120")
        return True

    def jump(self, trusted_s):
        """(by how much, whether that is too much)"""
        too_much = self.rng.random() < 0.6
        size_s = (self.rng.choice((MAX_DRIFT_S + MARGIN_S, 3600, 86400, 10 * 365 * 86400))
                  if too_much else self.rng.randint(1, MAX_DRIFT_S - MARGIN_S))
        by_s = self.rng.choice((-1, 1)) * size_s
        return (by_s if abs(trusted_s + by_s) <= FURTHEST_S else -by_s), too_much

    def round(self, life):
        pid = life.hub.pid
        by_s, too_much = self.jump(life.trusted_s)
        writers = life.writers(self.rng, WRITERS)
        for writer in writers:
            writer.start()
        time.sleep(self.rng.uniform(0.1, 0.3))
        life.clock.jump_to(life.trusted_s + by_s)
        life.counts["jumps"] += 1
        if too_much:
            life.counts["too_far"] += 1
            if not self.refused(life, writers):
                return
            if self.rng.random() < 0.3 and not self.restarted(life):
                return
            self.resume(life)
        else:
            time.sleep(self.rng.uniform(0.1, 0.3))
            for writer in writers:
                writer.stop.set()
            life.join(writers, lambda *_: False)
            life.expect_running(pid)
            life.verify()
            life.clock.jump_to(life.trusted_s)

    def refused(self, life, writers):
        """No new event is taken, everything else goes on. False where that is not so."""
        patience = time.monotonic() + NOTICED_WITHIN_S
        while any(w.is_alive() for w in writers) and time.monotonic() < patience:
            time.sleep(0.02)
        for writer in writers:
            writer.stop.set()  # one that nothing refuses
        life.join(writers, clock_jumped)
        for writer in writers:
            life.log.expect(writer.ended_by is not None, "taken_despite_the_clock", writer.author)
        if life.wait_for_writes(False, NOTICED_WITHIN_S) is None:
            return False
        life.verify(accepts_writes=False)
        before = life.log.tree.size
        self.publish_new(life, taken=False)
        known = list(life.oracle.acked)
        chosen = [life.oracle.sent[i] for i in random.Random(0).sample(known, min(RETRIES,
                                                                                 len(known)))]
        life.send_again(list({id(b): b for b in chosen if self.whole(life, b)}.values()))
        life.verify(accepts_writes=False)
        life.log.expect(life.log.tree.size == before, "taken_despite_the_clock")
        return life.findings.clean

    @staticmethod
    def whole(life, batch):
        return all(i in life.oracle.acked for i in batch.ids())

    def restarted(self, life):
        """A new process believes its clock no more than the one before it."""
        life.hub.kill()
        life.counts["kills"] += 1
        if not life.start():
            return False
        if life.wait_for_writes(False, NOTICED_WITHIN_S) is None:
            return False
        self.publish_new(life, taken=False)
        return life.findings.clean

    def resume(self, life):
        if self.rng.random() < 0.5:
            life.clock.jump_to(life.trusted_s)
            life.counts["set_right"] += 1
        else:
            said = subprocess.run(
                [life.hub.bin_dir / "liaison", "--hub", life.hub.address, "admin", "accept-clock"],
                capture_output=True, text=True,
                env={k: v for k, v in os.environ.items() if not k.startswith("LIAISON_")})
            if not life.log.expect(said.returncode == 0, "not_answered", said.stderr):
                return
            life.trusted_s = life.clock.offset_s
            life.counts["accepted"] += 1
        if life.wait_for_writes(True, NOTICED_WITHIN_S) is None:
            return
        life.verify()
        life.send_again(life.oracle.unacknowledged())
        self.publish_new(life, taken=True)
        life.verify()

    def publish_new(self, life, taken):
        batch = make_batch(self.rng, "org/crash-writer-0", 2)
        life.oracle.send(batch)
        with grpc.insecure_channel(life.hub.address) as channel:
            stub = contract.publish_grpc.PublishServiceStub(channel)
            try:
                receipts = stub.Publish(batch.request(), timeout=CALL_TIMEOUT_S,
                                        wait_for_ready=True).receipts
            except grpc.RpcError as error:
                life.log.expect(not taken and reason_of(error) == "CLOCK_JUMPED", "wrong_refusal",
                                f"{error.code()} {error.details()}")
                life.oracle.refuse(batch, reason_of(error))
                return
        for receipt in receipts:
            life.oracle.acknowledge(receipt)
        life.log.expect(taken, "taken_despite_the_clock", batch.ids()[0])

    def end_life(self):
        life = self.life
        if life.findings.clean and life.clock.offset_s != life.trusted_s:
            life.clock.jump_to(life.trusted_s)
        super().end_life()
