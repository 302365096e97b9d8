"""A small file system that fills up and gets room again under a running hub."""

import errno
import os
import pathlib
import subprocess
import time

from hub_rounds import HubRounds, Life

DISK_SIZE_BYTES = 256 << 20
# What a round begins and ends with. RocksDB claims 70 MiB beforehand for each write-ahead log: on
# ext4 it gets them, or whatever there is; tmpfs refuses all of it, and then the log's own writes
# are what meets the end.
ROOM_BYTES = {"ext4": 112 << 20, "tmpfs": 48 << 20}
RESERVE_MIB = 4
LEAST_RESERVE_MIB = 1  # less than one large batch
PATIENCE_S = 30
WRITERS = 6


class Mounted:
    """A file system in a mount namespace of its own, which ends with the process that holds it.

    Others see it through that process: as `view` in /proc, or with `prefix` before a command.
    """

    def __init__(self, kind, folder):
        self.kind = kind
        self.point = folder / "disk"
        self.point.mkdir()
        image = folder / "image"
        user = [] if os.geteuid() == 0 else ["--map-root-user"]
        if kind == "ext4":
            with open(image, "wb") as file:
                file.truncate(DISK_SIZE_BYTES)
            subprocess.run(["mkfs.ext4", "-q", "-m", "0", str(image)], check=True,
                           capture_output=True)
            mount = f"mount -o loop '{image}' '{self.point}'"
        else:
            mount = f"mount -t tmpfs -o size={DISK_SIZE_BYTES} liaison '{self.point}'"
        # Reads until we are gone, whatever ended us.
        self._holder = subprocess.Popen(
            ["unshare", *user, "--mount", "--propagation", "private", "sh", "-c",
             f"{mount} && echo mounted && read -r _"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if self._holder.stdout.readline() != "mounted\n":
            said = self._holder.stderr.read().strip()
            self.close()
            raise OSError(f"{kind} cannot be mounted: {said}")
        self.view = pathlib.Path(f"/proc/{self._holder.pid}/root{self.point}")
        self.prefix = ["nsenter", "--target", str(self._holder.pid), "--mount",
                       *(["--user", "--preserve-credentials"] if user else []), "--"]

    @property
    def free_size_bytes(self):
        stat = os.statvfs(self.view)
        return stat.f_bavail * stat.f_frsize

    def leave(self, free_size_bytes):
        """Others take all room but so much, or give it back."""
        with open(self.view / "ballast", "ab") as file:
            excess = self.free_size_bytes - free_size_bytes
            while excess > 0:
                size_bytes = os.fstat(file.fileno()).st_size
                try:
                    return os.posix_fallocate(file.fileno(), size_bytes, excess)
                except OSError as error:
                    # Somebody writes there, and has had some of it since.
                    if error.errno != errno.ENOSPC:
                        raise
                excess = min(excess // 2, self.free_size_bytes - free_size_bytes)
            if excess < 0:
                file.truncate(max(0, file.tell() + excess))

    def make_room(self):
        self.leave(ROOM_BYTES[self.kind])

    def close(self):
        self._holder.kill()
        self._holder.wait()
        for pipe in (self._holder.stdin, self._holder.stdout, self._holder.stderr):
            pipe.close()


def full(_, reason):
    return reason in ("DISK_FULL", "LOG_WRITE_FAILED")


class SmallDisks(HubRounds):
    name = "small-disk"
    what = "a file system of 256 MiB fills up, gets room, and the same process goes on"
    counted = "times_full"
    goal = 40
    share = 2
    rounds_per_life = 6

    def __init__(self, setup):
        super().__init__(setup)
        self.slowest_heal_s = 0.0
        self.kinds = []
        self.lives_of = {}

    def not_possible(self):
        reasons = []
        for kind in ("ext4", "tmpfs"):
            trial = self.setup.folder / f"trial-{kind}"
            trial.mkdir()
            try:
                Mounted(kind, trial).close()
                self.kinds.append(kind)
            except (OSError, subprocess.CalledProcessError) as error:
                reasons.append(str(error))
        return None if self.kinds else "; ".join(reasons)

    def new_life(self, folder):
        # With a reserve the hub refuses in time; with hardly any the disk fails under it.
        kind = self.kinds[self._lives % len(self.kinds)]
        reserve_mib = RESERVE_MIB if self._lives // 2 % 2 else LEAST_RESERVE_MIB
        life = Life(self.setup.bin_dir, folder, data="disk/data",
                    flags=["--disk-reserve-mib", str(reserve_mib)])
        life.disk = Mounted(kind, folder)
        life.disk.make_room()
        life.reserve_size_bytes = reserve_mib << 20
        life.hub.prefix = life.disk.prefix
        self.lives_of[kind] = self.lives_of.get(kind, 0) + 1
        return life

    def close_life(self, life):
        life.disk.close()

    def round(self, life):
        pid = life.hub.pid
        life.disk.leave(life.reserve_size_bytes + self.rng.randrange(256 << 10, 4 << 20))
        writers = life.writers(self.rng, WRITERS, max_words=5000, batch_items=(1, 60))
        for writer in writers:
            writer.start()
        if self.rng.random() < 0.5:  # somebody else takes the rest at once
            time.sleep(self.rng.uniform(0.02, 0.2))
            life.disk.leave(0)
        self.stop_late(writers)
        life.join(writers, full)
        life.counts["times_full"] += 1
        for writer in writers:
            if writer.ended_by:
                life.counts[writer.ended_by[1] or "no_reason"] += 1
        # What is there can be read all the while.
        life.verify(accepts_writes=None)
        life.expect_running(pid)
        life.disk.make_room()
        healed_s = life.wait_for_writes(True, PATIENCE_S)
        if healed_s is None:
            return
        self.slowest_heal_s = max(self.slowest_heal_s, healed_s)
        life.verify()
        life.send_again(life.oracle.unacknowledged())
        life.expect_running(pid)
        if self.rng.random() < 0.3:
            life.hub.kill()
            life.counts["kills"] += 1
            if not life.start():
                return
        life.verify()

    @staticmethod
    def stop_late(writers):
        """Writers that no full disk has ended."""
        patience = time.monotonic() + PATIENCE_S
        while any(w.is_alive() for w in writers) and time.monotonic() < patience:
            time.sleep(0.02)
        for writer in writers:
            writer.stop.set()

    def details(self):
        return {"slowest_heal_s": round(self.slowest_heal_s, 2), "data_folders_on": self.lives_of}
