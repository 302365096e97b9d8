#!/usr/bin/python3
"""A witness on one page: add-checkpoint of C2SP tlog-witness v1.0.0, over HTTP on loopback.

It cosigns what goes on from the last checkpoint it saw of that log, and nothing else. What a log
signed and it could not cosign it keeps: that may be evidence.

  tiny_witness.py --name w1.example --folder DIR --log VKEY [--log VKEY] [--port PORT]

prints one line of JSON with its address and vkey when it is ready.
"""

import argparse
import hashlib
import http.server
import json
import os
import pathlib
import sys
import threading
import time

PROJECT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT / "client/verify"), str(PROJECT / "tests/support")]

from cosigner import Key  # noqa: E402
from liaison_verify import merkle, note  # noqa: E402

MAX_REQUEST_SIZE = 128 * 1024


class Answer(Exception):
    """Anything but a cosignature."""

    def __init__(self, code, text="", kind="text/plain"):
        super().__init__(text)
        self.code, self.text, self.kind = code, text, kind


class Witness:
    """The state of a witness: the last checkpoint of each log, on disk before it is said."""

    def __init__(self, name, folder, vkeys):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        self.key = Key(self._secret(), name, note.COSIGNATURE)
        self.logs = {}
        for vkey in map(note.parse_vkey, vkeys):
            self.logs.setdefault(vkey.name, []).append(vkey)
        self.conflicts = []  # notes that a log signed and that did not go on from the last
        self._lock = threading.Lock()

    def _secret(self):
        path = self.folder / "secret"
        if not path.exists():
            path.write_bytes(os.urandom(32))
        return path.read_bytes()

    def path_of(self, origin):
        return self.folder / hashlib.sha256(origin.encode()).hexdigest()

    def latest(self, origin):
        """(size, root); (0, None) where it has cosigned nothing yet."""
        try:
            text = note.parse_note(self.path_of(origin).read_bytes()).text
        except FileNotFoundError:
            return 0, None
        checkpoint = note.parse_checkpoint(text)
        return checkpoint.size, checkpoint.root

    def add_checkpoint(self, body):
        """The lines of its cosignatures. Raises Answer."""
        old, proof, data = self._parse(body)
        try:
            parsed = note.parse_note(data)
            checkpoint = note.parse_checkpoint(parsed.text)
        except note.NoteError as error:
            raise Answer(400, f"{error}\n") from error
        if checkpoint.origin not in self.logs:
            raise Answer(404, "no log that is known here\n")
        try:
            if not note.verified(parsed, self.logs[checkpoint.origin]):
                raise Answer(403, "not signed by a key of that log\n")
        except note.NoteError as error:
            raise Answer(403, f"{error}\n") from error
        if old > checkpoint.size:
            raise Answer(400, "the old size is the larger one\n")
        with self._lock:
            self._check(old, proof, checkpoint, data)
            line = self.key.line(parsed.text.encode(), int(time.time()))
            self._keep(checkpoint.origin, parsed.text.encode() + b"\n" + self._log_lines(
                data, parsed) + line)
        return line

    @staticmethod
    def _log_lines(data, parsed):
        return data[len(parsed.text.encode()) + 1:]

    @staticmethod
    def _parse(body):
        head, blank, data = body.partition(b"\n\n")
        lines = head.split(b"\n")
        try:
            if not blank or not lines[0].startswith(b"old ") or len(lines) > 64:
                raise note.NoteError("no request of add-checkpoint")
            old = note.decode_decimal(lines[0][4:].decode("ascii"))
            return old, [note.decode_hash(line.decode("ascii")) for line in lines[1:]], data
        except (note.NoteError, UnicodeDecodeError) as error:
            raise Answer(400, f"{error}\n") from error

    def _check(self, old, proof, checkpoint, data):
        size, root = self.latest(checkpoint.origin)
        if old != size:
            raise Answer(409, f"{size}\n", "text/x.tlog.size")
        if old == checkpoint.size and root is not None and root != checkpoint.root:
            self.conflicts.append(data)
            raise Answer(409, f"{size}\n", "text/x.tlog.size")
        try:
            merkle.verify_consistency(old, checkpoint.size, root or merkle.EMPTY_ROOT,
                                      checkpoint.root, proof)
        except merkle.ProofError as error:
            self.conflicts.append(data)
            raise Answer(422, f"{error}\n") from error

    def _keep(self, origin, data):
        path = self.path_of(origin)
        with open(f"{path}.new", "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(f"{path}.new", path)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        size = int(self.headers.get("Content-Length") or 0)
        if self.path != "/add-checkpoint" or not 0 < size <= MAX_REQUEST_SIZE:
            self.close_connection = True
            return self._answer(Answer(400, "no request of add-checkpoint\n"))
        try:
            line = self.server.witness.add_checkpoint(self.rfile.read(size))
            return self._send(200, line, "text/plain; charset=utf-8")
        except Answer as answer:
            return self._answer(answer)

    def do_GET(self):
        """The monitors' way: GET /HEX-OF-SHA256-OF-ORIGIN/checkpoint."""
        name, slash, rest = self.path[1:].partition("/")
        path = self.server.witness.folder / name
        if not slash or rest != "checkpoint" or len(name) != 64 or not path.is_file():
            return self._answer(Answer(404, "nothing here\n"))
        return self._send(200, path.read_bytes(), "text/plain; charset=utf-8")

    def _answer(self, answer):
        self._send(answer.code, answer.text.encode(), answer.kind)

    def _send(self, code, body, kind):
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server:
    """A witness behind a port, while the block lasts."""

    def __init__(self, witness, port=0, tls=None):
        self.witness = witness
        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._http.witness = witness
        self._http.daemon_threads = True
        if tls is not None:  # the handshake in the thread of its request
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True,
                                                do_handshake_on_connect=False)
            self._http.handle_error = lambda *_: None  # whoever does not believe it hangs up
        self.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._http.shutdown()
        self._http.server_close()

    def serve(self):
        self._http.serve_forever()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--name", default="witness.example.org")
    parser.add_argument("--folder", required=True)
    parser.add_argument("--log", action="append", default=[], help="vkey of a log it cosigns")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    server = Server(Witness(options.name, options.folder, options.log), options.port)
    print(json.dumps({"ready": True, "url": server.url, "vkey": server.witness.key.vkey}),
          flush=True)
    server.serve()


if __name__ == "__main__":
    main()
