"""Readers that are slow, that vanish, that come and go by the hundred; and some that read well."""

import pathlib
import random
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

from hub_rounds import HubRounds

import grpc
import contract

WRITERS = 3
GOOD = 3
SLOW = 4
VANISHING = 4
CHURNERS = 3
LOAD_S = (2.0, 4.0)
SLOW_CONSUMER_TIMEOUT_S = 2
CATCH_UP_TIMEOUT_S = 60
# The hub's own bounds together: gRPC's quota of 512 MiB, tail and block cache of 64 MiB each,
# RocksDB's write buffers. What one data folder's rounds may add to a hub that has just started.
MAX_GROWTH_MIB = 768
PIECE = 16 << 10


class Reader(threading.Thread):
    """Subscribes from the beginning and keeps (sequence, digest) of what it sees, in order. Where a
    stream ends it goes on with another, until `end`. `pause_s` after each frame."""

    def __init__(self, address, findings, name, pause_s=0.0):
        super().__init__(daemon=True)
        self.address = address
        self.findings = findings
        self.reader_name = name
        self.pause_s = pause_s
        self.seen = []
        self.reached = 0
        self.reconnects = 0
        self.ended_by = set()
        self.stop = threading.Event()
        self._log_id = ""
        self._stream = None

    def end(self):
        self.stop.set()
        stream = self._stream
        if stream is not None:
            stream.cancel()

    def run(self):
        while not self.stop.is_set():
            with grpc.insecure_channel(self.address, options=[
                    ("grpc.use_local_subchannel_pool", 1)]) as channel:
                try:
                    self._read(channel)
                except grpc.RpcError as error:
                    self._judge(error)
            self.reconnects += 1

    def _read(self, channel):
        stub = contract.events_grpc.EventServiceStub(channel)
        request = contract.events.SubscribeRequest()
        request.after.sequence = self.reached
        request.after.log_id = self._log_id
        request.heartbeat_interval.seconds = 1
        self._stream = stub.Subscribe(request, wait_for_ready=True)
        for response in self._stream:
            for event in response.events.events:
                if event.sequence <= self.reached:
                    self.findings.add("seen_twice", f"{self.reader_name}: {event.sequence}")
                elif event.sequence != self.reached + 1:
                    self.findings.add("not_seen", f"{self.reader_name}: {event.sequence} after "
                                                  f"{self.reached}")
                self.seen.append((event.sequence, event.digest))
                self.reached = event.sequence
            if response.HasField("confirmed"):
                self._log_id = response.confirmed.start.log_id
            if self.stop.is_set():
                return
            if self.pause_s:
                self.stop.wait(self.pause_s)

    def _judge(self, error):
        if self.stop.is_set():
            return
        try:
            reason = contract.refusal_of(error).reason
        except ValueError:
            reason = error.code().name
        self.ended_by.add(reason)
        if reason not in ("SLOW_CONSUMER", "UNAVAILABLE"):
            self.findings.add("wrong_refusal", f"{self.reader_name}: {reason}")
            self.stop.wait(0.2)


class Relay(threading.Thread):
    """Hands bytes on between one reader and the hub, up to so many of the hub's; then it resets
    both connections, or takes nothing any more and keeps them open."""

    def __init__(self, address, bytes_until, reset):
        super().__init__(daemon=True)
        host, _, port = address.rpartition(":")
        self._hub = (host, int(port))
        self._bytes_until = bytes_until
        self._reset = reset
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.fired = False
        self.stop = threading.Event()

    def run(self):
        self._listener.settimeout(5)
        try:
            reader, _ = self._listener.accept()
        except OSError:
            return
        finally:
            self._listener.close()
        with reader, socket.create_connection(self._hub) as hub:
            self._hand_on(reader, hub)
            if self._reset:
                for end in (reader, hub):  # RST instead of FIN
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            else:
                self.stop.wait()

    def _hand_on(self, reader, hub):
        left = self._bytes_until
        while left > 0 and not self.stop.is_set():
            for end in select.select([reader, hub], [], [], 0.2)[0]:
                try:
                    piece = end.recv(PIECE)
                    (hub if end is reader else reader).sendall(piece)
                except OSError:
                    return
                if not piece:
                    return
                left -= len(piece) if end is hub else 0
        self.fired = left <= 0


class Churner(threading.Thread):
    """Connects, subscribes, reads a little, and is gone: again and again."""

    def __init__(self, address, seed):
        super().__init__(daemon=True)
        self.address = address
        self.rng = random.Random(seed)
        self.visits = 0
        self.stop = threading.Event()

    def run(self):
        while not self.stop.is_set():
            channel = grpc.insecure_channel(self.address, options=[
                ("grpc.use_local_subchannel_pool", 1)])
            stub = contract.events_grpc.EventServiceStub(channel)
            request = contract.events.SubscribeRequest(start_at=contract.events.START_AT_BEGINNING)
            frames = self.rng.randrange(4)
            try:
                stream = stub.Subscribe(request, wait_for_ready=True, timeout=10)
                for _, _ in zip(range(frames), stream):
                    pass
                if self.rng.random() < 0.5:
                    stream.cancel()
            except grpc.RpcError:
                pass
            channel.close()  # in the midst of it, where it was not cancelled
            self.visits += 1


def rss_mib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) // 1024
    return 0


class BadReaders(HubRounds):
    name = "readers"
    what = "slow readers, vanished ones (reset, silent, killed), hundreds that come and go"
    counted = "rounds"
    goal = 30
    share = 2
    rounds_per_life = 5
    hub_options = {"flags": ["--slow-consumer-timeout-s", str(SLOW_CONSUMER_TIMEOUT_S)]}

    def __init__(self, setup):
        super().__init__(setup)
        self.rss_mib = {"idle": 0, "most": 0}
        self.processes = []

    def begin_life(self, life):
        if not life.start():
            return False
        life.idle_rss_mib = rss_mib(life.hub.pid)
        self.rss_mib["idle"] = max(self.rss_mib["idle"], life.idle_rss_mib)
        return True

    def round(self, life):
        pid = life.hub.pid
        address = life.hub.address
        good = [Reader(address, life.findings, f"good reader {i}") for i in range(GOOD)]
        slow = [Reader(address, life.findings, f"slow reader {i}", pause_s=1.0)
                for i in range(SLOW)]
        relays = [Relay(address, self.rng.randrange(1 << 10, 1 << 20), reset=i % 2 == 0)
                  for i in range(VANISHING)]
        vanishing = [Reader(relay.address, life.findings, "vanishing reader") for relay in relays]
        churners = [Churner(address, self.rng.getrandbits(64)) for _ in range(CHURNERS)]
        frozen, killed = self.processes = [self.process(address) for _ in range(2)]
        writers = life.writers(self.rng, WRITERS, max_words=300)
        readers = good + slow + vanishing
        for thread in (*relays, *readers, *churners, *writers):
            thread.start()
        until = time.monotonic() + self.rng.uniform(*LOAD_S)
        frozen.send_signal(signal.SIGSTOP)
        while time.monotonic() < until:
            self.watch(life, pid)
            time.sleep(0.1)
        killed.kill()
        for thread in (*writers, *churners):
            thread.stop.set()
        life.join(writers, lambda *_: False)
        life.counts["rounds"] += 1
        self.end(life, good, [*slow, *vanishing], relays, churners)
        life.expect_running(pid)
        self.watch(life, pid)
        life.verify()

    def end(self, life, good, others, relays, churners):
        """The good readers get everything; the others are let go."""
        state = life.state()
        head = state.head.sequence if state is not None else 0
        patience = time.monotonic() + CATCH_UP_TIMEOUT_S
        while min(r.reached for r in good) < head and time.monotonic() < patience:
            time.sleep(0.05)
        for reader in good:
            life.log.expect(reader.reached == head, "not_seen",
                            f"{reader.reader_name} came to {reader.reached} of {head}")
        for reader in (*good, *others):
            reader.end()
        for thread in (*relays, *churners):
            thread.stop.set()
        life.counts["processes_frozen_and_killed"] += len(self.processes)
        self.end_processes()
        life.verify()
        digests = {sequence: digest for sequence, digest, _ in life.log.events.values()}
        for reader in (*good, *others):
            for sequence, digest in list(reader.seen):
                life.log.expect(digests.get(sequence) == digest, "digest_differs",
                                f"{reader.reader_name}, {sequence}")
            life.counts["events_seen"] += len(reader.seen)
        life.counts["good_readers"] += len(good)
        life.counts["slow_consumers_ended"] += sum("SLOW_CONSUMER" in r.ended_by for r in others)
        life.counts["reset_or_silent"] += sum(relay.fired for relay in relays)
        life.counts["came_and_went"] += sum(churner.visits for churner in churners)

    def end_processes(self):
        for process in self.processes:
            process.kill()
            process.wait()
        self.processes = []

    def close_life(self, life):
        self.end_processes()

    def watch(self, life, pid):
        if not life.hub.running:
            return
        now_mib = rss_mib(pid)
        self.rss_mib["most"] = max(self.rss_mib["most"], now_mib)
        life.log.expect(now_mib - life.idle_rss_mib <= MAX_GROWTH_MIB, "memory_not_bounded",
                        f"{now_mib} MiB, {life.idle_rss_mib} when idle")

    @staticmethod
    def process(address):
        """A reader in a process of its own, which has begun to read."""
        process = subprocess.Popen([sys.executable, __file__, address], stdout=subprocess.PIPE)
        process.stdout.readline()
        process.stdout.close()
        return process

    def details(self):
        return {"hub_rss_mib": self.rss_mib}


def main():
    """Reads everything there is until it is killed."""
    with grpc.insecure_channel(sys.argv[1]) as channel:
        stub = contract.events_grpc.EventServiceStub(channel)
        request = contract.events.SubscribeRequest(start_at=contract.events.START_AT_BEGINNING)
        for number, _ in enumerate(stub.Subscribe(request, wait_for_ready=True)):
            if number == 0:
                print("reading", flush=True)


if __name__ == "__main__":
    main()
