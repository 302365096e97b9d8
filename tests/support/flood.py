"""One organisation that publishes as fast as a hub takes it, and heeds no answer."""

import select
import struct
import threading
import uuid

import attack
from attack import DATA, END_HEADERS, END_STREAM, HEADERS, Peer, frame

WINDOW_UPDATE = 8
OUTSTANDING = 400  # calls of one connection
BURST = 20


class Flood:
    """Connections that each keep OUTSTANDING calls of Publish under way, until stop. By hand, for
    the flood is to cost the hub, and not the machine that it comes from."""

    def __init__(self, port, token, request_of, connections=2):
        self.answered = 0
        self.broken = 0  # connections that the hub hung up on
        self._stopped = threading.Event()
        self._headers = attack.headers(attack.PUBLISH, "http",
                                       [("authorization", f"Bearer {token}")])
        self._request_of = request_of  # bytes of a request, by the id of its event
        self._threads = [threading.Thread(target=self._run, args=(port,))
                         for _ in range(connections)]
        for thread in self._threads:
            thread.start()

    def stop(self):
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _call(self, stream):
        message = attack.message(self._request_of(str(uuid.uuid4())))
        return (frame(HEADERS, END_HEADERS, stream, self._headers) +
                frame(DATA, END_STREAM, stream, message))

    def _run(self, port):
        with Peer(port) as peer:
            # As much as there may be: answers need no more room.
            peer.send(frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", (1 << 31) - 1 - 65535)))
            stream, under_way, rest = 1, 0, b""
            while not self._stopped.is_set() and not peer.broken:
                while under_way <= OUTSTANDING - BURST:
                    if not peer.send(b"".join(self._call(stream + 2 * i) for i in range(BURST))):
                        break
                    stream += 2 * BURST
                    under_way += BURST
                if not select.select([peer.socket], [], [], 0.1)[0]:
                    continue
                try:
                    data = peer.socket.recv(1 << 18)
                except OSError:
                    data = b""
                if not data:
                    break
                ended, rest = _ended(peer, rest + data)
                under_way -= ended
                self.answered += ended
            self.broken += not self._stopped.is_set()


def _ended(peer, data):
    """How many streams end in the frames that are whole, and what is left."""
    ended = at = 0
    while len(data) - at >= 9:
        length = int.from_bytes(data[at:at + 3], "big")
        if len(data) - at < 9 + length:
            break
        kind, flags = data[at + 3], data[at + 4]
        ended += kind in (HEADERS, DATA) and bool(flags & END_STREAM)
        if kind == attack.SETTINGS and not flags & 1:
            peer.send(frame(attack.SETTINGS, 1, 0))
        if kind == attack.PING and not flags & 1:
            peer.send(frame(attack.PING, 1, 0, data[at + 9:at + 17]))
        at += 9 + length
    return ended, data[at:]
