#!/usr/bin/python3
"""Breaks a copy of the project in every way the rules forbid, and sees each rule go red.

A rule that cannot fail is no rule. The copy is compared with itself before the break, so that this
test says nothing about the project's own state.
"""

import inspect
import pathlib
import re
import shutil
import tempfile
import unittest

import check
from sources import PROJECT, Tree


class Copy:
    """A copy of the project's files that may be broken, and mended again."""

    def __init__(self, folder):
        self.root = pathlib.Path(folder)
        self._before = {}  # path -> text; None where there was no such file
        for path in Tree(PROJECT).paths:
            target = self.root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(PROJECT / path, target)

    def write(self, path, text):
        target = self._remember(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def remove(self, path):
        self._remember(path).unlink(missing_ok=True)

    def _remember(self, path):
        target = self.root / path
        self._before.setdefault(target, target.read_text() if target.exists() else None)
        return target

    def mend(self):
        for target, text in self._before.items():
            if text is None:
                target.unlink(missing_ok=True)
            else:
                target.write_text(text)
        self._before.clear()

    def include(self, path, header):
        """A new file at `path` that includes `header`."""
        self.write(path, f"#include {header}\n")

    def findings(self, rule):
        """What the check that speaks of `rule` says."""
        on_trial = [c for c in check.CHECKS if f'"{rule}"' in inspect.getsource(c)]
        return set(check.findings(Tree(self.root), on_trial))


# rule -> breaks, each of which alone must be found under that rule.
BREAKS = {
    "top": [lambda c: c.write("notes.md", "")],
    "room": [lambda c: c.remove("storage/README.md"),
             lambda c: c.write("server/newroom/a.cc", "")],
    "name": [lambda c: c.write("storage/utils/a.cc", ""),
             lambda c: c.write("client/internal/common.h", "")],
    "size": [lambda c: c.write("server/rpc/long.cc", "\n" * 1001)],
    "columns": [lambda c: c.write("tests/crash/wide.py", "a" * 101 + "\n"),
                lambda c: c.write("tests/crash/blank.sh", "true \n")],
    "glob": [lambda c: c.write("server/rpc/CMakeLists.txt", "file(GLOB sources *.cc)\n"),
             lambda c: c.write("server/rpc/a.cmake", "file( glob_recurse s *.cc)\n")],
    "todo": [lambda c: c.write("server/rpc/todo.cc", "// TODO: later\n"),
             lambda c: c.write("deploy/fixme.sh", "# FIXME\n")],
    "guard": [lambda c: c.write("server/rpc/g.h", "#pragma once\n"),
              lambda c: c.write("client/include/liaison/g.h",
                                "#ifndef LIAISON_CLIENT_G_H_\n#define LIAISON_CLIENT_G_H_\n")],
    "direction": [
        lambda c: c.include("proto/record/x.cc", '"storage/event_log.h"'),
        lambda c: c.include("storage/rocks/x.cc", '"server/domain/decide.h"'),
        lambda c: c.include("storage/tree/x.cc", '"liaison/event.h"'),
        lambda c: c.include("server/rpc/x.cc", '"liaison/connection.h"'),
        lambda c: c.include("server/rpc/x.cc", '"client/internal/backoff.h"'),
        lambda c: c.include("server/domain/x.cc", '"storage/event_log.h"'),
        lambda c: c.include("server/domain/x.cc", '"igf/liaison/v1/event_service.pb.h"'),
        lambda c: c.include("client/internal/x.cc", '"server/rpc/service.h"'),
        lambda c: c.include("client/internal/x.cc", '"storage/event_log.h"'),
        lambda c: c.include("client/cli/x.cc", '"client/internal/backoff.h"'),
        lambda c: c.include("client/include/liaison/x.cc", '"client/internal/backoff.h"')],
    "server-room": [
        lambda c: c.include("server/domain/x.cc", '"server/sequencer/sequencer.h"'),
        lambda c: c.include("server/sequencer/x.cc", '"server/rpc/service.h"'),
        lambda c: c.include("server/auth/x.cc", '"server/admission/admission.h"')],
    "confined": [
        lambda c: c.include("server/sequencer/x.cc", "<grpcpp/grpcpp.h>"),
        lambda c: c.include("server/main.cc", "<grpcpp/server.h>"),
        lambda c: c.include("client/cli/x.cc", "<grpcpp/grpcpp.h>"),
        lambda c: c.include("client/include/liaison/x.h", '"grpcpp/grpcpp.h"'),
        lambda c: c.include("server/admission/x.cc", '"igf/liaison/v1/event_service.grpc.pb.h"'),
        lambda c: c.include("storage/format/x.cc", "<rocksdb/db.h>"),
        lambda c: c.include("server/main.cc", "<rocksdb/db.h>"),
        lambda c: c.include("server/config/x.cc", "<toml++/toml.h>")],
    "toml": [lambda c: c.write("server/rpc/x.cc", "auto a = toml::parse(text);\n"),
             lambda c: c.write("client/cli/x.cc", "auto a = toml::parse_file(name);\n")],
    "pure": [
        lambda c: c.include("server/domain/x.cc", "<chrono>"),
        lambda c: c.include("server/domain/x.cc", "<thread>"),
        lambda c: c.include("server/domain/x.cc", "<fstream>"),
        lambda c: c.include("server/domain/x.cc", "<unordered_map>"),
        lambda c: c.include("server/domain/x.cc", "<unistd.h>"),
        lambda c: c.include("server/domain/x.cc", '"absl/time/clock.h"'),
        lambda c: c.include("server/domain/x.cc", '"absl/container/flat_hash_map.h"'),
        lambda c: c.include("server/domain/x.cc", '"absl/synchronization/mutex.h"')],
    "machine-path": [lambda c: c.write("deploy/a.sh", "cd /work/main\n"),
                     lambda c: c.write("README.md", "see /root/notes\n")],
    "making": [lambda c: c.write("README.md", "Written in an earlier session.\n"),
               lambda c: c.write("server/rpc/a.cc", "// AI-generated\n")],
    "mail": [lambda c: c.write("deploy/a.toml", 'contact = "somebody@igf.invented-name.org"\n')],
    "format": [lambda c: c.write("server/rpc/f.cc", "int  a( int b ){return b ;}\n")],
}


class Rules(unittest.TestCase):
    def test_every_rule_is_broken_here(self):
        source = "".join(p.read_text() for p in pathlib.Path(__file__).parent.glob("*.py"))
        self.assertEqual(set(re.findall(r'Finding\("([a-z-]+)"', source)), set(BREAKS))

    def test_each_break_is_found(self):
        with tempfile.TemporaryDirectory(prefix="liaison-tidy-") as folder:
            copy = Copy(folder)
            for rule, breaks in BREAKS.items():
                before = copy.findings(rule)
                for number, break_it in enumerate(breaks):
                    with self.subTest(rule=rule, number=number):
                        break_it(copy)
                        new = {finding.rule for finding in copy.findings(rule) - before}
                        copy.mend()
                        self.assertIn(rule, new)


if __name__ == "__main__":
    unittest.main()
