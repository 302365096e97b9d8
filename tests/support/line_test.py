#!/usr/bin/python3
"""The line that breaks must break as it says, or what is tested over it is not."""

import pathlib
import socket
import sys
import threading
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from line import DOWN, HELD, LOST, OPEN, UP, Line

SILENCE_S = 0.3


class Echo:
    """Says everything that it hears back, and keeps it."""

    def __init__(self):
        self.heard = b""
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                one, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(one,), daemon=True).start()

    def _serve(self, one):
        try:
            while piece := one.recv(4096):
                self.heard += piece
                one.sendall(piece)
        except OSError:
            pass
        one.close()


class Breaking(unittest.TestCase):
    def setUp(self):
        self.echo = Echo()
        self.addCleanup(self.echo.listener.close)
        self.line = self.enterContext(Line(self.echo.address))
        self.client = self.dial()

    def dial(self):
        host, _, port = self.line.address.rpartition(":")
        client = socket.create_connection((host, int(port)), 10)
        self.addCleanup(client.close)
        return client

    def hears(self, words, client=None):
        (client or self.client).settimeout(10)
        heard = b""
        while len(heard) < len(words):
            piece = (client or self.client).recv(4096)
            self.assertTrue(piece, "hung up")
            heard += piece
        self.assertEqual(heard, words)

    def becomes(self, told, expected):
        """Other threads carry it."""
        end = time.monotonic() + 10
        while told() != expected and time.monotonic() < end:
            time.sleep(0.01)
        self.assertEqual(told(), expected)

    def is_silent(self, client=None):
        (client or self.client).settimeout(SILENCE_S)
        with self.assertRaises(TimeoutError):
            (client or self.client).recv(1)

    def is_hung_up(self, client=None):
        (client or self.client).settimeout(10)
        try:
            self.assertEqual((client or self.client).recv(1), b"")
        except ConnectionResetError:
            pass

    def test_open(self):
        self.client.sendall(b"one")
        self.hears(b"one")

    def test_what_is_held_upwards_comes_later(self):
        self.line.let(UP, HELD)
        self.client.sendall(b"two")
        self.is_silent()
        self.assertEqual(self.echo.heard, b"")
        self.line.let(UP, OPEN)
        self.hears(b"two")

    def test_what_is_held_downwards_was_heard_all_the_same(self):
        self.line.let(DOWN, HELD)
        self.client.sendall(b"three")
        self.becomes(lambda: self.echo.heard, b"three")
        self.is_silent()
        self.line.mend()
        self.hears(b"three")

    def test_what_was_lost_never_comes_and_ends_its_connection(self):
        for way, heard, lost in ((UP, b"", 4), (DOWN, b"four", 8)):
            with self.subTest(way):
                self.echo.heard = b""
                client = self.dial()
                self.line.let(way, LOST)
                client.sendall(b"four")
                self.becomes(lambda lost=lost: self.line.lost, lost)
                self.is_silent(client)
                self.assertEqual(self.echo.heard, heard)
                self.line.mend()
                self.is_hung_up(client)
        self.client.sendall(b"five")  # it had lost nothing
        self.hears(b"five")

    def test_that_somebody_has_gone_is_news_that_is_held_too(self):
        self.line.let(DOWN, HELD)
        self.line.let(UP, HELD)
        self.client.shutdown(socket.SHUT_WR)
        self.is_silent()
        self.line.mend()
        self.is_hung_up()

    def test_orphans_are_dead_for_ever_and_new_ones_are_not(self):
        self.client.sendall(b"six")
        self.hears(b"six")
        self.line.orphan()
        self.client.sendall(b"seven")
        self.is_silent()
        self.line.mend()
        self.is_silent()
        self.assertEqual(self.echo.heard, b"six")
        other = self.dial()
        other.sendall(b"eight")
        self.hears(b"eight", other)

    def test_cut(self):
        self.line.cut()
        self.is_hung_up()
        self.is_hung_up(self.dial())
        self.line.mend()
        client = self.dial()
        client.sendall(b"nine")
        self.hears(b"nine", client)

    def test_leads_to_whoever_is_there_now(self):
        other = Echo()
        self.addCleanup(other.listener.close)
        self.line.lead_to(other.address)
        client = self.dial()
        client.sendall(b"ten")
        self.hears(b"ten", client)
        self.assertEqual((self.echo.heard, other.heard), (b"", b"ten"))


if __name__ == "__main__":
    unittest.main()
