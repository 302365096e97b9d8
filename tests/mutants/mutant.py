"""One broken build: a patch whose head says what it breaks and which tests must see that."""

import dataclasses
import pathlib
import re
import shlex

HERE = pathlib.Path(__file__).resolve().parent
FIELD = re.compile(r"^(Promise|Targets|Tests): +(\S.*)$")
REASON = " => "
TEST_NAME = re.compile(r"^\w+(\.\w+)+$")


@dataclasses.dataclass(frozen=True)
class Test:
    """A command that is green, and must go red, saying what matches `reason`."""

    command: tuple
    reason: str

    @property
    def is_gtest(self):
        return self.program.endswith("_test") and "/" not in self.program

    @property
    def program(self):
        return self.command[0]

    @property
    def words(self):
        """As it stands in a list: the program, and the test in it where there are many."""
        names = [word for word in self.command[1:] if TEST_NAME.match(word)]
        return f"`{' '.join([pathlib.PurePath(self.program).name, *names])}`"


@dataclasses.dataclass(frozen=True)
class Mutant:
    name: str
    breaks: str
    promise: int  # of the design's seven
    targets: tuple
    tests: tuple
    patch: pathlib.Path

    @property
    def row(self):
        """Its line in the list of README.md."""
        tests = ", ".join(test.words for test in self.tests)
        return f"| `{self.name}` | {self.promise} | {self.breaks} | {tests} |"


def read(patch):
    """Raises ValueError where the head does not say all that is needed."""
    lines = patch.read_text().splitlines()
    head = lines[:next((i for i, line in enumerate(lines) if line.startswith("--- ")), 0)]
    fields = {"Promise": [], "Targets": [], "Tests": []}
    prose = []
    for line in head:
        if match := FIELD.match(line):
            fields[match[1]].append(match[2])
        elif line and not line.startswith("diff "):
            prose.append(line)
    if not prose or any(not values for values in fields.values()):
        raise ValueError(f"{patch.name}: its head needs words, Promise:, Targets: and Tests:")
    return Mutant(patch.stem, " ".join(prose), int(fields["Promise"][0]),
                  tuple(" ".join(fields["Targets"]).split()),
                  tuple(read_test(patch, line) for line in fields["Tests"]), patch)


def read_test(patch, line):
    command, separator, reason = line.partition(REASON)
    if not separator or not reason.strip():
        raise ValueError(f"{patch.name}: no `{REASON.strip()}` reason behind {command}")
    re.compile(reason)
    return Test(tuple(shlex.split(command)), reason.strip())


def all_mutants(folder=HERE):
    return [read(patch) for patch in sorted(folder.glob("*.patch"))]
