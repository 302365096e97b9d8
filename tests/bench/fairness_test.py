#!/usr/bin/python3
"""The flood in short: with quotas the hub is fair to the others, and without them it is not, by the
same bounds. So the bounds say something."""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
BIN = None


def play(*more):
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        output = pathlib.Path(folder) / "fairness.json"
        ran = subprocess.run(
            [HERE / "fairness", "--bin", BIN, "--rounds", "3", "--seconds", "3", "--output",
             output, *more], check=False, stdout=subprocess.PIPE, text=True, timeout=200)
        print(ran.stdout, flush=True)
        return ran.returncode, json.loads(output.read_text())


class Fairness(unittest.TestCase):

    def test_one_who_floods_does_not_slow_down_the_others(self):
        code, figures = play()
        self.assertLessEqual(figures["ratio"], 1.5)
        self.assertGreaterEqual(figures["least_share"], 0.5)
        self.assertEqual(figures["failures"], 0)
        self.assertTrue(figures["fair"])
        self.assertEqual(code, 0)

    def test_without_quotas_the_same_flood_does(self):
        code, figures = play("--without-quotas")
        self.assertFalse(figures["fair"], "the flood is none, or the bound is no bound")
        self.assertEqual(code, 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin-dir", type=pathlib.Path, required=True)
    options, rest = parser.parse_known_args()
    BIN = options.bin_dir.resolve()
    unittest.main(argv=[sys.argv[0], *rest])
