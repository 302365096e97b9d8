"""Servers under measurement: each on loopback, its data on the real disk, gone at the end."""

import ctypes
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import time

START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 20
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def _die_with_parent():
    """In a child, before it becomes the program: it ends when the measurement is killed."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def launch(command, **more):
    """Starts a process that does not outlive this one, in a session of its own."""
    return subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL,
                            process_group=0, preexec_fn=_die_with_parent, **more)


class Server:
    """One kind of server. Made stopped; `folder` is its own and is removed by stop()."""

    kind = "grpc"  # what `load --server` calls it

    def __init__(self, name, bin_dir, folder):
        self.name = name
        self.bin_dir = pathlib.Path(bin_dir)
        self.folder = pathlib.Path(folder)
        self.address = None
        self.processes = []

    def start(self):
        self.folder.mkdir(parents=True)
        try:
            self.address = self._start()
            if self.kind != "grpc":
                self.load(["prepare"])
        except BaseException:
            self.stop()
            raise

    def _start(self):
        """Starts it and returns its address once it serves."""
        raise NotImplementedError

    def _run(self, command, **more):
        with open(self.folder / "log", "ab") as log:
            process = launch(command, stderr=log, **{"stdout": log, **more})
        self.processes.append(process)
        return process

    def _ready_line(self, command):
        """Starts one of our own, which says on its first line where it listens."""
        process = self._run(command, stdout=subprocess.PIPE)
        line = b""
        deadline = time.monotonic() + START_TIMEOUT_S
        while not line.endswith(b"\n") and time.monotonic() < deadline:
            if select.select([process.stdout], [], [], 0.2)[0]:
                piece = os.read(process.stdout.fileno(), 4096)
                if not piece:
                    break
                line += piece
        if not line.endswith(b"\n"):
            raise RuntimeError(f"{self.name} did not start:\n{self.log_tail()}")
        return json.loads(line)["grpc"]

    def log_tail(self):
        path = self.folder / "log"
        return "\n".join(path.read_text(errors="replace").splitlines()[-20:])

    @property
    def pid(self):
        return self.processes[0].pid

    def load(self, arguments, timeout_s=600):
        """Runs `load` on it; what it printed, as a dictionary (empty after `prepare`)."""
        command = [self.bin_dir / "load", arguments[0], "--server", self.kind,
                   "--address", self.address, *arguments[1:]]
        process = launch(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            out, err = process.communicate(timeout=timeout_s)
        except BaseException:
            process.kill()
            process.wait()
            raise
        if process.returncode != 0:
            said = err.decode(errors="replace").strip()
            states = [one.poll() for one in self.processes]
            alive = "which runs" if states == [None] * len(states) else f"which ended, {states}"
            raise RuntimeError(f"{self.name}, {alive}, {' '.join(map(str, arguments))}: {said}\n"
                               f"{self.log_tail()}")
        return json.loads(out)

    def stop(self, kill=False):
        for process in reversed(self.processes):
            if process.poll() is None:
                process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
        for process in reversed(self.processes):
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            # Whatever it started itself, and left.
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            if process.stdout:
                process.stdout.close()
        self.processes = []
        shutil.rmtree(self.folder, ignore_errors=True)


class Hub(Server):
    program = "liaisond"

    def _start(self):
        return self._ready_line([self.bin_dir / self.program, "--data-dir", self.folder / "data",
                                 "--listen", "127.0.0.1:0"])


class Bare(Server):
    """gRPC, one committer thread, synced RocksDB; delivers in frames of 32 KiB."""

    flags = ()

    def _start(self):
        return self._ready_line([self.bin_dir / "bare", "serve", "--data-dir",
                                 self.folder / "data", *self.flags])


class BareSingle(Bare):
    """The same, delivering one event a message."""

    flags = ("--one-event-a-message",)


KINDS = {"hub": Hub, "bare": Bare, "bare_single": BareSingle}
