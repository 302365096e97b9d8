#!/usr/bin/python3
"""Runs every command that the documentation shows, against the built binaries and a fresh hub.

A fenced block of README.md files marked ```sh runs as one script; one that must not be run here
says why in a comment before it: <!-- not run: reason -->. A block after <!-- file: PATH --> must be
that file, word for word. Build folder and address are those of the text; here they are replaced.
"""

import argparse
import collections
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

import contract
import hub as hubs
from contract import PROJECT

DOCUMENTED_BIN = "build/release/bin"
DOCUMENTED_HUB = "127.0.0.1:7410"
BLOCK_TIMEOUT_S = 60
BLOCK = re.compile(r"(?:<!-- (?P<mark>not run|file): (?P<value>[^\n]*?) -->\s*\n)?"
                   r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.M | re.S)

Block = collections.namedtuple("Block", "path line language mark value text")


def blocks():
    skip = {"build", "node_modules", ".git"}
    for path in sorted(PROJECT.rglob("*.md")):
        if skip & set(path.relative_to(PROJECT).parts):
            continue
        text = path.read_text()
        for match in BLOCK.finditer(text):
            line = text.count("\n", 0, match.start("text")) + 1
            yield Block(path.relative_to(PROJECT), line, match["language"], match["mark"],
                        match["value"], match["text"])


def run(block, hub, generated):
    """Runs one block in a folder that looks like the project's. Returns what is wrong, or None."""
    with tempfile.TemporaryDirectory(prefix="liaison-docs-") as folder:
        for entry in PROJECT.iterdir():
            if entry.name not in ("build", ".git"):
                (pathlib.Path(folder) / entry.name).symlink_to(entry)
        script = block.text.replace(DOCUMENTED_BIN, str(hub.bin_dir.resolve()))
        script = script.replace(DOCUMENTED_HUB, hub.address)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script], cwd=folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=BLOCK_TIMEOUT_S,
            env={**os.environ, "PYTHONPATH": generated})
    return f"exit {done.returncode}\n{script}\n{done.stdout}" if done.returncode else None


def judge(block, hub, generated):
    if block.mark == "file":
        same = (PROJECT / block.value).read_text() == block.text
        return None if same else f"is not {block.value}"
    if block.language == "sh" and block.mark != "not run":
        return run(block, hub, generated)
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    arguments = parser.parse_args()
    found = [b for b in blocks() if b.language == "sh" or b.mark == "file"]
    wrong = 0
    with hubs.TemporaryHub(arguments.bin_dir) as hub, tempfile.TemporaryDirectory() as generated:
        contract.generate(generated)
        for block in found:
            fault = judge(block, hub, generated)
            how = "FAILED" if fault else "not run" if block.mark == "not run" else "ok"
            print(f"{how:8}{block.path}:{block.line}", flush=True)
            if fault:
                wrong += 1
                print(fault)
        hub.stop()
    print(f"{len(found)} blocks, {wrong} wrong")
    return 1 if wrong or not found else 0


if __name__ == "__main__":
    sys.exit(main())
