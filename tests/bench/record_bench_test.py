#!/usr/bin/python3
"""tests/bench/record in small: its JSON has its keys, all of the work is done, wrong usage is
refused. No figure is judged."""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
BIN = None


def run(*arguments):
    return subprocess.run([HERE / "record", "--bin", BIN, *map(str, arguments)], check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=100)


class RecordBenchTest(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory(dir="/var/tmp")
        self.addCleanup(self._folder.cleanup)
        self.folder = pathlib.Path(self._folder.name)
        self.output = self.folder / "out" / "figures.json"

    def test_the_json_has_its_keys(self):
        ran = run("--events", 5000, "--published", 2000, "--rounds", 1, "--checks", 1, "--proofs",
                  50, "--data", self.folder, "--output", self.output)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        document = json.loads(self.output.read_text())
        self.assertEqual(sorted(document["tree"]), ["stream_1024", "stream_64"])
        for cell in document["tree"].values():
            (only,) = cell["rounds"]
            self.assertAlmostEqual(only["cost"], 1 - only["with"] / only["without"])
        for name in ("made", "by_grpc"):
            self.assertGreaterEqual(document["proofs"][name]["size"], 5000, name)
            self.assertGreater(document["proofs"][name]["median_us"], 0, name)
        self.assertGreater(document["proofs"]["by_grpc"]["call_median_us"], 0)
        self.assertEqual(document["verify"]["signatures"], 4980)
        (only,) = document["verify"]["rounds"]
        self.assertAlmostEqual(only["ratio"], only["per_second"] / only["ceiling_per_second"])
        self.assertEqual(list(self.folder.glob("liaison-record-*")), [])

    def test_the_ceiling_is_that_of_all_processors(self):
        said = json.loads(subprocess.check_output(
            [BIN / "record_bench", "ceiling", "--seconds", "1"]))
        self.assertEqual(said["processors"], len(os.sched_getaffinity(0)))

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
                        help="folder of record_bench, load and the two hubs")
    options, rest = parser.parse_known_args()
    BIN = options.bin_dir.resolve()
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
