"""The language of the conformance suite: publish, read, be refused.

Every test makes its own authors and ids, so that the suite runs against a hub that has other events
already, and as often as one likes.
"""

import contextlib
import pathlib
import sys
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import grpc
import contract
from contract import bodies, directory, event, events, publish, types

CALL_TIMEOUT_S = 20
BEGINNING = events.START_AT_BEGINNING
LIVE = events.START_AT_LIVE


def new_id():
    return str(uuid.uuid4())


def signal_draft(**fields):
    """A valid topic signal; `fields` of the draft replace its own."""
    draft = event.Draft(event_id=new_id(), author="org/conformance", audience="igf/public",
                        cycle="2027", topics=["unspecified"], language="en")
    draft.topic_signal.purpose = types.PURPOSE_INFORMATION
    draft.topic_signal.title = "A fictional signal"
    draft.topic_signal.text = "Fictional words."
    for name, value in fields.items():
        if isinstance(value, list):
            draft.ClearField(name)
            getattr(draft, name).extend(value)
        else:
            setattr(draft, name, value)
    return draft


def draft_item(draft):
    return publish.PublishItem(draft=draft)


def header_of(stored):
    return event.EventHeader.FromString(stored.header)


def content_of(stored, body_type):
    return body_type.FromString(next(s.data for s in stored.sections
                                     if s.kind == types.SECTION_KIND_CONTENT))


class ConformanceCase(unittest.TestCase):
    """Talks to the hub at `endpoint`, which the runner sets."""

    endpoint = None
    channel = None

    @classmethod
    def setUpClass(cls):
        cls.channel = grpc.insecure_channel(cls.endpoint, options=[("grpc.enable_retries", 0)])
        grpc.channel_ready_future(cls.channel).result(CALL_TIMEOUT_S)
        cls.publishing = contract.publish_grpc.PublishServiceStub(cls.channel)
        cls.reading = contract.events_grpc.EventServiceStub(cls.channel)
        cls.directory = contract.directory_grpc.DirectoryServiceStub(cls.channel)
        # As soon as a hub has any cycle, only those may be named that it has.
        for cycle in ("2027", "2030", "2031"):
            draft = event.Draft(event_id=new_id(), author="org/igf-secretariat",
                                audience="igf/public", language="en")
            draft.cycle_body.cycle_id = cycle
            cls.publishing.Publish(publish.PublishRequest(items=[draft_item(draft)]),
                                   timeout=CALL_TIMEOUT_S)

    @classmethod
    def tearDownClass(cls):
        cls.channel.close()

    def setUp(self):
        # Nobody else's events are by this author.
        self.author = f"org/conformance/{uuid.uuid4().hex}"

    # --- verbs ----------------------------------------------------------------------------------

    @staticmethod
    def acting_as(principal):
        return (("liaison-as", principal),) if principal else ()

    def schemes(self, **codes):
        """Topics are those of some scheme, once a hub has any. Not by this case's author, so that
        its own events stay countable."""
        for scheme, codes_of in codes.items():
            draft = event.Draft(event_id=new_id(), author="org/conformance-schemes",
                                audience="igf/public")
            draft.topic_scheme.scheme = scheme
            draft.topic_scheme.codes.extend(codes_of)
            self.publish_one(draft)

    def draft(self, **fields):
        return signal_draft(**{"author": self.author, **fields})

    def publish(self, *drafts, as_=None, **fields):
        """Publishes the batch and returns its receipts."""
        request = publish.PublishRequest(items=[draft_item(d) for d in drafts], **fields)
        return list(self.call(self.publishing.Publish, request, as_=as_).receipts)

    def publish_one(self, draft=None, as_=None, **fields):
        return self.publish(draft or self.draft(**fields), as_=as_)[0]

    def call(self, method, request, as_=None):
        return method(request, timeout=CALL_TIMEOUT_S, metadata=self.acting_as(as_))

    def call_raw(self, path, data):
        """A unary call with bytes as they are, and the bytes that come back."""
        return self.channel.unary_unary(path)(data, timeout=CALL_TIMEOUT_S)

    def hub(self):
        return self.call(self.directory.GetHub, directory.GetHubRequest())

    def head(self):
        return self.hub().head.sequence

    def get(self, as_=None, **key):
        return self.call(self.reading.GetEvent, events.GetEventRequest(**key), as_).event

    def list(self, as_=None, **fields):
        return self.call(self.reading.ListEvents, events.ListEventsRequest(**fields), as_)

    def subscribe(self, start_at=None, as_=None, timeout_s=CALL_TIMEOUT_S, **fields):
        if start_at is not None:
            fields["start_at"] = start_at
        return self.reading.Subscribe(events.SubscribeRequest(**fields), timeout=timeout_s,
                                      metadata=self.acting_as(as_))

    def frames(self, **fields):
        """All frames up to the head as of now."""
        return list(self.subscribe(stop_at_head=True, **fields))

    def events_of(self, frames):
        return [e for frame in frames for e in frame.events.events]

    def after_head(self):
        """A position from which only this test's own events are new."""
        return self.hub().head

    # --- being refused --------------------------------------------------------------------------

    @contextlib.contextmanager
    def refused(self, reason, code, field=None):
        """The body must be refused, for this reason, in the way every refusal has to look."""
        with self.assertRaises(grpc.RpcError) as caught:
            yield
        self.check_refusal(contract.refusal_of(caught.exception), reason, code, field)

    def check_refusal(self, refusal, reason, code, field=None):
        self.assertEqual(refusal.reason, reason, refusal)
        self.assertEqual(refusal.code, code.value[0], refusal)
        self.assertEqual(refusal.domain, contract.ERROR_DOMAIN)
        self.assertLessEqual(refusal.size_bytes, contract.MAX_ERROR_SIZE_BYTES)
        self.assertTrue(refusal.message)
        if field is not None:
            self.assertTrue(any(field in v.field for v in refusal.violations),
                            f"no violation of {field}: {refusal.violations}")
            self.assertTrue(all(v.description for v in refusal.violations))

    @contextlib.contextmanager
    def nothing_published(self):
        before = self.head()
        yield
        self.assertEqual(self.head(), before, "something was published")
