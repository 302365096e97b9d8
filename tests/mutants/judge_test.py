#!/usr/bin/python3
"""The judge of broken builds, on a project of one file: what it must call caught, let through, or
no verdict at all."""

import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True

import mutant
import workshop

PRESETS = """{"version": 3,
 "configurePresets": [{"name": "release", "generator": "Ninja",
                       "binaryDir": "${sourceDir}/build/release"}],
 "buildPresets": [{"name": "release", "configurePreset": "release"}]}
"""
CMAKE = """cmake_minimum_required(VERSION 3.25)
project(small LANGUAGES CXX)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
add_executable(sum sum.cc)
option(LIAISON_BUILD_TESTS "" OFF)
"""
# Green where 2 and 2 are 4.
PROGRAM = """#include <cstdio>
#include <cstdlib>

int Sum(int a, int b) {
  return a + b;
}

int main(int argc, char**) {
  if (argc > 1) std::abort();
  std::printf("the sum is %d\\n", Sum(2, 2));
  return Sum(2, 2) == 4 ? 0 : 1;
}
"""
HEAD = """Sums are wrong.

Promise: 1
Targets: sum
Tests: sum => {reason}

--- a/sum.cc
+++ b/sum.cc
"""
WRONG = """@@ -4,3 +4,3 @@
 int Sum(int a, int b) {
-  return a + b;
+  return a - b;
 }
"""
HARMLESS = WRONG.replace("a - b", "b + a")
BROKEN = WRONG.replace("a - b", "a - c")
CRASHES = WRONG.replace("return a - b", "std::abort()")
ELSEWHERE = WRONG.replace("int Sum(int a, int b)", "int Sum(long a, long b)")


class Judge(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(
            tempfile.TemporaryDirectory(prefix="liaison-mutants-")))
        cls.project = cls.folder / "project"
        cls.project.mkdir()
        for name, text in (("CMakePresets.json", PRESETS), ("CMakeLists.txt", CMAKE),
                           ("sum.cc", PROGRAM)):
            (cls.project / name).write_text(text)
        cls.shop = cls.enterClassContext(workshop.Workshop(cls.project, cls.folder / "work"))

    def mutant(self, patch, reason="the sum is 0", head=HEAD):
        path = self.folder / "wrong-sum.patch"
        path.write_text(head.format(reason=reason) + patch)
        return mutant.read(path)

    def verdict(self, *arguments, **options):
        result = workshop.try_mutant(self.shop, self.mutant(*arguments, **options))
        return result["verdict"], result.get("error", "")

    def test_the_project_as_it_is_is_green(self):
        self.assertEqual(workshop.try_unpatched(self.shop, [self.mutant(WRONG)]), "")

    def test_a_project_that_is_red_itself_says_nothing(self):
        head = HEAD.replace("Tests: sum", "Tests: sum crash")
        self.assertIn("ended with", workshop.try_unpatched(self.shop,
                                                           [self.mutant(WRONG, head=head)]))

    def test_a_break_that_is_seen_is_caught(self):
        self.assertEqual(self.verdict(WRONG), ("caught", ""))

    def test_a_break_that_nobody_sees_is_let_through(self):
        self.assertEqual(self.verdict(HARMLESS), ("let through", ""))

    def test_what_does_not_build_is_no_catch(self):
        verdict, error = self.verdict(BROKEN)
        self.assertEqual(verdict, "error")
        self.assertIn("does not build", error)

    def test_what_does_not_apply_is_no_catch(self):
        verdict, error = self.verdict(ELSEWHERE)
        self.assertEqual(verdict, "error")
        self.assertIn("does not apply", error)

    def test_a_crash_is_no_catch(self):
        verdict, error = self.verdict(CRASHES)
        self.assertEqual(verdict, "error")
        self.assertIn("ended with -6", error)

    def test_red_for_another_reason_is_no_catch(self):
        verdict, error = self.verdict(WRONG, reason="the sum is 5")
        self.assertEqual(verdict, "error")
        self.assertIn("says nothing of", error)

    def test_a_test_that_is_not_there_is_no_catch(self):
        verdict, error = self.verdict(WRONG, head=HEAD.replace("Tests: sum", "Tests: product"))
        self.assertEqual(verdict, "error")
        self.assertIn("there is no product", error)

    def test_a_break_is_mended_before_the_next(self):
        self.verdict(WRONG)
        self.assertEqual(self.verdict(HARMLESS), ("let through", ""))
        self.assertEqual((self.project / "sum.cc").read_text(), PROGRAM, "the project is untouched")

    def test_a_head_that_names_no_test_is_refused(self):
        for line in ("Promise: 1\n", "Targets: sum\n", "Tests: sum => {reason}\n", " => {reason}"):
            with self.subTest(line), self.assertRaises(ValueError):
                self.mutant(WRONG, head=HEAD.replace(line, ""))


class Tests(unittest.TestCase):
    GTEST = mutant.Test(("core_test", "A.One", "A.Two"), "Failure")

    def test_each_that_is_named_must_fail(self):
        said = "Failure\n[  FAILED  ] A.One (0 ms)\n"
        self.assertFalse(workshop.seen(self.GTEST, 1, said))
        self.assertTrue(workshop.seen(self.GTEST, 1, said + "[  FAILED  ] A.Two (1 ms)\n"))

    def test_that_cannot_run_have_seen_nothing(self):
        for code in (1, 127, None):
            with self.subTest(code), self.assertRaises(workshop.Trouble):
                workshop.seen(self.GTEST, code, "cannot open a shared object")

    def test_that_do_not_exist_are_not_green(self):
        self.assertTrue(workshop.green(self.GTEST, 0, "[  PASSED  ] 1 test.\n"))
        self.assertTrue(workshop.green(self.GTEST, 0, "[  PASSED  ] 0 tests.\n"))
        self.assertFalse(workshop.green(self.GTEST, 0, "[  PASSED  ] 2 tests.\n"))


if __name__ == "__main__":
    unittest.main()
