#!/usr/bin/python3
"""Many browsers' streams through the gateway: what each costs, and how soon all see an event.

Prints one line of JSON. Exits 1 where a stream costs more than 64 KiB; with --check, also where an
event takes more than a second to reach all of them.
"""

import argparse
import json
import pathlib
import selectors
import socket
import struct
import sys
import time
import uuid

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import grpc
import contract
import hub as hubs
import web as webs
from contract import event, events, publish

MAX_STREAM_SIZE_BYTES = 64 << 10
MAX_DELAY_S = 1.0
PATIENCE_S = 60


class Browser:
    """One stream over a connection of its own; reads what comes without looking at it."""

    def __init__(self, port, body):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.sendall(
            f"POST {webs.SERVICE}EventService/Subscribe HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Content-Type: application/grpc-web+proto\r\nContent-Length: {len(body)}\r\n\r\n"
            .encode() + body)
        self.seen = b""

    def read(self):
        piece = self.socket.recv(65536)
        self.seen += piece
        if not piece or b"grpc-status" in piece:
            raise RuntimeError(f"a stream has ended: {self.seen[-300:]}")


def wait_for(browsers, mark):
    """Until each of them has seen the mark. Returns the seconds it took the last one."""
    began = time.monotonic()
    waiting = {browser for browser in browsers if mark not in browser.seen}
    with selectors.DefaultSelector() as selector:
        for browser in waiting:
            selector.register(browser.socket, selectors.EVENT_READ, browser)
        while waiting:
            for key, _ in selector.select(1):
                key.data.read()
                if mark in key.data.seen:
                    waiting.discard(key.data)
                    selector.unregister(key.fileobj)
            if time.monotonic() > began + PATIENCE_S:
                raise RuntimeError(f"{len(waiting)} of {len(browsers)} have not seen {mark}")
    return time.monotonic() - began


def publish_one(stub):
    draft = event.Draft(event_id=str(uuid.uuid4()), author="org/foreign", audience="igf/public",
                        language="en", topics=["unspecified"])
    draft.topic_signal.title = "A fictional signal"
    stub.Publish(publish.PublishRequest(items=[publish.PublishItem(draft=draft)]), timeout=20)
    return draft.event_id.encode()


def measure(web, count, turns):
    request = events.SubscribeRequest(start_at=events.START_AT_LIVE).SerializeToString()
    body = struct.pack(">BI", 0, len(request)) + request
    warm = [Browser(web.port, body) for _ in range(5)]
    wait_for(warm, b"\0\0\0\0")
    before = web.memory()
    browsers = [Browser(web.port, body) for _ in range(count)]
    wait_for(browsers, b"\0\0\0\0")
    opened = web.memory() - before
    delays = []
    with grpc.insecure_channel(web.hub.address) as channel:
        stub = contract.publish_grpc.PublishServiceStub(channel)
        for _ in range(turns):
            began = time.monotonic()
            mark = publish_one(stub)
            wait_for(browsers, mark)
            delays.append(time.monotonic() - began)
            for browser in browsers:
                browser.seen = b""
    used = web.memory() - before
    return {"streams": count, "channels": web.metric("liaison_web_channels"),
            "stream_bytes_open": opened // count, "stream_bytes_used": used // count,
            "gateway_mib": round(web.memory() / 2**20, 1), "events": turns,
            "all_reached_ms_median": round(1000 * sorted(delays)[turns // 2], 1),
            "all_reached_ms_max": round(1000 * max(delays), 1)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    parser.add_argument("--streams", type=int, default=500)
    parser.add_argument("--events", type=int, default=20)
    parser.add_argument("--check", action="store_true", help="fail on slowness, too")
    arguments = parser.parse_args()
    with webs.Web(arguments.bin_dir) as web:
        found = measure(web, arguments.streams, arguments.events)
    print(json.dumps(found), flush=True)
    fast = found["all_reached_ms_max"] <= 1000 * MAX_DELAY_S or not arguments.check
    return 0 if fast and found["stream_bytes_used"] <= MAX_STREAM_SIZE_BYTES else 1


if __name__ == "__main__":
    sys.exit(main())
