"""A hub that may not have more memory than so much, and five times as much on its way to it."""

import os
import pathlib
import signal

from hub_rounds import HubRounds, Life
from load import GONE, NOTHING_WRITTEN, make_batch, reason_of

import grpc
import contract

# As much is always offered: five times the tight limit, under which the hub may be killed. The
# roomy one is above the hub's own limits together: there it has to push back.
TIGHT_MIB = 160
ROOMY_MIB = 1024
OFFERED_MIB = 5 * TIGHT_MIB
BATCH_ITEMS = 7
ITEM_SIZE_BYTES = 480 << 10
CALL_TIMEOUT_S = 15
CONNECTIONS = 8
LOOKED_FOR_AGAIN = 8  # batches that are sent again afterwards; the rest stays unknown


class Cgroup:
    """A control group with a memory limit. OSError where there can be none."""

    how = "cgroup"

    def __init__(self, name):
        self.folder, self._limit, self._swap = self._find(name)
        self.folder.mkdir()

    @staticmethod
    def _find(name):
        """Version 2 where it has memory, else version 1."""
        for root in (pathlib.Path("/sys/fs/cgroup"), pathlib.Path("/sys/fs/cgroup/unified")):
            controllers = root / "cgroup.subtree_control"
            if controllers.exists() and "memory" in controllers.read_text().split():
                return root / name, "memory.max", "memory.swap.max"
        root = pathlib.Path("/sys/fs/cgroup/memory")
        if not (root / "memory.limit_in_bytes").exists() or not os.access(root, os.W_OK):
            raise OSError("no control group for memory that may be written")
        return root / name, "memory.limit_in_bytes", "memory.memsw.limit_in_bytes"

    def limit(self, size_bytes):
        (self.folder / self._limit).write_text(str(size_bytes))
        try:
            (self.folder / self._swap).write_text(
                "0" if self._swap == "memory.swap.max" else str(size_bytes))
        except OSError:
            pass  # a kernel that does not account for swap

    @property
    def prefix(self):
        return ["sh", "-c", f'echo $$ > {self.folder}/cgroup.procs && exec "$@"', "sh"]

    def close(self):
        self.folder.rmdir()


class DataLimit:
    """RLIMIT_DATA, where there is no control group. Stacks and reserved memory count as well."""

    how = "RLIMIT_DATA"
    prefix = []
    folder = None

    def limit(self, size_bytes):
        self.prefix = ["prlimit", f"--data={size_bytes}"]

    def close(self):
        pass


class SmallMemory(HubRounds):
    name = "memory"
    what = "a memory limit and five times as much on its way to the hub at once"
    counted = "rounds"
    goal = 10
    share = 2
    rounds_per_life = 1

    def __init__(self, setup):
        super().__init__(setup)
        self.how = None

    def new_life(self, folder):
        life = Life(self.setup.bin_dir, folder, flags=["--block-cache-mib", "8"])
        try:
            life.memory = Cgroup(f"liaison-campaign-{os.getpid()}-{self._lives}")
        except OSError:
            life.memory = DataLimit()
        self.how = life.memory.how
        life.limit_mib = ROOMY_MIB if self._lives % 2 == 0 else TIGHT_MIB
        life.memory.limit(life.limit_mib << 20)
        life.hub.prefix = life.memory.prefix
        return life

    def close_life(self, life):
        life.memory.close()

    def round(self, life):
        batches = [self.big_batch() for _ in range(
            (OFFERED_MIB << 20) // (BATCH_ITEMS * ITEM_SIZE_BYTES) + 1)]
        for batch in batches:
            life.oracle.send(batch)
        channels = [grpc.insecure_channel(life.hub.address, options=[
            ("grpc.use_local_subchannel_pool", 1), ("grpc.enable_retries", 0)])
            for _ in range(CONNECTIONS)]
        stubs = [contract.publish_grpc.PublishServiceStub(c) for c in channels]
        for channel in channels:
            grpc.channel_ready_future(channel).result(CALL_TIMEOUT_S)
        calls = [stubs[i % CONNECTIONS].Publish.future(
            batch.request(), timeout=CALL_TIMEOUT_S)
            for i, batch in enumerate(batches)]
        for batch, call in zip(batches, calls):
            self.take_answer(life, batch, call)
        for channel in channels:
            channel.close()
        life.counts["rounds"] += 1
        life.counts["offered_mib"] += sum(b.request().ByteSize() for b in batches) >> 20
        self.settle(life)

    def big_batch(self):
        batch = make_batch(self.rng, "org/crash-writer-0", BATCH_ITEMS)
        for item in batch.items:
            if item.draft.WhichOneof("body") == "topic_signal":
                words = f"fictional words {self.rng.getrandbits(64)} "
                item.draft.topic_signal.text = words * (ITEM_SIZE_BYTES // len(words))
        return batch

    @staticmethod
    def take_answer(life, batch, call):
        try:
            for receipt in call.result().receipts:
                life.oracle.acknowledge(receipt)
            life.counts["answered"] += 1
        except grpc.RpcError as error:
            code, reason = error.code(), reason_of(error)
            life.counts[f"{code.name} {reason}".strip()] += 1
            if reason in NOTHING_WRITTEN:
                life.oracle.refuse(batch, reason)
            pushed_back = code == grpc.StatusCode.RESOURCE_EXHAUSTED
            late = code == grpc.StatusCode.DEADLINE_EXCEEDED
            life.log.expect(pushed_back or late or code in GONE, "wrong_refusal",
                            f"{code} {error.details()}")

    def settle(self, life):
        """Killed for it or not: what was acknowledged is there, and the hub takes events again."""
        if not life.hub.running:
            life.hub.kill()
            life.counts["killed_for_it"] += 1
            life.log.expect(life.limit_mib == TIGHT_MIB and
                            life.hub.ended_with in (-signal.SIGKILL, -signal.SIGABRT),
                            "process_ended", f"{life.limit_mib} MiB: {life.hub.ended_with} "
                                             f"{life.hub.log_tail()}")
        else:
            life.counts["survived"] += 1
            life.hub.kill()  # lest a call that is still under way comes later
        if not life.start():
            return
        life.verify()
        life.send_again(life.oracle.unacknowledged()[:LOOKED_FOR_AGAIN])
        life.verify()

    def details(self):
        return {"limited_by": self.how, "limits_mib": [TIGHT_MIB, ROOMY_MIB],
                "offered_mib": OFFERED_MIB}
