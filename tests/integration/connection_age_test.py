#!/usr/bin/python3
"""A hub with TLS asks each connection to come back anew after a while: nobody misses anything.

The age is an hour in earnest, and a second here.
"""

import argparse
import http.client
import json
import pathlib
import ssl
import subprocess
import sys
import threading
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import grpc
import attack
import hub as hubs
import identity
import web as webs
from contract import directory, events, radar

BIN_DIR = None
TIMEOUT_S = 20
LONGEST_S = 60
UNAVAILABLE = grpc.StatusCode.UNAVAILABLE.value[0]


class Browser:
    """A visitor's calls through liaison-web over HTTPS, in a thread, until it is stopped."""

    def __init__(self, hub):
        self._hub = hub
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.failure = None
        self._thread.start()

    def act(self):
        """One call, or one stream from its beginning to its end."""
        raise NotImplementedError

    def _run(self):
        try:
            while not self._stopped.is_set():
                self.act()
        except Exception as failure:  # pylint: disable=broad-except
            self.failure = failure

    def stop(self):
        self._stopped.set()
        self._thread.join()

    def messages(self, method, request):
        """What is answered, and at the end the call's status."""
        trusted = ssl.create_default_context(cafile=self._hub.keys / "authority.pem")
        connection = http.client.HTTPSConnection("localhost", self._hub.web_port,
                                                 timeout=TIMEOUT_S, context=trusted)
        connection.request("POST", webs.SERVICE + method, webs.frame(request.SerializeToString()),
                           {"Content-Type": "application/grpc-web+proto"})
        answer = connection.getresponse()
        try:
            while not self._stopped.is_set():
                head = answer.read(5)
                body = answer.read(int.from_bytes(head[1:], "big"))
                if head[0] == 0x80:
                    yield webs.Ended(head + body).status
                    return
                yield body
        finally:
            connection.close()


class Asker(Browser):
    """Asks who the hub is, again and again."""

    def __init__(self, hub):
        self.answers = []
        super().__init__(hub)

    def act(self):
        self.answers += list(self.messages("DirectoryService/GetHub",
                                           directory.GetHubRequest()))[-1:]
        time.sleep(0.02)


class Follower(Browser):
    """Follows the record, and begins again after the last position."""

    def __init__(self, hub):
        self.sequences, self.ends = [], []
        self._next = events.SubscribeRequest(start_at=events.START_AT_BEGINNING)
        super().__init__(hub)

    def act(self):
        self._next.heartbeat_interval.seconds = 1
        for message in self.messages("EventService/Subscribe", self._next):
            if isinstance(message, int):
                self.ends.append(message)
                continue
            frame = events.SubscribeResponse.FromString(message)
            if frame.HasField("events"):
                self.sequences += [event.sequence for event in frame.events.events]
                self._next = events.SubscribeRequest(after=frame.events.position)


class Watcher(Browser):
    """Watches the topic radar."""

    def __init__(self, hub):
        self.as_of, self.ends = 0, []
        super().__init__(hub)

    def act(self):
        for message in self.messages("RadarService/WatchView",
                                     radar.WatchViewRequest(radar=radar.GetRadarRequest())):
            if isinstance(message, int):
                self.ends.append(message)
            else:
                self.as_of = radar.WatchViewResponse.FromString(message).as_of_sequence


class ConnectionAge(unittest.TestCase):

    def setUp(self):
        self.hub = identity.SecureHub(BIN_DIR, ["--max-connection-age-s", "1"])
        self.hub.__enter__()
        self.addCleanup(self.hub.__exit__)
        self.registered = 0

    def register_until(self, condition):
        """Registers one organisation after the other until it holds. The head then."""
        end = time.monotonic() + LONGEST_S
        while not condition():
            self.assertLess(time.monotonic(), end, "nobody was sent away")
            self.hub.register(f"org/test-{self.registered}", "NRI_NATIONAL")
            self.registered += 1
            time.sleep(0.2)
        return int(json.loads(self.hub.liaison("info", "--output", "json").stdout)["head"])

    def start(self, browser):
        started = browser(self.hub)
        self.addCleanup(started.stop)
        return started

    def test_a_subscriber_comes_back_by_itself_and_misses_nothing(self):
        reader = subprocess.Popen(
            [str(self.hub.bin_dir / "liaison"), "--profile", str(self.hub.administrator.folder),
             "subscribe", "--output", "json"], stdout=subprocess.PIPE, cwd=self.hub.folder,
            env={"PATH": "/usr/bin:/bin", "HOME": str(self.hub.folder)}, text=True)
        self.addCleanup(reader.stdout.close)
        self.addCleanup(reader.wait)
        self.addCleanup(reader.kill)
        seen = []
        taking = threading.Thread(target=lambda: seen.extend(
            int(json.loads(line)["sequence"]) for line in reader.stdout))
        taking.start()
        ports = set()

        def came_in_thrice():
            ports.update(attack.ports_of(reader.pid))
            return len(ports) >= 3

        head = self.register_until(came_in_thrice)
        self.assertTrue(identity.wait_until(lambda: seen and seen[-1] == head))
        self.assertIsNone(reader.poll(), "it never gave up")
        reader.kill()
        taking.join()
        self.assertEqual(seen, list(range(1, head + 1)))

    def test_what_is_watched_through_the_gateway_is_begun_again_and_nothing_is_missed(self):
        follower, watcher, asker = map(self.start, (Follower, Watcher, Asker))
        head = self.register_until(lambda: len(follower.ends) >= 3 and len(watcher.ends) >= 3)
        self.assertTrue(identity.wait_until(
            lambda: follower.sequences[-1:] == [head] and watcher.as_of == head))
        for browser in (follower, watcher, asker):
            browser.stop()
            self.assertIsNone(browser.failure)
        self.assertEqual(follower.sequences, list(range(1, head + 1)))
        # The line, and not a refusal: the dashboard takes it up again by itself.
        self.assertEqual(set(follower.ends + watcher.ends), {UNAVAILABLE})
        self.assertEqual(set(asker.answers), {0}, "a call is not caught by its connection's age")
        print(f"through the gateway: {len(follower.ends)} and {len(watcher.ends)} streams begun "
              f"again, {len(asker.answers)} calls answered", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    arguments, rest = parser.parse_known_args()
    BIN_DIR = arguments.bin_dir
    unittest.main(argv=[sys.argv[0], *rest])
