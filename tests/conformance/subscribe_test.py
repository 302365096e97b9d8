"""Subscribing: every event once, in order, from any position, and never a silent gap."""

import threading
import time

import grpc
from contract import event, events, types
from harness import BEGINNING, CALL_TIMEOUT_S, LIVE, ConformanceCase, header_of, new_id


def kinds(frames):
    return [f.WhichOneof("frame") for f in frames]


def position_of(frame):
    kind = frame.WhichOneof("frame")
    inner = getattr(frame, kind)
    return {"confirmed": lambda: inner.start, "closing": lambda: inner.resume_after}.get(
        kind, lambda: inner.position)()


class Frames(ConformanceCase):
    def test_confirmed_comes_first_and_closing_last(self):
        self.publish_one()
        frames = self.frames(start_at=BEGINNING)
        confirmed = frames[0].confirmed
        self.assertEqual(kinds(frames)[0], "confirmed")
        self.assertEqual(confirmed.start.sequence, 0)
        self.assertEqual(confirmed.head.sequence, self.head())
        self.assertEqual(confirmed.earliest_sequence, 1)
        self.assertEqual(confirmed.heartbeat_interval.seconds, 15)
        closing = frames[-1].closing
        self.assertEqual(kinds(frames)[-1], "closing")
        self.assertEqual(closing.reason, events.CLOSING_REASON_STOPPED_AT_HEAD)
        self.assertEqual(closing.resume_after, confirmed.head)
        self.assertEqual(kinds(frames).count("confirmed"), 1)

    def test_every_position_has_the_log_and_never_goes_back(self):
        self.publish(*(self.draft() for _ in range(100)))
        last = 0
        for frame in self.frames(start_at=BEGINNING):
            position = position_of(frame)
            self.assertEqual(position.log_id, self.hub().head.log_id, frame.WhichOneof("frame"))
            self.assertGreaterEqual(position.sequence, last)
            last = position.sequence

    def test_events_are_dense_for_who_may_read_all(self):
        self.publish(*(self.draft() for _ in range(10)))
        start = self.hub().head
        start.sequence -= 10
        self.assertEqual([e.sequence for e in self.events_of(self.frames(after=start))],
                         list(range(start.sequence + 1, start.sequence + 11)))

    def test_an_events_frame_stands_at_its_last_event(self):
        self.publish(*(self.draft() for _ in range(20)))
        self.publish(self.draft(cycle="2031"), self.draft(), self.draft())
        for filter in ("", "cycle = 2031", f"author = {self.author}"):
            for frame in self.frames(start_at=BEGINNING, filter=filter):
                if frame.WhichOneof("frame") == "events":
                    self.assertEqual(frame.events.position.sequence,
                                     frame.events.events[-1].sequence)

    def test_what_is_filtered_out_is_progress(self):
        self.publish(*(self.draft() for _ in range(5)))
        frames = self.frames(start_at=BEGINNING, filter="cycle = 1999")
        self.assertFalse(self.events_of(frames))
        self.assertEqual(position_of(frames[-1]).sequence, self.head())

    def test_caught_up_is_said(self):
        self.publish_one()
        call = self.subscribe(start_at=BEGINNING)
        head = self.head()
        for frame in call:
            if frame.WhichOneof("frame") == "caught_up":
                self.assertGreaterEqual(frame.caught_up.position.sequence, head)
                self.assertGreater(frame.caught_up.time.seconds, 1_700_000_000)
                break
        call.cancel()

    def test_an_idle_stream_has_a_heartbeat(self):
        request = events.SubscribeRequest(start_at=LIVE)
        request.heartbeat_interval.seconds = 1
        began = time.monotonic()
        call = self.reading.Subscribe(request, timeout=CALL_TIMEOUT_S)
        beats = 0
        for frame in call:
            if frame.WhichOneof("frame") == "heartbeat":
                self.assertEqual(frame.heartbeat.position.log_id, self.hub().head.log_id)
                self.assertGreaterEqual(frame.heartbeat.head.sequence,
                                        frame.heartbeat.position.sequence)
                beats += 1
                if beats == 2:
                    break
        call.cancel()
        self.assertEqual(beats, 2)
        # As it was asked, and not as it would be by itself, every fifteen seconds.
        self.assertLess(time.monotonic() - began, 15)


class Starts(ConformanceCase):
    def test_after_any_position_the_rest_comes(self):
        receipts = self.publish(*(self.draft() for _ in range(6)))
        for i, receipt in enumerate(receipts):
            rest = self.events_of(self.frames(after=receipt.position,
                                              filter=f"author = {self.author}"))
            self.assertEqual([header_of(e).event_id for e in rest],
                             [r.event_id for r in receipts[i + 1:]])

    def test_after_the_head_nothing_comes(self):
        self.assertFalse(self.events_of(self.frames(after=self.hub().head)))

    def test_a_position_without_log_id_is_taken(self):
        receipt = self.publish_one()
        after = types.Position(sequence=receipt.position.sequence - 1)
        self.assertEqual(self.events_of(self.frames(after=after))[0].sequence,
                         receipt.position.sequence)

    def test_since_a_time(self):
        self.publish_one()
        time.sleep(0.01)
        second = self.publish_one()
        third = self.publish_one()
        seen = self.events_of(self.frames(since=second.hub_time))
        self.assertEqual([e.sequence for e in seen],
                         [second.position.sequence, third.position.sequence])

    def test_live_has_only_what_comes(self):
        before = self.publish_one()
        call = self.subscribe(start_at=LIVE)
        confirmed = next(call).confirmed
        self.assertGreaterEqual(confirmed.start.sequence, before.position.sequence)
        after = self.publish_one()
        seen = next(e for frame in call for e in frame.events.events)
        call.cancel()
        self.assertEqual(seen.sequence, after.position.sequence)


class Rights(ConformanceCase):
    def registration(self, name, retired=False):
        draft = event.Draft(event_id=new_id(), author=name, audience="igf/public", language="en")
        draft.organisation.organisation = name
        draft.organisation.name = "A fictional partner"
        draft.organisation.kind = types.ORGANISATION_KIND_CIVIL_SOCIETY
        draft.organisation.retired = retired
        return draft

    def group_of(self, *members):
        """A group of its own, with these members; its audience."""
        group = f"igf/wg-{new_id()[:8]}"
        draft = event.Draft(event_id=new_id(), author="org/igf-secretariat",
                            audience="igf/public", language="en")
        draft.audience_body.group = group
        draft.audience_body.version = 1
        draft.audience_body.title = "A fictional group"
        draft.audience_body.members.extend(members)
        self.publish_one(draft)
        return f"{group}@1"

    def test_who_is_in_a_group_reads_what_is_for_it_and_nobody_else(self):
        member, other = f"org/conformance/{new_id()}", f"org/conformance/{new_id()}"
        for name in (member, other):
            self.publish_one(self.registration(name))
        call = self.subscribe(start_at=LIVE, as_=member)
        next(call)
        audience = self.group_of(member)
        receipt = self.publish_one(audience=audience)
        frames = []
        while receipt.position.sequence not in [e.sequence for e in self.events_of(frames)]:
            frames.append(next(call))
        call.cancel()
        told = [f.audience_changed for f in frames if f.WhichOneof("frame") == "audience_changed"]
        self.assertEqual([(t.audience, t.granted) for t in told], [(audience, True)])
        # How to read what came before: nothing did, and what has come since is there.
        self.assertEqual(told[0].filter, f'audience = "{audience}"')
        self.assertEqual([e.sequence for e in self.list(
            as_=member, filter=told[0].filter, after=told[0].read_after).events],
            [receipt.position.sequence])
        sequence = receipt.position.sequence
        self.assertEqual(self.get(sequence=sequence, as_=member).sequence, sequence)
        for stranger in (other, None):
            with self.refused("NOT_FOUND", grpc.StatusCode.NOT_FOUND):
                self.get(sequence=sequence, as_=stranger)
        filter = f"author = {self.author}"
        self.assertEqual(len(self.list(as_=member, filter=filter).events), 1)
        self.assertEqual(len(self.list(as_=other, filter=filter).events), 0)

    def test_a_change_of_rights_is_told_before_it_is_felt(self):
        """A new partner gets what is for partners from then on, on the stream that is open."""
        partner = f"org/conformance/{new_id()}"
        call = self.subscribe(start_at=LIVE, as_=partner)
        next(call)
        sequences = []

        def read_until_told():
            for frame in call:
                sequences.extend(e.sequence for e in frame.events.events)
                if frame.WhichOneof("frame") == "audience_changed":
                    return frame.audience_changed

        def read_until(receipt):
            while receipt.position.sequence not in sequences:
                sequences.extend(e.sequence for e in next(call).events.events)

        unseen = self.publish_one(audience="igf/partners")
        self.publish_one(self.registration(partner))
        told = read_until_told()
        self.assertEqual((told.audience, told.granted), ("igf/partners", True))
        # What was passed by is read as the frame says.
        missed = self.list(as_=partner, after=told.read_after,
                           filter=f"{told.filter} AND author = {self.author}")
        self.assertEqual([e.sequence for e in missed.events], [unseen.position.sequence])
        read_until(self.publish_one(audience="igf/partners"))
        self.publish_one(self.registration(partner, retired=True))
        told = read_until_told()
        self.assertEqual((told.audience, told.granted), ("igf/partners", False))
        self.assertFalse(told.HasField("read_after") or told.filter)
        unseen_again = self.publish_one(audience="igf/partners")
        read_until(self.publish_one())
        call.cancel()
        self.assertEqual(sequences, sorted(set(sequences)))
        self.assertNotIn(unseen.position.sequence, sequences)
        self.assertNotIn(unseen_again.position.sequence, sequences)


class Live(ConformanceCase):
    def test_catch_up_and_live_in_one_stream(self):
        """Events published while a reader catches up come once, in order."""
        total = 300
        start = self.hub().head
        self.publish(*(self.draft() for _ in range(total // 2)))
        call = self.subscribe(after=start, timeout_s=60, filter=f"author = {self.author}")

        def publish_more():
            for _ in range(total // 2):
                self.publish_one()

        publisher = threading.Thread(target=publish_more)
        publisher.start()
        seen = []
        for frame in call:
            seen += [e.sequence for e in frame.events.events]
            if len(seen) >= total:
                break
        call.cancel()
        publisher.join()
        self.assertEqual(len(seen), total)
        self.assertEqual(seen, sorted(set(seen)))

    def test_many_subscribers_see_the_same(self):
        calls = [self.subscribe(start_at=LIVE, filter=f"author = {self.author}")
                 for _ in range(20)]
        for call in calls:
            self.assertEqual(next(call).WhichOneof("frame"), "confirmed")
        receipts = self.publish(*(self.draft() for _ in range(50)))
        expected = [r.position.sequence for r in receipts]
        for call in calls:
            seen = []
            for frame in call:
                seen += [e.sequence for e in frame.events.events]
                if len(seen) >= 50:
                    break
            call.cancel()
            self.assertEqual(seen, expected)

    def test_a_reader_that_leaves_harms_nobody(self):
        for _ in range(50):
            call = self.subscribe(start_at=BEGINNING)
            next(call)
            call.cancel()
        self.publish_one()

    def test_a_slow_reader_misses_nothing(self):
        start = self.hub().head
        call = self.subscribe(after=start, timeout_s=60, filter=f"author = {self.author}")
        next(call)
        total = 0
        for _ in range(10):
            total += len(self.publish(*(self.draft() for _ in range(200))))
        time.sleep(1)
        seen = []
        for frame in call:
            seen += [e.sequence for e in frame.events.events]
            if len(seen) >= total:
                break
        call.cancel()
        self.assertEqual(len(seen), total)
        self.assertEqual(seen, sorted(set(seen)))
