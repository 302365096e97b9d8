#!/usr/bin/python3
"""The tools that measure, in small: their JSON has its keys, wrong usage is refused, and nothing
outlives an interruption. No figure is judged."""

import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
BIN = None
PATIENCE_S = 60


def run(tool, *arguments):
    return subprocess.run([HERE / tool, "--bin", BIN, *map(str, arguments)], check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=100)


def processes_below(folder):
    """Command lines that name the folder, of any process."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if str(folder) in line and "compare" not in line.split(str(folder))[0]:
                found.append(line)
    return found


class CompareTest(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory(dir="/var/tmp")
        self.addCleanup(self._folder.cleanup)
        self.folder = pathlib.Path(self._folder.name)
        self.output = self.folder / "out" / "figures.json"

    def small(self, *names):
        return ("--only", ",".join(names), "--rounds", 1, "--events", 2000, "--seconds", 0.2,
                "--max-foreign", 1, "--data", self.folder, "--output", self.output)

    def test_the_json_has_its_keys(self):
        names = ["catchup_vs_bare", "filtered_vs_unfiltered", "publish_stream_64_vs_bare",
                 "latency_p50_vs_bare", "fanout_100_vs_bare"]
        ran = run("compare", *self.small(*names))
        self.assertEqual(ran.returncode, 0, ran.stderr)
        document = json.loads(self.output.read_text())
        self.assertEqual(sorted(document["ratios"]), sorted(names))
        self.assertEqual(document["failures"], {})
        for name, ratio in document["ratios"].items():
            self.assertIn(name, ran.stdout)
            self.assertEqual(len(ratio["rounds"]), 1)
            self.assertAlmostEqual(ratio["rounds"][0], ratio["ours"][0] / ratio["theirs"][0])
            self.assertEqual(ratio["median"], ratio["rounds"][0])
            self.assertGreater(ratio["median"], 0)
        self.assertGreater(document["machine"]["processors"], 0)
        self.assertEqual(list(self.folder.glob("liaison-compare-*")), [])

    def test_scale_in_small(self):
        ran = run("scale", "--events", 4000, "--small", 2000, "--rounds", 1, "--data", self.folder,
                  "--output", self.output)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        document = json.loads(self.output.read_text())
        for name in ("publish_growth", "subscribe_growth", "idle_subscriber_kib", "resident_mib",
                     "disk_overhead_bytes", "start_seconds"):
            self.assertIn("measured", document["goals"][name])
        self.assertGreater(document["memory"]["resident_mib"], 1)
        self.assertGreater(document["disk"]["overhead_bytes"], 100)
        self.assertEqual(list(self.folder.glob("liaison-scale-*")), [])
        self.assertEqual(run("scale", "--events", 10, "--output", self.output).returncode, 2)

    def test_wrong_usage(self):
        for wrong in (["--only", "nothing_vs_nobody", "--output", self.output], [],
                      ["--rounds", 0, "--output", self.output], ["--colour"],
                      ["--data", "/dev/shm", "--output", self.output]):
            ran = run("compare", *wrong)
            self.assertEqual(ran.returncode, 2, wrong)
            self.assertIn("usage", ran.stderr)
        self.assertFalse(self.output.exists())

    def interrupted(self, number):
        process = subprocess.Popen(
            [HERE / "compare", "--bin", BIN, *map(str, self.small("publish_stream_64_vs_bare")),
             "--seconds", "30"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        self.addCleanup(process.kill)
        deadline = time.monotonic() + PATIENCE_S
        while len(processes_below(self.folder)) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertGreaterEqual(len(processes_below(self.folder)), 2, "hub and bare are running")
        process.send_signal(number)
        process.wait(PATIENCE_S)
        while processes_below(self.folder) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(processes_below(self.folder), [])
        return process.returncode

    def test_an_interruption_leaves_nothing(self):
        self.assertEqual(self.interrupted(signal.SIGINT), 130)
        self.assertEqual(list(self.folder.glob("liaison-compare-*")), [])

    def test_a_kill_leaves_no_process(self):
        self.assertEqual(self.interrupted(signal.SIGKILL), -signal.SIGKILL)


def main():
    global BIN
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin-dir", type=pathlib.Path, required=True,
                        help="folder of liaisond, bare and load")
    options, rest = parser.parse_known_args()
    BIN = options.bin_dir.resolve()
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
