#!/usr/bin/python3
"""`liaison durable`, as a person and a program use it: against a real hub, killed and paused."""

import argparse
import json
import pathlib
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import grpc
import attack
import contract
import hub as hubs
from contract import subscriptions as subs
from identity import wait_until

TIMEOUT_S = 60


class DurableCommands(unittest.TestCase):
    bin_dir, hub, made = None, None, 0

    def setUp(self):
        DurableCommands.made += 1
        self.name = f"desk-{self.made}"
        self.author = f"org/fictional-{self.made}"

    def command(self, *arguments):
        return [str(self.bin_dir / "liaison"), "--hub", self.hub.address, "--as",
                "org/fictional-desk", "--output", "json", *arguments]

    def run_it(self, *arguments, code=0):
        done = subprocess.run(self.command(*arguments), capture_output=True, text=True,
                              timeout=TIMEOUT_S, check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def durable(self, *arguments, **more):
        return self.run_it("durable", *arguments, **more)

    def publish(self, count, text=""):
        drafts = "".join(json.dumps({
            "author": self.author, "audience": "igf/public", "language": "en",
            "topics": ["unspecified"], "topic_signal": {
                "purpose": "PURPOSE_INFORMATION", "title": f"A fictional signal {i}",
                "text": text}}) + "\n"
            for i in range(count))
        done = subprocess.run(self.command("publish", "-"), input=drafts, capture_output=True,
                              text=True, timeout=TIMEOUT_S, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line)["sequence"] for line in done.stdout.splitlines()]

    def stat(self, name):
        """Of the subscription; JSON leaves out what is zero."""
        return self.durable("get", self.name)[0]["stats"].get(name, 0)

    def create(self, *arguments):
        return self.durable("create", self.name, "--live", "--filter", f"author = {self.author}",
                            *arguments)[0]

    def test_made_consumed_and_shown(self):
        self.create("--label", "a fictional desk")
        wanted = self.publish(5)
        seen = self.durable("consume", self.name, "--count", "5", "--member", "laptop")
        self.assertEqual([e["sequence"] for e in seen], wanted)
        self.assertEqual([e["attempt"] for e in seen], [1] * 5)
        for name in ("outstanding", "waiting", "dead_letters", "backlog"):
            self.assertEqual(self.stat(name), 0, name)
        self.assertIn(self.name, [s["name"] for s in self.durable("list")])
        self.durable("delete", self.name)
        self.durable("get", self.name, code=5)

    def test_pulled_refused_laid_aside_and_replayed(self):
        self.create("--max-attempts", "2")
        wanted = self.publish(3)
        pulled = self.durable("pull", self.name, "--wait", "10")
        self.assertEqual([e["sequence"] for e in pulled], wanted)
        tokens = [e["ack_token"] for e in pulled]
        self.assertEqual([r["result"] for r in self.durable("ack", self.name, tokens[0])], ["ok"])
        self.durable("ack", self.name, tokens[1], "--result", "dead-letter", "--reason",
                     "fictional")
        self.assertEqual(self.durable("ack", self.name, tokens[0])[0]["result"], "already_settled")
        letters = self.durable("dead-letters", "list", self.name)
        self.assertEqual([(d["position"]["sequence"], d["reason"]) for d in letters],
                         [(wanted[1], "fictional")])
        dry = self.durable("dead-letters", "replay", self.name, "--all", "--dry-run")[0]
        self.assertEqual(dry["sequences"], wanted[1:2])
        self.durable("dead-letters", "replay", self.name, "--all")
        again = self.durable("pull", self.name, "--wait", "10", "--ack")
        self.assertEqual([e["sequence"] for e in again], wanted[1:2])
        self.assertEqual(self.durable("dead-letters", "list", self.name), [])

    def test_what_did_not_count_is_an_error_for_a_script(self):
        # The first is to be settled by two programs within the lease, whatever the machine does.
        made = self.create("--lease", "5", "--retry-delay", "0.5", "--max-retry-delay", "60")
        self.assertEqual((made["settings"]["min_retry_delay"], made["settings"]["max_retry_delay"]),
                         ("0.500s", "60s"))
        self.publish(2)
        tokens = [e["ack_token"] for e in self.durable("pull", self.name, "--wait", "10")]
        self.durable("ack", self.name, tokens[0])
        time.sleep(5.2)
        said = self.durable("ack", self.name, *tokens, "no-token", code=1)
        self.assertEqual([s["result"] for s in said], ["already_settled", "expired", "invalid"])

    def test_sought_it_begins_there(self):
        made = self.create()
        wanted = self.publish(3)
        self.durable("pull", self.name, "--wait", "10", "--ack")
        sought = self.durable("seek", self.name, "--after", str(made["position"]["sequence"]))[0]
        self.assertEqual(sought["generation"], 2)
        again = self.durable("pull", self.name, "--wait", "10", "--ack")
        self.assertEqual([e["sequence"] for e in again], wanted)

    def test_google_pubsub_what_waits_in_a_buffer_does_not_expire_into_a_storm(self):
        """The reader stands still for four leases, with a hundred events in hand."""
        # Whoever extends leases must get round to it within each, on a machine that is busy.
        self.create("--lease", "3")
        wanted = self.publish(150, text="x" * 4000)  # more than a pipe holds
        consumer = subprocess.Popen(
            self.command("durable", "consume", self.name, "--count", "150", "--member", "slow"),
            stdout=subprocess.PIPE, text=True)
        self.assertTrue(wait_until(lambda: self.stat("outstanding") > 50, TIMEOUT_S))
        time.sleep(12)
        self.assertGreater(self.stat("outstanding"), 50)
        with consumer.stdout:
            seen = [json.loads(line) for line in consumer.stdout]
        self.assertEqual(consumer.wait(TIMEOUT_S), 0)
        self.assertEqual([e["sequence"] for e in seen], wanted)
        self.assertEqual({e["attempt"] for e in seen}, {1})

    def test_many_that_pulled_hold_no_memory_for_what_they_did_not_get(self):
        self.publish(100, "x" * 1000)
        # What came since a hub began is in its memory once for all.
        self.hub.kill()
        self.hub.start()
        desk = (("liaison-as", "org/fictional-desk"),)
        with grpc.insecure_channel(self.hub.address) as channel:
            stub = contract.subscriptions_grpc.SubscriptionServiceStub(channel)
            names = [f"{self.name}-{number}" for number in range(2000)]
            for name in names:
                request = subs.CreateSubscriptionRequest(name=name, beginning=True)
                request.filter = f"author = {self.author}"
                stub.CreateSubscription(request, metadata=desk)
            for number, name in enumerate(names):
                if number == 500:
                    before_mib = attack.rss_mib(self.hub.pid)
                got = stub.Pull(subs.PullRequest(name=name, max_messages=1), metadata=desk)
                self.assertEqual(len(got.deliveries), 1)
            grown_mib = attack.rss_mib(self.hub.pid) - before_mib
            for name in names:
                stub.DeleteSubscription(subs.DeleteSubscriptionRequest(name=name), metadata=desk)
        # 64 KiB read for each would be 94 MiB.
        self.assertLess(grown_mib, 40)

    def test_a_consumer_that_is_killed_gets_back_what_it_held(self):
        self.create("--lease", "3600")
        wanted = self.publish(50, text="x" * 4000)
        consumer = subprocess.Popen(self.command("durable", "consume", self.name, "--member", "me"),
                                    stdout=subprocess.PIPE, text=True)
        first = [json.loads(consumer.stdout.readline())["sequence"] for _ in range(5)]
        # It is stuck at a full pipe, with all there is in hand; what it settled has been heard of.
        self.assertTrue(wait_until(lambda: self.stat("backlog") == 0 and
                                   self.stat("outstanding") == self.stat("outstanding"),
                                   TIMEOUT_S))
        consumer.send_signal(signal.SIGKILL)
        consumer.wait()
        consumer.stdout.close()
        left = self.stat("outstanding")
        self.assertGreater(left, 0)
        rest = self.durable("consume", self.name, "--count", str(left), "--member", "me")
        self.assertEqual(sorted(set(first) | {e["sequence"] for e in rest})[-1], wanted[-1])
        self.assertEqual(self.stat("outstanding"), 0)

    def test_a_hub_that_is_killed_loses_nothing_and_repeats_nothing_that_was_settled(self):
        self.create()
        wanted = self.publish(200, text="x" * 2000)
        consumer = subprocess.Popen(
            self.command("--timeout", "60", "durable", "consume", self.name, "--count", "200",
                         "--member", "me"), stdout=subprocess.PIPE, text=True)
        seen = [json.loads(consumer.stdout.readline())["sequence"] for _ in range(30)]
        listen = self.hub.address
        self.hub.kill()
        self.hub.start(listen)
        with consumer.stdout:
            seen += [json.loads(line)["sequence"] for line in consumer.stdout]
        self.assertEqual(consumer.wait(TIMEOUT_S), 0)
        self.assertEqual(seen, wanted)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    arguments, rest = parser.parse_known_args()
    DurableCommands.bin_dir = arguments.bin_dir.resolve()
    with hubs.TemporaryHub(arguments.bin_dir) as hub:
        DurableCommands.hub = hub
        program = unittest.main(argv=[sys.argv[0], *rest], exit=False)
    return 0 if program.result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
