#!/usr/bin/python3
"""What each organisation may have of a hub, and what it is told when it has had it."""

import argparse
import json
import pathlib
import subprocess
import sys
import time
import unittest
import uuid

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import grpc
import contract
import hub as hubs
import identity
from contract import (access, admin, directory, enrolment, event, events, liaison, publish, radar,
                      subscriptions, transparency, witness)

BIN_DIR = None
TIMEOUT_S = 20
PATIENCE_S = 30
FAR_TOO_MANY = 500  # of 20 a second, even where a slow machine takes many seconds to send them
SERVICES = [(module, service) for module in (
    publish, events, directory, liaison, radar, transparency, witness, admin, enrolment,
    subscriptions) for service in module.DESCRIPTOR.services_by_name.values()]
REQUEST_STREAMS = ("PublishStream", "Consume")
ANSWER_STREAMS = ("PublishStream", "Consume", "Subscribe", "WatchView", "Backup")


def signal(author, text="Fictional words."):
    draft = event.Draft(event_id=str(uuid.uuid4()), author=author, audience="igf/public",
                        topics=["unspecified"], language="en")
    draft.topic_signal.purpose = contract.types.PURPOSE_INFORMATION
    draft.topic_signal.title = "A fictional signal"
    draft.topic_signal.text = text
    return publish.PublishItem(draft=draft)


class World:
    """A hub where everybody shows a token, with those of some organisations."""

    def __init__(self, flags):
        self.hub = hubs.TemporaryHub(BIN_DIR, flags)
        self.hub.start()
        self.tokens = {None: None}
        self.channel = grpc.insecure_channel(self.hub.address, [("grpc.enable_retries", 0)])
        grpc.channel_ready_future(self.channel).result(TIMEOUT_S)

    def close(self):
        self.channel.close()
        self.hub.__exit__()

    def give_token(self, organisation, role=access.ROLE_PUBLISHER):
        request = admin.CreateTokenRequest(organisation=organisation, role=role)
        request.lifetime.seconds = 3600
        by = "org/igf-secretariat" if "org/igf-secretariat" in self.tokens else None
        made = self.call(admin, "AdminService", "CreateToken", by).result_of(request)
        self.tokens[organisation] = made.secret

    def call(self, module, service, method, caller, as_=None):
        return Method(self, module, module.DESCRIPTOR.services_by_name[service]
                      .methods_by_name[method], caller, as_)


class Unary:
    """A call that is under way: gRPC's own object would let itself be taken for a stream."""

    def __init__(self, future):
        self.result = future.result


class Method:
    """A method as one caller calls it."""

    def __init__(self, world, module, described, caller, as_=None):
        self.described = described
        path = f"/{described.containing_service.full_name}/{described.name}"
        kind = (("stream" if described.name in REQUEST_STREAMS else "unary") + "_" +
                ("stream" if described.name in ANSWER_STREAMS else "unary"))
        self._stub = getattr(world.channel, kind)(
            path, lambda message: message if isinstance(message, bytes)
            else message.SerializeToString(),
            getattr(sys.modules[_module_of(described.output_type)],
                    described.output_type.name).FromString)
        self._request = getattr(sys.modules[_module_of(described.input_type)],
                                described.input_type.name)
        token = world.tokens.get(caller, caller)
        self._metadata = ([("authorization", f"Bearer {token}")] if token else []) + (
            [("liaison-as", as_)] if as_ else [])

    def begin(self, request=None):
        """A future, or a stream."""
        request = self._request() if request is None else request
        if self.described.name in REQUEST_STREAMS:
            requests = request if hasattr(request, "__next__") else iter([request])
            return self._stub(requests, timeout=PATIENCE_S, metadata=self._metadata)
        if self.described.name in ANSWER_STREAMS:
            return self._stub(request, timeout=PATIENCE_S, metadata=self._metadata)
        return Unary(self._stub.future(request, timeout=PATIENCE_S, metadata=self._metadata))

    def result_of(self, request=None):
        return self.begin(request).result()


def _module_of(message):
    return message.file.name.replace("/", ".").removesuffix(".proto") + "_pb2"


def refusal_at_the_end(call):
    """None where it ends well or goes on."""
    try:
        if isinstance(call, Unary):
            call.result()
            return None
        for _ in call:
            pass
        return None
    except grpc.RpcError as error:
        try:
            return contract.refusal_of(error)
        except ValueError:
            return None


class Quotas(unittest.TestCase):

    def world(self, **limits):
        flags = []
        for name, value in limits.items():
            flags += [f"--{name.replace('_', '-')}", str(value)]
        world = World(flags)
        self.addCleanup(world.close)
        world.give_token("org/igf-secretariat", access.ROLE_OPERATOR)
        return world

    def check_refusal(self, refusal, subject, of_what):
        self.assertEqual(refusal.reason, "QUOTA_EXCEEDED")
        self.assertEqual(refusal.code, grpc.StatusCode.RESOURCE_EXHAUSTED.value[0])
        self.assertGreaterEqual(refusal.retry_delay_s, 0.1)
        failures = [detail for detail in refusal.status.details
                    if detail.Is(contract.error_details.QuotaFailure.DESCRIPTOR)]
        self.assertEqual(len(failures), 1)
        failure = contract.error_details.QuotaFailure()
        failures[0].Unpack(failure)
        self.assertEqual([v.subject for v in failure.violations], [subject])
        self.assertIn(of_what, failure.violations[0].description)

    def test_an_organisation_has_its_calls_and_nobody_pays_for_another(self):
        world = self.world(organisation_calls_per_s=50)
        for name in ("org/a", "org/b"):
            world.give_token(name)
        get_hub = world.call(directory, "DirectoryService", "GetHub", "org/a")
        began = time.monotonic()
        calls = [get_hub.begin() for _ in range(400)]
        refused = [refusal for refusal in map(refusal_at_the_end, calls) if refusal]
        seconds = time.monotonic() - began
        self.assertGreater(len(refused), 0, f"400 calls in {seconds:.1f} s")
        self.assertLessEqual(400 - len(refused), 101 + 50 * seconds)
        self.assertGreaterEqual(400 - len(refused), 100, "two seconds' worth at once")
        for refusal in refused:
            self.check_refusal(refusal, "org/a", "calls: 50 a second")
        # Its desk has no share of its own. However slowly they go out, some find none left.
        desk = world.call(directory, "DirectoryService", "GetHub", "org/a", "org/a/desk")
        calls = [one.begin() for _ in range(200) for one in (get_hub, desk)]
        world.call(directory, "DirectoryService", "GetHub", "org/b").result_of()
        of_the_desk = [refusal for refusal in map(refusal_at_the_end, calls[1::2]) if refusal]
        self.assertGreater(len(of_the_desk), 0)
        for refusal in of_the_desk:
            self.check_refusal(refusal, "org/a", "calls")
        for call in calls[::2]:
            refusal_at_the_end(call)
        time.sleep(refused[0].retry_delay_s)
        get_hub.result_of()

    def test_who_goes_on_regardless_is_answered_late(self):
        world = self.world(organisation_calls_per_s=1)
        get_hub = world.call(directory, "DirectoryService", "GetHub", "org/igf-secretariat")
        while not refusal_at_the_end(get_hub.begin()):
            pass
        late, end = [], time.monotonic() + PATIENCE_S
        while len(late) < 4 and time.monotonic() < end:
            began = time.monotonic()
            if refusal_at_the_end(get_hub.begin()):
                late.append(time.monotonic() - began)
        self.assertEqual(len(late), 4)
        self.assertGreaterEqual(min(late), 0.5)

    def test_no_method_is_forgotten(self):
        self.check_that_all_are_charged()

    def test_what_cannot_be_read_is_charged_as_well(self):
        self.check_that_all_are_charged(b"\xff")

    def check_that_all_are_charged(self, request=None):
        """Of a stream its first message."""
        world = self.world(organisation_calls_per_s=1)
        methods = [Method(world, module, method, "org/igf-secretariat")
                   for module, service in SERVICES for method in service.methods]
        # For auditors alone, and whoever is turned away pays from their address.
        left = [one for one in methods if one.described.name != "ListAuditEntries"]
        self.assertGreater(len(left), 60)
        end = time.monotonic() + PATIENCE_S
        while left and time.monotonic() < end:
            under_way = [(one, one.begin(iter([request]) if request and one.described.name
                                         in REQUEST_STREAMS else request)) for one in left]
            for one, call in under_way:
                refusal = refusal_at_the_end(call)
                if refusal and refusal.reason == "QUOTA_EXCEEDED":
                    left.remove(one)
        self.assertEqual([one.described.full_name for one in left], [])

    def test_bytes_are_counted_as_well(self):
        world = self.world(organisation_mib_per_s=1)
        world.give_token("org/a")
        send = world.call(publish, "PublishService", "Publish", "org/a")
        large = publish.PublishRequest(items=[signal("org/a", "x" * 400_000),
                                              signal("org/a", "x" * 400_000)])
        calls = [send.begin(large) for _ in range(20)]
        refused = [refusal for refusal in map(refusal_at_the_end, calls) if refusal]
        self.assertGreaterEqual(len(refused), 3)
        for refusal in refused:
            self.check_refusal(refusal, "org/a", "bytes: 1048576 a second")

    def test_each_message_of_a_stream_is_charged(self):
        world = self.world(organisation_calls_per_s=20)
        world.give_token("org/a")
        frames = (publish.PublishStreamRequest(
            frame_id=n, items=[signal("org/a")], on_error=publish.ON_ERROR_CONTINUE)
            for n in range(FAR_TOO_MANY))
        answers = list(world.call(publish, "PublishService", "PublishStream", "org/a")
                       .begin(frames))
        results = [result for answer in answers if answer.HasField("results")
                   for result in answer.results.results]
        self.assertEqual(len(results), FAR_TOO_MANY)
        refused = [contract.Refusal(result.error) for result in results
                   if result.HasField("error")]
        self.assertGreater(len(refused), 20)
        self.assertGreaterEqual(len(results) - len(refused), 30)
        self.check_refusal(refused[0], "org/a", "calls: 20 a second")
        # Sent again with all that is behind it, the order stays: an outbox promises it.
        self.assertEqual({refusal.reason for refusal in refused[1:]}, {"PREDECESSOR_FAILED"})
        self.assertFalse(any(result.HasField("receipt") for result in results[-len(refused):]))

    def test_a_message_of_a_stream_that_cannot_be_read_is_charged(self):
        world = self.world(organisation_calls_per_s=20)
        world.give_token("org/a")
        first = publish.PublishStreamRequest(
            frame_id=1, items=[signal("org/a")], on_error=publish.ON_ERROR_CONTINUE)
        answers = world.call(publish, "PublishService", "PublishStream", "org/a").begin(
            iter([first] + [b"\xff"] * FAR_TOO_MANY))
        reasons = [contract.Refusal(result.error).reason for answer in answers
                   for result in answer.results.results if result.HasField("error")]
        self.assertEqual(len(reasons), FAR_TOO_MANY)
        self.assertGreater(reasons.count("REQUEST_UNREADABLE"), 20)
        self.assertIn("QUOTA_EXCEEDED", reasons)
        self.assertGreater(FAR_TOO_MANY - reasons.count("REQUEST_UNREADABLE"), 20)

    def test_a_consumer_is_charged_for_what_it_says(self):
        world = self.world(organisation_calls_per_s=20)
        world.give_token("org/a")
        request = subscriptions.CreateSubscriptionRequest(name="one", beginning=True)
        world.call(subscriptions, "SubscriptionService", "CreateSubscription", "org/a").result_of(
            request)

        def says():
            yield subscriptions.ConsumeRequest(start=subscriptions.ConsumeStart(name="one"))
            for _ in range(FAR_TOO_MANY):
                yield subscriptions.ConsumeRequest(credit=subscriptions.Credit(messages=1))
            time.sleep(PATIENCE_S)

        consume = world.call(subscriptions, "SubscriptionService", "Consume", "org/a")
        self.check_refusal(refusal_at_the_end(consume.begin(says())), "org/a", "calls")

    def test_streams_are_given_back_however_they_end(self):
        world = self.world(organisation_streams=3)
        world.give_token("org/a")
        subscribe = world.call(events, "EventService", "Subscribe", "org/a")
        live = events.SubscribeRequest(start_at=events.START_AT_LIVE)
        live.heartbeat_interval.seconds = 1
        whole = events.SubscribeRequest(start_at=events.START_AT_BEGINNING, stop_at_head=True)
        watch = world.call(radar, "RadarService", "WatchView", "org/a")
        for _ in range(5):
            for _ in range(10):
                # To its end, which is seen a moment before the seat is given back.
                self.assertTrue(identity.wait_until(
                    lambda: refusal_at_the_end(subscribe.begin(whole)) is None))
            held = [self.open(subscribe, live), self.open(subscribe, live),
                    self.open(watch, radar.WatchViewRequest(radar=radar.GetRadarRequest()))]
            self.check_refusal(refusal_at_the_end(subscribe.begin(live)), "org/a",
                               "open streams: 3")
            next(world.call(events, "EventService", "Subscribe", "org/igf-secretariat")
                 .begin(live))
            for stream in held:
                stream.cancel()
            self.assertTrue(identity.wait_until(
                lambda: refusal_at_the_end(subscribe.begin(whole)) is None))

    def open(self, method, request):
        """A stream that goes on: the seats of those before it are given back in a moment."""
        end = time.monotonic() + PATIENCE_S
        while True:
            stream = method.begin(request)
            try:
                next(stream)
                return stream
            except grpc.RpcError as error:
                self.assertEqual(contract.refusal_of(error).reason, "QUOTA_EXCEEDED")
                self.assertLess(time.monotonic(), end, error)

    def test_callers_without_a_name_share_that_of_their_address(self):
        world = self.world(address_calls_per_s=10)
        nobody = world.call(directory, "DirectoryService", "GetHub", None)
        false_token = "igfl_pat_" + "0" * 49
        for caller in (nobody, world.call(directory, "DirectoryService", "GetHub", false_token)):
            calls = [caller.begin() for _ in range(300)]
            refused = [refusal for refusal in map(refusal_at_the_end, calls)
                       if refusal and refusal.reason == "QUOTA_EXCEEDED"]
            self.assertGreater(len(refused), 50)
            self.check_refusal(refused[0], "127.0.0.1", "calls: 10 a second")
            world.call(directory, "DirectoryService", "GetHub", "org/igf-secretariat").result_of()

    def test_whoever_tries_things_out_has_no_share_to_keep_to(self):
        world = World(["--organisation-calls-per-s", "1", "--address-calls-per-s", "1"])
        self.addCleanup(world.close)
        calls = [world.call(directory, "DirectoryService", "GetHub", None).begin()
                 for _ in range(50)]
        self.assertEqual([refusal_at_the_end(call) for call in calls], [None] * 50)

    def liaison(self, world, *arguments):
        token = world.hub.data_dir.with_name("token")
        token.write_text(world.tokens["org/a"])
        token.chmod(0o600)
        return subprocess.run(
            [str(BIN_DIR / "liaison"), "--hub", world.hub.address, "--token-file", str(token),
             *arguments], capture_output=True, text=True, timeout=120, check=False,
            cwd=world.hub.data_dir.parent,
            env={"PATH": "/usr/bin:/bin", "HOME": str(world.hub.data_dir.parent)})

    def test_the_command_line_waits_as_it_is_told_and_all_is_published(self):
        world = self.world(organisation_mib_per_s=1)
        world.give_token("org/a")
        drafts = world.hub.data_dir.with_name("drafts.json")
        drafts.write_text("".join(json.dumps({
            "author": "org/a", "audience": "igf/public", "topics": ["unspecified"],
            "topic_signal": {"title": f"Fictional {n}", "text": "x" * 100_000,
                             "purpose": "PURPOSE_INFORMATION"}}) + "\n" for n in range(60)))
        for more in ([], ["--outbox", str(world.hub.data_dir.with_name("outbox"))]):
            with self.subTest(more=more):
                before = self.head(world)
                began = time.monotonic()
                published = self.liaison(world, *more, "publish", str(drafts))
                if more:
                    flushed = self.liaison(world, *more, "outbox", "flush")
                    self.assertEqual(flushed.returncode, 0, flushed.stderr)
                self.assertEqual(published.returncode, 0, published.stderr)
                self.assertEqual(self.head(world) - before, 60)
                self.assertGreater(time.monotonic() - began, 2, "it was over its quota")

    def head(self, world):
        return world.call(directory, "DirectoryService", "GetHub",
                          "org/igf-secretariat").result_of().head.sequence


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    hubs.add_arguments(parser)
    arguments, rest = parser.parse_known_args()
    BIN_DIR = arguments.bin_dir.resolve()
    unittest.main(argv=[sys.argv[0], *rest])
