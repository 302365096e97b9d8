"""A copy of the project that is broken, built and tested; the project itself is never touched."""

import fcntl
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
import zlib

PROJECT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "tests" / "tidy"))

import sources

PRESET = "release"
TEST_TIMEOUT_S = 300


class Trouble(Exception):
    """Nothing can be said: a patch that does not apply, a build or a test that does not run."""


class Workshop:
    """One copy and its build folder, kept from run to run. One user at a time."""

    def __init__(self, project=PROJECT, folder=None):
        self.project = project
        self.folder = folder or project / "build" / "mutants"
        self.tree = self.folder / "tree"
        self.bin = self.tree / "build" / PRESET / "bin"
        self.logs = self.folder / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)
        self._lock = open(self.folder / "lock", "w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._lock.close()

    def mend(self):
        """Makes the copy equal to the project. What is equal already keeps its time."""
        wanted = set(sources.Tree(self.project).paths)
        for path in wanted:
            target = self.tree / path
            content = (self.project / path).read_bytes()
            if target.is_file() and target.read_bytes() == content:
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            shutil.copymode(self.project / path, target)
        for path in set(sources.Tree(self.tree).paths) - wanted:
            (self.tree / path).unlink()

    def apply(self, patch):
        self.mend()
        git_apply(patch, self.tree, self.folder)

    def build(self, targets, log):
        """Raises Trouble with the end of what the compiler said."""
        cmake = ["cmake", "--build", "--preset", PRESET, "--target", *targets]
        commands = [cmake]
        if not (self.tree / "build" / PRESET / "build.ninja").exists():
            commands.insert(0, ["cmake", "--preset", PRESET, "-DLIAISON_BUILD_TESTS=ON"])
        path = self.logs / f"{log}.build"
        with open(path, "w") as out:
            for command in commands:
                if subprocess.run(command, cwd=self.tree, stdin=subprocess.DEVNULL, stdout=out,
                                  stderr=subprocess.STDOUT, check=False).returncode != 0:
                    said = [line for line in path.read_text().splitlines() if "error" in line]
                    raise Trouble(f"does not build: {' '.join(said[:2])[:300]} (see {path})")

    def run(self, test, log):
        """Runs it to its end. (exit code, what it said); the code is None where it had to be
        stopped."""
        command = self._command(test)
        path = self.logs / f"{log}.{pathlib.PurePath(test.program).stem}.{digest_of(test)}"
        with open(path, "w") as out:
            process = subprocess.Popen(command, cwd=self.tree, stdin=subprocess.DEVNULL, stdout=out,
                                       stderr=subprocess.STDOUT, start_new_session=True,
                                       env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1"))
            try:
                code = process.wait(TEST_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                code = None
            finally:
                try:
                    os.killpg(process.pid, signal.SIGKILL)  # and whatever it left behind
                except ProcessLookupError:
                    pass
                process.wait()
        return code, path.read_text(errors="replace")

    def _command(self, test):
        program, *arguments = test.command
        if "/" in program:
            path = self.tree / program
            command = ["/usr/bin/python3", str(path), "--bin-dir", str(self.bin), *arguments]
        else:
            path = self.bin / program
            command = [str(path), *arguments]
            if test.is_gtest:
                command = [str(path), f"--gtest_filter={':'.join(arguments)}"]
        if not path.exists():
            raise Trouble(f"there is no {program}")
        return command


def digest_of(test):
    """Tells apart the logs of tests that one program runs."""
    return f"{zlib.crc32(' '.join(test.command).encode()):08x}"


def git_apply(patch, tree, ceiling, *flags):
    """Lines may have moved; what stands around them may not have changed."""
    done = subprocess.run(["git", "apply", *flags, str(patch)], cwd=tree, check=False,
                          capture_output=True, text=True,
                          env=dict(os.environ, GIT_CEILING_DIRECTORIES=str(ceiling)))
    if done.returncode != 0:
        raise Trouble(f"does not apply: {done.stderr.strip()}")


def green(test, code, said):
    """Empty where it passed and did run; otherwise why not."""
    if code != 0:
        return f"{test.program} ended with {code}"
    if test.is_gtest:
        passed = re.search(r"^\[  PASSED  \] (\d+) tests?\.$", said, re.M)
        if not passed or int(passed[1]) < len(test.command) - 1:
            return f"{test.program} did not run {' '.join(test.command[1:])}"
    return ""


def seen(test, code, said):
    """Whether the test saw the break. Raises Trouble where it is red for another reason."""
    if code == 0:
        return False
    # A failed expectation ends with 1. Other endings say that something broke, not what.
    if code != 1:
        how = "did not end" if code is None else f"ended with {code}"
        raise Trouble(f"{test.program} {how}")
    if test.is_gtest:
        failed = set(re.findall(r"^\[  FAILED  \] (\w+\.\w+)", said, re.M))
        if not failed:
            raise Trouble(f"{test.program} could not run")
        if failed != set(test.command[1:]):
            return False
    if not re.search(test.reason, said):
        raise Trouble(f"{test.program} is red, but says nothing of `{test.reason}`")
    return True


def try_mutant(workshop, mutant):
    """What became of it: caught, let through or trouble, by which tests, in how long."""
    began = time.monotonic()
    result = {"mutant": mutant.name, "breaks": mutant.breaks, "caught_by": [], "missed_by": []}
    try:
        workshop.apply(mutant.patch)
        workshop.build(mutant.targets, mutant.name)
        result["build_s"] = round(time.monotonic() - began, 1)
        for test in mutant.tests:
            saw = seen(test, *workshop.run(test, mutant.name))
            result["caught_by" if saw else "missed_by"].append(" ".join(test.command))
        result["verdict"] = "let through" if result["missed_by"] else "caught"
    except Trouble as trouble:
        result["verdict"] = "error"
        result["error"] = str(trouble)
    result["seconds"] = round(time.monotonic() - began, 1)
    return result


def try_unpatched(workshop, mutants):
    """The same commands on the project as it is. Empty where all are green; otherwise why not."""
    workshop.mend()
    workshop.build(sorted({target for mutant in mutants for target in mutant.targets}), "unpatched")
    commands = {test.command: test for mutant in mutants for test in mutant.tests}
    for test in commands.values():
        if why := green(test, *workshop.run(test, "unpatched")):
            return why
    return ""
