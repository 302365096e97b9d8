#!/usr/bin/python3
"""tests/bench/federation in small: its JSON has its keys, everything comes on every side, wrong
usage is refused. No figure is judged."""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
BIN = None


def run(*arguments):
    return subprocess.run([HERE / "federation", "--bin", BIN, *map(str, arguments)], check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=100)


class FederationBenchTest(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory(dir="/var/tmp")
        self.addCleanup(self._folder.cleanup)
        self.folder = pathlib.Path(self._folder.name)
        self.output = self.folder / "out" / "figures.json"

    def test_the_json_has_its_keys_and_everything_came(self):
        ran = run("--events", 2500, "--rounds", 2, "--data", self.folder, "--output", self.output)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertRegex(ran.stdout, r">= 0\.5 (met|missed)")
        document = json.loads(self.output.read_text())
        self.assertIn("cpu", document["machine"])
        cell = document["catch_up"]
        self.assertEqual(cell["signed"], 2500)
        self.assertEqual(cell["pulled"], 2520, "ten organisations with their keys come first")
        self.assertEqual(len(cell["rounds"]), 2)
        for one in cell["rounds"]:
            # The first event of a log is its own: it does not travel.
            for side in ("replay", "judged"):
                self.assertEqual((one[side]["accepted"], one[side]["settled"]), (2520, 2521), side)
                self.assertGreaterEqual(one[side]["batches"], 3, side)
            for side in ("loopback", "replay", "judged"):
                self.assertAlmostEqual(one[side]["per_second"], 2520 / one[side]["seconds"])
            self.assertAlmostEqual(one["ratio"], one["loopback"]["per_second"]
                                   / one["replay"]["per_second"])
            self.assertGreater(one["loopback"]["memory_mib"], 0)
            # The words came, and not only the headers.
            self.assertGreater(one["loopback"]["log_bytes"], 2500 * 700)
        self.assertEqual(list(self.folder.glob("liaison-federation-*")), [])

    def test_wrong_usage(self):
        for wrong in ([], ["--rounds", 0, "--output", self.output], ["--colour"],
                      ["--data", "/dev/shm", "--output", self.output]):
            ran = run(*wrong)
            self.assertEqual(ran.returncode, 2, wrong)
            self.assertIn("usage", ran.stderr)
        self.assertFalse(self.output.exists())


def main():
    global BIN
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin-dir", type=pathlib.Path, required=True,
                        help="folder of federation_bench and liaisond")
    options, rest = parser.parse_known_args()
    BIN = options.bin_dir.resolve()
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
