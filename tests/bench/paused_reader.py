#!/usr/bin/python3
"""Readers that have stopped reading, beside 1,000 fast ones: what they take from these, and what
each costs the hub.

Half of the paused ones read with Subscribe, half with Consume, with all the credit that there is.
First they are opened on a hub at rest, with a backlog none of them takes: the memory of each. Then
rounds of fan-out without (A) and with (B) them, in turn: A B A B. Prints one line of JSON. Exits 1
where a paused reader costs more than 1 MiB; with --check, also where the others lose more than
10 %.
"""

import argparse
import json
import pathlib
import statistics
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import grpc
import contract
import servers
from contract import events, subscriptions as subs

MAX_READER_SIZE_BYTES = 1 << 20
MAX_LOSS = 0.1
READER = (("liaison-as", "org/fictional-paused"),)
HOLD_S = 3600


class Paused:
    """Paused readers, each on a connection of its own, for as long as the block lasts."""

    def __init__(self, hub, count):
        self.hub, self.count = hub, count
        self.channels, self.calls, self.over = [], [], threading.Event()

    def channel(self):
        channel = grpc.insecure_channel(self.hub.address,
                                        options=[("grpc.use_local_subchannel_pool", 1)])
        self.channels.append(channel)
        return channel

    def __enter__(self):
        for number in range(self.count):
            call = self.consume(number) if number % 2 else self.subscribe()
            next(call)  # it is open; nothing more is read
            self.calls.append(call)
        return self

    def subscribe(self):
        stub = contract.events_grpc.EventServiceStub(self.channel())
        return stub.Subscribe(events.SubscribeRequest(start_at=events.START_AT_BEGINNING),
                              timeout=HOLD_S, metadata=READER)

    def consume(self, number):
        stub = contract.subscriptions_grpc.SubscriptionServiceStub(self.channel())
        name = f"paused-{number}"
        stub.CreateSubscription(subs.CreateSubscriptionRequest(
            name=name, beginning=True, settings=subs.SubscriptionSettings(max_outstanding=10_000)),
                                timeout=60, metadata=READER)
        credit = subs.Credit(messages=10_000, bytes=64 << 20)
        frames = [subs.ConsumeRequest(start=subs.ConsumeStart(name=name)),
                  subs.ConsumeRequest(credit=credit)]

        def requests():
            yield from frames
            self.over.wait()  # the stream stays open on this side
        return stub.Consume(requests(), timeout=HOLD_S, metadata=READER)

    def stay(self):
        """How many of them are still there."""
        return sum(not call.done() for call in self.calls)

    def __exit__(self, *_):
        self.over.set()
        for call in self.calls:
            call.cancel()
        for channel in self.channels:
            channel.close()


def resident_size_bytes(hub):
    """Once it stays as it is."""
    sizes = []
    while len(sizes) < 40:
        text = pathlib.Path(f"/proc/{hub.pid}/status").read_text()
        size = int(text.partition("VmRSS:")[2].split()[0]) << 10
        sizes = sizes + [size] if not sizes or abs(size - sizes[0]) < (256 << 10) else [size]
        time.sleep(0.05)
    return sizes[-1]


def measure(hub, arguments):
    hub.load(["publish-stream", "--in-flight", 1024, "--per-frame", 32, "--events",
              arguments.backlog])
    fan_out = ["fan-out", "--subscribers", arguments.subscribers, "--events", arguments.events]
    with Paused(hub, 4):
        hub.load(fan_out)  # what is made once is made
        resident_size_bytes(hub)
    before = resident_size_bytes(hub)
    rates = {"a": [], "b": []}
    with Paused(hub, arguments.paused) as paused:
        each = (resident_size_bytes(hub) - before) / arguments.paused
        stayed = paused.stay()
    for _ in range(arguments.rounds):
        rates["a"].append(hub.load(fan_out)["per_second"])
        with Paused(hub, 2) as paused:
            rates["b"].append(hub.load(fan_out)["per_second"])
            stayed += paused.stay()
    a, b = (statistics.median(rates[name]) for name in "ab")
    return {"subscribers": arguments.subscribers, "paused": arguments.paused,
            "stayed": stayed == arguments.paused + 2 * arguments.rounds,
            "paused_reader_kib": round(each / 1024, 1),
            "a_per_second": [round(rate) for rate in rates["a"]],
            "b_per_second": [round(rate) for rate in rates["b"]],
            "b_of_a": round(b / a, 3)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin-dir", type=pathlib.Path, default=pathlib.Path("build/release/bin"))
    parser.add_argument("--subscribers", type=int, default=1000)
    parser.add_argument("--events", type=int, default=5000, help="to each, in a round")
    parser.add_argument("--backlog", type=int, default=50_000)
    parser.add_argument("--paused", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--check", action="store_true", help="fail on slowness, too")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="liaison-paused-", dir="/var/tmp") as folder:
        hub = servers.Hub("hub", arguments.bin_dir, pathlib.Path(folder) / "hub")
        hub.start()
        try:
            found = measure(hub, arguments)
        finally:
            hub.stop()
    print(json.dumps(found), flush=True)
    small = found["paused_reader_kib"] <= MAX_READER_SIZE_BYTES / 1024
    fast = found["b_of_a"] >= 1 - MAX_LOSS or not arguments.check
    return 0 if small and fast and found["stayed"] else 1


if __name__ == "__main__":
    sys.exit(main())
