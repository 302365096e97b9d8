#!/usr/bin/python3
"""Five hubs that hear each other, over lines that break: afterwards each has exactly the events
that everybody's policies let it have.

In a mesh, a ring and a star, while every hub takes events, lines fail in one direction, in both and
over and over, hubs are killed, and one is away for 30 days of the hubs' clocks. After each fault is
healed, the hubs are left alone until each has what it must have; then all that they serve is
compared with an outside record of what was acknowledged and with what follows from the policies.

  five_hubs.py --bin-dir build/release/bin [--only mesh] [--rounds 3] [--seed N]

`--lie` breaks the federation in secret: 0 is then that it was found out. Prints its seed, a line
for each fault, and JSON. Everybody and everything said is fictional.
"""

import argparse
import concurrent.futures
import contextlib
import copy
import dataclasses
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "support"),
                str(pathlib.Path(__file__).resolve().parent)]

import contract  # noqa: E402
import hub as hubs  # noqa: E402
from federation_members import Away, Member, Record, wait_until  # noqa: E402
from federation_model import COUNTS, Rule, compare, expectations, registries  # noqa: E402
from federation_policies import (  # noqa: E402
    ALL_AUDIENCES, SMALLER_TEAM, TEAM, TOPOLOGIES, Policies, audiences)
from federation_writer import DEEDS, PAUSE_S, Writer  # noqa: E402
from line import DOWN, HELD, LOST, OPEN, UP, Line  # noqa: E402

NAMES = ("igf", "north", "south", "east", "west")
DAY_S = 86_400
AWAY_DAYS = 30
# So many calls in vain lead to the longest pause between two of them (server/federation/backoff.h).
MANY_STEPS, SILENT_STEPS = 12, 5
LONGEST_PAUSE_S = 900
ASKED_WITHIN_S = 20  # once the pause is over, or it has called
PATIENCE_S = 60
GIVEN_UP_S = 22  # a hub that pulls gives a call up before that
SLOW_S = (0.5, 2)
# Once everything is there, nothing more may come.
SETTLE_S = 1.5
STILL_S = 5  # ten pulls
VERIFY_S = 300  # five at once
SHOWN = 12
ZERO = (*COUNTS, "left_alone")
# How the federation is broken in secret; what must be found then, and what may be as well.
LIES = {"cut": ({"missing"}, {"unheard"}),
        "less": ({"missing"}, set()),
        "more": ({"unasked"}, set()),
        "wide": ({"unasked"}, set()),
        "words": ({"unerased"}, set()),
        "key": ({"signed_late"}, set()),
        "registry": ({"unheard"}, {"missing"}),
        "alone": ({"left_alone"}, {"missing", "unheard"}),
        "clock": (set(), set())}


class Federation:
    """Five hubs in one topology, the lines between them, and who publishes there."""

    def __init__(self, bin_dir, folder, topology, rng, lie=None):
        folder.mkdir()
        self.bin_dir, self.folder, self.topology, self.rng = bin_dir, folder, topology, rng
        self.lie = lie
        self.policies = Policies(rng, topology, NAMES)
        self.members = {name: Member(name, bin_dir, folder, clock=lie != "clock")
                        for name in NAMES}
        self.outside = Record()
        self.lines = {}  # (puller, source) -> Line
        self.secretly_cut = set()  # keys of lines
        self.writers = {}
        self.origins = {}  # hub -> HOST/HUB/LOG_ID
        self.totals = dict.fromkeys(ZERO, 0)
        self.left_alone = 0  # whom nobody asked again, since it was judged last
        self.took_s = []  # (fault, seconds until everybody had everything)
        self.expected, self.withheld, self.undecided = {}, 0, 0
        self.asked_again = []  # of whoever was away
        self.notes = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for writer in self.writers.values():
            writer.stopping = True
        for member in self.members.values():
            member.hub.kill()
        for line in self.lines.values():
            line.__exit__()

    def each(self, act):
        """What it gives for each hub, all of them at once."""
        with concurrent.futures.ThreadPoolExecutor(len(NAMES)) as pool:
            return list(pool.map(act, self.members.values()))

    @property
    def links(self):
        return self.policies.links

    def begin(self):
        """Everybody learns everybody's origin and key first, as people do, and writes a policy."""
        self.each(Member.start)
        checkpoints = {name: member.checkpoint() for name, member in self.members.items()}
        self.origins = {name: said.log_origin for name, said in checkpoints.items()}
        for link in self.links:
            source = self.members[link.source]
            line = self.lines[link.puller, link.source] = Line(source.hub.address)
            source.lines_here.append(line)
        addresses = {pair: line.address for pair, line in self.lines.items()}
        told = self.lied_to()
        for name, member in self.members.items():
            others = [other for other in self.members.values() if other is not member]
            self.writers[name] = Writer(member, self.rng.getrandbits(64), self.outside, others,
                                        self.lie)

        def settle_in(member):
            member.stop()
            member.policy.write_text(told.toml(member.name, addresses, checkpoints))
            member.start()
            self.writers[member.name].settle_in()
        self.each(settle_in)
        for writer in self.writers.values():
            writer.start()
        if self.lie == "cut":
            link = self.without_detour()
            self.cut_secretly(link.puller, link.source)

    def without_detour(self):
        """One that lets something go, where nobody else hands on what comes by it. In a mesh there
        is one: two pairs relay, and leave a hub out."""
        return next((link for link in self.links if link.send and not any(
            link.source in other.origins for other in self.links
            if other.puller == link.puller and other is not link)), self.links[0])

    def cut_secretly(self, puller, source):
        """The other one's line as well: over that the puller would ask in its place."""
        for way in {(puller, source), (source, puller)} & set(self.lines):
            self.secretly_cut.add(way)
            self.lines[way].cut()

    def lied_to(self):
        """The hubs get other policies than the ones that are looked at, where that is the lie."""
        told = copy.copy(self.policies)
        told.receive = dict(self.policies.receive)
        for hub, origin in told.receive:
            if hub != "east" or origin == hub:
                continue
            everything = (Rule("all of it", audiences((origin,), *ALL_AUDIENCES)),)
            if self.lie == "less":
                told.receive[hub, origin] = ()
            if self.lie in ("more", "wide"):
                told.receive[hub, origin] = everything
            if self.lie == "wide":
                # A team that was narrowed: who takes what the old one reads takes the new one's.
                self.policies.receive[hub, origin] = (Rule("the team as it was", audiences(
                    (origin,), *(a for a in ALL_AUDIENCES if a != SMALLER_TEAM))),)
        if self.lie == "registry":
            told.links = [dataclasses.replace(link, origins=tuple(
                o for o in link.origins if (link.puller, o) != ("east", "north")))
                for link in self.links]
        for link in self.links:
            # What is not let go in the first place is not taken by whoever takes too much.
            if self.lie == "wide" or (self.lie == "more" and link.puller == "east"):
                link.send = (Rule("all of it", audiences(NAMES, *ALL_AUDIENCES)),)
        return told

    def publish(self, go_on):
        for writer in self.writers.values():
            if go_on:
                writer.resume()
            else:
                writer.pause()

    def say_enough(self):
        """On a slow machine a fault is over before everybody has done each deed once."""
        wait_until(lambda: all(w.has_done_each_deed() for w in self.writers.values()), PATIENCE_S)

    def pace(self, pause_s):
        for writer in self.writers.values():
            writer.pause_s = pause_s

    # --- what is broken, and healed ---------------------------------------------------------------

    def break_way(self, sender, receiver, state):
        """What becomes of the bytes from one hub to the other, whoever has dialled whom."""
        if (sender, receiver) in self.lines:
            self.lines[sender, receiver].let(UP, state)
        if (receiver, sender) in self.lines:
            self.lines[receiver, sender].let(DOWN, state)

    def across(self, group):
        """Lines between these hubs and the others."""
        return [line for (puller, source), line in self.lines.items()
                if (puller in group) != (source in group)]

    def heal(self):
        for (puller, source), line in self.lines.items():
            if (puller, source) not in self.secretly_cut:
                line.mend()
        for member in self.members.values():
            if not member.hub.running:
                member.start()

    # --- what came of it --------------------------------------------------------------------------

    def read(self):
        for member in self.members.values():
            member.read_on(self.origins)

    def compared(self, anew):
        """hub -> Comparison, of what was read last."""
        told = self.outside.told()
        acknowledged = told.acknowledged
        must, may = expectations(list(acknowledged.values()), self.links, self.policies.receive)
        self.undecided = sum(len(may[name] - must[name]) for name in NAMES)
        self.expected = {name: len(must[name]) for name in NAMES}
        self.withheld = sum(e.hub != name and e.digest not in may[name]
                            for e in acknowledged.values() for name in NAMES)
        found = {name: compare(name, *member.everything(), told, must[name], may[name], anew)
                 for name, member in self.members.items()}
        for name, entries in registries(list(acknowledged.values()), self.links).items():
            for digest in entries - self.members[name].heard():
                found[name].count("unheard", f"{acknowledged[digest].kind} at "
                                  f"{acknowledged[digest].sequence} of {acknowledged[digest].hub}")
        return found

    def converge(self, patience_s, still_s=None):
        """Seconds until everybody has what they must have; None where that does not happen. With
        `still_s` it is not waited for once nothing has come to anybody for so long."""
        acknowledged = self.outside.acknowledged()
        must, _ = expectations(list(acknowledged.values()), self.links, self.policies.receive)
        entries = registries(list(acknowledged.values()), self.links)

        have_all, seen, since = False, None, 0

        def is_over():
            nonlocal have_all, seen, since
            self.read()
            # What came while they were read is looked at once more.
            have_all = all(must[name] <= member.digests() and entries[name] <= member.heard()
                           and member.everything()[1] == 0
                           for name, member in self.members.items())
            came = [(len(member.leaf_hashes), member.everything()[1], len(member.heard()))
                    for member in self.members.values()]
            if came != seen:
                seen, since = came, time.monotonic()
            return have_all or still_s is not None and time.monotonic() - since > still_s
        took_s = wait_until(is_over, patience_s)
        return took_s if have_all else None

    def judge(self, what, seconds, patience_s, anew=False):
        """Counts and prints what is wrong now. True where nothing is."""
        comparisons = self.compared(anew)
        found = {name: sum(getattr(c, name) for c in comparisons.values()) for name in COUNTS}
        found["left_alone"], self.left_alone = self.left_alone, 0
        relayed = sum(c.relayed for c in comparisons.values())
        took = f"converged in {seconds:.1f} s" if seconds is not None else \
            f"NOT CONVERGED, {patience_s} s at most"
        said(f"{self.topology}: {what}: {took}; {relayed} relayed of {sum(self.expected.values())}"
             f" that must be ({self.undecided} more may), {self.withheld} kept; "
             + ", ".join(f"{name} {count}" for name, count in found.items()))
        for name, comparison in comparisons.items():
            for note in comparison.notes:
                self.note(f"{name}: {note}")
        for name, count in found.items():
            self.totals[name] += count
        return seconds is not None and not any(found.values())

    def note(self, text):
        if len(self.notes) < SHOWN:
            self.notes.append(text)
            said(f"  FAULT {text}")

    def check_standings(self):
        """Nobody was convicted of anything: all of them are honest."""
        clean = True
        for name, member in self.members.items():
            for peer in member.peers():
                for who, standing in [(peer.name, peer.standing)] + [
                        (lane.origin, lane.standing) for lane in peer.lanes]:
                    condition = contract.federation.PeerCondition.Name(standing.condition)
                    if condition in ("PEER_CONDITION_QUARANTINED", "PEER_CONDITION_BLOCKED"):
                        clean = False
                        self.note(f"{name}: {who} is {condition}: {standing.why}")
                for lane in peer.lanes:
                    wrong = {k: n for k, n in lane.counts.items() if k.startswith("rejected")}
                    if wrong:
                        clean = False
                        self.note(f"{name}: {wrong} of {lane.origin} from {peer.name}")
        return clean

    def verify(self):
        """Everybody's record, with the program that everybody has for it."""
        vkeys = {name: member.checkpoint().log_vkey for name, member in self.members.items()}

        def verified(member):
            member.check_root()
            others = [part for other, vkey in vkeys.items() if other != member.name
                      for part in ("--origin-vkey", vkey)]
            ran = subprocess.run(
                [self.bin_dir / "liaison", "--hub", member.hub.address, "--as",
                 member.secretariat, "verify", "--until-caught-up", "--vkey", vkeys[member.name],
                 *others, "--state", str(self.folder / f"{member.name}.verified")],
                capture_output=True, text=True, timeout=VERIFY_S)
            if ran.returncode != 0:
                self.note(f"{member.name}: liaison verify: {ran.returncode} {ran.stdout} "
                          f"{ran.stderr}")
            return ran.returncode == 0
        return all(self.each(verified))


def said(text):
    print(text, file=sys.stderr, flush=True)


# --- faults: each leaves something broken, or not -------------------------------------------------

def one_way(world, rng, scale):
    for link in rng.sample(world.links, rng.randint(1, 3)):
        world.break_way(link.puller, link.source, rng.choice((HELD, LOST)))
    time.sleep(rng.uniform(1, 2) * scale)


def full(world, rng, scale):
    group = set(rng.sample(NAMES, rng.randint(1, 2)))
    how = rng.choice(("cut", HELD, LOST))
    for line in world.across(group):
        if how == "cut":
            line.cut()
        else:
            line.let(UP, how)
            line.let(DOWN, how)
    time.sleep(rng.uniform(1, 2) * scale)


def flapping(world, rng, scale):
    for _ in range(int(6 * scale)):
        line = rng.choice(list(world.lines.values()))
        how = rng.choice(("cut", HELD, LOST))
        line.cut() if how == "cut" else line.let(rng.choice((UP, DOWN)), how)
        time.sleep(rng.uniform(0.05, 0.3))
        if rng.random() < 0.7:
            line.mend()
            time.sleep(rng.uniform(0, 0.2))


def kills(world, rng, scale):
    for _ in range(int(3 * scale)):
        members = [world.members[name] for name in rng.sample(NAMES, rng.randint(1, 2))]
        for member in members:
            member.kill()
        time.sleep(rng.uniform(0, 0.5))
        for member in members:
            member.start()
        time.sleep(rng.uniform(0, 0.5))


def kills_behind_partitions(world, rng, scale):
    full(world, rng, scale / 2)
    kills(world, rng, scale / 2)


def away(world, rng, scale):
    """Days of all clocks pass at a time. Nobody answers, so slowly that calls are given up, or
    somebody says for it that it is away. When it comes back it calls some of the others; the rest
    find it by themselves."""
    gone = world.members[rng.choice(NAMES)]
    others = [m for m in world.members.values() if m is not gone]
    pullers = [link.puller for link in world.links if link.source == gone.name]
    calls = set(rng.sample(pullers, len(pullers) // 2))
    before = pulled_at(gone)
    gone.kill()
    silent = scale > 1 and rng.random() < 0.5
    world.pace(SLOW_S)
    steps = SILENT_STEPS if silent else MANY_STEPS
    with contextlib.nullcontext() if silent else Away(gone):
        for step in range(steps):
            pass_time(others, AWAY_DAYS * DAY_S // steps)
            wait_until(lambda: min(back_off(world, gone, pullers)[1]) > step, GIVEN_UP_S)
        latest_s, failures = back_off(world, gone, pullers)
    world.pace(PAUSE_S)
    for source in pullers:
        if source not in calls and (gone.name, source) in world.lines:
            world.lines[gone.name, source].cut()
    if world.lie == "alone":
        world.cut_secretly(pullers[0], gone.name)
    if rng.random() < 0.7:
        gone.clock.jump_to(gone.clock.offset_s + AWAY_DAYS * DAY_S)
    gone.start()
    gone.accept_clock()
    told = {"away": gone.name, "failures": failures, "asked_at_the_latest_in_s": latest_s}
    told["called"], left = until_asked(gone, calls, before)
    # Nobody is left alone for longer than a pause may be.
    pass_time(others, LONGEST_PAUSE_S)
    told["after_a_pause"], more = until_asked(gone, set(pullers) - calls, before)
    world.asked_again.append(told)
    said(f"{world.topology}: {json.dumps(told)}")
    if latest_s > LONGEST_PAUSE_S:
        world.note(f"{gone.name} would be asked again in {latest_s} s only")
    if not silent and min(failures) < MANY_STEPS - 1:
        world.note(f"so few calls in vain say nothing of the longest pause: {failures}")
        world.left_alone += 1
    for name in left | more:
        world.note(f"{name} does not ask {gone.name} again")
    world.left_alone += len(left | more) + (latest_s > LONGEST_PAUSE_S)


def pass_time(members, seconds):
    for member in members:
        member.clock.jump_to(member.clock.offset_s + seconds)
        member.accept_clock()


def pulled_at(member):
    """By whom it was pulled from, and when, by its own clock."""
    return {peer.name: peer.pull_time.ToNanoseconds() for peer in member.peers()}


def back_off(world, gone, pullers):
    """In how many seconds of their clocks whoever pulls from it asks again at the latest, and how
    often each of them has in vain."""
    latest_s, failures = 0, []
    for name in pullers:
        member = world.members[name]
        now_s = time.time() + member.clock.offset_s
        row = next(peer for peer in member.peers() if peer.name == gone.name)
        failures.append(row.failures)
        latest_s = max(latest_s, round(row.retry_time.ToNanoseconds() / 1e9 - now_s, 1))
    return latest_s, failures


def until_asked(gone, by, before):
    """(seconds until each of them has asked, those who have not)"""
    took_s, left, began = {}, set(by), time.monotonic()

    def asked():
        for name, at in pulled_at(gone).items():
            if name in left and at > before.get(name, 0):
                left.discard(name)
                took_s[name] = round(time.monotonic() - began, 1)
        return not left
    wait_until(asked, ASKED_WITHIN_S)
    return took_s, left


def orphaned_lines(world, rng, scale):
    """Connections die and nobody is told, as where a box on the way has forgotten them."""
    for line in rng.sample(list(world.lines.values()), max(1, len(world.lines) // 2)):
        line.orphan()
    time.sleep(rng.uniform(1, 2) * scale)


# What a call waits for (20 s) or what the keepalive takes to notice (65 s), and what a pause after
# so many failures may be, come on top.
FAULTS = {"one-way": (one_way, PATIENCE_S), "full": (full, PATIENCE_S),
          "flapping": (flapping, PATIENCE_S), "kills": (kills, PATIENCE_S),
          "kills behind partitions": (kills_behind_partitions, PATIENCE_S),
          "away for 30 days": (away, PATIENCE_S), "orphaned lines": (orphaned_lines, 150)}
IN_SHORT = {"mesh": ("one-way", "kills"), "ring": ("full", "away for 30 days"),
            "star": ("flapping", "kills")}


def play(world, faults, scale, still_s=None):
    """True where nothing was wrong. `still_s` as for Federation.converge."""
    world.begin()
    for what in faults:
        fault, patience = FAULTS[what] if what else (lambda *_: time.sleep(1.5), PATIENCE_S)
        if fault is away and any(m.clock is None for m in world.members.values()):
            said(f"{world.topology}: {what}: cannot be tried, there is no jumping_clock.so")
            return False
        world.publish(True)
        time.sleep(0.5)
        fault(world, world.rng, scale)
        world.heal()
        healed = time.monotonic()
        world.say_enough()
        world.publish(False)
        seconds = world.converge(patience, still_s)
        if seconds is not None:
            seconds = time.monotonic() - healed
            world.took_s.append((what or "no fault", round(seconds, 1)))
        if not world.judge(what or "no fault", seconds, patience):
            return False
    time.sleep(SETTLE_S)
    return finish(world)


def finish(world):
    """Everybody stops, comes back and is read from the beginning."""
    def come_back(member):
        try:
            member.stop()
        except RuntimeError as error:
            world.note(f"{member.name}: {error}")
            return False
        member.start()
        before = member.leaf_hashes
        member.forget()
        member.read_on(world.origins)
        if member.leaf_hashes[:len(before)] != before:
            world.note(f"{member.name}: another history than before")
            return False
        return True
    if not all(world.each(come_back)):
        return False
    good = world.judge("at the end, read anew", world.converge(PATIENCE_S), PATIENCE_S, anew=True)
    if min(world.expected.values()) == 0 or world.withheld == 0:
        world.note(f"policies that say nothing: {world.expected}, {world.withheld} kept")
        good = False
    if any(world.outside.done[deed] < len(NAMES) for deed in DEEDS):
        world.note(f"a load that says little: {dict(world.outside.done)}")
        good = False
    return all([good, world.check_standings(), world.verify()])


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    parser.add_argument("--only", choices=TOPOLOGIES, action="append", help="[all three]")
    parser.add_argument("--fault", choices=tuple(FAULTS), action="append",
                        help="only these [two for each topology]")
    parser.add_argument("--rounds", type=int, default=0,
                        help="so many times each fault in each topology, and longer")
    parser.add_argument("--lie", choices=tuple(LIES), help="cut: one line stays cut; less, more: "
                        "what one hub takes is not what its policy is said to be; wide: nor is it "
                        "of a group that was narrowed; words: they are not erased; key: it is not "
                        "withdrawn; registry: one is not pulled; alone: whoever was away is not "
                        "asked again; clock: there is none that jumps")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--keep", action="store_true", help="keep the folder where it failed")
    return parser.parse_args()


def main():
    options = arguments()
    said(f"seed {options.seed}")
    began = time.monotonic()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="liaison-five-hubs-"))
    document = {"seed": options.seed, **dict.fromkeys(ZERO, 0)}
    good = True
    for topology in options.only or TOPOLOGIES:
        # By a name's own seed: one topology alone draws what it draws among three.
        rng = random.Random(f"{options.seed} {topology}")
        faults = list(options.fault or (FAULTS if options.rounds else IN_SHORT[topology]))
        faults *= max(1, options.rounds)
        if options.rounds:
            rng.shuffle(faults)
        if options.lie:
            faults = ["away for 30 days" if options.lie in ("alone", "clock") else None]
        with Federation(options.bin_dir.resolve(), folder / topology, topology, rng,
                        options.lie) as world:
            # What is missing in secret is not waited for; all else has come before it is judged.
            still_s = STILL_S if options.lie in ("cut", "less", "registry", "alone") else None
            good &= play(world, faults, 3 if options.rounds else 1, still_s)
            for name, count in world.totals.items():
                document[name] += count
            document[topology] = {
                "converged_s": world.took_s, "acknowledged": len(world.outside.acknowledged()),
                "expected": world.expected, "kept": world.withheld,
                "refused": dict(world.outside.refused), "done": dict(world.outside.done),
                "asked_again": world.asked_again, "faults": world.notes}
    if options.lie:
        found = {name for name in ZERO if document[name]}
        must, may = LIES[options.lie]
        good = not good and must <= found <= must | may
    document.update(ok=bool(good), seconds=round(time.monotonic() - began, 1))
    print(json.dumps(document))
    if good or not options.keep:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        said(f"kept: {folder}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
