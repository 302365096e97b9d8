#!/usr/bin/python3
"""Rules that change all the time, while words are said, amended, taken back and erased: once they
let everything go again, every hub has everything, and what was erased is nowhere.

Three hubs in a row, as in erasure_follows_test.py. What changes, when, and what is said is drawn by
lot; prints its seed. Everybody and everything said here is fictional.
"""

import argparse
import json
import pathlib
import random
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
PROJECT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT / "tests/support"), str(PROJECT / "tests/crash")]

import hub as hubs
from clock_jumps import Clock
from contract import federation
from erasure_follows_test import (ALL_THAT_WENT, AUTHOR, BEGINS_ANEW_S, CONFIRMED, MAG, OTHER,
                                  PARTNERS, PUBLIC, WENT, Chain, Rule, ask)

OPTIONS = None
RULES = (
    ALL_THAT_WENT, ALL_THAT_WENT, (),
    (Rule("the mag's", (MAG,)),),
    (Rule("reports", WENT, types=["local-report"]),),
    (Rule("public", (PUBLIC,)),), (Rule("partners'", (PARTNERS,)),),
    (Rule("not theirs", WENT, authors=[AUTHOR], withhold=True), *ALL_THAT_WENT),
    (Rule("erasures", WENT, types=["redaction"]), Rule("theirs", WENT, authors=[OTHER])))
# A lane begins anew once a minute at most; a hub takes a clock that is off by less than five.
JUMP_S, JUMPS = 61, 4


class World(Chain):
    """The chain, what was said, and what became of it."""

    def __init__(self, bin_dir, folder, dice):
        super().__init__(bin_dir, folder)
        self.dice = dice
        self.said, self.alive, self.erased = [], [], []  # signals; those to be followed
        self.followers, self.redactions = [], []  # sequences
        self.clocks = {}
        shim = bin_dir / "jumping_clock.so"
        for name, hub in self.hubs.items() if shim.exists() else ():
            self.clocks[name] = Clock(self.folder / f"{name}.clock")
            hub.environment = {"LD_PRELOAD": str(shim),
                               "JUMPING_CLOCK_FILE": str(self.clocks[name].path)}

    def something(self):
        sort = self.dice.choices(("say", "rules", "erase", "take_back", "amend", "relays", "away"),
                                 (8, 6, 4, 1, 2, 1, 1))[0]
        if sort in ("erase", "take_back", "amend") and not self.alive:
            sort = "say"
        getattr(self, f"do_{sort}")()
        return sort

    def do_say(self):
        for _ in range(self.dice.randint(1, 3)):
            said = self.say(self.dice.choice((PUBLIC, PARTNERS, MAG)),
                            self.dice.choice((AUTHOR, OTHER)))
            self.said.append(said)
            if said.audience in WENT:
                self.alive.append(said)

    def do_rules(self):
        rules = self.dice.choice(RULES)
        where = self.dice.choice((("igf", "mid"), ("mid", "far"), "mid", "far"))
        if isinstance(where, tuple):
            self.send[where] = rules
            self.change(where[0], kill=self.dice.random() < 0.5)
        else:
            self.receive[where] = tuple(r for r in rules if r.keys["audiences"] != [MAG])
            self.change(where, kill=self.dice.random() < 0.5)

    def do_erase(self):
        said = self.alive.pop(self.dice.randrange(len(self.alive)))
        self.redactions.append(self.erase(said))
        self.erased.append(said)

    def do_take_back(self):
        said = self.dice.choice([s for s in self.alive])
        if said.author == AUTHOR:
            self.followers.append(self.take_back(said).sequence)
            self.alive.remove(said)

    def do_amend(self):
        said = self.dice.choice(self.alive)
        if said.author == AUTHOR:
            self.followers.append(self.amend(said).sequence)

    def do_relays(self):
        self.relays = not self.relays
        self.change("mid")

    def do_away(self):
        name = self.dice.choice(("mid", "far"))
        self.hubs[name].kill()
        time.sleep(self.dice.random())
        self.start(name)

    def everything_goes(self):
        self.send = dict.fromkeys(self.send, ALL_THAT_WENT)
        self.receive = dict.fromkeys(self.receive, ALL_THAT_WENT)
        self.relays = True
        for name in self.hubs:
            self.change(name)

    def missing(self):
        """What should be at a hub and is not: (hub, sequence at igf)."""
        due = [s.sequence for s in self.said if s.audience in WENT]
        return [(name, sequence) for name in ("mid", "far")
                for sequence in due + self.followers + self.redactions
                if not self.is_here(name, sequence)]

    def settled(self, name):
        peers = ask(self.hubs[name], "FederationService", "ListPeers",
                    federation.ListPeersRequest()).peers
        return next(peer.lanes[0].settled for peer in peers if peer.lanes)

    def converge(self):
        """Seconds until nothing is missing; None where something stays so."""
        began = time.monotonic()
        jumps = JUMPS if self.clocks else 0
        while self.missing():
            waited = time.monotonic() - began
            if waited > (BEGINS_ANEW_S * 2 if not self.clocks else OPTIONS.patience):
                return None
            if jumps and waited > 5 * (JUMPS - jumps + 1):
                jumps -= 1
                for clock in self.clocks.values():
                    clock.jump_to(clock.offset_s + JUMP_S)
            time.sleep(0.2)
        return time.monotonic() - began


def until(condition, timeout_s):
    end = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


class Changing(unittest.TestCase):
    def test_once_everything_goes_everybody_has_it_and_nobody_what_was_erased(self):
        for number in range(OPTIONS.rounds):
            seed = OPTIONS.seed + number
            print(f"seed {seed}", file=sys.stderr, flush=True)
            with self.subTest(seed=seed), tempfile.TemporaryDirectory() as folder:
                world = World(OPTIONS.bin_dir, folder, random.Random(seed))
                try:
                    self.play(world)
                finally:
                    world.end()

    def test_what_a_relay_was_shown_in_one_piece_does_not_stop_who_is_in_the_middle_of_it(self):
        with tempfile.TemporaryDirectory() as folder:
            world = World(OPTIONS.bin_dir, folder, random.Random(0))
            self.addCleanup(world.end)
            world.begin()
            # far has dealt with the first event, of which it knows the leaf alone.
            self.assertTrue(until(lambda: world.settled("far") == 1, OPTIONS.patience))
            world.hubs["mid"].kill()
            world.say(MAG)
            said = world.say(PUBLIC)
            # Other rules: mid begins anew, and is shown the first two as one hash.
            world.send["igf", "mid"] = (Rule("public", (PUBLIC,)),)
            world.change("igf")
            world.start("mid")
            for name in ("mid", "far"):
                self.assertTrue(until(lambda: world.is_here(name, said.sequence),
                                      BEGINS_ANEW_S), f"{name} has not got it")

    def play(self, world):
        world.begin()
        done = [world.something() for _ in range(3)]
        for _ in range(OPTIONS.steps):
            time.sleep(world.dice.choice((0, 0.1, 0.7)))
            done.append(world.something())
        # Whatever the rules are by now: what went is followed.
        if not world.relays:
            world.do_relays()
        self.check_erased(world)
        world.everything_goes()
        took_s = world.converge()
        told = {sort: done.count(sort) for sort in sorted(set(done))}
        print(f"{json.dumps(told)}; everything is everywhere after "
              f"{'no time' if took_s is None else f'{took_s:.1f} s'}; {len(world.said)} said, "
              f"{len(world.erased)} erased", file=sys.stderr, flush=True)
        self.assertEqual(world.missing(), [], "is missing, by the sequence at igf")
        self.check_words(world)
        for redaction in world.redactions:
            # That it is there is heard with the next question.
            until(lambda: world.delivery("igf", redaction).state == CONFIRMED, OPTIONS.patience)
            told = world.delivery("igf", redaction)
            self.assertEqual(told.state, CONFIRMED, told)

    def check_erased(self, world):
        for name in world.hubs:
            end = time.monotonic() + OPTIONS.patience  # RocksDB deletes files on its own beat
            left = world.erased
            while left and time.monotonic() < end:
                left = [s for s in left if world.holding(name, s.words)]
            self.assertEqual([(s.sequence, s.audience, world.holding(name, s.words))
                              for s in left], [], f"words that were erased, at {name}")

    def check_words(self, world):
        self.check_erased(world)
        for name in world.hubs:
            gone = {s.sequence for s in world.erased}
            kept = [s.sequence for s in world.said if s.sequence not in gone
                    and (s.audience in WENT or name == "igf")
                    and not world.holding(name, s.words)]
            self.assertEqual(kept, [], f"words that are lost, at {name}")
            if name != "igf":
                self.assertEqual([s.sequence for s in world.said if s.audience == MAG
                                  and world.holding(name, s.words)], [],
                                 f"words that never could go, at {name}")


def main():
    global OPTIONS
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--rounds", type=int, default=1, help="each with the next seed")
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--patience", type=float, default=40, help="seconds")
    OPTIONS, rest = parser.parse_known_args()
    OPTIONS.bin_dir = OPTIONS.bin_dir.resolve()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
