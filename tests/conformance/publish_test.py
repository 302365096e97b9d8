"""Publishing: one effect, all or nothing, in order."""

import grpc
import contract
import record
from contract import event, events, publish, types
from harness import ConformanceCase, draft_item, header_of, new_id, signal_draft

ALREADY_EXISTS = grpc.StatusCode.ALREADY_EXISTS
ABORTED = grpc.StatusCode.ABORTED
INVALID = grpc.StatusCode.INVALID_ARGUMENT


class Receipts(ConformanceCase):
    def test_say_what_is_stored(self):
        draft = self.draft()
        receipt = self.publish_one(draft)
        stored = self.get(sequence=receipt.position.sequence)
        self.assertEqual(receipt.event_id, draft.event_id)
        self.assertEqual(receipt.position.log_id, self.hub().head.log_id)
        self.assertEqual(receipt.digest, record.event_digest(stored.header))
        self.assertEqual(receipt.header, stored.header)
        self.assertEqual(receipt.leaf_hash, record.leaf_hash(stored.leaf))
        self.assertEqual(receipt.hub_time, stored.hub_time)
        self.assertEqual(receipt.durability, event.DURABILITY_FSYNC)
        self.assertTrue(receipt.attested and stored.attested)
        self.assertFalse(receipt.duplicate)

    def test_sections_open_their_commitments(self):
        draft = self.draft()
        draft.personal.recorded_for_name = "A fictional person"
        draft.attachments.add(name="a.txt", media_type="text/plain", data=b"fictional")
        stored = self.get(sequence=self.publish_one(draft).position.sequence)
        commitments = {c.kind: c.commitment for c in header_of(stored).commitments}
        self.assertEqual([s.kind for s in stored.sections], [1, 2, 3])
        for section in stored.sections:
            self.assertEqual(section.status, event.SECTION_STATUS_PRESENT)
            self.assertEqual(commitments[section.kind],
                             record.commitment(section.kind, section.salt, section.data))
        self.assertEqual(len({s.salt for s in stored.sections}), 3, "a salt is used once")

    def test_the_header_says_what_the_draft_said(self):
        self.schemes(a=["b.c"])
        draft = self.draft(addressees=["org/igf-mag"], topics=["unspecified", "a:b.c"])
        draft.topic_signal.standing = types.STANDING_INDIVIDUAL
        draft.recorded_for.individual.id = new_id()
        draft.recorded_for.individual.region = types.REGION_GRULAC
        draft.recorded_by = "org/igf-secretariat"
        draft.channel = types.CHANNEL_PAPER
        draft.authored_time.seconds = 1_800_000_000
        header = header_of(self.publish_one(draft))
        for name in ("author", "event_id", "topics", "cycle", "audience", "addressees",
                     "authored_time", "language", "recorded_for", "recorded_by", "channel"):
            self.assertEqual(getattr(header, name), getattr(draft, name), name)
        self.assertEqual(header.type, types.EVENT_TYPE_TOPIC_SIGNAL)
        self.assertEqual(header.topic_signal.standing, types.STANDING_INDIVIDUAL)
        self.assertEqual(header.key_hash, b"")


class Retries(ConformanceCase):
    def test_have_one_effect(self):
        draft = self.draft()
        first = self.publish_one(draft)
        with self.nothing_published():
            for _ in range(3):
                again = self.publish_one(draft)
                self.assertTrue(again.duplicate)
                again.duplicate = False
                self.assertEqual(again, first)

    def test_with_other_content_are_refused(self):
        draft = self.draft()
        first = self.publish_one(draft)
        draft.topic_signal.text = "Other fictional words."
        with self.nothing_published(), self.assertRaises(grpc.RpcError) as caught:
            self.publish(draft)
        refusal = contract.refusal_of(caught.exception)
        self.check_refusal(refusal, "EVENT_ID_REUSED", ALREADY_EXISTS)
        self.assertEqual(refusal.metadata["digest"], first.digest.hex())
        self.assertEqual(refusal.metadata["sequence"], str(first.position.sequence))

    def test_with_another_audience_are_refused(self):
        draft = self.draft()
        self.publish_one(draft)
        draft.audience = "igf/mag"
        with self.nothing_published(), self.refused("EVENT_ID_REUSED", ALREADY_EXISTS):
            self.publish(draft)

    def test_the_id_belongs_to_its_author(self):
        draft = self.draft()
        first = self.publish_one(draft)
        draft.author = f"{self.author}/other"[:128]
        other = self.publish_one(draft)
        self.assertFalse(other.duplicate)
        self.assertGreater(other.position.sequence, first.position.sequence)

    def test_in_a_batch_with_new_ones(self):
        old, new = self.draft(), self.draft()
        first = self.publish_one(old)
        receipts = self.publish(old, new)
        self.assertEqual([r.duplicate for r in receipts], [True, False])
        self.assertEqual(receipts[0].position, first.position)


class Batches(ConformanceCase):
    def test_are_contiguous(self):
        sequences = [r.position.sequence for r in self.publish(*(self.draft() for _ in range(50)))]
        self.assertEqual(sequences, list(range(sequences[0], sequences[0] + 50)))

    def test_of_1000_are_taken(self):
        self.assertEqual(len(self.publish(*(self.draft() for _ in range(1000)))), 1000)

    def test_are_all_or_nothing(self):
        for bad, reason, code in (
                (self.draft(language="not a language"), "FIELD_INVALID", INVALID),
                (self.reuse(), "EVENT_ID_REUSED", ALREADY_EXISTS)):
            with self.subTest(reason), self.nothing_published(), self.refused(reason, code):
                self.publish(self.draft(), bad, self.draft())

    def reuse(self):
        draft = self.draft()
        self.publish_one(draft)
        draft.topic_signal.text = "Other fictional words."
        return draft

    def test_name_the_item(self):
        with self.refused("FIELD_INVALID", INVALID, field="items[1]"):
            self.publish(self.draft(), self.draft(audience="nobody"))

    def test_do_not_repeat_an_event(self):
        draft = self.draft()
        with self.nothing_published(), self.refused("BATCH_REPEATS_EVENT", INVALID):
            self.publish(draft, draft)


class DryRun(ConformanceCase):
    def test_writes_nothing(self):
        draft = self.draft()
        with self.nothing_published():
            receipts = self.publish(draft, dry_run=True)
        self.assertEqual([r.event_id for r in receipts], [draft.event_id])
        self.assertFalse(receipts[0].HasField("position"))
        self.assertFalse(self.publish_one(draft).duplicate)

    def test_finds_faults(self):
        with self.refused("FIELD_INVALID", INVALID):
            self.publish(self.draft(author="nobody"), dry_run=True)


class Checks(ConformanceCase):
    """Optimistic concurrency: publish only if the chain is where I saw it."""

    def revision_of(self, root):
        draft = self.draft()
        draft.references.add(digest=root, relation=types.RELATION_REVISES)
        return draft

    def test_latest(self):
        root = self.publish_one().digest
        seen = publish.Check(chain_root=root, latest=root)
        second = self.publish(self.revision_of(root), checks=[seen])[0].digest
        with self.nothing_published(), self.refused("CHAIN_MOVED", ABORTED):
            self.publish(self.revision_of(root), checks=[seen])
        self.publish(self.revision_of(root),
                     checks=[publish.Check(chain_root=root, latest=second)])

    def test_none(self):
        absent = publish.Check(chain_root=record.sha256(new_id().encode()), none=True)
        self.publish(self.draft(), checks=[absent])
        present = publish.Check(chain_root=self.publish_one().digest, none=True)
        with self.nothing_published(), self.refused("CHAIN_MOVED", ABORTED):
            self.publish(self.draft(), checks=[present])

    def test_all_that_fail_are_named(self):
        there = self.publish_one().digest
        absent = record.sha256(new_id().encode())
        checks = [publish.Check(chain_root=there, none=True),
                  publish.Check(chain_root=absent, none=True),
                  publish.Check(chain_root=absent, latest=there)]
        with self.nothing_published(), self.assertRaises(grpc.RpcError) as caught:
            self.publish(self.draft(), checks=checks)
        refusal = contract.refusal_of(caught.exception)
        self.check_refusal(refusal, "CHAIN_MOVED", ABORTED)
        self.assertIn("2 of 3", refusal.message)

    def test_a_hidden_chain_is_as_if_there_were_none(self):
        """Neither a check that holds nor one that fails tells what may not be read."""
        hidden = self.publish_one(self.draft(audience="igf/mag")).digest
        unknown = record.sha256(new_id().encode())
        refusals = []
        for root in (hidden, unknown):
            holds = publish.Check(chain_root=root, none=True)
            self.publish(self.draft(author="org/somebody-else"), checks=[holds], dry_run=True,
                         as_="org/somebody-else")
            fails = publish.Check(chain_root=root, latest=unknown)
            with self.assertRaises(grpc.RpcError) as raised:
                self.publish(self.draft(author="org/somebody-else"), checks=[fails], dry_run=True,
                             as_="org/somebody-else")
            refusals.append(contract.refusal_of(raised.exception))
        self.assertEqual([r.reason for r in refusals], ["CHAIN_MOVED"] * 2)
        self.assertEqual(refusals[0].metadata, refusals[1].metadata)
        self.assertEqual(refusals[0].message, refusals[1].message)
        # Its own author is no stranger.
        mine = publish.Check(chain_root=hidden, latest=hidden)
        self.publish(self.draft(), checks=[mine], dry_run=True)

    def test_a_refusal_names_the_item(self):
        taken = self.draft()
        self.publish(taken)
        taken.topic_signal.title = "Another fictional title"
        with self.nothing_published(), self.assertRaises(grpc.RpcError) as raised:
            self.publish(self.draft(), self.draft(), taken)
        refusal = contract.refusal_of(raised.exception)
        self.check_refusal(refusal, "EVENT_ID_REUSED", ALREADY_EXISTS)
        self.assertEqual(refusal.metadata["item"], "2")

    def test_as_many_checks_as_there_may_be_are_all_named(self):
        roots = [r.digest for r in self.publish(*(self.draft() for _ in range(32)))]
        checks = [publish.Check(chain_root=root, none=True) for root in roots]
        with self.assertRaises(grpc.RpcError) as raised:
            self.publish(self.draft(), checks=checks)
        refusal = contract.refusal_of(raised.exception)
        self.assertEqual(refusal.metadata["latest"],
                         ",".join(f"{i}={root.hex()}" for i, root in enumerate(roots)))
        self.assertNotIn("truncated", refusal.metadata)

    def test_a_retry_is_answered_though_the_chain_moved_by_it(self):
        root = self.publish_one().digest
        draft = self.revision_of(root)
        seen = publish.Check(chain_root=root, latest=root)
        first = self.publish(draft, checks=[seen])[0]
        again = self.publish(draft, checks=[seen])[0]
        self.assertTrue(again.duplicate)
        self.assertEqual(again.position, first.position)


class Streams(ConformanceCase):
    def stream(self, *frames):
        requests = [publish.PublishStreamRequest(frame_id=100 + i, **frame)
                    for i, frame in enumerate(frames)]
        return list(self.publishing.PublishStream(iter(requests), timeout=30))

    def outcomes(self, response):
        return ["ok" if r.HasField("receipt") else contract.Refusal(r.error).reason
                for r in response.results.results]

    def items(self, *drafts):
        return {"items": [draft_item(d) for d in drafts]}

    def bad(self):
        return self.draft(language="not a language")

    def test_settings_come_first(self):
        responses = self.stream(self.items(self.draft()))
        settings = responses[0].settings
        self.assertEqual(responses[0].WhichOneof("frame"), "settings")
        for limit in ("max_inflight_frames", "max_inflight_bytes", "max_frame_items",
                      "max_frame_bytes"):
            self.assertGreater(getattr(settings, limit), 0, limit)

    def test_results_are_one_to_one_and_in_order(self):
        frames = [self.items(*(self.draft() for _ in range(1 + i % 3))) for i in range(40)]
        responses = self.stream(*frames)[1:]
        self.assertEqual([r.results.frame_id for r in responses], [100 + i for i in range(40)])
        sequences = []
        for frame, response in zip(frames, responses):
            receipts = [r.receipt for r in response.results.results]
            self.assertEqual([r.event_id for r in receipts],
                             [i.draft.event_id for i in frame["items"]])
            sequences += [r.position.sequence for r in receipts]
        self.assertEqual(sequences, sorted(set(sequences)))

    def test_stop_on_error(self):
        first, bad, later = self.draft(), self.bad(), self.draft()
        before = self.head()
        responses = self.stream(self.items(first), self.items(bad), self.items(later))[1:]
        self.assertEqual([self.outcomes(r) for r in responses],
                         [["ok"], ["FIELD_INVALID"], ["PREDECESSOR_FAILED"]])
        self.assertEqual(self.head(), before + 1)

    def test_stop_on_error_within_a_frame(self):
        responses = self.stream(self.items(self.draft(), self.bad(), self.draft()))[1:]
        self.assertEqual(self.outcomes(responses[0]),
                         ["ok", "FIELD_INVALID", "PREDECESSOR_FAILED"])

    def test_continue_on_error(self):
        frames = [self.items(self.draft()), self.items(self.bad(), self.draft()),
                  self.items(self.draft())]
        frames[0]["on_error"] = publish.ON_ERROR_CONTINUE
        responses = self.stream(*frames)[1:]
        self.assertEqual([self.outcomes(r) for r in responses],
                         [["ok"], ["FIELD_INVALID", "ok"], ["ok"]])

    def test_an_atomic_frame_is_all_or_nothing(self):
        frame = self.items(self.draft(), self.bad(), self.draft())
        with self.nothing_published():
            responses = self.stream({**frame, "atomic": True})[1:]
        self.assertNotIn("ok", self.outcomes(responses[0]))
        self.assertIn("FIELD_INVALID", self.outcomes(responses[0]))

    def test_checks_need_atomic(self):
        frame = self.items(self.draft())
        frame["checks"] = [publish.Check(chain_root=bytes(32), none=True)]
        with self.nothing_published():
            responses = self.stream(frame)[1:]
        self.assertEqual(self.outcomes(responses[0]), ["FIELD_INVALID"])

    def test_checks_of_an_atomic_frame(self):
        root = self.publish_one().digest
        frame = self.items(self.draft())
        frame.update(atomic=True, checks=[publish.Check(chain_root=root, none=True)])
        with self.nothing_published():
            responses = self.stream(frame)[1:]
        self.assertEqual(self.outcomes(responses[0]), ["CHAIN_MOVED"])

    def test_a_hidden_chain_is_as_if_there_were_none(self):
        hidden = self.publish_one(self.draft(audience="igf/mag")).digest
        frame = self.items(self.draft(author="org/somebody-else"))
        frame.update(atomic=True, checks=[publish.Check(chain_root=hidden, none=True)])
        self.assertEqual(self.outcomes(self.stream(frame)[1]), ["ok"])

    def test_errors_are_whole(self):
        error = self.stream(self.items(self.bad()))[1].results.results[0].error
        self.check_refusal(contract.Refusal(error), "FIELD_INVALID", INVALID, field="language")

    def test_duplicates_over_a_stream(self):
        draft = self.draft()
        first = self.publish_one(draft)
        again = self.stream(self.items(draft))[1].results.results[0].receipt
        self.assertTrue(again.duplicate)
        self.assertEqual(again.position, first.position)
