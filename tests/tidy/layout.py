"""Where things lie, how they are named, how large they may grow."""

import pathlib
import re

from sources import Finding

TOP = {"CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md",
       "proto", "server", "client", "storage", "deploy", "tests"}
# Rooms are described in a README.md; these folders are no rooms of their own.
NO_ROOM = {"client/include", "server/doc", "storage/doc", "proto/igf", "proto/google", "proto/grpc"}
SHAPELESS = {"util", "utils", "common", "helper", "helpers", "misc", "shared"}
MAX_LINES = 1000
MAX_COLUMNS = 100
# C++ is clang-format's business.
NARROW = {".proto", ".py", ".sh", ".txt", ".cmake", ".toml"}
GLOB = re.compile(r"file\s*\(\s*GLOB", re.IGNORECASE)
TODO = re.compile(r"\b(TODO(?!\([a-z][\w-]*\): \S)|FIXME|XXX|HACK)\b")
VENDORED = ("proto/google/", "proto/grpc/")


def check_top(tree):
    for name in sorted({pathlib.PurePath(p).parts[0] for p in tree.paths}):
        if name not in TOP and not name.startswith("."):
            yield Finding("top", name, 0, "does not belong at the top level")


def check_rooms(tree):
    rooms = set()
    for path in tree.paths:
        parts = pathlib.PurePath(path).parts
        if parts[0] in TOP and len(parts) > 1:
            rooms.add(parts[0])
            if parts[0] in ("server", "storage", "client", "proto") and len(parts) > 2:
                rooms.add("/".join(parts[:2]))
    for room in sorted(rooms - NO_ROOM):
        if not is_described(tree, room):
            yield Finding("room", room, 0, "no README.md says what it is for")


def is_described(tree, room):
    """A room has its own README.md, or stands by its name in that of the folder above it."""
    if f"{room}/README.md" in tree.paths:
        return True
    above, _, name = room.rpartition("/")
    return bool(above) and f"{above}/README.md" in tree.paths and (
        f"`{name}/`" in tree.text(f"{above}/README.md"))


def check_names(tree):
    for path in tree.paths:
        for part in pathlib.PurePath(path).parts:
            if part.partition(".")[0] in SHAPELESS:
                yield Finding("name", path, 0, f"`{part}` says nothing: name it by what it holds")


def check_sizes(tree):
    for path in tree.prose_and_code():
        count = len(tree.text(path).splitlines())
        if count > MAX_LINES and not path.startswith(VENDORED):
            yield Finding("size", path, 0, f"{count} lines; at most {MAX_LINES}")


def check_columns(tree):
    for path in tree.prose_and_code():
        if pathlib.PurePath(path).suffix not in NARROW or path.startswith(VENDORED):
            continue
        for number, line in tree.lines(path):
            if len(line) > MAX_COLUMNS and "http" not in line:
                yield Finding("columns", path, number, f"{len(line)}; at most {MAX_COLUMNS}")
            if line != line.rstrip():
                yield Finding("columns", path, number, "ends in blanks")


def check_cmake(tree):
    for path in tree.paths:
        if not path.endswith(("CMakeLists.txt", ".cmake")):
            continue
        for number, line in tree.lines(path):
            if GLOB.search(line):
                yield Finding("glob", path, number, "sources are listed by name, not by GLOB")


def check_todo(tree):
    for path in tree.prose_and_code():
        if path.startswith(("tests/tidy/", *VENDORED)):
            continue
        for number, line in tree.lines(path):
            if TODO.search(line):
                yield Finding("todo", path, number, "write TODO(owner): what, or do it now")


def check_guards(tree):
    for path in tree.code():
        if not path.endswith(".h"):
            continue
        public = re.sub(r"^client/(mocks/)?include/liaison/", "", path)
        guard = "LIAISON_" + re.sub(r"[/.-]", "_", public).upper() + "_"
        if f"#ifndef {guard}\n#define {guard}\n" not in tree.text(path):
            yield Finding("guard", path, 0, f"its include guard is {guard}")


CHECKS = [check_top, check_rooms, check_names, check_sizes, check_columns, check_cmake, check_todo,
          check_guards]
