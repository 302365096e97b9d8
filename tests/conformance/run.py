#!/usr/bin/python3
"""The conformance suite: what any hub must do, seen through its public API alone.

Without --endpoint it starts a hub of its own. Any arguments left over name tests,
`publish_test.Retries`.
"""

import argparse
import contextlib
import pathlib
import sys
import unittest

from harness import ConformanceCase
import hub as hubs


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    parser.add_argument("--endpoint", help="test the hub that listens there, in development mode")
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("tests", nargs="*")
    arguments = parser.parse_args()

    loader = unittest.TestLoader()
    here = pathlib.Path(__file__).resolve().parent
    suite = (loader.loadTestsFromNames(arguments.tests) if arguments.tests
             else loader.discover(str(here), pattern="*_test.py", top_level_dir=str(here)))
    with contextlib.ExitStack() as stack:
        ConformanceCase.endpoint = arguments.endpoint or stack.enter_context(
            hubs.TemporaryHub(arguments.bin_dir)).address
        result = unittest.TextTestRunner(verbosity=2 if arguments.verbose else 1).run(suite)
    return 0 if result.wasSuccessful() and result.testsRun > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
