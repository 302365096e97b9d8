#!/usr/bin/python3
"""A peer hub that floods whoever pulls from it, as a process of its own, which makes its answers
before it begins. Prints its policy as JSON, then obeys lines: `on ROUND`, `off`, `end`.

Two sorts of lanes: `events` have many small signed-for events, as fast as they are asked for, other
lanes in each round; `crumbs` have no end: a head of 2^40, and one withheld piece of one event in
each answer, which is proven and costs the peer nothing. Everything in it is fictional.
"""

import argparse
import json
import os
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import hostile_peer  # noqa: E402
import record  # noqa: E402
from contract import federation  # noqa: E402
from fictional_log import checkpoint_text  # noqa: E402
from hostile_peer import HubLog, PeerServer, cover  # noqa: E402

HEIGHT = 40
BATCH = 1000


class Events:
    """One origin with `count` events, all made beforehand."""

    def __init__(self, seed, name, count):
        self.log = HubLog(seed, name)
        self.on = False
        self.first = self.log.size
        for _ in range(count):
            self.log.say(attest=True)
        self.log.tree.root(0, self.log.size)
        self.batches = {}
        for settled in range(self.first, self.log.size, BATCH):
            request = federation.PullLaneRequest(
                settled=settled, head_size=self.first if settled == self.first else self.log.size,
                registry_size=len(self.log.registry))
            self.batches[settled] = self.log.answer(request).SerializeToString()

    def __call__(self, request, context):
        if self.on and request.settled in self.batches and (
                request.registry_size == len(self.log.registry)):
            return self.batches[request.settled]
        # As if there were nothing new.
        return self.log.answer(request, size=max(self.first, request.head_size), most=0
                               if request.settled >= self.first else BATCH)


class Crumbs:
    """A log of 2^40 events of which nothing is ever shown."""

    def __init__(self, seed, name):
        self.log = HubLog(seed, name)
        self.on = False
        self.roots = [record.leaf_hash(b"of no interest")]
        for _ in range(HEIGHT):
            self.roots.append(record.node_hash(self.roots[-1], self.roots[-1]))
        text = checkpoint_text(self.log.origin, 1 << HEIGHT, self.roots[HEIGHT])
        self.head = (text + b"\n" + self.log.key.line(text)).decode()
        self.registry_head = self.log.registry_note().decode()

    def __call__(self, request, context):
        answer = federation.PullLaneResponse(head=self.head, registry_head=self.registry_head)
        for leaf, header in self.log.registry[request.registry_size:]:
            answer.registry.add(leaf=leaf, header=header)
        at = request.settled
        if self.on or at == 0:
            answer.pieces.add(first=at + 1, last=at + 1, withheld=[self.roots[0]])
            answer.rest.extend(self.roots[(end - begin).bit_length() - 1]
                               for begin, end in cover(at + 1, 1 << HEIGHT))
        return answer


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", default="flood")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--lanes", type=int, default=2, help="with events, in each round")
    parser.add_argument("--events", type=int, default=4000, help="in each of them")
    parser.add_argument("--crumbs", type=int, default=2)
    options = parser.parse_args()
    server = PeerServer()
    rounds = [[Events(options.seed, f"flood-{number}-{lane}", options.events)
               for lane in range(options.lanes)] for number in range(options.rounds)]
    crumbs = [Crumbs(options.seed, f"crumbs-{number}") for number in range(options.crumbs)]
    lanes = [*crumbs, *(lane for each in rounds for lane in each)]
    for lane in lanes:
        server.lanes[lane.log.origin] = lane
    peers = [hostile_peer.Dialled(lane.log.hub, server.address, [lane.log]) for lane in lanes]
    os.nice(19)  # it is to cost the hub, and not the machine
    print(json.dumps({"policy": hostile_peer.policy(peers)}), flush=True)
    for line in sys.stdin:
        words = line.split()
        if words[0] == "end":
            break
        for lane in lanes:
            lane.on = False
        if words[0] == "on":
            for lane in (*crumbs, *rounds[int(words[1])]):
                lane.on = True
        print(json.dumps({"done": words[0]}), flush=True)
    server.stop()


if __name__ == "__main__":
    main()
