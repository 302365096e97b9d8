"""A line between client and hub: it can be cut after so many bytes, is counted, may be slow, and
may be broken in one direction alone."""

import socket
import threading
import time

PIECE = 4096
UP, DOWN = "up", "down"
# What becomes of the bytes in one direction: they go on; wait until they may; or are gone, and what
# they were a part of can never go on.
OPEN, HELD, LOST = "open", "held", "lost"


class _Pair:
    """The two ends of one connection."""

    def __init__(self, near, far):
        self.near, self.far = near, far
        self.closed = False
        self.spoilt = False    # it has lost bytes
        self.orphaned = False  # dead, and neither end is ever told

    def close(self):
        self.closed = True
        for one in (self.near, self.far):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()


class Line:
    """Listens on loopback and carries what comes to `target` and back. Thread-safe.

    `cut_after` bytes from the client, all connections together, the line is dead until `mend`. With
    `listens` it keeps what went to the client.
    """

    def __init__(self, target, bytes_per_second=None, listens=False):
        self.bytes_per_second = bytes_per_second
        self.connections = 0
        self.sent = 0  # bytes from the client
        self.received = 0  # bytes to the client
        self.heard = bytearray() if listens else None  # the same bytes, of all connections
        self.lost = 0  # bytes that vanished
        self._left = None
        self._ways = {UP: OPEN, DOWN: OPEN}
        self._lock = threading.Condition()
        self._pairs = []
        self.lead_to(target)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # A thread that waits in accept() would keep the port open.
        for close in (lambda: self._listener.shutdown(socket.SHUT_RDWR), self._listener.close):
            try:
                close()
            except OSError:
                pass
        self._hang_up()

    def lead_to(self, target):
        """New connections go there: a hub that was started again has another port."""
        host, _, port = target.rpartition(":")
        self.target = (host, int(port))

    def cut_after(self, count):
        with self._lock:
            self._left = count

    def cut(self):
        """Hangs up, and on everybody who comes."""
        self.cut_after(0)
        self._hang_up()

    def let(self, way, state):
        """What becomes of the bytes in that direction, and of the end of a connection, from now on.
        Connections that have lost bytes are hung up once nothing is lost any more."""
        with self._lock:
            self._ways[way] = state
            spoilt = [p for p in self._pairs
                      if p.spoilt and not p.orphaned and LOST not in self._ways.values()]
            self._lock.notify_all()
        for pair in spoilt:
            self._end(pair)

    def orphan(self):
        """What is open now carries nothing any more, and nobody hears of it; new ones are sound."""
        with self._lock:
            for pair in self._pairs:
                pair.orphaned = True
            self._lock.notify_all()

    def mend(self):
        """Everything goes through again. Orphans stay what they are."""
        with self._lock:
            self._left = None
        for way in (UP, DOWN):
            self.let(way, OPEN)

    def _accept(self):
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                dead = self._is_dead()
            try:
                far = None if dead else socket.create_connection(self.target)
            except OSError:
                far = None
            if far is None:
                near.close()
                continue
            pair = _Pair(near, far)
            with self._lock:
                # Whoever has cut it meanwhile did not see this one.
                if self._is_dead():
                    pair.close()
                    continue
                self._pairs.append(pair)
            for way in (UP, DOWN):
                threading.Thread(target=self._carry, args=(pair, way), daemon=True).start()

    def _is_dead(self):
        return self._left is not None and self._left <= 0

    def _carry(self, pair, way):
        source, sink = (pair.near, pair.far) if way == UP else (pair.far, pair.near)
        try:
            while piece := source.recv(PIECE):
                if way == UP:
                    piece = self._let_through(piece)
                if not self._may_pass(pair, way, len(piece)):
                    continue
                if way == DOWN:
                    self._count(piece)
                sink.sendall(piece)
                if way == UP and self.bytes_per_second:
                    time.sleep(len(piece) / self.bytes_per_second)
        except (OSError, EOFError):
            pass
        self._wait_for_the_end(pair, way)
        self._end(pair)

    def _may_pass(self, pair, way, size):
        """Waits while bytes are held. False where these are gone."""
        with self._lock:
            self._lock.wait_for(lambda: pair.closed or pair.orphaned or self._ways[way] != HELD)
            if pair.closed:
                raise EOFError
            gone = pair.orphaned or self._ways[way] == LOST
            if gone:
                pair.spoilt = True
                self.lost += size
            return not gone

    def _wait_for_the_end(self, pair, way):
        """That a connection has ended is news as well, and travels as bytes do."""
        with self._lock:
            self._lock.wait_for(
                lambda: pair.closed or not pair.orphaned and self._ways[way] == OPEN)

    def _let_through(self, piece):
        with self._lock:
            if self._left is not None:
                piece = piece[:self._left]
                self._left -= len(piece)
            self.sent += len(piece)
            dead = self._is_dead()
        if dead:
            self._hang_up()
            raise EOFError
        return piece

    def _count(self, piece):
        with self._lock:
            self.received += len(piece)
            if self.heard is not None:
                self.heard += piece

    def _end(self, pair):
        with self._lock:
            pair.close()
            if pair in self._pairs:
                self._pairs.remove(pair)
            self._lock.notify_all()

    def _hang_up(self):
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            self._end(pair)
