#!/usr/bin/python3
"""kill -9 at every step of signing: never two roots at one size. Prints its seed and the kills.

The hub must be built with fault points (preset `faults`). After half of the kills the log loses
its tail, as after a restore by hand, and the signer's own record, which lies elsewhere, does not: a
hub that had given away more than stands there would now sign another root of the same size.

  signing_kills.py --bin-dir build/faults/bin [--kills 10] [--seed N]
"""

import argparse
import collections
import hashlib
import json
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

PROJECT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path[:0] = [str(PROJECT / "client/verify"), str(PROJECT / "tests/support"),
                str(PROJECT / "tests/integration")]

import grpc  # noqa: E402
import contract  # noqa: E402
import fictional_partners as partners  # noqa: E402
import hub as hubs  # noqa: E402
import split_view_test as split_view  # noqa: E402
from contract import directory, transparency, types, witness  # noqa: E402
from liaison_verify import merkle, note  # noqa: E402

# Of storage/base/fault_point.h, in the order in which a checkpoint meets them.
SIGNING = ("sign.reread", "sign.signed", "note.begun", "note.written", "note.renamed", "sign.kept",
           "sign.published")
COSIGNING = ("cosign.compared", "note.begun", "note.written", "note.renamed", "cosign.kept")
PATIENCE_S = 20
CALL_S = 10


class Roots:
    """Everything that was given away or put on record, of whatever origin."""

    def __init__(self):
        self.known = {}
        self.seen = 0

    def see(self, data, vkeys):
        """The size the note says; AssertionError where another root of that size was seen."""
        parsed = note.parse_note(data if isinstance(data, bytes) else data.encode())
        assert note.verified(parsed, vkeys), f"nobody signed {data!r}"
        checkpoint = note.parse_checkpoint(parsed.text)
        before = self.known.setdefault((checkpoint.origin, checkpoint.size), checkpoint.root)
        assert before == checkpoint.root, \
            f"TWO ROOTS at size {checkpoint.size} of {checkpoint.origin}"
        self.seen += 1
        return checkpoint.size


class Life(partners.Publishing):
    """One hub with one key, and what everybody has ever seen of what it signed."""

    def __init__(self, bin_dir, folder, flags=()):
        folder.mkdir()
        self.folder = folder
        self.hub = hubs.Hub(bin_dir, folder / "data", flags)
        self.roots = Roots()
        self.vkeys = []
        self.given = 0  # the largest size that anybody was given

    def start(self, fault=None):
        """False where it was killed before it was ready."""
        try:
            self.hub.start(environment={"LIAISON_FAULT": fault} if fault else {})
        except RuntimeError:
            assert fault and self.hub.ended_with in (None, -signal.SIGKILL), self.hub.log_tail()
            return False
        self.channel = grpc.insecure_channel(self.hub.address)
        self.publishing = contract.publish_grpc.PublishServiceStub(self.channel)
        self.log = contract.transparency_grpc.TransparencyServiceStub(self.channel)
        self.witnessing = contract.witness_grpc.WitnessServiceStub(self.channel)
        return True

    def kill(self):
        """True where it had been killed already."""
        was_killed = not self.hub.running
        self.hub.kill()
        return was_killed and self.hub.ended_with in (None, -signal.SIGKILL)

    def ask(self, covering=0):
        """Takes a look at what it gives away now, and has it hurry to sign as far as that; None
        where it does not answer."""
        request = transparency.GetCheckpointRequest(covering=covering)
        try:
            answer = self.log.GetCheckpoint(request, timeout=CALL_S)
        except grpc.RpcError:
            return None
        if not self.vkeys:
            log = note.parse_vkey(answer.log_vkey)
            registry = f"{log.name}/registry"
            self.vkeys = [log, note.VerifierKey(registry, note.ED25519, log.public)]
        self.roots.see(answer.registry_note, self.vkeys)
        self.given = max(self.given, self.roots.see(answer.note, self.vkeys))
        return answer

    def grow(self, sure=True):
        """One event more: its sequence. Where not `sure`, the hub may be gone before it says so."""
        draft = partners.signal(partners.EURODIG)
        if random.random() < 0.3:  # the registry's tree grows too
            name = f"{partners.EURODIG}/unit-{random.randrange(10**9)}"
            draft = partners.organisation(name, types.ORGANISATION_KIND_CIVIL_SOCIETY)
        try:
            return self.publish(draft=draft).position.sequence
        except grpc.RpcError:
            if sure:
                raise
            return 0

    def covered(self, size):
        """Waits until a checkpoint covers that much."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            answer = self.ask(covering=size)
            if answer is not None and answer.size >= size:
                return
            time.sleep(0.02)
        raise AssertionError(f"no checkpoint of {size}: {self.hub.log_tail()}")

    def head(self):
        stub = contract.directory_grpc.DirectoryServiceStub(self.channel)
        return stub.GetHub(directory.GetHubRequest(), timeout=CALL_S)

    def on_record(self):
        """The sizes in the signer's own record, of both trees; what is there is whole."""
        sizes = {}
        for path in (self.hub.data_dir / "keys").glob("log-*checkpoint"):
            sizes[path.suffix] = self.roots.see(path.read_bytes(), self.vkeys)
        return sizes

    def check_tree(self):
        """The log leads to every root that was ever given away of it."""
        size = self.head().head.sequence
        self.covered(size)
        tree, hashes = merkle.Tree(), []
        while len(hashes) < size:
            request = transparency.ListLeafHashesRequest(
                tree=transparency.TREE_LOG, begin_index=len(hashes), end_index=size)
            page = self.log.ListLeafHashes(request, timeout=CALL_S).hashes
            hashes += [page[i:i + 32] for i in range(0, len(page), 32)]
        roots = {0: tree.root()}
        for value in hashes:
            tree.add(value)
            roots[tree.size] = tree.root()
        for (origin, size), root in self.roots.known.items():
            if origin == self.vkeys[0].name:
                assert roots.get(size) == root, f"the log does not lead to its root at {size}"


class Signing:
    """Kills of a hub that signs its own log."""

    def __init__(self, bin_dir, folder, dice):
        self.dice = dice
        self.life = Life(bin_dir, folder / "signing")
        self.counts = collections.Counter()
        self.kills = collections.Counter()

    def begin(self):
        assert self.life.start()
        self.life.publish(draft=partners.organisation(
            partners.SECRETARIAT, types.ORGANISATION_KIND_SECRETARIAT))
        self.life.publish(draft=partners.organisation(
            partners.EURODIG, types.ORGANISATION_KIND_NRI_REGIONAL))
        self.life.covered(2)
        self.life.hub.stop()

    def round(self, point):
        """One kill, or none where the point was passed too seldom."""
        life, data = self.life, self.life.hub.data_dir
        before = life.folder / "before"
        shutil.copytree(data, before)
        # In the opening, where the log is ahead of its record, and later.
        # Late kills let everybody see what can be seen at that step.
        how = self.dice.choice(("kill", "late"))
        if life.start(f"{point}={how}@{self.dice.randrange(1, 6)}"):
            deadline = time.monotonic() + PATIENCE_S
            while life.hub.running and time.monotonic() < deadline:
                life.ask(covering=life.grow(sure=False))
            life.channel.close()
        killed = life.kill()
        self.kills[point] += killed
        self.counts[f"{how} kills"] += killed
        record = life.on_record()
        assert record[".checkpoint"] >= life.given, \
            f"{point}: {life.given} was given away, the record says {record}"
        if killed and self.dice.random() < 0.5:
            self.lose_tail(before, record)
        shutil.rmtree(before)
        self.recover()

    def lose_tail(self, before, record):
        """The log as it was, the keys and records as they are."""
        life, data = self.life, self.life.hub.data_dir
        after = life.folder / "after"
        data.rename(after)
        shutil.copytree(before, data)
        shutil.rmtree(data / "keys")
        shutil.copytree(after / "keys", data / "keys")
        assert life.start(), life.hub.log_tail()
        hub = life.head()
        lost = record[".checkpoint"] > hub.head.sequence
        self.counts["tails lost behind the record" if lost else "tails lost"] += 1
        if not lost:  # nobody has seen what is gone: it goes on in another way
            for _ in range(3):
                life.grow()
            life.covered(life.head().head.sequence)
            life.channel.close()
            life.hub.stop()
            shutil.rmtree(after)
            return
        assert not hub.accepts_writes, "a log that is shorter than its record takes events"
        try:
            life.grow()
            raise AssertionError("a log that is shorter than its record took an event")
        except grpc.RpcError as error:
            assert contract.refusal_of(error).reason == "READ_ONLY", error
        life.ask()
        life.channel.close()
        life.hub.kill()
        shutil.rmtree(data)
        after.rename(data)

    def recover(self):
        life = self.life
        assert life.start(), life.hub.log_tail()
        for _ in range(self.dice.randrange(3)):
            life.grow()
        life.check_tree()
        # Where the next start finds the log ahead of its record.
        if self.dice.random() < 0.3:
            life.grow()
            life.channel.close()
            life.hub.kill()
            return
        life.channel.close()
        life.hub.stop()


class Cosigning:
    """Kills of a hub that is the witness of a log with two histories."""

    def __init__(self, bin_dir, folder, dice):
        self.bin_dir, self.folder, self.dice = bin_dir, folder, dice
        self.lives = 0
        self.kills = collections.Counter()
        self.counts = collections.Counter()

    def begin(self):
        self.two_faced = split_view.TwoFacedHub(5, 7)
        self.policy = self.folder / "logs"
        self.policy.write_text(f"log {self.two_faced.vkey}\nquorum none\n")

    def round(self, point):
        self.lives += 1
        life = Life(self.bin_dir, self.folder / f"witness-{self.lives}",
                    ["--witnessed-logs", str(self.policy)])
        try:
            assert life.start(), life.hub.log_tail()
            key = life.witnessing.GetWitnessing(witness.GetWitnessingRequest(), timeout=CALL_S)
            life.vkeys = [note.parse_vkey(key.vkey)]
            histories = [self.two_faced.shown_to_anna, self.two_faced.shown_to_ben]
            self.dice.shuffle(histories)
            first, second = histories
            size = self.dice.randrange(1, 6)
            assert self.add(life, first, 0, size) == "COSIGNED"
            life.channel.close()
            life.hub.stop()
            assert life.start(f"{point}=kill@1"), life.hub.log_tail()
            said = self.add(life, first, size, self.dice.randrange(6, 13))
            life.channel.close()
            self.kills[point] += said is None and life.hub.wait(PATIENCE_S)
            life.hub.kill()
            assert life.start(), life.hub.log_tail()
            at = self.latest(life)
            # The other history, from wherever it stands: only if it has not gone on with the first.
            said = self.add(life, second, min(at, size), 12)
            self.counts[f"then {said}"] += 1
            assert said == ("COSIGNED" if at == size else "OTHER_SIZE"), (point, at, size, said)
            self.latest(life)
            life.channel.close()
            life.hub.stop()
        finally:
            life.hub.kill()

    def latest(self, life):
        origin = hashlib.sha256(self.two_faced.shown_to_anna.origin.encode()).digest()
        answer = life.witnessing.GetCosignedCheckpoint(
            witness.GetCosignedCheckpointRequest(origin_hash=origin), timeout=CALL_S)
        return life.roots.see(answer.note, life.vkeys)

    @staticmethod
    def add(life, log, old, size):
        """The outcome's name; None where nobody answers any more."""
        request = split_view.request_of(log, old, size)
        try:
            answer = life.witnessing.AddCheckpoint(
                witness.AddCheckpointRequest(request=request), timeout=CALL_S)
        except grpc.RpcError:
            return None
        if answer.cosignatures:
            life.roots.see(log.note(size).decode() + answer.cosignatures, life.vkeys)
        return witness.WitnessOutcome.Name(answer.outcome).removeprefix("WITNESS_OUTCOME_")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    parser.add_argument("--kills", type=int, default=10, help="at each step [10]")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    options = parser.parse_args()
    print(f"seed {options.seed}", file=sys.stderr)
    dice = random.Random(options.seed)
    random.seed(options.seed)
    points = json.loads(subprocess.run([options.bin_dir / "storage_faults", "points"], check=True,
                                       capture_output=True, text=True).stdout)
    missing = [p for p in points if p.partition(".")[0] in ("sign", "note", "cosign")
               and p not in SIGNING + COSIGNING]
    assert not missing, f"steps that nobody kills at: {missing}"
    with tempfile.TemporaryDirectory(prefix="liaison-signing-") as folder:
        for kind, steps in ((Signing, SIGNING), (Cosigning, COSIGNING)):
            tried = kind(options.bin_dir, pathlib.Path(folder), dice)
            tried.begin()
            try:
                for point in steps:
                    rounds = 0
                    while tried.kills[point] < options.kills:
                        tried.round(point)
                        rounds += 1
                        assert rounds <= 3 * options.kills, f"{point} is not met"
            finally:
                if kind is Signing:
                    tried.life.hub.kill()
            print(f"{kind.__name__.lower()}: {sum(tried.kills.values())} kills, "
                  + ", ".join(f"{point} {tried.kills[point]}" for point in steps))
            print("  " + ", ".join(f"{what}: {count}" for what, count in tried.counts.items()))
            if kind is Signing:
                print(f"  {tried.life.roots.seen} notes read, {len(tried.life.roots.known)} sizes, "
                      "one root at each")
    return 0


if __name__ == "__main__":
    sys.exit(main())
