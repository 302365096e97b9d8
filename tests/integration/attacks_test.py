"""The attacks that gRPC 1.51 as packaged does not bear, against a hub with its real limits.

Each prints what it cost: CPU seconds, memory before, at its peak and after, and how long the calls
of somebody well-behaved took meanwhile.
"""

import argparse
import concurrent.futures
import contextlib
import pathlib
import socket
import ssl
import sys
import time
import unittest

PROJECT = pathlib.Path(__file__).resolve().parents[2]
for folder in ("conformance", "support"):
    sys.path.insert(0, str(PROJECT / "tests" / folder))

import grpc
import attack
import contract
import hub as hubs
import identity
from attack import Peer, Watch, frame

BIN_DIR = None
PATIENCE_S = 30


def _varint(number):
    data = b""
    while number > 127:
        data += bytes([number & 127 | 128])
        number >>= 7
    return data + bytes([number])


class AttackTest(unittest.TestCase):
    """A hub with TLS, and somebody well-behaved who is in."""

    def setUp(self):
        self.hub = identity.SecureHub(BIN_DIR)
        self.addCleanup(self.hub._folder.cleanup)
        self.hub.init()
        self.start()

    def start(self):
        self.hub.hub.start(f"127.0.0.1:{self.hub.port}")
        self.addCleanup(self.hub.hub.kill)
        self.call = self.caller()
        self.call()

    def caller(self):
        channel = self.hub.administrator.channel(self.hub.port)
        self.addCleanup(channel.close)
        method = channel.unary_unary(attack.GET_HUB, request_serializer=lambda data: data,
                                     response_deserializer=lambda data: data)
        return lambda: method(b"", timeout=10)

    @property
    def port(self):
        return self.hub.port

    @property
    def pid(self):
        return self.hub.hub.pid

    def peer(self, whose=None):
        return Peer(self.port, (whose or self.hub.administrator).tls())

    def partner(self):
        """Somebody else, so that what they have of the hub is not the well-behaved one's share."""
        self.hub.start_web()
        self.addCleanup(self.hub.web.stdout.close)
        self.addCleanup(self.hub.web.wait)
        self.addCleanup(self.hub.web.kill)
        self.hub.register("org/eurodig", "NRI_REGIONAL")
        return self.hub.join(self.hub.invite("org/eurodig")["secret"], "partner")[0]

    def watch(self):
        return Watch(self.pid, self.call)

    def report(self, what, watch):
        print(f"{what}: {watch}", flush=True)
        self.assertEqual(watch.failures, [], "the well-behaved one was served all along")
        self.assertGreater(len(watch.times), 0)

    def was_cut_off(self):
        return "was cut off" in self.hub.hub.log_path.read_text()

    def test_descriptor_exhaustion_heals_by_itself(self):
        self.hub.hub.kill()
        self.hub.hub.prefix = ["prlimit", "--nofile=256:256"]
        self.hub.hub.flags += ["--max-connections", "10000", "--max-connections-per-address",
                               "10000"]
        self.start()
        with contextlib.ExitStack() as held, self.watch() as watch:
            for _ in range(1000):
                with contextlib.suppress(OSError):
                    held.enter_context(socket.create_connection(("127.0.0.1", self.port), 5))
            # What waits in the kernel's queue is no file of the hub's yet.
            was = identity.wait_until(lambda: attack.open_files(self.pid) > 200, PATIENCE_S)
            most = attack.open_files(self.pid)
        self.report(f"1,000 connections, {most} of 256 files open", watch)
        self.assertTrue(was, "it was no attack")
        began = time.monotonic()
        while True:
            with contextlib.suppress(Exception):
                self.caller()()
                break
            self.assertLess(time.monotonic() - began, PATIENCE_S, "the listener is dead")
        print(f"a new caller came in {time.monotonic() - began:.1f} s after they had gone")

    def test_by_its_own_limits_the_files_do_not_run_out(self):
        self.hub.hub.kill()
        self.hub.hub.prefix = ["prlimit", "--nofile=256:256"]
        self.hub.hub.flags += ["--max-connections-per-address", "10000"]  # only the total counts
        self.start()
        with contextlib.ExitStack() as held, self.watch() as watch:
            for _ in range(1000):
                with contextlib.suppress(OSError):
                    held.enter_context(socket.create_connection(("127.0.0.1", self.port), 5))
            most = 0
            for _ in range(20):  # what waits in the kernel's queue comes bit by bit
                most = max(most, attack.open_files(self.pid))
                time.sleep(0.1)
        self.report(f"1,000 connections, at most {most} of 256 files open", watch)
        self.assertLess(most, 250)

    def test_an_endless_header_without_a_certificate_gets_nothing_through(self):
        nobody = ssl.create_default_context(cafile=self.hub.administrator.folder / "authority.pem")
        nobody.set_alpn_protocols(["h2"])
        sent = 0
        with self.watch() as watch, contextlib.suppress(OSError, ssl.SSLError):
            with Peer(self.port, nobody) as peer:
                attack.endless_header(peer, 16 << 20)
                sent = peer.sent
                self.assertTrue(peer.broken)
        self.report(f"an endless header of {sent / 1e6:.2f} MB by nobody", watch)
        self.assertLess(watch.cpu, 1)
        self.assertLess(watch.peak - watch.before, 30)

    def test_an_endless_header_with_a_certificate_is_cut_off(self):
        for sort in (attack.endless_header, attack.endless_header_in_crumbs):
            with self.subTest(sort.__name__):
                with self.peer() as peer, self.watch() as watch:
                    sort(peer, 64 << 20) if sort is attack.endless_header else sort(peer)
                    self.assertTrue(peer.broken)
                    attack.comes_to_rest(self.pid)
                self.report(f"{sort.__name__}, hung up on after {peer.sent / 1e6:.1f} MB", watch)
                self.assertLess(watch.cpu, 3)
        self.assertTrue(self.was_cut_off())

    def test_an_endless_header_behind_uploads_that_never_end_is_cut_off(self):
        with self.peer() as peer, self.watch() as watch:
            attack.endless_header_behind_uploads(peer, 128 << 20)
            self.assertTrue(peer.broken)
            attack.comes_to_rest(self.pid)
        self.report(f"a header behind 31 uploads, hung up on after {peer.sent / 1e6:.1f} MB", watch)
        self.assertLess(watch.cpu, 6)
        self.assertTrue(self.was_cut_off())

    def test_great_uploads_at_once_are_each_answered_in_words(self):
        # Somebody honest, on one connection: what is somewhat too large is refused, not hung up on.
        self.hub.hub.kill()
        self.hub.hub.flags += ["--organisation-mib-per-s", "0"]  # they are judged, and not counted
        self.start()
        channel = self.hub.administrator.channel(self.hub.port)
        self.addCleanup(channel.close)
        publish = channel.unary_unary(attack.PUBLISH, request_serializer=lambda data: data,
                                      response_deserializer=lambda data: data)

        def answer_to(size):
            try:
                publish(b"\xc2\x3e" + _varint(size) + bytes(size), timeout=60)
            except grpc.RpcError as error:
                return contract.refusal_of(error).reason

        for uploads, size in ((8, 3_460_000), (32, 3_460_000), (3, 8 << 20)):
            with self.subTest(uploads=uploads, size=size), self.watch() as watch:
                with concurrent.futures.ThreadPoolExecutor(uploads) as pool:
                    answers = list(pool.map(answer_to, [size] * 2 * uploads))
                self.assertEqual(set(answers), {"FIELD_INVALID"}, "there are no items")
            self.report(f"{uploads} uploads of {size / 1e6:.1f} MB at once", watch)
        self.assertFalse(self.was_cut_off())

    def test_rapid_reset_is_cut_off_and_bounded(self):
        partner = self.partner()
        for sort in (attack.rapid_reset, attack.whole_calls_reset):
            with self.subTest(sort.__name__):
                with self.peer(partner) as peer, self.watch() as watch:
                    peer.read_by_the_way()
                    sort(peer, 100_000)
                    self.assertTrue(peer.ended(PATIENCE_S))
                self.report(f"{sort.__name__}, hung up on after {peer.sent / 1e6:.1f} MB", watch)
                self.assertLess(watch.peak - watch.before, 250)
        self.assertTrue(self.was_cut_off())

    def test_whoever_is_slow_to_shake_hands_is_hung_up_on(self):
        with contextlib.ExitStack() as held, self.watch() as watch:
            slow = [held.enter_context(socket.create_connection(("127.0.0.1", self.port), 5))
                    for _ in range(50)]
            for raw in slow:
                raw.sendall(b"\x16\x03\x01")  # the beginning of a greeting
            for raw in slow:
                raw.settimeout(PATIENCE_S)
                with contextlib.suppress(ConnectionError):
                    self.assertEqual(raw.recv(1), b"")
        self.report("50 slow ones", watch)
        self.assertLess(watch.seconds, 20)

    def test_a_ping_flood_is_cut_off(self):
        with self.peer() as peer, self.watch() as watch:
            peer.read_by_the_way()
            end = time.monotonic() + PATIENCE_S
            while time.monotonic() < end:
                if not peer.send(frame(attack.PING, 0, 0, b"12345678") * 100):
                    break
            self.assertTrue(peer.broken)
        self.report(f"pings, hung up on after {peer.sent / 1e6:.1f} MB", watch)
        self.assertLess(watch.peak - watch.before, 250)

    def test_settings_that_do_not_end_are_cut_off(self):
        with self.peer() as peer, self.watch() as watch:
            peer.read_by_the_way()
            end = time.monotonic() + PATIENCE_S
            while time.monotonic() < end:
                if not peer.send(frame(attack.SETTINGS, 0, 0) * 100):
                    break
            self.assertTrue(peer.broken)
        self.report(f"settings, hung up on after {peer.sent / 1e6:.1f} MB", watch)
        self.assertLess(watch.peak - watch.before, 250)

    def test_oversized_frames_are_refused(self):
        for what, data in (
                ("a frame of HTTP/2", frame(attack.DATA, 0, 1, bytes(1 << 22))),
                ("a message of 2 GB", frame(attack.DATA, 0, 1, b"\0\x7f\xff\xff\xff" + bytes(99)))):
            with self.subTest(what):
                with self.peer() as peer, self.watch() as watch:
                    peer.send(frame(attack.HEADERS, attack.END_HEADERS, 1, attack.headers()))
                    peer.send(data)
                    time.sleep(1)
                self.report(what, watch)
                self.assertLess(watch.peak - watch.before, 64)

    def test_one_address_has_only_so_many_connections(self):
        with contextlib.ExitStack() as held, self.watch() as watch:
            raws = []
            over = 0
            for _ in range(200):
                try:
                    raws.append(held.enter_context(
                        socket.create_connection(("127.0.0.1", self.port), 5)))
                except ConnectionError:  # turned away before it was known here
                    over += 1
            time.sleep(1)
            for raw in raws:
                raw.setblocking(False)
                try:
                    over += raw.recv(1) == b""
                except BlockingIOError:
                    pass
                except ConnectionError:
                    over += 1
        self.report(f"200 connections from one address, {over} turned away", watch)
        self.assertGreaterEqual(over, 136)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    hubs.add_arguments(parser)
    arguments, rest = parser.parse_known_args()
    BIN_DIR = arguments.bin_dir
    unittest.main(argv=[sys.argv[0], *rest])
