"""Faults of the disk on the log itself: `storage_faults`, a portion at a time."""

import collections
import json
import random
import signal
import subprocess

from findings import CLASSES, Findings

PORTION_TIMEOUT_S = 3600
# Debian builds RocksDB 7.8 with its assertions. Where several families have a full memtable at once
# and the new log file cannot be made, DBImpl::ScheduleFlushes leaves its loop without letting the
# rest of them go, and closing the database then trips over what it still counts. After a loss of
# power there is no process that could close anything: the seed is cut short, and counted as that.
LEFT_BEHIND = "~ColumnFamilySet(): Assertion `last_ref' failed"


class Portions:
    """A kind of fault that `storage_faults` tries; each step is one run of it."""

    def __init__(self, setup):
        self.setup = setup
        self.rng = random.Random(setup.seed)
        self.findings = Findings()
        self.counts = collections.Counter()
        self.kept = []
        self._process = None

    def not_possible(self):
        if not self.program.exists():
            return f"no {self.program}"
        return None

    @property
    def program(self):
        return self.setup.storage_faults or self.setup.bin_dir / "storage_faults"

    @property
    def rounds(self):
        return self.counts[self.counted]

    def run(self, *arguments):
        """The JSON of one run, its findings taken over; None where it ended without any."""
        command = [str(self.program), *map(str, arguments)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                         text=True)
        try:
            out, err = self._process.communicate(timeout=PORTION_TIMEOUT_S)
            code = self._process.returncode
        except subprocess.TimeoutExpired:
            self.abandon()
            self.findings.add("not_answered", " ".join(command))
            return None
        self._process = None
        line = " ".join(command[1:])
        if code == -signal.SIGABRT and LEFT_BEHIND in err:
            return self.left_behind(line)
        if code not in (0, 1):
            name = signal.Signals(-code).name if code < 0 else f"exit {code}"
            self.findings.add("process_ended", f"{line}: {name}: {err.strip()[-500:]}")
            return None
        report = json.loads(out)
        for name in CLASSES:
            if report[name]:
                self.findings.add(name, f"{line}: {'; '.join(report['notes'][:3])}", report[name])
        if code == 1 and not any(report[name] for name in CLASSES):
            self.findings.add("process_ended", f"{line}: exit 1")
        return report

    def left_behind(self, line):
        self.findings.add("process_ended", f"{line}: {LEFT_BEHIND}")

    def take(self, report, *names):
        self.counts.update({name: report[name] for name in names})

    def details(self):
        return {}

    def finish(self):
        pass

    def abandon(self):
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class PowerLoss(Portions):
    name = "power-loss"
    what = "power goes during a call of the log, by seed"
    counted = "seeds"
    goal = 2000
    share = 3
    PORTION = 20

    def __init__(self, setup):
        super().__init__(setup)
        self.first_seed = setup.first_power_loss_seed or self.rng.randrange(1, 1 << 31)
        self.cut_short = []  # seeds
        self._next = self.first_seed
        self._portion_cut_short = False

    def step(self):
        seeds = min(self.PORTION, self.goal - self.rounds)
        if not self._try(self._next, seeds):
            # One of them ended the process: each by itself.
            for seed in range(self._next, self._next + seeds):
                if not self._try(seed, 1):
                    self.cut_short.append(seed)
        self._next += seeds

    def _try(self, first_seed, seeds):
        """False where the process ended before its time, as LEFT_BEHIND says."""
        self._portion_cut_short = False
        report = self.run("power-loss", "--first-seed", first_seed, "--seeds", seeds)
        if report is not None:
            self.take(report, "seeds", "power_losses", "while_opening", "acknowledged_groups",
                      "acknowledged_events", "unknown", "unknown_found")
        return not self._portion_cut_short

    def left_behind(self, line):
        self._portion_cut_short = True

    def details(self):
        return {"first_seed": self.first_seed, "cut_short": self.cut_short}


class NthCall(Portions):
    """Every n-th call fails, in four ways: once or from then on, an I/O error or no room. Each way
    goes in passes of every STRIDE-th call, so that a campaign of a minute has been everywhere; when
    all passes have been made, every call has failed once."""

    name = "nth-call"
    what = "the n-th call to the disk fails, n = 1, 2, ... until a run sees no failure"
    counted = "passes"
    share = 3
    STRIDE = 32
    WAYS = ((), ("--lasting",), ("--error", "no-space"), ("--error", "no-space", "--lasting"))
    goal = STRIDE * len(WAYS)

    def __init__(self, setup):
        super().__init__(setup)
        self.last_n = {}
        # 0, 16, 8, 24, ...: the gaps close evenly.
        bits = self.STRIDE.bit_length() - 1
        offsets = [int(f"{i:0{bits}b}"[::-1], 2) for i in range(self.STRIDE)]
        self._passes = [(offset, way) for offset in offsets for way in self.WAYS]

    def step(self):
        offset, way = self._passes[self.rounds % len(self._passes)]
        report = self.run("nth-call", *way, "--first", offset + 1, "--step", self.STRIDE)
        self.counts["passes"] += 1
        if report is None:
            return
        name = " ".join(way) or "once"
        self.last_n[name] = max(self.last_n.get(name, 0), report["n"])
        self.take(report, "runs", "refused_opens", "failed_writes", "healed", "refused_appends",
                  "unnoticed", "acknowledged_after_failure")

    def details(self):
        return {"first_n_without_failure": self.last_n,
                "to_its_end": self.rounds >= len(self._passes)}


class NoRoom(Portions):
    name = "no-room"
    what = "the disk of the log fills up and gets room again, by seed"
    counted = "seeds"
    goal = 200
    share = 1

    def __init__(self, setup):
        super().__init__(setup)
        self.first_seed = self.rng.randrange(1, 1 << 31)

    def step(self):
        report = self.run("full-disk", "--first-seed", self.first_seed + self.rounds,
                          "--seeds", 2)
        if report is None:
            self.counts["seeds"] += 2
            return
        self.take(report, "seeds", "times_full", "refused_early", "failed_writes",
                  "unknown_found", "healed", "acknowledged_events")

    def details(self):
        return {"first_seed": self.first_seed}


class BitFlips(Portions):
    name = "bit-flips"
    what = "a bit of a file is flipped whenever it is read"
    counted = "flips"
    goal = 3500  # 500 of each kind of file
    share = 2
    PORTION = 10

    def __init__(self, setup):
        super().__init__(setup)
        self.kinds = {}

    def step(self):
        report = self.run("bit-flips", "--flips", self.PORTION,
                          "--seed", self.rng.randrange(1, 1 << 31))
        if report is None:
            self.counts["flips"] += self.PORTION
            return
        self.take(report, "flips")
        for kind, counts in report["kinds"].items():
            self.kinds[kind] = dict(collections.Counter(self.kinds.get(kind, {}))
                                    + collections.Counter(counts))

    def details(self):
        return {"kinds": self.kinds}
