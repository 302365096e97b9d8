#!/usr/bin/python3
"""Runs a command beside a fresh hub: its address is in LIAISON_HUB. Exits as the command does."""

import argparse
import os
import subprocess
import sys

import hub as hubs


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    with hubs.TemporaryHub(arguments.bin_dir) as hub:
        environment = {**os.environ, "LIAISON_HUB": hub.address,
                       "PATH": f"{hub.bin_dir}:{os.environ['PATH']}"}
        code = subprocess.run(arguments.command, env=environment).returncode
        hub.stop()
    return code


if __name__ == "__main__":
    sys.exit(main())
