#!/usr/bin/python3
"""Twenty durable subscribers, reconnecting, slow, seeking, beside a hub that is killed: what they
saw keeps the six promises of durable_watch.py. And each promise is seen broken by a history that
breaks it, so that a run without violations says something.

  /usr/bin/python3 tests/crash/durable_watch_test.py [--seconds 15] [--subscribers 20] [--seed N]
"""

import argparse
import pathlib
import queue
import random
import sys
import threading
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import grpc
import contract
import hub as hubs
import durable_watch
from contract import event, publish, subscriptions as subs, types

OWNER = "org/fictional-desk"
AUTHOR = "org/fictional-author"
ACK, RETRY, RELEASE = (subs.SETTLE_ACTION_ACK, subs.SETTLE_ACTION_RETRY, subs.SETTLE_ACTION_RELEASE)
LATE = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED,
        grpc.StatusCode.UNKNOWN, grpc.StatusCode.ABORTED)

# A good history, and for each promise what breaks it.
RECORD = {2: (b"a", 1), 3: (b"b", 1), 4: (b"c", 2)}
GOOD = [("begin", 1, 1), ("got", 1, 2, 1, b"a"), ("got", 1, 3, 1, b"b"), ("acked", 1, 2),
        ("at", 1, 3, 1), ("acked", 1, 3), ("got", 1, 4, 1, b"c"), ("acked", 1, 4), ("drained", 1)]
BROKEN = {
    "ordered": lambda h: [h[0], h[2], h[1], *h[3:]],
    "unique": lambda h: [*h[:4], ("acked", 1, 2), *h[4:]],
    "atomic": lambda h: [s for s in h if s[:3] != ("acked", 1, 3)],
    "bookmarkable": lambda h: [*h[:4], ("at", 1, 4, 1), *h[5:]],
    "reliable": lambda h: [s for s in h if s[:3] != ("acked", 1, 4)],
    "resumable": lambda h: [h[0], *h[2:]],
}


# What was on its way to a stream that was left comes together, and behind what came meanwhile.
LEFT = [("begin", 1, 1), ("got", 1, 2, 1, b"a"), ("left", 1), ("got", 1, 5, 1, b"d"),
        ("got", 1, 3, 1, b"b"), ("got", 1, 4, 1, b"c"), ("got", 1, 6, 1, b"e")]
LEFT_BROKEN = ([LEFT[1], LEFT[2], LEFT[0], *LEFT[3:]],  # nobody had left yet
               [*LEFT[:3], LEFT[3], LEFT[5], LEFT[4], LEFT[6]],  # twice
               [LEFT[0], LEFT[3], LEFT[2], *LEFT[4:]])  # it had come before that


def check_the_checker():
    assert not list(durable_watch.ordered(LEFT, {})), list(durable_watch.ordered(LEFT, {}))
    for broken in LEFT_BROKEN:
        assert list(durable_watch.ordered(broken, {})), broken
    assert not durable_watch.violations(GOOD, RECORD), durable_watch.violations(GOOD, RECORD)
    for name in durable_watch.VALIDATORS:
        found = durable_watch.violations(BROKEN[name](list(GOOD)), RECORD)
        assert any(v.startswith(name) for v in found), f"{name} does not see what breaks it"
    print(f"{len(BROKEN)} validators see what breaks them")


class World:
    """The hub, killed and started again at one address, and what was published to it."""

    def __init__(self, hub, seed):
        self.hub, self.seed = hub, seed
        self.record, self.lock = {}, threading.Lock()
        self.publishing, self.kills, self.over = True, 0, False

    def channel(self):
        return grpc.insecure_channel(self.hub.address, options=[
            ("grpc.enable_retries", 0), ("grpc.max_reconnect_backoff_ms", 200),
            ("grpc.initial_reconnect_backoff_ms", 50), ("grpc.use_local_subchannel_pool", 1)])

    def patiently(self, call, seconds=60, lost=lambda: None):
        until = time.monotonic() + seconds
        while True:
            try:
                return call()
            except grpc.RpcError as error:
                if error.code() not in LATE or time.monotonic() > until:
                    raise
                lost()
                time.sleep(0.05)

    def publish(self):
        dice = random.Random(self.seed)
        channel = self.channel()
        stub = contract.publish_grpc.PublishServiceStub(channel)
        batch = 0
        while self.publishing:
            batch += 1
            items = []
            for _ in range(dice.randint(1, 8)):
                draft = event.Draft(event_id=str(uuid.uuid4()), author=AUTHOR, language="en",
                                    audience="igf/public", topics=["unspecified"])
                draft.topic_signal.purpose = types.PURPOSE_INFORMATION
                draft.topic_signal.title = f"A fictional signal of batch {batch}"
                items.append(publish.PublishItem(draft=draft))
            answer = self.patiently(lambda: stub.Publish(
                publish.PublishRequest(items=items), timeout=10, wait_for_ready=True))
            with self.lock:
                for receipt in answer.receipts:
                    self.record[receipt.position.sequence] = (receipt.digest, batch)
            time.sleep(dice.uniform(0, 0.05))

    def kill_now_and_then(self, every_s):
        listen = self.hub.address
        while not self.over:
            time.sleep(every_s)
            if self.over:
                return
            self.hub.kill()
            self.hub.start(listen)
            self.kills += 1


class Subscriber:
    """One subscription with one member that pulls or streams, and what it saw."""

    def __init__(self, world, number):
        self.world, self.number = world, number
        self.dice = random.Random(world.seed * 1000 + number)
        self.name = f"watch-{number}"
        self.history, self.events, self.reconnects = [], 0, 0
        self.generation, self.after, self.settled = 1, 0, set()
        self.open()

    def begin(self, generation, after):
        """What was settled before says nothing of what is to be settled from here on."""
        self.generation, self.after, self.settled = generation, after, set()
        self.history.append(("begin", generation, after))

    def open(self):
        self.connection = self.world.channel()
        self.stub = contract.subscriptions_grpc.SubscriptionServiceStub(self.connection)

    def reconnect(self):
        self.connection.close()
        self.reconnects += 1
        self.open()

    def ask(self, method, request):
        return self.world.patiently(lambda: getattr(self.stub, method)(
            request, timeout=15, wait_for_ready=True, metadata=(("liaison-as", OWNER),)),
            lost=self.lost)

    def lost(self):
        """An answer may have been on its way, and what was in it."""
        self.history.append(("lost", self.generation))

    def run(self, until):
        settings = subs.SubscriptionSettings(unlimited_attempts=True)
        settings.lease.seconds = 2
        made = self.ask("CreateSubscription", subs.CreateSubscriptionRequest(
            name=self.name, filter=f"author = {AUTHOR}", beginning=True, settings=settings))
        self.begin(1, made.subscription.position.sequence)
        while time.monotonic() < until or self.world.publishing:
            what = self.dice.random()
            if what < 0.05:
                self.reconnect()
            elif what < 0.08:
                self.seek()
            elif what < 0.20:
                self.look()
            elif self.number % 2:
                self.pull(self.dice.randint(1, 50))
            else:
                self.stream()
        self.drain()
        self.history.append(("drained", self.generation))

    def drain(self):
        # Behind a seek to the beginning of a long run there is much: too much to drain by fifties.
        deadline, most = time.monotonic() + 150, 1000
        while self.left() and time.monotonic() < deadline:
            before = len(self.settled)
            # Who is so slow that the leases end meanwhile takes fewer at once.
            if self.pull(most, settle_all=True) and len(self.settled) == before:
                most = max(10, most // 2)

    def left(self):
        with self.world.lock:
            return [s for s in self.world.record if s > self.after and s not in self.settled]

    def seek(self):
        with self.world.lock:
            places = sorted(self.world.record)
        if not places:
            return
        request = subs.SeekRequest(name=self.name)
        request.after.sequence = self.dice.choice(places)
        before = self.ask("GetSubscription", subs.GetSubscriptionRequest(name=self.name))
        sought = self.ask("Seek", request)
        # Asked again after a lost answer, it seeks twice: the generation that counts is the last.
        assert sought.generation > before.subscription.generation
        self.begin(sought.generation, request.after.sequence)

    def look(self):
        shown = self.ask("GetSubscription",
                         subs.GetSubscriptionRequest(name=self.name)).subscription
        counts = shown.stats.outstanding + shown.stats.waiting + shown.stats.dead_letters
        with self.world.lock:
            known = max(self.world.record, default=0)
        # What is behind our knowledge of the record cannot be judged.
        if shown.position.sequence <= known:
            self.history.append(("at", self.generation, shown.position.sequence, counts))

    def saw(self, delivery):
        self.events += 1
        self.history.append(("got", self.generation, delivery.event.sequence, delivery.attempt,
                             delivery.event.digest))

    def choose(self, deliveries, settle_all):
        said = []
        for delivery in deliveries:
            what = 0 if settle_all else self.dice.random()
            action = ACK if what < 0.8 else RETRY if what < 0.9 else RELEASE
            if what >= 0.95:
                continue  # forgotten: its lease runs out
            one = subs.Settlement(ack_token=delivery.ack_token, action=action, reason="fictional")
            if action == RETRY:
                one.delay.nanos = 50_000_000
            if action == RELEASE:
                self.history.append(("back", self.generation, delivery.event.sequence))
            said.append((delivery.event.sequence, one))
        return said

    def heard(self, said, results):
        for (sequence, one), result in zip(said, results):
            if one.action != ACK:
                continue
            if result in (subs.SETTLE_RESULT_OK, subs.SETTLE_RESULT_ALREADY_SETTLED):
                step = "acked" if result == subs.SETTLE_RESULT_OK else "gone"
                self.history.append((step, self.generation, sequence))
                self.settled.add(sequence)

    def pull(self, most, settle_all=False):
        """How many came."""
        request = subs.PullRequest(name=self.name, max_messages=most)
        request.wait.seconds = 1
        deliveries = self.ask("Pull", request).deliveries
        for delivery in deliveries:
            self.saw(delivery)
        said = self.choose(deliveries, settle_all)
        if self.dice.random() < 0.1:
            time.sleep(self.dice.uniform(0, 0.5))  # a slow reader
        if said:
            results = self.ask("Settle", subs.SettleRequest(
                name=self.name, settlements=[one for _, one in said])).results
            self.heard(said, results)
        return len(deliveries)

    def stream(self):
        """A new process, as the same member: what it held before goes out again."""
        requests = queue.Queue()
        call = self.stub.Consume(iter(requests.get, None), timeout=20,
                                 metadata=(("liaison-as", OWNER),), wait_for_ready=True)
        requests.put(subs.ConsumeRequest(start=subs.ConsumeStart(name=self.name, member="m")))
        until, batch, waiting = time.monotonic() + self.dice.uniform(0.1, 2), 0, {}
        try:
            for frame in call:
                kind = frame.WhichOneof("frame")
                if kind == "joined":
                    requests.put(subs.ConsumeRequest(credit=subs.Credit(
                        messages=self.dice.randint(1, 200), bytes=1 << 24)))
                elif kind == "deliveries":
                    for delivery in frame.deliveries.deliveries:
                        self.saw(delivery)
                    said = self.choose(frame.deliveries.deliveries, False)
                    batch += 1
                    waiting[batch] = said
                    requests.put(subs.ConsumeRequest(settlements=subs.Settlements(
                        batch=batch, settlements=[one for _, one in said])))
                    requests.put(subs.ConsumeRequest(credit=subs.Credit(
                        messages=len(frame.deliveries.deliveries), bytes=1 << 20)))
                elif kind == "results":
                    self.heard(waiting.pop(frame.results.batch), frame.results.results)
                    if time.monotonic() > until and not waiting:
                        break
        except grpc.RpcError as error:
            if error.code() not in LATE:
                raise
            self.lost()
        finally:
            call.cancel()
            self.history.append(("left", self.generation))
            requests.put(None)
        # Whether these are settled is not known: they are asked again.
        for said in waiting.values():
            if said:
                self.heard(said, self.ask("Settle", subs.SettleRequest(
                    name=self.name, settlements=[one for _, one in said])).results)


def run(arguments):
    with hubs.TemporaryHub(arguments.bin_dir) as hub:
        world = World(hub, arguments.seed)
        subscribers = [Subscriber(world, n) for n in range(arguments.subscribers)]
        until = time.monotonic() + arguments.seconds
        failures = []

        def guarded(work):
            def call(*arguments):
                try:
                    work(*arguments)
                except Exception as error:  # pylint: disable=broad-except
                    failures.append(error)
            return call

        publisher = threading.Thread(target=guarded(world.publish))
        killer = threading.Thread(target=guarded(world.kill_now_and_then),
                                  args=(arguments.kill_every,))
        threads = [threading.Thread(target=guarded(s.run), args=(until,)) for s in subscribers]
        for thread in (publisher, killer, *threads):
            thread.start()
        time.sleep(arguments.seconds)
        world.publishing = False
        publisher.join()
        world.over = True
        killer.join()
        for thread in threads:
            thread.join()
        found = [f"{s.name}: {v}" for s in subscribers
                 for v in durable_watch.violations(s.history, world.record)]
        print(f"{len(world.record)} events published, {sum(s.events for s in subscribers)} "
              f"deliveries to {len(subscribers)} subscribers checked, "
              f"{sum(s.reconnects for s in subscribers)} reconnects, "
              f"{sum(s.generation - 1 for s in subscribers)} seeks, {world.kills} kills of the "
              f"hub; violations {len(found)}")
        for violation in found[:20]:
            print(violation)
        for failure in failures[:5]:
            print("failed:", repr(failure))
        return not found and not failures and world.record


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--subscribers", type=int, default=20)
    parser.add_argument("--kill-every", type=float, default=4)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 30))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}")
    check_the_checker()
    return 0 if run(arguments) else 1


if __name__ == "__main__":
    sys.exit(main())
