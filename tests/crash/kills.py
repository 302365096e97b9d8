"""kill -9 under load, and at every named place in the code."""

import json
import signal
import subprocess
import time

from hub_rounds import HubRounds
from load import GONE

WRITERS = 6
MAX_LOAD_S = 0.3
# How long a point is waited for that is seldom passed.
PATIENCE_S = 2.0


def gone(code, _):
    return code in GONE


class Kills(HubRounds):
    name = "kill"
    what = "kill -9 under load, sometimes once more while the hub recovers"
    counted = "kills"
    goal = 1000
    share = 4
    # Mostly on a small log; kills and recovery differ little on a large one.
    rounds_per_life = 50
    slowest_start_ms = 0

    def round(self, life):
        writers = life.writers(self.rng, WRITERS)
        for writer in writers:
            writer.start()
        time.sleep(self.rng.uniform(0.02, MAX_LOAD_S))
        self.kill(life)
        life.join(writers, gone)
        while self.rng.random() < 0.2:
            life.hub.launch()
            time.sleep(self.rng.uniform(0.001, 0.1))
            self.kill(life)
            life.counts["kills_in_recovery"] += 1
        self.recover(life)

    def kill(self, life):
        life.hub.kill()
        life.counts["kills"] += 1

    def recover(self, life):
        """Starts the hub again, compares what it serves, and sends again what is unknown."""
        began = time.monotonic()
        if not life.start():
            return
        took_ms = round((time.monotonic() - began) * 1000)
        self.slowest_start_ms = max(self.slowest_start_ms, took_ms)
        life.verify()
        if life.findings.clean:
            life.send_again(life.oracle.unknown())

    def details(self):
        return {"slowest_start_ms": self.slowest_start_ms}


class PointKills(Kills):
    name = "points"
    what = "kill -9 at each named fault point: before and after each step of a commit"
    counted = "kills"
    goal = 200
    share = 2

    def __init__(self, setup):
        super().__init__(setup)
        self.points = []
        self.passed = {}

    def not_possible(self):
        folder = self.setup.faults_bin_dir
        if folder is None or not (folder / "liaisond").exists():
            return "needs a build with fault points: --faults-bin-dir"
        points = json.loads(subprocess.run(
            [self.setup.faults_bin_dir / "storage_faults", "points"], check=True,
            capture_output=True, text=True).stdout)
        # Nobody asks this hub for a cosignature: signing_kills.py does.
        self.points = [point for point in points if not point.startswith("cosign.")]
        return None

    def new_life(self, folder):
        life = super().new_life(folder)
        life.hub.bin_dir = self.setup.faults_bin_dir
        return life

    def begin_life(self, life):
        return True  # each round starts the hub itself

    def round(self, life):
        # All in turn, then by lot.
        left = [point for point in self.points if point not in self.passed]
        point = left[0] if left else self.rng.choice(self.points)
        nth = 1 if point.startswith("open.") else self.rng.choice((1, 2, 3, 10, 30))
        life.hub.kill()
        writers = []
        try:
            life.hub.start(environment={"LIAISON_FAULT": f"{point}=kill@{nth}"})
            writers = life.writers(self.rng, WRITERS)
            for writer in writers:
                writer.start()
            life.hub.wait(PATIENCE_S)
        except RuntimeError:
            pass  # opening a log passes points as well
        self.kill(life)
        met = life.hub.ended_with == -signal.SIGKILL
        life.join(writers, gone)
        self.passed[point] = self.passed.get(point, 0) + met
        life.counts["points_met"] += met
        self.recover(life)

    def finish(self):
        super().finish()
        # A campaign must not believe that it tested something.
        if self.rounds >= len(self.points) and not any(self.passed.values()):
            raise RuntimeError("no hub ever met a fault point")

    def details(self):
        return {"points": self.passed}
