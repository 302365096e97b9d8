#!/usr/bin/python3
"""A large bundle is checked in the memory that a small one takes. Prints the figures.

  verify_scale_test.py [--events 100000]
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

PROJECT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "tests/support"))

from contract import types  # noqa: E402
from fictional_log import FictionalLog, encode  # noqa: E402

SMALL = 1000
# Says what a command took in all, once it has ended: whoever looks at it now and then misses its
# end. In between, since what it begins as a copy of counts as its own, and here that is large.
MEASURED = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(usage.ru_utime + usage.ru_stime)
print(usage.ru_maxrss)
"""
MAX_GROWTH_KB = 8 * 1024  # the interpreter's own ups and downs, and a byte an event
EURODIG = "org/eurodig"


def write(path, events):
    """Half of them signed, a tenth hidden, one in a hundred erased openly."""
    log = FictionalLog(events)
    key = log.new_key()
    log.rules()
    log.organisation(EURODIG, types.ORGANISATION_KIND_NRI_REGIONAL)
    log.key_event(EURODIG, key)
    while log.size < events:
        number = log.size
        if number % 10 == 0:
            log.add_hash(log.random.randbytes(32))
        elif number % 100 == 7:
            log.redaction(EURODIG, number, 2, key)
        else:
            log.signal(EURODIG, key if number % 2 else None, sections=(1, 2))
    path.write_bytes(encode(log.bundle()))
    return log.key.vkey


def check(path, vkey):
    """(the answer, CPU seconds, wall seconds, peak memory in KiB) of a process of its own."""
    began = time.monotonic()
    done = subprocess.run(
        ["/usr/bin/python3", "-c", MEASURED, "/usr/bin/python3",
         str(PROJECT / "client/verify/verify.py"), str(path), "--vkey", vkey, "--output", "json"],
        stdout=subprocess.PIPE, text=True, check=True)
    wall_s = time.monotonic() - began
    said, cpu_s, peak_kb = done.stdout.splitlines()
    return json.loads(said), float(cpu_s), wall_s, int(peak_kb)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=100_000)
    events = parser.parse_args().events
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "bundle"
        _, _, _, small_kb = check(path, write(path, SMALL))
        answer, cpu_s, wall_s, peak_kb = check(path, write(path, events))
        size = path.stat().st_size
    assert answer["events"] + answer["hidden"] == events, answer
    print(f"{events} events, {size / 2**20:.1f} MiB: "
          f"{answer['signatures']['verified']} signatures, "
          f"{answer['sections']['opened']} sections opened, "
          f"{answer['sections']['erased_with_authority']} erased, {answer['hidden']} hidden")
    print(f"checked in {cpu_s:.1f} s of CPU, {wall_s:.1f} s of time: {events / cpu_s:.0f} events "
          f"for each second of CPU")
    print(f"peak memory {peak_kb / 1024:.1f} MiB; with {SMALL} events {small_kb / 1024:.1f} MiB")
    if peak_kb > small_kb + MAX_GROWTH_KB:
        print("FAILED: the memory grows with the bundle")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
