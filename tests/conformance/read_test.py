"""Reading: one event, pages, filters, and what is not for the reader's eyes."""

import time

import grpc
import contract
from contract import bodies, directory, event, events, types
from harness import BEGINNING, CALL_TIMEOUT_S, ConformanceCase, content_of, header_of, new_id

NOT_FOUND = grpc.StatusCode.NOT_FOUND


class OneEvent(ConformanceCase):
    def test_by_every_name_it_is_the_same(self):
        draft = self.draft()
        receipt = self.publish_one(draft)
        found = self.get(sequence=receipt.position.sequence)
        self.assertEqual(found, self.get(digest=receipt.digest))
        self.assertEqual(found, self.get(name=events.EventName(author=self.author,
                                                               event_id=draft.event_id)))

    def test_words_are_verbatim(self):
        draft = self.draft(language="ar")
        draft.topic_signal.title = "\u0645\u0648\u0636\u0648\u0639 (fictional)"
        draft.topic_signal.text = "e\u0301 stays two code points; \u00e9 stays one\r\n\t\u202e"
        stored = self.get(sequence=self.publish_one(draft).position.sequence)
        self.assertEqual(content_of(stored, bodies.TopicSignal), draft.topic_signal)

    def test_words_of_a_later_version_are_kept(self):
        """Fields this hub does not know travel, are stored and come back."""
        draft = self.draft()
        unknown = b"\xba\x3e\x05later"  # field 999
        raw = draft.topic_signal.SerializeToString() + unknown
        draft.topic_signal.MergeFromString(unknown)
        stored = self.get(sequence=self.publish_one(draft).position.sequence)
        content = next(s.data for s in stored.sections if s.kind == types.SECTION_KIND_CONTENT)
        self.assertEqual(content, raw)

    def test_every_type(self):
        def organisation(d):
            d.organisation.organisation = self.author
            d.organisation.kind = types.ORGANISATION_KIND_NRI_YOUTH
            d.organisation.name = "fictional"

        def scheme(d):
            d.topic_scheme.scheme = "fictional-" + new_id()[:8]
            d.topic_scheme.codes.append("one")

        def cycle(d):
            d.cycle_body.cycle_id = "fictional-" + new_id()[:8]

        def report(d):
            d.local_report.title = "A fictional report"

        def decision(d):
            d.author = "org/conformance-mag"
            d.decision.title = "A fictional decision"
            d.decision.state = bodies.DECISION_STATE_PROPOSED

        def response(d):
            d.response.kind = bodies.RESPONSE_KIND_ACCEPT
            request = self.draft(addressees=[self.author])
            request.topic_signal.purpose = types.PURPOSE_ACTION
            d.references.add(digest=self.publish_one(request).digest,
                             relation=types.RELATION_RESPONDS_TO)

        mag = event.Draft(event_id=new_id(), author="org/conformance-mag", audience="igf/public")
        mag.organisation.organisation = "org/conformance-mag"
        mag.organisation.kind = types.ORGANISATION_KIND_MAG
        mag.organisation.name = "fictional"
        self.publish_one(mag)

        for fill, expected in ((organisation, types.EVENT_TYPE_ORGANISATION),
                               (scheme, types.EVENT_TYPE_TOPIC_SCHEME),
                               (cycle, types.EVENT_TYPE_CYCLE),
                               (report, types.EVENT_TYPE_LOCAL_REPORT),
                               (decision, types.EVENT_TYPE_DECISION),
                               (response, types.EVENT_TYPE_RESPONSE)):
            with self.subTest(fill.__name__):
                draft = event.Draft(event_id=new_id(), author=self.author, audience="igf/public",
                                    language="en")
                fill(draft)
                stored = self.get(sequence=self.publish_one(draft).position.sequence)
                self.assertEqual(header_of(stored).type, expected)
                name = draft.WhichOneof("body")
                self.assertEqual(content_of(stored, type(getattr(draft, name))),
                                 getattr(draft, name))


class Filters(ConformanceCase):
    def ids(self, filter, as_=None):
        listed, token = [], ""
        while True:
            page = self.list(as_=as_, filter=filter, page_size=1000, page_token=token)
            listed += page.events
            token = page.next_page_token
            if not token:
                break
        subscribed = self.events_of(self.frames(start_at=BEGINNING, filter=filter, as_=as_))
        self.assertEqual([e.sequence for e in listed], [e.sequence for e in subscribed],
                         "list and subscribe must agree")
        return [header_of(e).event_id for e in listed]

    def mine(self, filter):
        return self.ids(f"author = {self.author} AND ({filter})")

    def register_initiative(self):
        """The case's author may report; somebody else has it registered."""
        draft = event.Draft(event_id=new_id(), author="org/conformance-schemes",
                            audience="igf/public")
        draft.organisation.organisation = self.author
        draft.organisation.kind = types.ORGANISATION_KIND_NRI_YOUTH
        draft.organisation.name = "fictional"
        self.publish_one(draft)

    def test_each_field(self):
        self.schemes(**{"a-scheme": ["cyber", "cyber.child"]})
        self.register_initiative()
        root = self.publish_one()
        cases = {
            "topic": (self.draft(topics=["a-scheme:cyber.child"]), "topic = a-scheme:cyber"),
            "cycle": (self.draft(cycle="2031"), "cycle = 2031"),
            "language": (self.draft(language="fr"), "language = fr"),
            "reference": (self.draft(), f"reference = {root.digest.hex()}"),
        }
        cases["reference"][0].references.add(digest=root.digest, relation=types.RELATION_REFERS_TO)
        report = event.Draft(event_id=new_id(), author=self.author, audience="igf/public",
                             language="en")
        report.local_report.title = "A fictional report"
        cases["type"] = (report, "type = local-report")
        for draft, _ in cases.values():
            self.publish_one(draft)
        for name, (draft, filter) in cases.items():
            with self.subTest(name):
                self.assertEqual(self.mine(filter), [draft.event_id])
        self.assertEqual(self.ids(f"author = {self.author}"),
                         [root.event_id] + [d.event_id for d, _ in cases.values()])

    def test_topics_have_everything_below_them(self):
        self.schemes(s=["a", "a.b", "a.b.c", "ab"], t=["a"])
        drafts = {t: self.draft(topics=[t]) for t in ("s:a", "s:a.b", "s:a.b.c", "s:ab", "t:a")}
        for draft in drafts.values():
            self.publish_one(draft)
        for topic, expected in (("s:a", ["s:a", "s:a.b", "s:a.b.c"]),
                                ("s:a.b", ["s:a.b", "s:a.b.c"]),
                                ("s:ab", ["s:ab"]), ("t:a", ["t:a"]), ("s:b", [])):
            with self.subTest(topic):
                self.assertEqual(self.mine(f'topic = "{topic}"'),
                                 [drafts[t].event_id for t in expected])

    def test_and_or_not(self):
        ids = {}
        for cycle in ("2030", "2031"):
            for language in ("en", "fr"):
                draft = self.draft(cycle=cycle, language=language)
                self.publish_one(draft)
                ids[cycle, language] = draft.event_id
        both = [ids["2030", "en"], ids["2030", "fr"]]
        for filter, expected in (
                ("cycle = 2030", both),
                ("cycle = 2030 AND language = fr", both[1:]),
                ("cycle != 2031", both),
                ("NOT cycle = 2031", both),
                ("NOT (cycle = 2031 OR language = en)", both[1:]),
                ("cycle = 2030 AND language = en OR language = fr AND cycle = 2030", both),
                ("cycle = 2030 AND (language = en OR language = de)", both[:1]),
                ('cycle = "2030" AND type = topic-signal', both),
                ("cycle = 2030 AND NOT type = decision", both)):
            with self.subTest(filter):
                self.assertEqual(self.mine(filter), expected)


class Pages(ConformanceCase):
    def test_cover_everything_once(self):
        ids = [d.event_id for d in (self.draft() for _ in range(25)) if self.publish_one(d)]
        seen, token, pages = [], "", 0
        while True:
            page = self.list(filter=f"author = {self.author}", page_size=7, page_token=token)
            self.assertLessEqual(len(page.events), 7)
            seen += [header_of(e).event_id for e in page.events]
            pages += 1
            token = page.next_page_token
            if not token:
                break
            self.assertLess(pages, 100, "the list does not end")
        self.assertEqual(seen, ids)

    def waiting(self, count, **fields):
        """So many lists that wait."""
        request = events.ListEventsRequest(wait_seconds=15, **fields)
        waits = [self.reading.ListEvents.future(request, timeout=CALL_TIMEOUT_S,
                                                metadata=self.acting_as(None))
                 for _ in range(count)]
        time.sleep(0.5)
        self.assertFalse(any(wait.done() for wait in waits), "it did not wait")
        return waits

    def test_wait_for_the_first_that_matches(self):
        position = self.publish_one().position
        # Far more than a hub has threads: whoever waits holds none.
        waits = self.waiting(200, after=position, filter=f"author = {self.author}")
        for _ in range(3):  # wake them, and are not for them
            self.publish_one(author=self.author + "-other")
        self.assertFalse(any(wait.done() for wait in waits))
        began = time.monotonic()
        receipt = self.publish_one()
        for wait in waits:
            page = wait.result()
            self.assertEqual([e.sequence for e in page.events], [receipt.position.sequence])
            self.assertEqual(page.position.sequence, receipt.position.sequence)
        self.assertLess(time.monotonic() - began, 10)

    def test_wait_no_longer_than_asked_and_say_how_far_they_looked(self):
        position = self.publish_one().position
        began = time.monotonic()
        page = self.list(after=position, filter="cycle = 1999", wait_seconds=1)
        self.assertGreaterEqual(time.monotonic() - began, 1)
        self.assertLess(time.monotonic() - began, 10)
        self.assertEqual((list(page.events), page.next_page_token), ([], ""))
        self.assertGreaterEqual(page.position.sequence, position.sequence)

    def test_wait_for_nothing_where_something_is_there(self):
        began = time.monotonic()
        receipts = self.publish(*(self.draft() for _ in range(3)))
        page = self.list(after=receipts[0].position, wait_seconds=30)
        self.assertGreaterEqual(len(page.events), 2)
        self.assertLess(time.monotonic() - began, 10)

    def test_are_left_by_whoever_waits_no_more(self):
        for wait in self.waiting(20, after=self.publish_one().position, filter="cycle = 1999"):
            wait.cancel()
        self.publish_one()
        self.assertTrue(self.list().events)

    def test_wait_for_thirty_seconds_at_most(self):
        with self.assertRaises(grpc.RpcError) as caught:
            self.list(wait_seconds=31)
        self.assertEqual(contract.refusal_of(caught.exception).reason, "FIELD_INVALID")

    def test_begin_after_a_position(self):
        receipts = self.publish(*(self.draft() for _ in range(3)))
        page = self.list(after=receipts[0].position)
        self.assertEqual([e.sequence for e in page.events[:2]],
                         [r.position.sequence for r in receipts[1:]])

    def test_say_how_far_they_looked(self):
        self.publish_one()
        page = self.list(filter="cycle = 1999", page_size=10)
        while page.next_page_token:
            page = self.list(filter="cycle = 1999", page_size=10,
                             page_token=page.next_page_token)
        self.assertEqual(page.position.sequence, self.head())
        self.assertFalse(page.events)

    def test_a_page_of_more_than_1000_is_1000(self):
        page = self.list(page_size=1_000_000)
        self.assertLessEqual(len(page.events), 1000)


class HiddenEvents(ConformanceCase):
    """What is not for the reader is, to the reader, not there."""

    def hidden(self):
        draft = self.draft(audience="igf/mag")
        return draft, self.publish_one(draft)

    def error(self, **key):
        with self.assertRaises(grpc.RpcError) as caught:
            self.get(as_="org/somebody-else", **key)
        refusal = contract.refusal_of(caught.exception)
        self.check_refusal(refusal, "NOT_FOUND", NOT_FOUND)
        return refusal.status.SerializeToString(deterministic=True)

    def test_hidden_and_unknown_are_the_same_error(self):
        draft, receipt = self.hidden()
        name = events.EventName(author=self.author, event_id=draft.event_id)
        unknown = events.EventName(author=self.author, event_id=new_id())
        self.assertEqual(self.error(name=name), self.error(name=unknown))
        self.assertEqual(self.error(digest=receipt.digest), self.error(digest=b"d" * 32))
        self.assertEqual(self.error(sequence=receipt.position.sequence),
                         self.error(sequence=receipt.position.sequence + 1_000_000))

    def test_a_stranger_does_not_meet_them(self):
        _, receipt = self.hidden()
        public = self.publish_one()
        before = types.Position(log_id=receipt.position.log_id,
                                sequence=receipt.position.sequence - 1)
        for as_ in (None, "org/somebody-else"):
            with self.subTest(as_):
                seen = [e.sequence for e in self.events_of(self.frames(after=before, as_=as_))]
                self.assertIn(public.position.sequence, seen)
                self.assertNotIn(receipt.position.sequence, seen)
                listed = [e.sequence for e in self.list(after=before, as_=as_).events]
                self.assertEqual(listed, seen)

    def test_no_filter_finds_them(self):
        _, receipt = self.hidden()
        for filter in ("audience = igf/mag", f"author = {self.author}",
                       f"NOT author = {self.author}"):
            with self.subTest(filter):
                seen = self.list(filter=filter, after=types.Position(
                    sequence=receipt.position.sequence - 1)).events
                self.assertNotIn(receipt.position.sequence, [e.sequence for e in seen])

    def test_the_author_reads_its_own(self):
        draft, receipt = self.hidden()
        stored = self.get(as_=self.author, sequence=receipt.position.sequence)
        self.assertEqual(header_of(stored).event_id, draft.event_id)

    def test_the_mag_reads_what_is_for_it(self):
        mag = event.Draft(event_id=new_id(), author="org/igf-mag", audience="igf/public",
                          language="en")
        mag.organisation.organisation = "org/igf-mag"
        mag.organisation.kind = types.ORGANISATION_KIND_MAG
        mag.organisation.name = "Multistakeholder Advisory Group"
        self.publish_one(mag)
        _, receipt = self.hidden()
        for reader in ("org/igf-mag", "org/igf-mag/seat-17"):
            with self.subTest(reader):
                self.get(as_=reader, sequence=receipt.position.sequence)


class Directory(ConformanceCase):
    def organisation(self, organisation, **fields):
        draft = event.Draft(event_id=new_id(), author=self.author, audience="igf/public",
                            language="en")
        draft.organisation.organisation = organisation
        draft.organisation.kind = types.ORGANISATION_KIND_NRI_NATIONAL
        for key, value in fields.items():
            setattr(draft.organisation, key, value)
        return self.publish_one(draft)

    def find(self, name):
        return self.call(self.directory.GetOrganisation,
                         directory.GetOrganisationRequest(organisation=name)).entry

    def test_the_latest_version_is_given(self):
        self.organisation(self.author, name="fictional one")
        latest = self.organisation(self.author, name="fictional two", founded=2012)
        entry = self.find(self.author)
        self.assertEqual(entry.organisation.name, "fictional two")
        self.assertEqual(entry.organisation.founded, 2012)
        self.assertEqual(entry.sequence, latest.position.sequence)

    def test_pages_cover_all(self):
        names = {f"{self.author}/{i:02}" for i in range(11)}
        for name in names:
            self.organisation(name, name="fictional")
        seen, token = [], ""
        while True:
            page = self.call(self.directory.ListOrganisations,
                             directory.ListOrganisationsRequest(page_size=4, page_token=token))
            self.assertLessEqual(len(page.entries), 4)
            seen += [e.organisation.organisation for e in page.entries]
            token = page.next_page_token
            if not token:
                break
        self.assertEqual(len(seen), len(set(seen)))
        self.assertLessEqual(names, set(seen))

    def test_schemes_and_cycles(self):
        name = "fictional-" + new_id()[:8]
        draft = self.draft(topics=[], cycle="")
        draft.topic_scheme.scheme = name
        draft.topic_scheme.codes.extend(["one", "one.below"])
        scheme_at = self.publish_one(draft).position.sequence
        draft = self.draft(topics=[], cycle="")
        draft.cycle_body.cycle_id = name
        draft.cycle_body.phases.add(phase="call", starts_on="2027-01-01", ends_on="2027-02-28")
        draft.cycle_body.capacity.slots = 90
        cycle_at = self.publish_one(draft).position.sequence

        scheme = self.call(self.directory.GetTopicScheme,
                           directory.GetTopicSchemeRequest(scheme=name)).entry
        self.assertEqual(list(scheme.topic_scheme.codes), ["one", "one.below"])
        self.assertEqual(scheme.sequence, scheme_at)
        cycle = self.call(self.directory.GetCycle,
                          directory.GetCycleRequest(cycle_id=name)).entry
        self.assertEqual(cycle.cycle.capacity.slots, 90)
        self.assertEqual(cycle.sequence, cycle_at)
        schemes = self.call(self.directory.ListTopicSchemes, directory.ListTopicSchemesRequest())
        self.assertIn(name, [e.topic_scheme.scheme for e in schemes.entries])
        cycles = self.call(self.directory.ListCycles, directory.ListCyclesRequest())
        self.assertIn(name, [e.cycle.cycle_id for e in cycles.entries])

    def test_the_hub_says_what_it_is(self):
        hub = self.hub()
        self.assertTrue(hub.development_mode and hub.accepts_writes and hub.version)
        self.assertEqual(hub.hub, "igf")
        self.assertEqual(hub.limits.max_event_bytes, 1 << 20)
        self.assertEqual(hub.limits.max_batch_items, 1000)
        self.assertEqual(len(hub.root), 32)
        self.assertEqual(len(hub.registry_root), 32)
        as_somebody = self.call(self.directory.GetHub, directory.GetHubRequest(),
                                as_="org/eurodig")
        self.assertEqual(as_somebody.caller, "org/eurodig")

    def test_health(self):
        serving = b"\x08\x01"
        self.assertEqual(self.call_raw("/grpc.health.v1.Health/Check", b""), serving)
