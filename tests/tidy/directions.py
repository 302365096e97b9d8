"""Who may include whom: the directions of the design, held over #include lines.

    proto/record <- storage <- server        proto <- client <- cli
    server/federation -> client is the one crossing; only main knows every room
"""

import pathlib
import re

from sources import Finding

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')

MESSAGES = ("igf/liaison/v1/types.pb.h", "igf/liaison/v1/bodies.pb.h", "igf/liaison/v1/event.pb.h",
            "igf/liaison/v1/sentence.pb.h")
OWN = ("proto/", "storage/", "server/", "client/", "liaison/", "tests/", "igf/", "google/rpc/")

# What of ours a folder may include, besides itself. The longest prefix that fits decides.
MAY_INCLUDE = {
    "proto/record/": ("igf/", "google/rpc/"),
    "storage/": ("proto/record/", "igf/"),
    "server/": ("proto/record/", "storage/", "igf/", "google/rpc/"),
    "server/domain/": ("proto/record/", *MESSAGES, "google/rpc/"),
    "server/federation/": ("proto/record/", "storage/", "igf/", "google/rpc/", "liaison/"),
    "server/main.cc": ("proto/record/", "storage/", "igf/", "google/rpc/", "server/"),
    "client/": ("proto/record/", "igf/", "google/rpc/", "liaison/"),
    "client/include/": ("proto/record/", "igf/", "google/rpc/", "liaison/"),
    "client/outbox/": ("proto/record/", "igf/", "google/rpc/", "liaison/"),
    "client/internal/": ("proto/record/", "igf/", "google/rpc/", "liaison/"),
    "tests/": OWN,
}

# Libraries that stay in their rooms.
CONFINED = {
    ("grpcpp/", "grpc/", "grpc++/", "grpc_impl/"): (
        "server/rpc/", "server/web/", "server/federation/", "client/internal/", "tests/"),
    ("rocksdb/",): ("storage/rocks/", "tests/unit/storage/", "tests/crash/", "tests/support/",
                    "tests/bench/"),
    ("openssl/",): ("proto/record/", "server/rpc/page_token", "server/subscriptions/ack_token",
                    "server/admission/fresh_salt", "server/auth/authority", "client/cli/line_probe",
                    "tests/"),
    ("sqlite3.h",): ("client/outbox/", "client/samples/remember.cc", "tests/"),
    ("CLI/",): ("client/cli/", "server/config/", "server/main.cc", "server/web/main.cc",
                "tests/bench/", "tests/simulation/", "tests/crash/"),
    ("boost/",): ("server/web/",),
    ("toml++/",): ("proto/record/toml.h",),
}
# It reads texts however deep they go, and takes the stack with it.
TOML = re.compile(r"\btoml::parse(_file)?\(")

# domain is pure: no clock, no thread, no file, no order that differs from run to run.
PURE = "server/domain/"
PURE_ABSEIL = ("absl/status/", "absl/strings/", "absl/types/", "absl/base/", "absl/algorithm/",
               "absl/container/btree_", "absl/container/inlined_vector.h", "absl/numeric/",
               "absl/functional/", "absl/memory/", "absl/cleanup/")
PURE_STANDARD = {
    "algorithm", "array", "cassert", "climits", "cmath", "compare", "cstddef", "cstdint", "cstring",
    "deque", "functional", "initializer_list", "iterator", "limits", "list", "map", "memory",
    "numeric", "optional", "queue", "set", "string", "string_view", "tuple", "type_traits",
    "utility", "variant", "vector"}
PURE_OTHERS = ("unicode/", "google/protobuf/", "server/domain/")

# Which room of the server may include which other rooms; main may include all.
SERVER_ROOMS = {
    "config": (),
    "domain": (),
    "auth": ("domain",),
    "admission": ("auth", "domain"),
    "sequencer": ("domain",),
    "admin": ("auth", "sequencer"),
    "fanout": ("auth", "domain", "sequencer"),
    "subscriptions": ("auth", "domain", "fanout", "sequencer"),
    "backup": ("domain",),
    "federation": ("admission", "domain", "sequencer", "transparency"),
    "recovery": ("backup", "federation", "sequencer", "transparency"),
    "views": ("auth", "domain"),
    "rpc": ("auth", "admission", "backup", "domain", "fanout", "federation", "sequencer",
            "subscriptions", "transparency", "views", "witness"),
    "transparency": (),
    "witness": ("transparency",),
}


def includes(tree, path):
    """(line, header, is_angled) for each #include."""
    for number, line in tree.lines(path):
        match = INCLUDE.match(line)
        if match:
            yield number, match[2], match[1] == "<"


def longest_rule(path):
    fitting = [prefix for prefix in MAY_INCLUDE if path.startswith(prefix)]
    return max(fitting, key=len) if fitting else None


def home(path):
    """The folder within which a file may include freely."""
    parts = pathlib.PurePath(path).parts
    return "/".join(parts[:2]) + "/" if len(parts) > 2 else path


def check_directions(tree):
    for path in tree.code():
        rule = longest_rule(path)
        if rule is None:
            continue
        free = "storage/" if path.startswith("storage/") else home(path)
        for number, header, _ in includes(tree, path):
            if not header.startswith(OWN) or header.startswith((free, *MAY_INCLUDE[rule])):
                continue
            if path.startswith("server/") and header.startswith("server/"):
                continue  # check_server_rooms
            if path.startswith("client/samples/") and header.startswith("client/mocks/"):
                continue
            yield Finding("direction", path, number, f"{rule}* may not include {header}")


def check_server_rooms(tree):
    for path in tree.code():
        parts = pathlib.PurePath(path).parts
        if parts[0] != "server" or len(parts) < 3:
            continue
        room = parts[1]
        for number, header, _ in includes(tree, path):
            other = header.split("/")[1] if header.startswith("server/") else room
            if other != room and other not in SERVER_ROOMS.get(room, ()):
                yield Finding("server-room", path, number,
                              f"server/{room} may not include {header}; only main knows every room")


def check_confined(tree):
    for path in tree.code():
        for number, header, _ in includes(tree, path):
            for library, rooms in CONFINED.items():
                if header.startswith(library) and not path.startswith(rooms):
                    yield Finding("confined", path, number, f"{header} stays in {', '.join(rooms)}")
            if header.endswith(".grpc.pb.h") and not path.startswith(
                    CONFINED[("grpcpp/", "grpc/", "grpc++/", "grpc_impl/")]):
                yield Finding("confined", path, number, f"{header} is gRPC")


def check_toml(tree):
    for path in tree.code():
        if path.startswith(("proto/record/toml.cc", "tests/")):
            continue
        for number, line in tree.lines(path):
            if TOML.search(line):
                yield Finding("toml", path, number, "record::ParseToml reads what may be anybody's")


def check_pure(tree):
    for path in tree.code():
        if not path.startswith(PURE):
            continue
        for number, header, angled in includes(tree, path):
            own = header.startswith((*MAY_INCLUDE[PURE], *PURE_OTHERS))
            standard = angled and header in PURE_STANDARD
            if not (own or standard or header.startswith(PURE_ABSEIL)):
                yield Finding("pure", path, number, f"domain may not include {header}")


CHECKS = [check_directions, check_server_rooms, check_confined, check_toml, check_pure]
