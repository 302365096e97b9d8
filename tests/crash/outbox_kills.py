#!/usr/bin/python3
"""Kills a client with an outbox at the places where events could be lost or doubled, and looks
whether each of them arrives exactly once.

`returned`: the event is safe on the client's disk and was not sent. `sent`: the hub has it, and the
outbox does not know. `anywhere`: at some moment, in the middle of a write perhaps.
"""

import argparse
import collections
import json
import pathlib
import random
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

import hub as hubs

PLACES = ("returned", "sent", "anywhere")
CLIENT_TIMEOUT_S = 60
MAX_EVENTS = 3
MAX_FRUITLESS = 5  # of rounds for one kill: `anywhere` may come too late


class Kills:
    def __init__(self, bin_dir, hub, outbox, seed):
        self.bin_dir = bin_dir
        self.hub = hub
        self.outbox = outbox
        self.rng = random.Random(seed)
        self.returned = []  # event ids, in the order in which the outbox took them
        self.killed = collections.Counter()

    def client(self, place, count):
        done = subprocess.run([self.bin_dir / "outbox_client", self.hub.address, self.outbox, place,
                               str(count)], stdout=subprocess.PIPE, text=True, check=False,
                              timeout=CLIENT_TIMEOUT_S)
        # A line that was cut short was not said.
        self.returned += [line.strip() for line in done.stdout.splitlines(True) if line[-1] == "\n"]
        return done.returncode

    def kill(self, place):
        for _ in range(MAX_FRUITLESS):
            code = self.client(place, self.rng.randint(1, MAX_EVENTS))
            if code == -9:
                self.killed[place] += 1
                return
            if code != 0 or place != "anywhere":
                sys.exit(f"the client ended with {code} instead of being killed at `{place}`")

    def log(self):
        """Event ids in the order of the hub's log."""
        done = subprocess.run([self.bin_dir / "liaison", "--hub", self.hub.address, "subscribe",
                               "--until-caught-up", "--output", "json", "--quiet"],
                              stdout=subprocess.PIPE, text=True, check=True,
                              timeout=CLIENT_TIMEOUT_S)
        return [json.loads(line)["event_id"] for line in done.stdout.splitlines()]

    def faults(self):
        log = self.log()
        counted = collections.Counter(log)
        lost = [one for one in self.returned if counted[one] == 0]
        doubled = [one for one, count in counted.items() if count > 1]
        known = set(self.returned)
        out_of_order = [one for one in log if one in known] != [
            one for one in self.returned if counted[one]]
        return {"lost": len(lost), "doubled": len(doubled), "out_of_order": int(out_of_order)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    parser.add_argument("--kills", type=int, default=500, help="at each place (default: 500)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    with hubs.TemporaryHub(arguments.bin_dir) as hub, tempfile.TemporaryDirectory() as folder:
        kills = Kills(arguments.bin_dir.resolve(), hub, pathlib.Path(folder) / "outbox",
                      arguments.seed)
        order = [place for place in PLACES for _ in range(arguments.kills)]
        kills.rng.shuffle(order)
        for place in order:
            kills.kill(place)
        if kills.client("nowhere", 0) != 0:
            sys.exit("what was left could not be sent")
        faults = kills.faults()
        hub.stop()
    print(json.dumps({"killed": dict(kills.killed), "events": len(kills.returned), **faults}))
    return 1 if any(faults.values()) or not kills.returned else 0


if __name__ == "__main__":
    sys.exit(main())
