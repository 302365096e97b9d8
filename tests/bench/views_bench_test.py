#!/usr/bin/python3
"""tests/bench/views in small: its JSON has its keys, every view answers, both hubs do all of the
work, wrong usage is refused. No figure is judged."""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
BIN = None
VIEWS = ["board", "contributions", "cycle_opening", "decisions", "digest", "digest_since_0",
         "duplicates", "duplicates_long", "gaps", "like", "like_long", "pack", "radar",
         "radar_days", "representation", "requests", "topic_events", "topic_links", "trail",
         "undisposed"]


def run(*arguments):
    return subprocess.run([HERE / "views", "--bin", BIN, *map(str, arguments)], check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=100)


class ViewsBenchTest(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory(dir="/var/tmp")
        self.addCleanup(self._folder.cleanup)
        self.folder = pathlib.Path(self._folder.name)
        self.output = self.folder / "out" / "figures.json"

    def test_the_json_has_its_keys(self):
        ran = run("--events", 40000, "--runs", 1, "--rounds", 1, "--published", 400, "--data",
                  self.folder, "--output", self.output)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        document = json.loads(self.output.read_text())
        self.assertEqual(sorted(document["views"]), VIEWS)
        for view, figures in document["views"].items():
            self.assertGreater(figures["size_bytes"], 0, view)
            self.assertGreater(figures["median_ms"], 0, view)
            self.assertGreater(figures["median_cpu_ms"], 0, view)
        (only,) = document["publish"]["rounds"]
        self.assertAlmostEqual(only["cost"], 1 - only["with"] / only["without"])
        self.assertEqual(list(self.folder.glob("liaison-views-*")), [])

    def test_wrong_usage(self):
        for wrong in ([], ["--runs", 0, "--output", self.output], ["--colour"],
                      ["--data", "/dev/shm", "--output", self.output]):
            ran = run(*wrong)
            self.assertEqual(ran.returncode, 2, wrong)
            self.assertIn("usage", ran.stderr)
        self.assertFalse(self.output.exists())


def main():
    global BIN
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin-dir", type=pathlib.Path, required=True,
                        help="folder of views_bench, load and the two hubs")
    options, rest = parser.parse_known_args()
    BIN = options.bin_dir.resolve()
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
