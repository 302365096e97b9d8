#!/usr/bin/python3
"""A hub that is lied to by those it pulls from: each attack, its fate, and its honest twin.

Each attack has a peer and an origin of its own, and so has its twin, which does the same and means
it: what is rejected of the one is taken of the other, so that nothing is rejected only because it
never came. Prints a table: attack, verdict, accepted. Everybody and everything in it is fictional.
"""

import argparse
import base64
import collections
import contextlib
import pathlib
import random
import re
import socket
import struct
import sys
import threading
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import grpc
import hostile_peer
import hub as hubs
import more_peer_attacks
import signing
from attack import DATA, END_HEADERS, HEADERS, SETTINGS, Watch, frame, message
from contract import federation, transparency
from fictional_log import checkpoint_text
from hostile_peer import Dialled, HubLog, Lane, PeerServer
from peer_attacks import ATTACKS, Case
from victim import Victim, until

PATIENCE_S = 20
BIN_DIR = None
SEED = random.SystemRandom().randrange(2**32)
ROWS = []
SHORT = "PEER_CONDITION_"


class Standing:
    """How it stands with one peer and the origin that is pulled from it, by the command line."""

    def __init__(self, peer):
        self.lane = peer["lanes"][0]
        of_peer, of_origin = peer["standing"], self.lane["standing"]
        self.peer = of_peer["condition"].removeprefix(SHORT).lower()
        if self.peer == "quarantined" and "until_time" in of_peer:
            self.peer = "suspended"
        self.origin = of_origin["condition"].removeprefix(SHORT).lower()
        self.why = of_peer.get("why", "") + of_origin.get("why", "")
        self.counts = {name: int(n) for name, n in self.lane.get("counts", {}).items()}
        self.settled = int(self.lane.get("settled", 0))
        self.head_size = int(self.lane.get("head_size", 0))
        self.gap = (int(self.lane.get("gap_first", 0)), int(self.lane.get("gap_last", 0)))

    @property
    def rejects(self):
        return {n: c for n, c in self.counts.items()
                if "/" in n and not n.endswith(("/not-taken", "/left-to-its-hub"))}

    def fits(self, attack):
        return (self.peer == attack.peer and self.origin == attack.origin and
                attack.why in self.why and (attack.gap is None or self.gap == attack.gap) and
                all(self.counts.get(n, 0) >= c if self.peer == "suspended" else
                    self.counts.get(n) == c for n, c in attack.counts.items()))

    def __str__(self):
        said = [f"peer {self.peer}", f"origin {self.origin}"]
        said += [f"{name} {count}" for name, count in sorted(self.rejects.items())]
        return ", ".join(said)


class Group:
    """Attacks against one hub, all at once. `name` is what they have in common."""

    name, attacks = None, []

    @classmethod
    def setUpClass(cls):
        cls.bad, cls.good_server = PeerServer(), PeerServer()
        cls.addClassCleanup(cls.bad.stop)
        cls.addClassCleanup(cls.good_server.stop)
        home_key, stolen_key = signing.Key(), signing.Key()
        cls.good = HubLog(SEED, "good")
        cls.good.say()
        cls.good_server.lanes[cls.good.origin] = Lane(cls.good)
        peers = [Dialled("good", cls.good_server.address, [cls.good])]
        cls.cases = {}
        for number, attack in enumerate(cls.attacks):
            for honest in (False, True):
                name = f"{'twin' if honest else 'evil'}-{number}"
                case = Case(HubLog(SEED, name), honest, home_key, stolen_key, cls.good)
                attack.arrange(case)
                case.serve_on(cls.bad)
                case.peer = Dialled(name, cls.bad.address, [case.log], case.audiences,
                                    case.kinds, case.authors)
                cls.cases[attack, honest] = case
                peers.append(case.peer)
        cls.victim = Victim(BIN_DIR, peers, home_key, stolen_key)
        cls.addClassCleanup(cls.victim.end)
        cls.victim.settle_in()
        for case in cls.cases.values():
            case.victim = cls.victim

    def standing(self, case):
        return Standing(self.victim.peers()[case.peer.name])

    def state(self, case):
        """What must be the same after a restart."""
        standing = self.standing(case)
        taken = sorted(self.victim.taken_from(case.log))
        # Who is left alone for a minute is asked again after it.
        rejects = sorted(standing.rejects) if standing.peer == "suspended" else standing.rejects
        return (standing.peer, standing.origin, standing.why, standing.settled, rejects, taken)

    def came(self, case, sequences):
        return until(lambda: set(sequences) <= set(self.victim.taken_from(case.log)), PATIENCE_S)

    def the_good_one_goes_on(self):
        sequence = self.good.say()
        self.assertTrue(until(lambda: sequence in self.victim.taken_from(self.good), PATIENCE_S),
                        "what the well-behaved peer published did not arrive")

    def run_to_its_end(self, attack, case):
        """The second act, where there is one, once the first is over."""
        if case.then and not case.over:
            self.assertTrue(self.came(case, case.good), "the first act did not arrive")
            until(lambda: 5 in self.victim.taken_from(self.good), PATIENCE_S)
            case.over = True
            case.calls_before = case.lane.calls
            case.then()

    def attacked(self, attack):
        case = self.cases[attack, False]
        self.run_to_its_end(attack, case)
        fits = until(lambda: self.standing(case).fits(attack) and
                     case.lane.calls >= case.calls_before + attack.calls, PATIENCE_S)
        standing = Standing(self.victim.told_peers()[case.peer.name])
        self.assertTrue(fits, f"{standing}; {standing.why}; {standing.lane}\n"
                        f"{self.victim.hub.log_tail(5)}")
        taken = self.victim.taken_from(case.log)
        forged = [s for s in case.forged if s in taken]
        ROWS.append((self.name, attack.what, str(standing), len(forged)))
        self.assertEqual(forged, [], "what was forged is in the log")
        self.assertEqual(sorted(set(taken) - set(case.either)), sorted(case.good))
        for sequence, event in taken.items():
            self.assertEqual(event.header, case.log.entries[sequence - 1].header)
        self.assertTrue(self.victim.own_is_unchanged(), "something of its own has changed")
        if attack.also:
            attack.also(self, case)
        self.the_good_one_goes_on()

    def twin(self, attack):
        case = self.cases[attack, True]
        self.run_to_its_end(attack, case)
        expected = {*case.good, *case.forged, *case.either}
        came = until(lambda: expected <= set(self.victim.taken_from(case.log)), PATIENCE_S)
        standing = self.standing(case)
        self.assertTrue(came, f"the honest twin did not arrive: {standing}; {standing.lane}")
        self.assertEqual((standing.peer, standing.origin), ("active", "active"))
        if attack.twin_also:
            attack.twin_also(self, case)

    def test_then_the_hub_is_started_again(self):
        for (attack, honest), case in self.cases.items():
            self.run_to_its_end(attack, case)
            if not honest:
                until(lambda: self.standing(case).fits(attack), PATIENCE_S)
        before = {key: self.state(case) for key, case in self.cases.items()}
        stopped, started = self.victim.again()
        print(f"{self.name}: stopped in {stopped:.2f} s, started in {started:.2f} s",
              file=sys.stderr)
        self.assertLess(stopped, 10)
        self.the_good_one_goes_on()
        time.sleep(1.5)  # three more pulls of everybody who is pulled from
        for (attack, honest), case in self.cases.items():
            with self.subTest(attack.what, honest=honest):
                expected = before[attack, honest]
                until(lambda: self.state(case) == expected, PATIENCE_S)
                self.assertEqual(self.state(case), expected)
        self.assertTrue(self.victim.own_is_unchanged())
        self.the_good_one_goes_on()


class OneVictim(unittest.TestCase):
    """What needs more than one peer for one origin, a restart in the middle, or a look at memory:
    a hub for each test, and a well-behaved peer beside."""

    def setUp(self):
        self.bad, good_server = PeerServer(), PeerServer()
        self.addCleanup(self.bad.stop)
        self.addCleanup(good_server.stop)
        self.good = HubLog(SEED, "good")
        good_server.lanes[self.good.origin] = Lane(self.good)
        self.peers = [Dialled("good", good_server.address, [self.good])]

    def dial(self, name, log, serve=None, address=None):
        """Another peer, which serves that log, or says what it likes of it."""
        peer = Dialled(name, address or self.bad.address, [log])
        self.peers.append(peer)
        lane = self.bad.lanes[peer.calls_as, log.origin] = Lane(log, serve=serve)
        return lane

    def start(self):
        self.victim = Victim(BIN_DIR, self.peers, signing.Key(), signing.Key())
        self.addCleanup(self.victim.end)
        self.victim.settle_in()

    def standing(self, name):
        return Standing(self.victim.peers()[name])

    def until_standing(self, name, **expected):
        def fits():
            standing = self.standing(name)
            return all(getattr(standing, what) == value for what, value in expected.items())
        self.assertTrue(until(fits, PATIENCE_S), f"{self.standing(name)}: "
                        f"{self.standing(name).why}; expected {expected}")

    def the_good_one_goes_on(self):
        sequence = self.good.say()
        self.assertTrue(until(lambda: sequence in self.victim.taken_from(self.good), PATIENCE_S),
                        "what the well-behaved peer published did not arrive")
        self.assertTrue(self.victim.own_is_unchanged())

    def row(self, what, name, accepted=0):
        ROWS.append(("one victim", what, str(self.standing(name)), accepted))

    # --- several peers for one origin -----------------------------------------------------------

    def two_ways(self, honest):
        log = HubLog(SEED, "shared")
        log.say()
        other = log if honest else more_peer_attacks.fork_of(log)
        log.say()
        if not honest:
            other.say()
        self.dial("one", log)
        late = self.dial("other", other, serve=lambda request, context: context.abort(
            grpc.StatusCode.UNAVAILABLE, "not yet"))
        self.start()
        self.assertTrue(until(lambda: self.victim.taken_from(log).keys() == {5, 6}, PATIENCE_S))
        late.serve = None
        return log, other

    def test_two_peers_tell_one_history(self):
        log, _ = self.two_ways(honest=True)
        self.until_standing("other", peer="active", origin="active", settled=6)
        self.assertEqual(self.victim.taken_from(log).keys(), {5, 6})

    def test_two_peers_tell_two_histories(self):
        log, other = self.two_ways(honest=False)
        self.until_standing("other", origin="quarantined")
        self.row("two peers tell two histories", "other")
        notes = (note.note().split(b"\n")[-2] for note in (log, other))
        self.assertTrue(self.victim.keeps(log.origin, *notes), "no evidence")
        self.assertEqual([e.header for e in self.victim.taken_from(log).values()],
                         [entry.header for entry in log.entries[4:]])
        self.the_good_one_goes_on()

    def relayed(self, presence):
        """A relay shows events before their own hub does, and their words as it likes. The lane of
        that hub, which answers nobody yet; the log, and the event in it."""
        log = HubLog(SEED, "shared")
        sequence = log.say()

        def serve(request, context):
            answer = log.answer(request)
            for piece in answer.pieces:
                for item in piece.items:
                    for section in item.sections if presence else ():
                        section.presence = presence
                        section.ClearField("salt")
                        section.ClearField("data")
            return answer
        self.dial("relay", log, serve)
        home = self.dial("shared", log, serve=lambda request, context: context.abort(
            grpc.StatusCode.UNAVAILABLE, "not yet"))
        self.start()
        self.assertTrue(until(lambda: self.standing("relay").settled == 5, PATIENCE_S))
        return home, log, sequence

    def the_words_come(self, home, log, sequence):
        home.serve = None
        self.until_standing("shared", settled=5)
        words = log.entries[sequence - 1].sections[0][3]
        self.assertTrue(until(lambda: [s.data for s in self.victim.taken_from(log)[
            sequence].sections] == [words], PATIENCE_S), "the words never came")
        self.row("a relay keeps the words", "relay")

    def test_a_relay_passes_the_words_on(self):
        self.the_words_come(*self.relayed(None))

    def test_a_relay_that_keeps_the_words_does_not_keep_them_from_here(self):
        self.the_words_come(*self.relayed(hostile_peer.STAYS))

    def test_a_relay_that_calls_the_words_erased_does_not_erase_them_here(self):
        self.the_words_come(*self.relayed(hostile_peer.ERASED))

    def test_what_its_own_hub_keeps_comes_from_a_relay_without_words_all_the_same(self):
        home, log, sequence = self.relayed(hostile_peer.ERASED)
        self.assertNotIn(sequence, self.victim.taken_from(log))
        home.serve = lambda request, context: log.answer(
            request, withheld=[(sequence, sequence)])
        self.assertTrue(until(lambda: sequence in self.victim.taken_from(log), PATIENCE_S),
                        f"it never came: {self.standing('relay')}")
        self.assertFalse(any(s.data for s in self.victim.taken_from(log)[sequence].sections))
        self.until_standing("relay", peer="active", origin="active", settled=5)
        self.row("a relay has no words, and its own hub keeps it", "relay")

    # --- over a restart -------------------------------------------------------------------------

    def test_another_registry_after_a_restart(self):
        log = HubLog(SEED, "shared")
        log.say()
        lane = self.dial("one", log)
        self.start()
        self.until_standing("one", peer="active", settled=5)
        case = Case(log, False, signing.Key(), signing.Key(), self.good)
        fork = more_peer_attacks.fork_of(log)
        registry_of = more_peer_attacks.another_registry(case, fork)
        self.victim.channel.close()
        self.victim.hub.stop()
        lane.serve = registry_of
        self.victim.start()
        self.until_standing("one", origin="quarantined")
        self.row("another registry after a restart", "one")

    # --- memory ---------------------------------------------------------------------------------

    def flooded(self, what, serve, answers=2, most_mib=256, compression=None):
        """The victim's memory rises by no more than so much, and all go on meanwhile."""
        log = HubLog(SEED, "flood")
        server = PeerServer(compression)
        self.addCleanup(server.stop)
        self.dial("flood", log, address=server.address)
        lane = server.lanes[log.origin] = Lane(log, serve=lambda request, context: log.answer(
            request, size=1, most=1))
        self.start()
        self.until_standing("flood", peer="active", settled=1)
        lane.serve = serve(log)
        before = lane.calls
        with Watch(self.victim.hub.pid, lambda: self.victim.say(timeout=5)) as watch:
            self.the_good_one_goes_on()
            time.sleep(3)
            until(lambda: lane.calls - before >= answers, PATIENCE_S)
            self.the_good_one_goes_on()
        print(f"{what}: {lane.calls} answers; {watch}", flush=True)
        self.row(what, "flood")
        self.assertEqual(watch.failures, [])
        self.assertLess(watch.peak - watch.before, most_mib)
        self.assertGreaterEqual(lane.calls - before, answers, "it was no attack")
        return log

    def test_a_registry_without_end(self):
        def serve(log):
            size = 2**50
            text = checkpoint_text(f"{log.origin}/registry", size, bytes(32))
            note = (text + b"\n" + log.registry_key.line(text)).decode()
            entry = transparency.RegistryTreeEntry(leaf=bytes(146), header=bytes(30_000))
            data = federation.PullLaneResponse(head=log.note().decode(), registry_head=note,
                                               registry=[entry] * 100).SerializeToString()
            return lambda request, context: data
        self.flooded("a registry without end", serve, answers=1)

    def test_a_message_that_is_small_until_it_is_unpacked(self):
        def serve(log):
            data = log.answer(federation.PullLaneRequest(settled=1)).SerializeToString()
            # An unknown field of 450 MB, and none of it on the wire.
            data += bytes.fromhex("fa3f") + varint(450_000_000) + bytes(450_000_000)
            return lambda request, context: data
        self.flooded("a message of 450 MB in 450 KB", serve,
                     compression=grpc.Compression.Gzip)

    def test_heads_of_60_kb_beside_1000_events(self):
        def serve(log):
            for _ in range(1001):
                log.say(attest=True)
            others = [hostile_peer.HubLog("others", f"witness-{n}").key for n in range(90)]
            head = log.note() + b"".join(key.line(bytes(400)) for key in others)
            padded = head + b"".join(
                b"\xe2\x80\x94 someone " + base64.b64encode(bytes(4000)) + b"\n"
                for _ in range(8))
            assert 50_000 < len(padded) < 64 << 10

            def answer(request, context):
                made = log.answer(request)
                made.head = padded.decode()
                return made
            return answer
        # 60 MB of checkpoints are written, and are there four times meanwhile.
        log = self.flooded("heads of 60 KB beside 1000 events", serve, most_mib=320)
        self.assertTrue(until(lambda: self.standing("flood").settled == log.size, PATIENCE_S),
                        self.standing("flood").lane)

    def test_very_many_pieces(self):
        def serve(log):
            for _ in range(50_000):
                log.add_hash(bytes(32))

            def answer(request, context):
                made = log.answer(request, most=0)
                at = request.settled
                if at >= log.size:
                    return made
                for sequence in range(at + 1, min(at + 20_000, log.size) + 1):
                    made.pieces.add(first=sequence, last=sequence,
                                    withheld=[log.tree.leaves[sequence - 1]])
                    at = sequence
                made.rest.extend(log.subtrees_of(at, log.size))
                return made
            return answer
        self.flooded("20,000 withheld pieces in each answer", serve)

    def test_a_new_head_in_each_answer(self):
        def serve(log):
            def answer(request, context):
                with log.lock:
                    log.add_hash(bytes(32))
                    return log.answer(request, most=0)
            return answer
        self.flooded("a new head in each answer, and nothing behind it", serve)

    # --- no answer, and no end of one -----------------------------------------------------------

    def on_the_line(self, what, behave):
        """A listener that does with each connection as it likes. Nobody else waits, nor does the
        hub that is asked to end."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        self.connections = 0

        def run():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    self.connections += 1
                    threading.Thread(target=one, args=(connection,), daemon=True).start()

        def one(connection):
            with connection, contextlib.suppress(OSError):
                behave(connection)
        threading.Thread(target=run, daemon=True).start()
        log = HubLog(SEED, "line")
        self.dial("line", log, address=f"127.0.0.1:{listener.getsockname()[1]}")
        self.start()
        for _ in range(3):
            self.the_good_one_goes_on()
        until(lambda: self.connections > 1, PATIENCE_S)
        self.assertGreater(self.connections, 0, "it was no attack")
        self.assertEqual(self.victim.taken_from(log), {})
        self.row(what, "line")
        stopped, _ = self.victim.again()
        print(f"{what}: {self.connections} connections, stopped in {stopped:.2f} s", flush=True)
        self.assertLess(stopped, 5)
        self.the_good_one_goes_on()

    def test_connections_that_are_reset(self):
        def behave(connection):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.on_the_line("connections that are reset", behave)

    def test_a_line_that_says_nothing(self):
        self.on_the_line("a line that says nothing", lambda connection: time.sleep(60))

    def test_a_line_that_talks_nonsense(self):
        def behave(connection):
            chance = random.Random(SEED)
            while True:
                connection.sendall(chance.randbytes(1000))
                time.sleep(0.001)
        self.on_the_line("a line that talks nonsense", behave)

    def test_an_answer_in_crumbs(self):
        def behave(connection):
            connection.sendall(frame(SETTINGS, 0, 0))
            connection.sendall(frame(SETTINGS, 1, 0))
            whole = message(bytes(4 << 20))
            status = bytes([0x88]) + b"\x00\x0ccontent-type\x10application/grpc"
            time.sleep(0.5)
            connection.sendall(frame(HEADERS, END_HEADERS, 1, status))
            for at in range(len(whole)):
                connection.sendall(frame(DATA, 0, 1, whole[at:at + 1]))
                time.sleep(0.05)
        self.on_the_line("an answer in crumbs", behave)


def varint(number):
    data = b""
    while number > 127:
        data += bytes([number & 127 | 128])
        number >>= 7
    return data + bytes([number])


def _add_tests(each):
    """A class and a hub for each group, or for each attack, with two tests for each attack."""
    by_group = collections.defaultdict(list)
    for attack_ in ATTACKS:
        by_group[f"{attack_.group} {attack_.what}" if each else attack_.group].append(attack_)
    for group, attacks in by_group.items():
        members = {"name": attacks[0].group, "attacks": attacks}
        for one in attacks:
            words = "_".join(re.findall("[a-z0-9]+", one.what.replace("'", "").lower()))
            members[f"test_attack_{words}"] = lambda self, one=one: self.attacked(one)
            members[f"test_honest_{words}"] = lambda self, one=one: self.twin(one)
        name = "".join(word.capitalize() for word in re.findall("[A-Za-z0-9]+", group))
        globals()[name] = type(name, (Group, unittest.TestCase), members)


def tearDownModule():
    width = max((len(row[1]) for row in ROWS), default=0)
    for group, what, verdict, accepted in sorted(ROWS):
        print(f"{group:<12} {what:<{width}}  accepted {accepted}  {verdict}")
    print(f"{len(ROWS)} attacks, accepted {sum(row[3] for row in ROWS)}; seed {SEED}", flush=True)


def main():
    global BIN_DIR, PATIENCE_S
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    parser.add_argument("--each", action="store_true", help="a hub for each attack, of its own")
    parser.add_argument("--patience", type=float, default=PATIENCE_S, help="in seconds")
    options, rest = parser.parse_known_args()
    BIN_DIR, PATIENCE_S = options.bin_dir.resolve(), options.patience
    _add_tests(options.each)
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
