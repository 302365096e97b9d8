#!/usr/bin/python3
"""What browsers meet: calls of the hub over HTTP/1.1, and all that must not come in on the way."""

import argparse
import base64
import concurrent.futures
import json
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import uuid

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

import grpc
import contract
import hub as hubs
import web as webs
from contract import directory, event, events, publish, types

LIVE = events.SubscribeRequest(start_at=events.START_AT_LIVE)
SOON_S = 30  # waited for, and as a rule there at once


def draft_of(title="A fictional signal", author="org/foreign"):
    draft = event.Draft(event_id=str(uuid.uuid4()), author=author, audience="igf/public",
                        cycle="2027", topics=["unspecified"], language="en")
    draft.topic_signal.purpose = types.PURPOSE_INFORMATION
    draft.topic_signal.title = title
    return draft


def to_publish(*drafts):
    return publish.PublishRequest(items=[publish.PublishItem(draft=draft) for draft in drafts])


class Gateway(unittest.TestCase):
    bin_dir = None

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="liaison-dashboard-")
        cls.dashboard = pathlib.Path(cls.folder.name)
        (cls.dashboard / "assets").mkdir()
        (cls.dashboard / "index.html").write_text("<!doctype html><title>fictional</title>")
        (cls.dashboard / "assets/app-1.js").write_text("plain")
        (cls.dashboard / "assets/app-1.js.gz").write_bytes(b"packed")
        (cls.dashboard / ".secret.js").write_text("secret")
        cls.web = webs.Web(cls.bin_dir, flags=["--dashboard", str(cls.dashboard)])
        cls.web.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.web.__exit__()
        cls.folder.cleanup()

    # --- small words ----------------------------------------------------------------------------

    def publish(self, *drafts, headers=None):
        ended = self.web.call("PublishService/Publish", to_publish(*drafts), headers)
        self.assertEqual(ended.status, 0, ended.trailers)
        return publish.PublishResponse.FromString(ended.messages[0]).receipts

    def subscribe(self, request=LIVE):
        connection, answer = self.web.stream("EventService/Subscribe", request)
        self.addCleanup(connection.close)
        self.assertEqual(answer.status, 200)
        first = events.SubscribeResponse.FromString(webs.next_message(answer))
        self.assertTrue(first.HasField("confirmed"))
        return connection, answer

    def next_event(self, answer):
        while True:
            frame = events.SubscribeResponse.FromString(webs.next_message(answer))
            if frame.HasField("events"):
                return frame.events.events[0]

    def eventually(self, condition, what):
        end = time.monotonic() + SOON_S
        while not condition():
            self.assertLess(time.monotonic(), end, what)
            time.sleep(0.02)

    def post(self, path, body=b"", **fields):
        headers = {name.replace("_", "-"): value for name, value in fields.items()}
        return self.web.ask("POST", path, body, headers)

    # --- calls ----------------------------------------------------------------------------------

    def test_a_call_of_one_answer(self):
        ended = self.web.call("DirectoryService/GetHub", directory.GetHubRequest(),
                              {"liaison-as": "org/foreign"})
        hub = directory.GetHubResponse.FromString(ended.messages[0])
        self.assertEqual((hub.hub, hub.caller, ended.status), ("igf", "org/foreign", 0))

    def test_as_text_in_pieces(self):
        body = webs.frame(directory.GetHubRequest().SerializeToString())
        text = base64.b64encode(body[:2]) + base64.b64encode(body[2:])
        answer = self.post(webs.SERVICE + "DirectoryService/GetHub", text,
                           Content_Type="application/grpc-web-text")
        self.assertEqual(answer.getheader("Content-Type"), "application/grpc-web-text+proto")
        # Each frame is padded by itself.
        frames, rest = b"", answer.body
        while rest:
            end = (rest.find(b"=") // 4 + 1) * 4 if b"=" in rest else len(rest)
            frames, rest = frames + base64.b64decode(rest[:end]), rest[end:]
        ended = webs.Ended(frames)
        self.assertEqual(directory.GetHubResponse.FromString(ended.messages[0]).hub, "igf")

    def test_a_refusal_keeps_its_reason_and_details(self):
        ended = self.web.call("EventService/GetEvent", events.GetEventRequest(sequence=10**6))
        self.assertEqual(ended.status, grpc.StatusCode.NOT_FOUND.value[0])
        self.assertFalse(ended.messages)
        details = contract.rpc_status.Status.FromString(ended.details)
        self.assertEqual(details.code, ended.status)
        self.assertTrue(any(d.Is(contract.error_details.ErrorInfo.DESCRIPTOR)
                            for d in details.details))

    def test_what_is_no_message_is_refused_with_a_reason(self):
        for body in (b"", b"\0\0\0\0", webs.frame(b"\xff\xff"), b"\1\0\0\0\0", b"\0\0\0\0\5abc",
                     webs.frame(b"") * 2):
            answer = self.post(webs.SERVICE + "DirectoryService/GetHub", body,
                               Content_Type="application/grpc-web+proto")
            ended = webs.Ended(answer.body)
            self.assertEqual(ended.status, grpc.StatusCode.INVALID_ARGUMENT.value[0], body)
            self.assertIn(b"REQUEST_UNREADABLE", ended.details)

    def test_methods_that_are_not_there(self):
        for path in ("/igf.liaison.v1.EventService/Nothing", "/nothing.at.All/Nothing"):
            answer = self.post(path, webs.frame(b""), Content_Type="application/grpc-web+proto")
            self.assertEqual(webs.Ended(answer.body).status,
                             grpc.StatusCode.UNIMPLEMENTED.value[0])
        answer = self.post("/grpc.health.v1.Health/Check", webs.frame(b""),
                           Content_Type="application/grpc-web+proto")
        self.assertEqual(webs.Ended(answer.body).messages, [b"\x08\x01"])

    def test_a_stream_delivers_as_it_happens(self):
        _, answer = self.subscribe()
        draft = draft_of()
        began = time.monotonic()
        self.publish(draft)
        header = event.EventHeader.FromString(self.next_event(answer).header)
        print(f"live through the gateway: {1000 * (time.monotonic() - began):.1f} ms from the call "
              "to the event", flush=True)
        self.assertEqual(header.event_id, draft.event_id)
        self.assertLess(time.monotonic() - began, 1)

    def test_a_stream_that_ends_says_so(self):
        request = events.SubscribeRequest(start_at=events.START_AT_BEGINNING, stop_at_head=True)
        ended = self.web.call("EventService/Subscribe", request)
        last = events.SubscribeResponse.FromString(ended.messages[-1])
        self.assertEqual((last.WhichOneof("frame"), ended.status), ("closing", 0))

    def test_a_deadline_is_kept(self):
        began = time.monotonic()
        ended = self.web.call("EventService/Subscribe", LIVE, {"grpc-timeout": "300m"})
        self.assertEqual(ended.status, grpc.StatusCode.DEADLINE_EXCEEDED.value[0])
        self.assertLess(time.monotonic() - began, 2)

    def test_the_hub_forgets_a_browser_that_went_away(self):
        connection, answer = self.subscribe()
        self.eventually(lambda: self.web.metric("liaison_web_calls") == 1, "others go on")
        answer.close()
        connection.close()
        self.eventually(lambda: self.web.metric("liaison_web_calls") == 0, "the call goes on")

    def test_many_calls_on_one_connection(self):
        connection = self.web.connect()
        for _ in range(50):
            connection.request("POST", webs.SERVICE + "DirectoryService/GetHub", webs.frame(b""),
                               {"Content-Type": "application/grpc-web+proto"})
            self.assertEqual(webs.Ended(connection.getresponse().read()).status, 0)
        connection.close()

    def test_a_body_that_comes_in_chunks(self):
        connection = self.web.connect()
        connection.request("POST", webs.SERVICE + "DirectoryService/GetHub",
                           iter([b"\0\0", b"\0\0", b"\0"]),
                           {"Content-Type": "application/grpc-web+proto"}, encode_chunked=True)
        self.assertEqual(webs.Ended(connection.getresponse().read()).status, 0)
        connection.close()

    def test_a_reader_that_takes_nothing_makes_nobody_wait_and_costs_little(self):
        text = "fictional " * 20_000
        before = None
        connection = socket.create_connection(("127.0.0.1", self.web.port))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        body = webs.frame(LIVE.SerializeToString())
        connection.sendall(b"POST " + (webs.SERVICE + "EventService/Subscribe").encode()
                           + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/grpc-web"
                           b"+proto\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        connection.recv(100)
        _, other = self.subscribe()
        for turn in range(120):
            draft = draft_of()
            draft.topic_signal.text = text
            self.publish(draft)
            self.assertEqual(event.EventHeader.FromString(self.next_event(other).header).event_id,
                             draft.event_id)
            if turn == 20:
                before = self.web.memory()
        grown = self.web.memory() - before
        print(f"a stalled reader of 24 MB: the gateway grew by {grown / 2**20:.1f} MiB", flush=True)
        self.assertLess(grown, 8 << 20)
        connection.close()

    # --- with curl alone --------------------------------------------------------------------------

    def curl(self, method, body, *flags):
        done = subprocess.run(
            ["curl", "-sS", "-w", "\n%{http_code}", "-H", "Content-Type: application/json", "-d", body,
             *flags, f"http://127.0.0.1:{self.web.port}{webs.SERVICE}{method}"],
            capture_output=True, text=True, check=True, timeout=webs.TIMEOUT_S)
        text, _, code = done.stdout.rpartition("\n")
        return int(code), json.loads(text)

    def test_curl_publishes_and_lists(self):
        name = str(uuid.uuid4())
        draft = {"eventId": name, "author": "org/foreign", "audience": "igf/public",
                 "cycle": "2027", "language": "en", "topics": ["unspecified"],
                 "topicSignal": {"title": "Said with curl · 信号", "purpose": "PURPOSE_INFORMATION"}}
        code, answer = self.curl("PublishService/Publish",
                                 json.dumps({"items": [{"draft": draft}]}))
        self.assertEqual((code, answer["receipts"][0]["eventId"]), (200, name))
        position = answer["receipts"][0]["position"]
        sequence = int(position["sequence"])
        before = {**position, "sequence": str(sequence - 1)}
        code, page = self.curl("EventService/ListEvents",
                               json.dumps({"filter": "author = org/foreign", "after": before}))
        self.assertEqual(code, 200)
        listed = [e for e in page["events"] if int(e["sequence"]) == sequence]
        body = base64.b64decode(listed[0]["sections"][0]["data"])
        self.assertEqual(contract.bodies.TopicSignal.FromString(body).title, "Said with curl · 信号")

    def test_curl_waits_for_what_comes(self):
        code, hub = self.curl("DirectoryService/GetHub", "{}")
        after = hub["head"]
        asked = json.dumps({"filter": "author = org/foreign", "after": after, "waitSeconds": 30})
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(self.curl, "EventService/ListEvents", asked)
            time.sleep(0.5)
            self.assertFalse(waiting.done(), "it did not wait")
            draft = draft_of()
            began = time.monotonic()
            self.publish(draft)
            code, page = waiting.result(webs.TIMEOUT_S)
        self.assertLess(time.monotonic() - began, 5)
        self.assertEqual(code, 200)
        self.assertEqual(len(page["events"]), 1)
        asked = json.dumps({"filter": "cycle = 1999", "after": page["position"], "waitSeconds": 1})
        began = time.monotonic()
        code, page = self.curl("EventService/ListEvents", asked)
        self.assertGreaterEqual(time.monotonic() - began, 1)
        self.assertEqual((code, page.get("events", [])), (200, []))
        code, said = self.curl("EventService/ListEvents", '{"waitSeconds": 31}')
        self.assertEqual((code, said["code"]), (400, "invalid_argument"))

    def test_curl_is_told_what_is_wrong(self):
        code, said = self.curl("EventService/GetEvent", '{"sequence": "100000"}')
        self.assertEqual((code, said["code"]), (404, "not_found"))
        self.assertEqual(said["details"][0]["debug"]["reason"], "NOT_FOUND")
        for body in ("nothing", '{"nothing": 1}', "[]", "{" * 5000):
            code, said = self.curl("EventService/GetEvent", body)
            self.assertEqual((code, said["code"]), (400, "invalid_argument"), body[:20])
        code, said = self.curl("EventService/Nothing", "{}")
        self.assertEqual((code, said["code"]), (400, "invalid_argument"))
        code, said = self.curl("EventService/Subscribe", "{}")
        self.assertEqual((code, said["code"]), (501, "unimplemented"))

    def test_another_way_of_writing_is_named(self):
        answer = self.post(webs.SERVICE + "DirectoryService/GetHub", b"<x/>",
                           Content_Type="application/xml")
        self.assertEqual(answer.status, 415)
        self.assertIn("application/json", answer.getheader("Accept-Post"))

    # --- what must not come in --------------------------------------------------------------------

    def test_no_other_site_calls_and_none_is_told_that_it_may(self):
        path = webs.SERVICE + "DirectoryService/GetHub"
        for headers in ({"Origin": "https://elsewhere.example"}, {"Origin": "null"},
                        {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
            answer = self.web.ask("POST", path, webs.frame(b""), {
                "Content-Type": "application/grpc-web+proto", **headers})
            self.assertEqual(answer.status, 403, headers)
            self.assertIsNone(answer.getheader("Access-Control-Allow-Origin"))
        for headers in ({"Origin": f"http://127.0.0.1:{self.web.port}"},
                        {"Sec-Fetch-Site": "same-origin"}):
            self.assertEqual(self.web.call("DirectoryService/GetHub", directory.GetHubRequest(),
                                           headers).status, 0)
        preflight = self.web.ask("OPTIONS", path, headers={
            "Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"})
        self.assertEqual(preflight.status, 405)
        self.assertFalse([h for h, _ in preflight.getheaders() if h.startswith("Access-Control")])

    def test_no_name_of_another_makes_this_address_its_own(self):
        for host, status in (("elsewhere.example", 421), ("localhost", 200), ("", 421),
                             (f"127.0.0.1:{self.web.port}", 200)):
            self.assertEqual(self.web.get("/healthz", Host=host).status, status, host)

    def test_a_browser_does_not_say_where_it_comes_from(self):
        # The hub believes the gateway about that, so nothing of the kind may pass through it.
        secure = self.web.call("DirectoryService/GetHub", directory.GetHubRequest(),
                               {"liaison-forwarded-for": "203.0.113.9"})
        self.assertEqual(secure.status, 0)

    def test_sizes_are_capped(self):
        path = webs.SERVICE + "PublishService/Publish"
        large = {"Content-Type": "application/grpc-web+proto", "Content-Length": str(100 << 20)}
        connection = self.web.connect()
        connection.putrequest("POST", path)
        for name, value in large.items():
            connection.putheader(name, value)
        connection.endheaders()
        self.assertEqual(connection.getresponse().status, 413)
        connection.close()
        self.assertEqual(self.web.get("/", X="x" * 20_000).status, 413)

    def test_what_is_no_http_is_hung_up_on(self):
        for text in (b"nothing\r\n\r\n", b"GET / HTTP/3.7\r\n\r\n", b"\x16\x03\x01\x02\x00\x01"):
            with socket.create_connection(("127.0.0.1", self.web.port)) as connection:
                connection.settimeout(webs.TIMEOUT_S)
                connection.sendall(text)
                said = connection.recv(1000)
                self.assertTrue(said == b"" or b" 400 " in said.split(b"\r\n")[0], said)
        with socket.create_connection(("127.0.0.1", self.web.port)) as connection:
            connection.sendall(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
            self.assertIn(b" 505 ", connection.recv(1000).split(b"\r\n")[0])

    def raw(self, *pieces):
        """All that comes back for bytes as they are, in pieces with a moment between them."""
        with socket.create_connection(("127.0.0.1", self.web.port)) as connection:
            connection.settimeout(webs.TIMEOUT_S)
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(0.1 if len(pieces) > 1 else 0)
            said = b""
            while piece := connection.recv(65536):
                said += piece
            return said

    def test_a_request_that_two_programs_could_read_in_two_ways_is_refused(self):
        hidden = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        for fields, code in (
                (b"Host: localhost\r\nTransfer-Encoding: xchunked", 501),
                (b"Host: localhost\r\nTransfer-Encoding: identity", 501),
                (b"Host: localhost\r\nTransfer-Encoding: gzip, chunked", 501),
                (b"Host: localhost\r\nTransfer-Encoding: chunked, xchunked", 501),
                (b"Host: localhost\r\nTransfer-Encoding: x\r\nTransfer-Encoding: chunked", 501),
                (b"Host: localhost\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
                 400),
                (b"Host: localhost\r\nTransfer-Encoding : chunked", 400),
                (b"Host: localhost\r\nTransfer-Encoding: xchunked\r\nContent-Length: 5", 400),
                (b"Host: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked", 400),
                (b"Host: localhost\r\nContent-Length: 5\r\nContent-Length: 5", 400),
                (b"Host: localhost\r\nContent-Length: 5, 5", 400),
                (b"Host: localhost\r\nContent-Length: 5\r\nContent-Length: 6", 400),
                (b"Host: localhost\r\nHost: localhost", 400),
                (b"Host: localhost\r\nHost: elsewhere.example", 400),
                (b"Accept: */*", 400)):
            said = self.raw(b"GET /healthz HTTP/1.1\r\n" + fields + b"\r\n\r\n" + hidden)
            self.assertEqual(said.split(b" ")[1:2], [b"%d" % code], fields)
            self.assertEqual(said.count(b"HTTP/1.1 "), 1, fields)
            self.assertIn(b"Connection: close", said)

    def test_what_stands_behind_a_body_is_no_header(self):
        said = self.raw(b"POST /igf.liaison.v1.DirectoryService/GetHub HTTP/1.1\r\n"
                        b"Host: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n"
                        b"Trailer: Content-Type\r\n\r\n2\r\n{}\r\n0\r\n"
                        b"Content-Type: application/json\r\n\r\n")
        self.assertEqual(said.split(b" ")[1], b"415", said)

    def test_no_byte_of_a_header_brings_the_gateway_down(self):
        session = b"igfl_ses_" + b"\xff" * 43 + b"3fyxC0"
        call = b"POST /igf.liaison.v1.DirectoryService/GetHub"
        for name in (b"Authorization", b"Liaison-As", b"Liaison-Request-Id", b"Traceparent"):
            for value in (b"Bearer \xff\xfe", b"a\tb", "org/é".encode()):
                said = self.raw(call + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                                b"Content-Type: application/json\r\nContent-Length: 2\r\n" + name
                                + b": " + value + b"\r\n\r\n{}")
                self.assertEqual(said.split(b" ")[1:2], [b"400"], name)
                self.assertIn(name.lower() + b": printable ASCII", said)
        for target in (b"GET /me", b"POST /leave", b"GET /report", call):
            said = self.raw(target + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                            b"Content-Type: application/json\r\nContent-Length: 2\r\n"
                            b"Cookie: __Host-liaison=" + session + b"\r\n\r\n{}")
            self.assertIn(said.split(b" ")[1:2], ([b"200"], [b"303"], [b"401"]), target)
        self.assertEqual(self.web.get("/readyz").status, 200)

    def test_a_path_that_is_no_text_is_refused(self):
        for path in ("/join/%ff", "/feeds/topics/%ff.atom", "/public/topics/%c0%af", "/%ed%a0%80"):
            self.assertEqual(self.web.get(path).status, 400, path)
        form = self.post("/join", b"invitation=%ff",
                         Content_Type="application/x-www-form-urlencoded")
        self.assertEqual(form.status, 410)

    def test_a_refusal_is_read_by_whoever_still_sends(self):
        said = self.raw(b"POST /join HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999\r\n\r\n"
                        + b"x" * 50_000, *[b"x" * 50_000] * 4)
        self.assertEqual(said.split(b" ")[1], b"413")
        self.assertTrue(said.endswith(b"too large\n"), said)

    def test_requests_one_behind_the_other_are_answered_in_order(self):
        one = b"GET /%s HTTP/1.1\r\nHost: localhost\r\n\r\n"
        last = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        said = self.raw((one % b"healthz" + one % b"nothing") * 30 + last)
        codes = [part.split(b" ")[0] for part in said.split(b"HTTP/1.1 ")[1:]]
        self.assertEqual(codes, [b"200", b"404"] * 30 + [b"200"])

    def test_what_is_sent_behind_a_stream_hides_nobody_who_has_gone(self):
        more = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        for turns in (1, 20, 5000):
            connection, answer = self.subscribe()
            self.eventually(lambda: self.web.metric("liaison_web_calls") == 1, "others go on")
            connection.sock.sendall(more * turns)
            time.sleep(0.2)
            answer.close()
            connection.close()
            self.eventually(lambda: self.web.metric("liaison_web_calls") == 0,
                            f"the call goes on behind {turns} more")

    # --- files, and how it is ---------------------------------------------------------------------

    def test_the_dashboard_is_served_with_the_policy_of_the_reference(self):
        page = self.web.get("/")
        self.assertEqual((page.status, page.body[:15]), (200, b"<!doctype html>"))
        policy = page.getheader("Content-Security-Policy")
        for rule in ("default-src 'none'", "script-src 'self'", "style-src 'self'",
                     "img-src 'self'", "connect-src 'self'", "font-src 'self'",
                     "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'",
                     "require-trusted-types-for 'script'"):
            self.assertIn(rule, policy)
        self.assertNotIn("unsafe", policy)
        for name, value in (("X-Content-Type-Options", "nosniff"),
                            ("Referrer-Policy", "no-referrer"),
                            ("Cross-Origin-Opener-Policy", "same-origin"),
                            ("Cross-Origin-Resource-Policy", "same-origin"),
                            ("Cache-Control", "no-cache")):
            self.assertEqual(page.getheader(name), value)
        self.assertEqual(self.web.get("/", If_None_Match=page.getheader("ETag")).status, 304)

    def test_packed_files_go_where_they_are_taken(self):
        self.assertEqual(self.web.get("/assets/app-1.js").body, b"plain")
        packed = self.web.get("/assets/app-1.js", Accept_Encoding="br, gzip;q=0.8")
        self.assertEqual((packed.body, packed.getheader("Content-Encoding")), (b"packed", "gzip"))
        self.assertIn("immutable", packed.getheader("Cache-Control"))
        self.assertEqual(self.web.get("/assets/app-1.js", Accept_Encoding="gzip;q=0").body,
                         b"plain")

    def test_nothing_outside_the_folder_is_served(self):
        for path in ("/.secret.js", "/assets/../.secret.js", "/%2e%2e/%2e%2e/etc/passwd",
                     "/..%2f..%2fetc/passwd.txt", "/assets", "//etc/passwd", "/index.html%00.js"):
            self.assertIn(self.web.get(path).status, (400, 404), path)

    def test_how_it_is(self):
        self.assertEqual(self.web.get("/healthz").body, b"ok\n")
        self.assertEqual(self.web.get("/readyz").status, 200)
        self.assertGreater(self.web.metric("liaison_web_requests_total"), 0)


class Alone(unittest.TestCase):
    bin_dir = None

    def test_killing_the_gateway_harms_no_publisher(self):
        with webs.Web(self.bin_dir) as web:
            with grpc.insecure_channel(web.hub.address) as channel:
                stub = contract.publish_grpc.PublishServiceStub(channel)
                streams = [web.stream("EventService/Subscribe", LIVE) for _ in range(20)]
                for connection, answer in streams:
                    self.addCleanup(connection.close)
                    webs.next_message(answer)
                slowest = 0
                for turn in range(60):
                    if turn == 20:
                        web.kill()
                    if turn == 40:
                        web.start()
                    began = time.monotonic()
                    receipt = stub.Publish(to_publish(draft_of()), timeout=20).receipts[0]
                    slowest = max(slowest, time.monotonic() - began)
                    self.assertGreater(receipt.position.sequence, 0)
                print(f"kill -9 of the gateway: 60 of 60 published, the slowest in "
                      f"{1000 * slowest:.0f} ms", flush=True)
                # The disk may be somebody else's for a while; a gateway that is gone is none's.
                self.assertLess(slowest, 5)
                self.assertEqual(web.call("DirectoryService/GetHub",
                                          directory.GetHubRequest()).status, 0)

    def test_without_its_hub_it_says_so_and_finds_it_again(self):
        with webs.Web(self.bin_dir) as web:
            web.hub.stop()
            self.assertEqual(web.get("/healthz").status, 200)
            self.assertEqual(web.get("/readyz").status, 503)
            ended = web.call("DirectoryService/GetHub", directory.GetHubRequest())
            self.assertEqual(ended.status, grpc.StatusCode.UNAVAILABLE.value[0])
            self.assertNotIn(str(web.socket), ended.trailers["grpc-message"])
            web.hub.start()
            end = time.monotonic() + SOON_S
            while web.get("/readyz").status != 200:
                self.assertLess(time.monotonic(), end, "the hub is not found again")
                time.sleep(0.1)

    def test_readiness_waits_for_no_page_and_no_export(self):
        with webs.Web(self.bin_dir) as web, concurrent.futures.ThreadPoolExecutor(24) as pool:
            web.hub.signal(signal.SIGSTOP)
            try:
                others = [pool.submit(web.get, path) for _ in range(6)
                          for path in ("/public/", "/open-data/", "/open-data/decisions.csv",
                                       "/open-data/events-1-5000.jsonl")]
                time.sleep(0.5)
                began = time.monotonic()
                self.assertEqual(web.get("/readyz").status, 503)
                self.assertEqual(web.get("/healthz").status, 200)
                # It gives the hub two seconds; a page gives it ten.
                self.assertLess(time.monotonic() - began, 8)
            finally:
                web.hub.signal(signal.SIGCONT)
            self.eventually(lambda: web.get("/readyz").status == 200, "the hub is not found again")
            for other in others:
                self.assertIn(other.result().status, (200, 503))

    def eventually(self, condition, what):
        end = time.monotonic() + SOON_S
        while not condition():
            self.assertLess(time.monotonic(), end, what)
            time.sleep(0.05)

    def test_a_hangup_of_its_terminal_does_not_end_it(self):
        with webs.Web(self.bin_dir) as web:
            for _ in range(3):
                web.process.send_signal(signal.SIGHUP)
                time.sleep(0.05)
                self.assertEqual(web.get("/readyz").status, 200)
            self.assertEqual(web.stop(), 0)

    def test_it_ends_in_order_while_streams_are_open(self):
        with webs.Web(self.bin_dir) as web:
            streams = [web.stream("EventService/Subscribe", LIVE) for _ in range(5)]
            for connection, answer in streams:
                self.addCleanup(connection.close)
                webs.next_message(answer)
            self.assertEqual(web.stop(), 0)

    def test_behind_a_proxy(self):
        with webs.Web(self.bin_dir, flags=["--behind", "hub.example"]) as web:
            by_proxy = {"Host": "hub.example", "X-Forwarded-For": "198.51.100.1, 203.0.113.7"}
            feed = web.ask("GET", "/feeds/decisions.atom", headers=by_proxy)
            self.assertIn(b'href="https://hub.example/feeds/decisions.atom"', feed.body)
            self.assertIn("max-age", feed.getheader("Strict-Transport-Security"))
            # What the proxy's clients add of their own is not believed.
            feed = web.ask("GET", "/feeds/decisions.atom", headers={
                **by_proxy, "X-Forwarded-Proto": "http", "X-Forwarded-Host": "elsewhere.example",
                "Forwarded": "for=198.51.100.2;host=elsewhere.example;proto=http"})
            self.assertNotIn(b"elsewhere", feed.body)
            self.assertNotIn(b"http://hub", feed.body)
            # Counted are its users by nobody but itself, and they are not told what we count.
            self.assertEqual(web.ask("GET", "/metrics", headers=by_proxy).status, 404)
            self.assertEqual(web.get("/metrics", Host="hub.example").status, 404)
            self.assertEqual(web.get("/metrics", X_Forwarded_For="203.0.113.7").status, 404)
            self.assertEqual(web.get("/metrics").status, 200)
            self.assertEqual(web.get("/healthz", Host="elsewhere.example").status, 421)
            site = {"Origin": "https://hub.example", **by_proxy}
            self.assertEqual(web.call("DirectoryService/GetHub", directory.GetHubRequest(),
                                      site).status, 0)

    def test_it_ends_soon_though_the_hub_keeps_many_waiting(self):
        with webs.Web(self.bin_dir) as web:
            web.hub.signal(signal.SIGSTOP)
            for path in ("/public/", "/open-data/", "/open-data/decisions.csv"):
                for _ in range(20):
                    connection = web.connect()
                    self.addCleanup(connection.close)
                    connection.request("GET", path)
            time.sleep(0.5)
            began = time.monotonic()
            try:
                self.assertEqual(web.stop(), 0)
            finally:
                web.hub.signal(signal.SIGCONT)
            print(f"with 60 who wait for the hub: ended in {time.monotonic() - began:.1f} s",
                  flush=True)

    def test_plain_http_stays_on_loopback(self):
        program = pathlib.Path(self.bin_dir) / "liaison-web"
        for flags, code in ((["--hub", "unix:/nowhere", "--listen", "0.0.0.0:0"], 1),
                            (["--hub", "127.0.0.1:1", "--listen", "127.0.0.1:0"], 2),
                            (["--hub", "unix:/nowhere", "--listen", "nothing"], 2),
                            (["--hub", "unix:/nowhere", "--behind", "ftp://x"], 2)):
            done = subprocess.run([str(program), *flags], capture_output=True, text=True,
                                  timeout=webs.TIMEOUT_S)
            self.assertEqual(done.returncode, code, done.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    arguments, rest = parser.parse_known_args()
    Gateway.bin_dir = Alone.bin_dir = arguments.bin_dir
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
