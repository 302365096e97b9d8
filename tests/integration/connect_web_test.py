#!/usr/bin/python3
"""Clients that nobody here wrote, against the gateway: Connect-Web, and buf.

Needs what `tests/run tools` installs: the packages of tests/browser/connect, and buf.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
PROJECT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "tests/support"))

import hub as hubs
import web as webs

TOOLS = PROJECT / "build/tools"
SOURCES = PROJECT / "tests/browser/connect"


def connect_web(web, folder):
    """Generates the types from the contract, as any project would, and runs the client."""
    modules = TOOLS / "connect/node_modules"
    (folder / "node_modules").symlink_to(modules)
    (folder / "package.json").write_text('{"type": "module"}')
    protos = sorted(str(p.relative_to(PROJECT / "proto"))
                    for below in ("igf", "google")
                    for p in (PROJECT / "proto" / below).rglob("*.proto"))
    subprocess.run(["protoc", "-I", str(PROJECT / "proto"),
                    f"--plugin=protoc-gen-es={modules}/.bin/protoc-gen-es", f"--es_out={folder}",
                    "--es_opt=target=js,import_extension=js", *protos], check=True)
    (folder / "every_method.mjs").write_text((SOURCES / "every_method.mjs").read_text())
    return subprocess.run(["node", "every_method.mjs", f"http://127.0.0.1:{web.port}", str(folder)],
                          cwd=folder).returncode


def buf(web, folder):
    program = os.environ.get("BUF", str(TOOLS / "node_modules/.bin/buf"))
    done = subprocess.run(
        [program, "curl", "--protocol", "grpcweb", "--schema", str(PROJECT / "proto"), "-d", "{}",
         f"http://127.0.0.1:{web.port}/igf.liaison.v1.DirectoryService/GetHub"],
        capture_output=True, text=True, env={**os.environ, "XDG_CACHE_HOME": str(folder)})
    print(done.stdout + done.stderr, flush=True)
    return 0 if '"developmentMode": true' in done.stdout.replace(":true", ": true") else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    arguments = parser.parse_args()
    with webs.Web(arguments.bin_dir) as web, tempfile.TemporaryDirectory() as folder:
        failed = connect_web(web, pathlib.Path(folder)) + buf(web, pathlib.Path(folder))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
