"""A hub process under test: started on loopback, asked to stop, or killed."""

import json
import os
import pathlib
import random
import select
import signal
import socket
import subprocess
import tempfile
import time

from contract import PROJECT

START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 30
FIRST_PORT = 10_240


def add_arguments(parser):
    """The one flag every black-box program has."""
    parser.add_argument("--bin-dir", type=pathlib.Path, default=PROJECT / "build/release/bin",
                        help="folder with liaisond and liaison (default: build/release/bin)")


def free_port():
    """One of those that the system gives to nobody who does not name it: what is bound to it only
    later finds it free, however many connections others open meanwhile."""
    given = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    ports = range(FIRST_PORT, given) or (0,)
    while True:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", random.SystemRandom().choice(ports)))
            except OSError:
                continue
            return probe.getsockname()[1]


class Hub:
    """One data folder and the process that serves it, if any. Not thread-safe.

    `prefix` is a command that becomes liaisond, with a limit or in another namespace.
    """

    def __init__(self, bin_dir, data_dir, flags=(), prefix=(), environment=()):
        self.bin_dir = pathlib.Path(bin_dir).resolve()
        self.prefix = list(prefix)
        self.environment = dict(environment)
        self.data_dir = pathlib.Path(data_dir).resolve()
        self.flags = list(flags)
        self.address = None
        self.ready = None  # the ready line, parsed
        self.log_path = self.data_dir.with_name(self.data_dir.name + ".log")
        self.ended_with = None  # exit code of a process that ended before it was asked to
        self._process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()

    @property
    def pid(self):
        return self._process.pid

    @property
    def running(self):
        return self._process is not None and self._process.poll() is None

    def launch(self, listen="127.0.0.1:0", environment=()):
        """Starts the process without waiting until it is ready."""
        assert self._process is None, "the hub runs already"
        # Only flags and defaults: the caller's environment and folder are none of the test's.
        own = {k: v for k, v in os.environ.items() if not k.startswith("LIAISON_")}
        self.ended_with = None
        with open(self.log_path, "ab") as log:
            self._process = subprocess.Popen(
                [*self.prefix, str(self.bin_dir / "liaisond"), "--data-dir", str(self.data_dir),
                 "--listen", listen, *self.flags],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                env={**own, **self.environment, **dict(environment)}, cwd=self.data_dir.parent)

    def start(self, listen="127.0.0.1:0", environment=()):
        """Starts the process and waits for its ready line. Returns the seconds it took."""
        began = time.monotonic()
        self.launch(listen, environment)
        line = self._first_line(began + START_TIMEOUT_S)
        try:
            self.ready = json.loads(line)
        except ValueError:
            self.ready = {}
        if not self.ready.get("ready"):
            self.kill()
            raise RuntimeError(f"liaisond did not get ready: {line!r}\n{self.log_tail()}")
        self.address = self.ready["grpc"]
        return time.monotonic() - began

    def _first_line(self, deadline):
        pipe = self._process.stdout.fileno()
        line = b""
        while not line.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([pipe], [], [], left)[0]:
                break
            piece = os.read(pipe, 4096)
            if not piece:
                break
            line += piece
        return line

    def stop(self):
        """SIGTERM; the hub must drain and exit 0. Returns the seconds it took."""
        began = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(STOP_TIMEOUT_S)
        self._forget()
        if code != 0:
            raise RuntimeError(f"liaisond ended with {code} after SIGTERM\n{self.log_tail()}")
        return time.monotonic() - began

    def kill(self):
        """SIGKILL; nothing where no process runs."""
        if self._process is None:
            return
        self.ended_with = self._process.poll()
        self._process.kill()
        self._process.wait()
        self._forget()

    def signal(self, number):
        self._process.send_signal(number)

    def wait(self, timeout_s):
        """Waits until the process has ended by itself; False where it does not in time."""
        try:
            self._process.wait(timeout_s)
            return True
        except subprocess.TimeoutExpired:
            return False

    def _forget(self):
        self._process.stdout.close()
        self._process = None

    def log_tail(self, lines=30):
        try:
            text = self.log_path.read_text(errors="replace")
        except FileNotFoundError:
            return ""
        return "\n".join(text.splitlines()[-lines:])


def files_of(folder):
    """Paths and contents, while a hub is at work: a file may be gone when it is looked at."""
    for path in pathlib.Path(folder).rglob("*"):
        try:
            if path.is_file():
                yield path, path.read_bytes()
        except FileNotFoundError:
            pass  # RocksDB has no use for it any more


class TemporaryHub(Hub):
    """A running hub with a fresh data folder; both go at the end."""

    def __init__(self, bin_dir, flags=()):
        self._folder = tempfile.TemporaryDirectory(prefix="liaison-hub-")
        super().__init__(bin_dir, pathlib.Path(self._folder.name) / "data", flags)

    def __exit__(self, *_):
        super().__exit__()
        self._folder.cleanup()
