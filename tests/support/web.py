"""A liaison-web under test before a hub of its own, and a browser's view of it by hand."""

import base64
import http.client
import json
import os
import pathlib
import select
import signal
import struct
import subprocess

import hub as hubs

TIMEOUT_S = 20
SERVICE = "/igf.liaison.v1."


class Ended:
    """A call's frames: its messages, and the trailers behind them."""

    def __init__(self, body):
        self.messages, self.trailers = [], {}
        while body:
            flags, size = struct.unpack(">BI", body[:5])
            frame, body = body[5:5 + size], body[5 + size:]
            assert len(frame) == size, "a frame is cut off"
            if flags == 0:
                assert not self.trailers, "a message behind the trailers"
                self.messages.append(frame)
                continue
            assert flags == 0x80, f"flags {flags:#x}"
            for line in frame.decode().strip().split("\r\n"):
                name, _, value = line.partition(": ")
                self.trailers[name] = value

    @property
    def status(self):
        return int(self.trailers["grpc-status"])

    @property
    def details(self):
        coded = self.trailers["grpc-status-details-bin"]
        return base64.b64decode(coded + "=" * (-len(coded) % 4))


def frame(message):
    return struct.pack(">BI", 0, len(message)) + message


class Web:
    """A hub with a socket, and liaison-web before it. Both go at the end."""

    def __init__(self, bin_dir, flags=(), hub_flags=()):
        self.hub = hubs.TemporaryHub(bin_dir)
        self.socket = self.hub.data_dir.with_name("hub.sock")
        self.hub.flags += ["--socket", str(self.socket), *hub_flags]
        self.flags = list(flags)
        self.environment = {}
        self.process = None
        self.port = None

    def __enter__(self):
        self.hub.start()
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()
        self.hub.__exit__()

    def start(self):
        self.process = subprocess.Popen(
            [str(self.hub.bin_dir / "liaison-web"), "--hub", f"unix:{self.socket}", "--listen",
             f"127.0.0.1:{self.port or 0}", *self.flags], stdout=subprocess.PIPE,
            env={**os.environ, **self.environment})
        if not select.select([self.process.stdout], [], [], 30)[0]:
            raise RuntimeError("liaison-web did not get ready")
        ready = json.loads(self.process.stdout.readline())
        assert ready["ready"]
        self.port = int(ready["http"].rpartition(":")[2])

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self.process = None

    def stop(self):
        """SIGTERM; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(TIMEOUT_S)
        self.process.stdout.close()
        self.process = None
        return code

    def memory(self):
        """Bytes that the process has in memory."""
        pages = int(pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    # --- requests ---------------------------------------------------------------------------------

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S)

    def ask(self, method, path, body=None, headers=None):
        connection = self.connect()
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        answer.body = answer.read()
        connection.close()
        return answer

    def get(self, path, **headers):
        return self.ask("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def call(self, method, request, headers=None):
        """A method, `EventService/GetEvent`, as gRPC-Web."""
        answer = self.ask("POST", SERVICE + method, frame(request.SerializeToString()),
                          {"Content-Type": "application/grpc-web+proto", **(headers or {})})
        assert answer.status == 200, (answer.status, answer.body)
        return Ended(answer.body)

    def stream(self, method, request, headers=None):
        """An open stream: the connection, and the answer to read from."""
        connection = self.connect()
        connection.request("POST", SERVICE + method, frame(request.SerializeToString()),
                           {"Content-Type": "application/grpc-web+proto", **(headers or {})})
        return connection, connection.getresponse()

    def metric(self, name):
        for line in self.get("/metrics").body.decode().splitlines():
            if line.startswith(name + " "):
                return int(line.split()[1])
        raise KeyError(name)


def next_message(answer):
    """The next message of a stream; None where it ended with its trailers."""
    flags, size = struct.unpack(">BI", answer.read(5))
    body = answer.read(size)
    return body if flags == 0 else None
