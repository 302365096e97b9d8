#!/usr/bin/python3
"""Whoever attacks must bear it, or what it shows of a hub is nothing."""

import contextlib
import pathlib
import socket
import ssl
import sys
import tempfile
import threading
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from attack import Peer
from certificates import Authority

TALKS_S = 0.1
CONNECTIONS = 30


class Talker:
    """Answers while it is spoken to, and hangs up in the middle of it."""

    def __init__(self, folder):
        self.heard = 0
        self.authority = folder / "authority.pem"
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(
            Authority(self.authority).certificate(folder / "talker.pem", "localhost"))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                raw, _ = self.listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), self._context.wrap_socket(
                    raw, server_side=True) as one:
                self._talk(one)

    def _talk(self, one):
        one.setblocking(False)
        end = time.monotonic() + TALKS_S
        while time.monotonic() < end:
            with contextlib.suppress(ssl.SSLWantReadError, ssl.SSLWantWriteError):
                self.heard += len(one.recv(65536))
            with contextlib.suppress(ssl.SSLWantReadError, ssl.SSLWantWriteError):
                one.send(b"some of what a hub says")


class PeerTest(unittest.TestCase):
    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.talker = Talker(pathlib.Path(folder))
        self.addCleanup(self.talker.listener.close)
        self.context = ssl.create_default_context(cafile=self.talker.authority)

    def test_who_reads_by_the_way_bears_that_the_other_hangs_up(self):
        sent = 0
        for _ in range(CONNECTIONS):
            with Peer(self.talker.port, self.context) as peer:
                peer.read_by_the_way()
                while peer.send(bytes(1700)):
                    pass
                self.assertTrue(peer.broken)
                self.assertTrue(peer.ended(1))
                sent += peer.sent
        self.assertGreater(self.talker.heard, sent // 2)

    def test_who_is_not_read_goes_on_waiting_for_no_longer_than_it_says(self):
        silent = self.enterContext(socket.create_server(("127.0.0.1", 0)))
        with Peer(silent.getsockname()[1], timeout_s=1) as peer:
            peer.read_by_the_way()
            began = time.monotonic()
            while peer.send(bytes(1 << 16)):
                pass
            self.assertTrue(peer.broken)
            self.assertLess(time.monotonic() - began, 10)


if __name__ == "__main__":
    unittest.main()
