"""What the machine is, and what else was running on it while something was measured."""

import os
import pathlib
import platform
import time

KERNEL_THREAD = 0x00200000  # PF_KTHREAD
TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def _processes():
    """(pid, parent, flags, own ticks, ticks of children it has waited for) of every process."""
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            text = pathlib.Path("/proc", name, "stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        field = text.rpartition(")")[2].split()  # field[0] is the third: the state
        yield (int(name), int(field[1]), int(field[6]), int(field[11]) + int(field[12]),
               int(field[13]) + int(field[14]))


class Clock:
    """Seconds of CPU that were used so far: by everybody, by this process and all below it, by the
    kernel's own threads. Interrupts are nobody's: they are most of what loopback traffic costs."""

    def __init__(self):
        self.time_s = time.monotonic()
        first = pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:]
        user, nice, system, steal = (int(first[i]) for i in (0, 1, 2, 7))
        self.all_s = (user + nice + system + steal) * TICK_S
        own, kernel = 0, 0
        below = {os.getpid()}
        processes = sorted(_processes())
        grew = True
        while grew:  # pids wrap around, so a child may come before its parent
            more = {pid for pid, parent, *_ in processes if parent in below} - below
            below |= more
            grew = bool(more)
        for pid, _, flags, ticks, waited in processes:
            if pid in below:
                own += ticks + waited
            elif flags & KERNEL_THREAD:
                kernel += ticks
        self.own_s = own * TICK_S
        self.kernel_s = kernel * TICK_S


def foreign_share(before, after):
    """The share of all processors that went to others, 0 to 1. A child that ends between the two
    counts as long as it was waited for."""
    used = after.all_s - before.all_s
    ours = (after.own_s - before.own_s) + (after.kernel_s - before.kernel_s)
    whole = (after.time_s - before.time_s) * os.cpu_count()
    return max(0.0, (used - ours) / whole) if whole > 0 else 0.0


def file_system(path):
    """The type of the file system that holds `path`."""
    path = pathlib.Path(path).resolve()
    best, kind = "", "unknown"
    for line in pathlib.Path("/proc/mounts").read_text().splitlines():
        _, mount, this_kind, *_ = line.split()
        if (mount == "/" or f"{path}/".startswith(f"{mount}/")) and len(mount) >= len(best):
            best, kind = mount, this_kind
    return kind


def describe(data):
    """One dictionary: what figures are figures of."""
    model = "unknown"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory = pathlib.Path("/proc/meminfo").read_text().splitlines()[0].split()[1]
    return {"cpu": model, "processors": os.cpu_count(), "memory_mib": int(memory) // 1024,
            "kernel": platform.release(), "file_system": file_system(data),
            "load_average": list(os.getloadavg())}
