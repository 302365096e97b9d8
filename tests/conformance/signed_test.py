"""Events that their author signed: what is verified, and in what order it is refused."""

import grpc
import record
import signing
from contract import bodies, event, publish, types
from harness import ConformanceCase, new_id

INVALID = grpc.StatusCode.INVALID_ARGUMENT
UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED


class SignedEvents(ConformanceCase):
    def setUp(self):
        super().setUp()
        self.key = signing.Key()
        self.signal = bodies.TopicSignal(purpose=types.PURPOSE_ACTION, title="A fictional signal")

    def register(self, key=None, action=bodies.KEY_ACTION_ADD):
        return self.publish_one((key or self.key).draft(self.author, new_id(), action))

    def header(self):
        return signing.signal_header(self.author, new_id(), self.signal)

    def content(self):
        return [signing.section(types.SECTION_KIND_CONTENT, self.signal.SerializeToString())]

    def signed(self):
        return signing.signed_event(self.key, self.header(), self.content())

    def send(self, *signed, **fields):
        request = publish.PublishRequest(
            items=[publish.PublishItem(signed=s) for s in signed], **fields)
        return self.call(self.publishing.Publish, request).receipts

    def refuse(self, signed, reason, code):
        with self.nothing_published(), self.refused(reason, code):
            self.send(signed)

    def test_are_taken_and_kept_verbatim(self):
        self.register()
        signed = self.signed()
        receipt = self.send(signed)[0]
        self.assertFalse(receipt.attested)
        stored = self.get(sequence=receipt.position.sequence)
        leaf = record.decode_leaf(stored.leaf)
        self.assertEqual(stored.header, signed.header)
        self.assertEqual([s.data for s in stored.sections], [s.data for s in signed.sections])
        self.assertEqual([s.salt for s in stored.sections], [s.salt for s in signed.sections])
        self.assertEqual(leaf.kind, record.SIGNED)
        self.assertEqual(leaf.signature, signed.signature)
        self.assertEqual(leaf.key_hash, self.key.hash)
        self.assertTrue(self.send(signed)[0].duplicate)

    def test_of_an_unknown_key(self):
        self.refuse(self.signed(), "KEY_UNKNOWN", UNAUTHENTICATED)

    def test_with_a_wrong_signature(self):
        self.register()
        signed = self.signed()
        signed.signature = bytes([signed.signature[0] ^ 1]) + signed.signature[1:]
        self.refuse(signed, "SIGNATURE_INVALID", UNAUTHENTICATED)

    def test_with_a_changed_header(self):
        self.register()
        signed = self.signed()
        header = event.EventHeader.FromString(signed.header)
        header.language = "fr"
        signed.header = header.SerializeToString()
        self.refuse(signed, "SIGNATURE_INVALID", UNAUTHENTICATED)

    def test_of_somebody_elses_key(self):
        self.register()
        self.author += "/other"
        self.refuse(self.signed(), "KEY_UNKNOWN", UNAUTHENTICATED)

    def test_of_a_revoked_key(self):
        self.register()
        before = self.signed()
        self.send(before)
        self.register(action=bodies.KEY_ACTION_REVOKE)
        self.refuse(self.signed(), "KEY_NOT_VALID", UNAUTHENTICATED)
        # A retry is answered whatever has expired since.
        self.assertTrue(self.send(before)[0].duplicate)

    def test_whose_section_does_not_open(self):
        self.register()
        signed = self.signed()
        signed.sections[0].salt = bytes(32)
        self.refuse(signed, "COMMITMENT_MISMATCH", INVALID)

    def test_whose_section_is_missing(self):
        self.register()
        signed = self.signed()
        del signed.sections[:]
        self.refuse(signed, "COMMITMENT_MISMATCH", INVALID)

    def test_whose_facts_say_other_than_the_content(self):
        self.register()
        header = self.header()
        header.topic_signal.purpose = types.PURPOSE_INFORMATION
        self.refuse(signing.signed_event(self.key, header, self.content()),
                    "FACTS_DISAGREE", INVALID)

    def test_whose_content_is_not_of_its_type(self):
        self.register()
        sections = [signing.section(types.SECTION_KIND_CONTENT, b"\xff\xff\xff")]
        self.refuse(signing.signed_event(self.key, self.header(), sections),
                    "CONTENT_UNREADABLE", INVALID)

    def test_that_only_the_hub_says(self):
        self.register()
        header = event.EventHeader(author=self.author, event_id=new_id(), language="en",
                                   type=types.EVENT_TYPE_RULES, audience="igf/public")
        header.authored_time.GetCurrentTime()
        header.rules.rules_version = 99
        content = bodies.Rules(rules_version=99).SerializeToString()
        sections = [signing.section(types.SECTION_KIND_CONTENT, content)]
        self.refuse(signing.signed_event(self.key, header, sections),
                    "TYPE_NOT_PUBLISHABLE", INVALID)


class Keys(ConformanceCase):
    def refuse_key(self, public, possession=None, reason="KEY_UNACCEPTABLE"):
        key = signing.Key()
        draft = key.draft(self.author, new_id(), bodies.KEY_ACTION_ADD)
        draft.key.public_key = public or key.public
        if possession is not None:
            draft.key.possession = possession
        with self.nothing_published(), self.refused(reason, INVALID):
            self.publish(draft)

    def test_of_low_order(self):
        self.refuse_key(b"\x01" + bytes(31))   # the neutral element
        self.refuse_key(bytes(32))             # order 4

    def test_not_canonical(self):
        self.refuse_key(b"\xee" + b"\xff" * 30 + b"\x7f")  # y = p + 1

    def test_of_the_wrong_size(self):
        self.refuse_key(b"short", reason="FIELD_INVALID")

    def test_that_the_author_does_not_hold(self):
        self.refuse_key(None, possession=bytes(64))
