#!/usr/bin/python3
"""The project checks its own order: layout, directions of includes, words, format.

Prints one line for each finding and how many; exits 1 where there is any.
"""

import argparse
import pathlib
import re
import subprocess
import sys

import directions
import layout
import words
from sources import PROJECT, Finding, Tree


def check_format(tree):
    """Every C++ file is as clang-format leaves it."""
    said = subprocess.run(["clang-format", "--style=file", "--dry-run", *tree.code()],
                          cwd=tree.root, check=True, capture_output=True, text=True).stderr
    seen = set()
    for path, line in re.findall(r"^(\S+?):(\d+):\d+: warning: code should be", said, re.M):
        if path not in seen:
            seen.add(path)
            yield Finding("format", path, int(line), "run clang-format -i over it")


CHECKS = [*layout.CHECKS, *directions.CHECKS, *words.CHECKS, check_format]


def findings(tree, checks=tuple(CHECKS)):
    return [finding for check in checks for finding in check(tree)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", nargs="?", type=pathlib.Path, default=PROJECT)
    tree = Tree(parser.parse_args().root)
    found = findings(tree)
    for finding in found:
        print(f"{finding.path}:{finding.line}: {finding.rule}: {finding.what}")
    print(f"{len(tree.paths)} files, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
