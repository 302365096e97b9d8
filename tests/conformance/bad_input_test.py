"""Bad input: each kind has its own reason, and nothing of it is published."""

import unittest

import grpc
import contract
from contract import bodies, directory, event, events, publish, types
from harness import BEGINNING, CALL_TIMEOUT_S, ConformanceCase, draft_item, new_id, signal_draft

INVALID = grpc.StatusCode.INVALID_ARGUMENT
OUT_OF_RANGE = grpc.StatusCode.OUT_OF_RANGE
FAILED_PRECONDITION = grpc.StatusCode.FAILED_PRECONDITION
NOT_FOUND = grpc.StatusCode.NOT_FOUND

PUBLISH = "/igf.liaison.v1.PublishService/Publish"
OTHER_LOG = "00000000-0000-4000-8000-000000000000"


def field(number, data):
    """One length-delimited field on the wire."""
    return varint(number << 3 | 2) + varint(len(data)) + data


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def nested_groups(depth, number=1000):
    start, end = varint(number << 3 | 3), varint(number << 3 | 4)
    return start * depth + end * depth


def request_of(draft_bytes):
    """A PublishRequest of one draft, from bytes no library would write."""
    return field(1, field(1, draft_bytes))


class FieldsOfADraft(ConformanceCase):
    """A field that is not of its grammar is named."""

    def refuse(self, name, change):
        draft = signal_draft()
        change(draft)
        with self.subTest(name), self.nothing_published():
            with self.refused("FIELD_INVALID", INVALID, field=name):
                self.publish(draft)

    def test_names_and_ids(self):
        cases = {
            "event_id": ["", "not-a-uuid", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "\u00e9" * 36],
            "author": ["", "eurodig", "org/", "org/EuroDIG", "org/a/b/c/d", "org/" + "a" * 130],
            "audience": ["", "public", "igf/", "igf/wg-strategy", "igf/wg-strategy@0", "igf/mag@2"],
            "cycle": ["twenty 27", "2" * 40],
            "language": ["english language", "e", "en_GB"],
        }
        for name, values in cases.items():
            for value in values:
                self.refuse(name, lambda d, n=name, v=value: setattr(d, n, v))

    def test_lists(self):
        self.refuse("topics", lambda d: d.topics.append("No Topic"))
        self.refuse("topics", lambda d: d.topics.extend(f"t{i}" for i in range(17)))
        self.refuse("addressees", lambda d: d.addressees.append("igf"))
        self.refuse("addressees", lambda d: d.addressees.extend(f"org/a{i}" for i in range(65)))
        self.refuse("references", lambda d: d.references.add(
            digest=b"short", relation=types.RELATION_REFERS_TO))
        self.refuse("references", lambda d: d.references.add(digest=b"x" * 32))

    def test_body(self):
        self.refuse("title", lambda d: d.topic_signal.ClearField("title"))
        self.refuse("title", lambda d: setattr(d.topic_signal, "title", "t" * 1001))
        self.refuse("text", lambda d: setattr(d.topic_signal, "text", "t" * (513 << 10)))
        self.refuse("requested_date",
                    lambda d: setattr(d.topic_signal, "requested_date", "2027-02-30"))
        self.refuse("evidence", lambda d: d.topic_signal.evidence.add(uri="u" * 2049))

    def test_a_draft_without_body(self):
        with self.refused("FIELD_INVALID", INVALID):
            self.publish(event.Draft(event_id=new_id(), author=self.author, audience="igf/public",
                                     language="en"))

    def test_registry_events_are_public(self):
        draft = event.Draft(event_id=new_id(), author=self.author, audience="igf/mag",
                            language="en")
        draft.organisation.organisation = self.author
        draft.organisation.kind = types.ORGANISATION_KIND_CIVIL_SOCIETY
        draft.organisation.name = "fictional"
        with self.nothing_published(), self.refused("FIELD_INVALID", INVALID, field="audience"):
            self.publish(draft)

    def test_many_violations_stay_within_the_limit(self):
        drafts = [signal_draft(event_id="x" * 100, author="y" * 100) for _ in range(200)]
        with self.nothing_published(), self.refused("FIELD_INVALID", INVALID):
            self.publish(*drafts)


class Sizes(ConformanceCase):
    def with_attachment(self, size_bytes):
        draft = signal_draft(author=self.author)
        draft.attachments.add(name="a", media_type="application/octet-stream",
                              data=b"a" * size_bytes)
        return draft

    def test_an_event_over_1_mib(self):
        with self.nothing_published(), self.refused("EVENT_TOO_LARGE", INVALID):
            self.publish(self.with_attachment(1 << 20))

    def test_an_event_just_below_is_taken(self):
        self.publish(self.with_attachment((1 << 20) - 4096))

    def test_a_batch_over_1000_items(self):
        with self.nothing_published(), self.refused("BATCH_TOO_LARGE", INVALID):
            self.publish(*(self.draft() for _ in range(1001)))

    def test_a_batch_over_its_bytes(self):
        with self.nothing_published(), self.refused("BATCH_TOO_LARGE", INVALID):
            self.publish(*(self.with_attachment(920 << 10) for _ in range(4)))

    def test_an_empty_batch(self):
        with self.refused("FIELD_INVALID", INVALID, field="items"):
            self.publish()

    def test_an_empty_item(self):
        with self.refused("FIELD_INVALID", INVALID, field="items[0]"):
            self.call(self.publishing.Publish,
                      publish.PublishRequest(items=[publish.PublishItem()]))

    def test_a_batch_far_over_its_bytes_still_learns_why(self):
        with self.nothing_published(), self.refused("BATCH_TOO_LARGE", INVALID):
            self.publish(*(self.with_attachment(1000 << 10) for _ in range(8)))

    def test_a_message_without_measure_is_refused_by_grpc_itself(self):
        with self.nothing_published(), self.assertRaises(grpc.RpcError) as caught:
            self.publish(*(self.with_attachment(1000 << 10) for _ in range(32)))
        self.assertEqual(caught.exception.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)

    def test_too_many_checks(self):
        checks = [publish.Check(chain_root=bytes(32), none=True)] * 65
        with self.nothing_published(), self.refused("FIELD_INVALID", INVALID, field="checks"):
            self.publish(self.draft(), checks=checks)


class Bytes(ConformanceCase):
    """What no library would write."""

    def test_bytes_that_are_no_message(self):
        with self.refused("REQUEST_UNREADABLE", INVALID):
            self.call_raw(PUBLISH, b"\xff\xff\xff\xff")

    def test_a_cut_message(self):
        whole = publish.PublishRequest(items=[draft_item(signal_draft())]).SerializeToString()
        with self.nothing_published(), self.refused("REQUEST_UNREADABLE", INVALID):
            self.call_raw(PUBLISH, whole[:-3])

    def test_text_that_is_not_utf8(self):
        good = signal_draft(author=self.author).SerializeToString()
        bad = good.replace(b"A fictional signal", b"A fictional s\xffgnal")
        self.assertNotEqual(good, bad)
        with self.nothing_published(), self.refused("TEXT_NOT_UTF8", INVALID):
            self.call_raw(PUBLISH, request_of(bad))

    def test_ids_that_are_not_utf8(self):
        good = signal_draft().SerializeToString()
        bad = good.replace(b"org/conformance", b"org/\xc3\x28nformance")
        with self.nothing_published(), self.refused("TEXT_NOT_UTF8", INVALID):
            self.call_raw(PUBLISH, request_of(bad))

    def test_deep_nesting(self):
        for depth in (40, 99, 500, 20000):
            bad = signal_draft().SerializeToString() + nested_groups(depth)
            with self.subTest(depth=depth), self.nothing_published():
                with self.refused("NESTING_TOO_DEEP", INVALID):
                    self.call_raw(PUBLISH, request_of(bad))

    def test_unknown_enum(self):
        draft = self.draft()
        draft.topic_signal.purpose = 99
        with self.nothing_published(), self.refused("ENUM_UNKNOWN", INVALID):
            self.publish(draft)

    def test_unknown_enum_of_the_envelope(self):
        with self.nothing_published(), self.refused("ENUM_UNKNOWN", INVALID):
            self.publish(self.draft(channel=99))

    def test_unknown_enum_far_inside(self):
        draft = self.draft()
        draft.personal.contacts.add(role=77, name="A fictional person")
        with self.nothing_published(), self.refused("ENUM_UNKNOWN", INVALID):
            self.publish(draft)


class Filters(ConformanceCase):
    BAD = [
        "type =", "= topic-signal", "type topic-signal", "colour = red", "type = no-such-type",
        "type > topic-signal", "topic = \"unclosed", "(type = topic-signal", "type = topic-signal)",
        "type = topic-signal AND", "NOT", "AND", "reference = xyz", "author = eurodig",
        "audience = public", "\x00", "type = topic-signal type = decision OR",
        " OR ".join(["cycle = 2027"] * 65),
        "(" * 500 + "cycle = 2027" + ")" * 500,
        "NOT " * 200 + "cycle = 2027",
        "cycle = 2027 " + " " * 4096,
    ]

    def test_list(self):
        for bad in self.BAD:
            with self.subTest(filter=bad[:60]), self.refused("FILTER_INVALID", INVALID):
                self.list(filter=bad)

    def test_subscribe(self):
        for bad in self.BAD:
            with self.subTest(filter=bad[:60]), self.refused("FILTER_INVALID", INVALID):
                self.frames(start_at=BEGINNING, filter=bad)


class Pages(ConformanceCase):
    def test_a_token_that_is_none(self):
        for token in ("x", "AAAA", "\u00e9", "A" * 5000):
            with self.subTest(token=token[:8]), self.refused("PAGE_TOKEN_INVALID", INVALID):
                self.list(page_token=token)

    def test_a_changed_token(self):
        self.publish(*(self.draft() for _ in range(3)))
        token = self.list(page_size=1).next_page_token
        for at in range(len(token)):
            changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1:]
            with self.subTest(at=at), self.refused("PAGE_TOKEN_INVALID", INVALID):
                self.list(page_size=1, page_token=changed)

    def test_a_token_of_another_list(self):
        self.publish(*(self.draft() for _ in range(3)))
        token = self.list(page_size=1).next_page_token
        with self.refused("PAGE_TOKEN_INVALID", INVALID):
            self.list(page_size=1, page_token=token, filter="type = topic-signal")
        with self.refused("PAGE_TOKEN_INVALID", INVALID):
            self.call(self.directory.ListOrganisations,
                      directory.ListOrganisationsRequest(page_token=token))

    def test_a_negative_page(self):
        with self.refused("FIELD_INVALID", INVALID, field="page_size"):
            self.list(page_size=-1)


class Positions(ConformanceCase):
    def test_start_is_required(self):
        with self.refused("START_REQUIRED", INVALID):
            self.frames()
        with self.refused("START_REQUIRED", INVALID):
            self.frames(start_at=events.START_AT_UNSPECIFIED)

    def test_another_log(self):
        other = types.Position(log_id=OTHER_LOG, sequence=1)
        with self.refused("LOG_INCARNATION_CHANGED", FAILED_PRECONDITION):
            self.frames(after=other)
        with self.refused("LOG_INCARNATION_CHANGED", FAILED_PRECONDITION):
            self.list(after=other)

    def test_ahead_of_the_log(self):
        ahead = self.hub().head
        ahead.sequence += 1000
        with self.refused("POSITION_AHEAD_OF_LOG", OUT_OF_RANGE):
            self.frames(after=ahead)
        with self.refused("POSITION_AHEAD_OF_LOG", OUT_OF_RANGE):
            self.list(after=ahead)

    def test_heartbeat_out_of_bounds(self):
        for seconds in (0, 61, -1):
            request = events.SubscribeRequest(start_at=BEGINNING, stop_at_head=True)
            request.heartbeat_interval.seconds = seconds
            with self.subTest(seconds=seconds):
                with self.refused("FIELD_INVALID", INVALID, field="heartbeat_interval"):
                    list(self.reading.Subscribe(request, timeout=CALL_TIMEOUT_S))


class Keys(ConformanceCase):
    def test_no_key(self):
        with self.refused("FIELD_INVALID", INVALID):
            self.get()

    def test_a_digest_of_the_wrong_size(self):
        with self.refused("FIELD_INVALID", INVALID, field="digest"):
            self.get(digest=b"12345")

    def test_unknown(self):
        ahead = self.head() + 1000
        for key in ({"sequence": ahead}, {"digest": b"d" * 32},
                    {"name": events.EventName(author=self.author, event_id=new_id())}):
            with self.subTest(key=list(key)), self.refused("NOT_FOUND", NOT_FOUND):
                self.get(**key)

    def test_unknown_in_the_directory(self):
        for method, request in (
                (self.directory.GetOrganisation,
                 directory.GetOrganisationRequest(organisation=self.author)),
                (self.directory.GetTopicScheme, directory.GetTopicSchemeRequest(scheme="no-such")),
                (self.directory.GetCycle, directory.GetCycleRequest(cycle_id="1999"))):
            with self.subTest(request=type(request).__name__):
                with self.refused("NOT_FOUND", NOT_FOUND):
                    self.call(method, request)


if __name__ == "__main__":
    unittest.main()
