"""A line between client and hub: it can be cut after so many bytes, is counted, may be slow."""

import socket
import threading
import time

PIECE = 4096


class Line:
    """Listens on loopback and carries what comes to `target` and back. Thread-safe.

    `cut_after` bytes from the client, all connections together, the line is dead until `mend`. With
    `listens` it keeps what went to the client.
    """

    def __init__(self, target, bytes_per_second=None, listens=False):
        host, _, port = target.rpartition(":")
        self.target = (host, int(port))
        self.bytes_per_second = bytes_per_second
        self.connections = 0
        self.sent = 0  # bytes from the client
        self.received = 0  # bytes to the client
        self.heard = bytearray() if listens else None  # the same bytes, of all connections
        self._left = None
        self._lock = threading.Lock()
        self._open = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.close()
        self._hang_up()

    def cut_after(self, count):
        with self._lock:
            self._left = count

    def mend(self):
        with self._lock:
            self._left = None

    def _accept(self):
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                dead = self._left is not None and self._left <= 0
            try:
                far = None if dead else socket.create_connection(self.target)
            except OSError:
                far = None
            if far is None:
                near.close()
                continue
            with self._lock:
                self._open += [near, far]
            threading.Thread(target=self._carry, args=(near, far, True), daemon=True).start()
            threading.Thread(target=self._carry, args=(far, near, False), daemon=True).start()

    def _carry(self, source, sink, upwards):
        try:
            while piece := source.recv(PIECE):
                if upwards:
                    piece = self._let_through(piece)
                else:
                    self._count(piece)
                sink.sendall(piece)
                if upwards and self.bytes_per_second:
                    time.sleep(len(piece) / self.bytes_per_second)
        except (OSError, EOFError):
            pass
        for one in (source, sink):
            try:
                one.close()
            except OSError:
                pass

    def _let_through(self, piece):
        with self._lock:
            if self._left is not None:
                piece = piece[:self._left]
                self._left -= len(piece)
            self.sent += len(piece)
            dead = self._left is not None and self._left <= 0
        if dead:
            self._hang_up()
            raise EOFError
        return piece

    def _count(self, piece):
        with self._lock:
            self.received += len(piece)
            if self.heard is not None:
                self.heard += piece

    def _hang_up(self):
        with self._lock:
            was_open, self._open = self._open, []
        for one in was_open:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()
