#!/usr/bin/python3
"""Digests, topic links, near-duplicates and meeting packs, recounted naively by other code from
what a reader of the log gets: over random histories and over the six years.

Everybody and everything said here is fictional, but for the six years of thematic inputs.
LIAISON_SEEDS="4 5" chooses histories.
"""

import argparse
import collections
import os
import pathlib
import random
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
sys.path.insert(0, str(HERE))

import grpc
import contract
import hub as hubs
import radar_test
import views_test
from contract import bodies, radar, types
from radar_recount import ANTONYMS, RadarRecount, minutes_of
from radar_test import OLDER_TOPICS, TOPICS
from views_test import CYCLE, MAG, NEXT_CYCLE, SECRETARIAT, day

SEEDS = [int(seed) for seed in os.environ.get("LIAISON_SEEDS", "1 2 3").split()]
STEPS = int(os.environ.get("LIAISON_STEPS", "450"))
# Words of no language, from which nobody cuts an ending.
WORDS = [a + b for a in ("bor", "kel", "das", "ful", "gim", "hor") for b in
         ("van", "mot", "rin", "par", "tok", "lum", "zig")]
THEMES = [WORDS[n:n + 7] for n in range(0, len(WORDS), 7)]
STANCES = [word for pairs in ANTONYMS.values() for pair in pairs for word in pair]
LANGUAGES = ("en", "en", "en", "fr", "es", "ru", "pt-BR", "und", "")


class World(radar_test.World):
    """Inputs on topics, in words of which some say nearly the same as others."""

    def __init__(self, hub, chance):
        self.chance = None
        super().__init__(hub, seats=3, partners=8, chance=chance)
        self.chance = chance

    def draft(self, author, topics=("unspecified",), **rest):
        if self.chance and topics == ("unspecified",):
            some = self.chance.choice([TOPICS[:3], TOPICS[2:] + OLDER_TOPICS, ["unspecified"]])
            topics = self.chance.sample(some, min(len(some), self.chance.choice([1, 2, 2])))
        draft = super().draft(author, topics, **rest)
        if self.chance:
            draft.language = self.chance.choice(LANGUAGES)
        return draft

    def signal(self, author, title, audience="igf/public"):
        draft = views_test.World.signal(self, author, title, audience)
        draft.topic_signal.text = self.sentence()
        if self.chance.random() < 0.1:
            draft.topic_signal.other_languages.add(language="fr", title=title,
                                                   text=self.sentence())
        return draft

    def sentence(self):
        theme = self.chance.choice(THEMES)
        words = self.chance.sample(theme, 5) + self.chance.sample(WORDS, 2)
        if self.chance.random() < 0.2:
            words.insert(self.chance.randrange(6), self.chance.choice(["never", "pas", "nunca"]))
        if self.chance.random() < 0.6:
            words.insert(self.chance.randrange(6), self.chance.choice(STANCES[:2] * 9 + STANCES))
        return " ".join(words * self.chance.choice([0, 1, 1, 1, 1, 12])).capitalize()


class History(views_test.History):
    """The same with people, recorders, translations and crosswalks."""

    def live(self, steps):
        more = [self.person, self.record, self.translate, self.signal, self.confirm]
        for _ in range(steps // 40):
            super().live(30)
            for _ in range(10):
                make = self.chance.choice(more)
                self.say(make())
            if self.chance.random() < 0.3:
                self.say(self.crosswalk())

    def say(self, draft):
        digest = draft and self.world.try_publish(draft)
        if digest:
            self.said[digest] = draft

    def words(self):
        return " ".join(self.chance.sample(self.chance.choice(THEMES), 3))

    def person(self):
        draft = self.signal()
        draft.author = draft.recorded_by = SECRETARIAT
        draft.recorded_for.Clear()
        someone = draft.recorded_for.individual
        someone.id = draft.event_id
        someone.stakeholder_group = self.chance.choice(types.StakeholderGroup.values()[1:])
        someone.region = self.chance.choice(types.Region.values()[1:6])
        return draft

    def record(self):
        """A partner that speaks in many names of who will never enrol."""
        draft = self.signal()
        draft.author = draft.recorded_by = self.world.partners[0]
        draft.recorded_for.organisation = f"org/never-{self.chance.randrange(20)}"
        draft.channel = types.CHANNEL_MEETING
        return draft

    def translate(self):
        root = self.one_of("topic_signal", "local_report")
        if root is None:
            return None
        latest = [d for d in self.said if self.root(d) == root
                  and self.said[d].WhichOneof("body") != "retraction"][-1]
        draft = self.world.about(self.somebody(), latest, types.RELATION_TRANSLATES,
                                 audience=self.said[root].audience)
        draft.translation.maker = bodies.TRANSLATION_MAKER_HUMAN
        draft.translation.title, draft.translation.text = self.words(), self.world.sentence()
        return draft

    def confirm(self):
        """A person puts two together that say nearly the same."""
        by_theme = collections.defaultdict(list)
        for digest in self.of("topic_signal"):
            if self.root(digest) == digest:
                by_theme[self.said[digest].topic_signal.title[:3]].append(digest)
        alike = [digests for digests in by_theme.values() if len(digests) > 1]
        if not alike:
            return None
        draft = self.world.draft(SECRETARIAT, topics=[])
        draft.grouping.action = bodies.GROUPING_ACTION_GROUP
        draft.grouping.title = draft.grouping.reason = self.words()
        for digest in self.chance.sample(self.chance.choice(alike), 2):
            draft.references.add(digest=digest, relation=types.RELATION_GROUPS)
        return draft

    def crosswalk(self):
        return self.world.crosswalk(
            [(older, self.chance.choice(TOPICS)) for older in
             self.chance.sample(OLDER_TOPICS, 2)], self.chance.choice(["EXACT", "BROADER"]))

    def restate(self):
        """Sometimes on other topics, sometimes for the next cycle; sometimes it was somebody else
        who said it."""
        draft = super().restate()
        someone = draft.recorded_for.individual if draft is not None \
            and draft.recorded_for.HasField("individual") else None
        if someone is not None and self.chance.random() < 0.7:
            someone.stakeholder_group = self.chance.choice(types.StakeholderGroup.values()[1:])
            someone.region = self.chance.choice(types.Region.values()[1:6])
        elif draft is not None and draft.author == SECRETARIAT and self.chance.random() < 0.5:
            draft.recorded_by, draft.channel = SECRETARIAT, types.CHANNEL_MEETING
            draft.recorded_for.organisation = self.chance.choice(self.world.partners)
        elif draft is not None and draft.recorded_for.organisation.startswith("org/never-"):
            draft.recorded_for.organisation = f"org/never-{self.chance.randrange(20)}"
        if draft is not None and draft.WhichOneof("body") == "topic_signal":
            if self.chance.random() < 0.5:
                draft.topics[:] = self.chance.sample(TOPICS, 2)
            draft.cycle = self.chance.choice([CYCLE, CYCLE, NEXT_CYCLE])
        return draft


class Agreement:
    """What a hub shows one caller, beside the recount of what that caller gets."""

    def __init__(self, test, world, caller):
        self.test = test
        self.world = world
        self.caller = caller
        self.counted = collections.Counter()
        usual = self.ask("GetRadar", radar.GetRadarRequest()).window.cycle
        self.recount = RadarRecount(world.export(caller), caller, day(0))
        test.assertEqual(usual, self.recount.default_cycle)

    def ask(self, method, request):
        return self.world.ask_radar(method, request, self.caller)

    # --- digest ----------------------------------------------------------------------------------

    def digest(self, cycle, after, role=None, wpm=0):
        request = radar.GetDigestRequest(cycle=cycle, after_sequence=after, max_items=500,
                                         words_per_minute=wpm)
        if role:
            request.role = radar.DigestRole.Value(f"DIGEST_ROLE_{role}")
        shown = self.ask("GetDigest", request)
        role = role or self.recount.usual_role(self.caller)
        self.test.assertEqual(radar.DigestRole.Name(shown.role), f"DIGEST_ROLE_{role}")
        expected = self.recount.digest(role, after, cycle)
        self.test.assertEqual([section.name for section in shown.sections], list(expected))
        request.max_items = 3
        brief = self.ask("GetDigest", request)
        for section, few in zip(shown.sections, brief.sections):
            items = expected[section.name]
            with self.test.subTest(section=section.name):
                self.section(section, items, wpm)
                self.test.assertEqual(few.total, section.total)
                self.test.assertEqual(list(few.items), section.items[:3])
                self.counted[section.name] += len(items)
        if self.readable(sum(expected.values(), [])):
            self.test.assertEqual(shown.minutes, minutes_of(
                [(item.language, item.words) for items in expected.values() for item in items],
                wpm))

    def section(self, section, items, wpm):
        self.test.assertEqual([(i.event.sequence, i.due_on) for i in section.items],
                              [(i.sequence, i.due) for i in items])
        self.test.assertEqual((section.total, section.not_looked_at), (len(items), 0))
        for shown, item in zip(section.items, items):
            self.test.assertNotEqual(shown.why, "")
            if self.readable([item]):
                self.test.assertEqual(shown.words, item.words, f"words of {item.sequence}")
        if self.readable(items):
            minutes = minutes_of([(item.language, item.words) for item in items], wpm)
            self.test.assertEqual((section.minutes, section.minutes_of_all), (minutes, minutes))

    @staticmethod
    def readable(items):
        return not any(item.language.startswith(("zh", "ar")) for item in items)

    # --- what stands behind a number -------------------------------------------------------------

    def columns(self, cycle):
        window = radar.Window(cycle=cycle)
        shown = self.ask("GetRepresentation", radar.GetRepresentationRequest(window=window))
        for row in [*shown.by_stakeholder_group, *shown.by_region]:
            if row.column in ("unspecified", "multiple"):
                continue
            expected = [one.sequence for one in self.recount.heard(cycle)
                        if row.column in self.recount.columns_of(one)]
            with self.test.subTest(column=row.column):
                self.test.assertEqual(row.inputs, len(expected))
                self.test.assertEqual(self.events(window, column=row.column), expected)
        for axis, rows in (("stakeholder_group", shown.by_stakeholder_group),
                           ("region", shown.by_region)):
            for row in rows:
                with self.test.subTest(behind=(axis, row.column)):
                    self.behind(row, window, axis, [
                        one for one in self.recount.heard(cycle)
                        if dict(zip(("stakeholder_group", "region"), self.recount.row_of(one)))[
                            axis] == row.column])
        topic = radar_test.TOPICS[0]
        if cycle == CYCLE:
            self.test.assertEqual(self.events(window, topic=topic, column="african"),
                                  [one.sequence for one in self.recount.heard(cycle)
                                   if topic in self.recount.topics_of(one)
                                   and "african" in self.recount.columns_of(one)])

    def behind(self, row, window, axis, inputs):
        """Who stands behind a row, and whose words they wrote down."""
        whose = [self.recount.counts_for(one) for one in inputs]
        self.test.assertEqual(row.organisations, len({w for w in whose if isinstance(w, str)}))
        self.test.assertEqual(row.of_individuals, sum(not isinstance(w, str) for w in whose))
        self.test.assertEqual(row.recorders, len({
            "/".join(self.recount.version(one).author.split("/")[:2]) for one in inputs}))
        self.test.assertEqual(row.nris, len(row.nri_names))
        if row.column == "unspecified":
            self.test.assertEqual(self.events(window, column=f"{axis}.unspecified"),
                                  [one.sequence for one in inputs])

    def events(self, window, **asked):
        request = radar.ListTopicEventsRequest(window=window, page_size=100, **asked)
        rows = []
        while True:
            page = self.ask("ListTopicEvents", request)
            rows += [one.sequence for one in page.events]
            if not page.next_page_token:
                return rows
            request.page_token = page.next_page_token

    # --- links -----------------------------------------------------------------------------------

    def links(self, cycle, fewest=0, most_chance=0.0):
        request = radar.ListTopicLinksRequest(fewest_organisations=fewest, most_chance=most_chance,
                                              max_links=500)
        request.window.cycle = cycle
        shown = self.ask("ListTopicLinks", request)
        expected, left_out = self.recount.links(cycle, fewest or 3, most_chance or 0.01)
        self.test.assertEqual({(k.first, k.second) for k in shown.links}, set(expected))
        self.test.assertEqual({one.name for one in shown.left_out}, left_out)
        self.test.assertEqual((shown.total_links, shown.complete), (len(expected), True))
        self.test.assertEqual([k.chance for k in shown.links],
                              sorted(k.chance for k in shown.links))
        for link in shown.links:
            naive = expected[link.first, link.second]
            with self.test.subTest(link=(link.first, link.second)):
                self.test.assertEqual((link.both, link.raise_first, link.raise_second, link.of),
                                      (naive.both, naive.raise_first, naive.raise_second, naive.of))
                for name in ("expected", "chance", "strength"):
                    self.test.assertAlmostEqual(getattr(link, name), getattr(naive, name), places=9)
                self.test.assertEqual({e.organisation: (list(e.together), list(e.of_first),
                                                        list(e.of_second)) for e in link.evidence},
                                      naive.evidence)
        self.counted["links"] += len(expected)
        return shown.links

    # --- pack ------------------------------------------------------------------------------------

    def pack(self, cycle):
        request = radar.GetMeetingPackRequest(inputs_per_topic=6, max_topics=4)
        request.window.cycle = cycle
        pack = self.ask("GetMeetingPack", request)
        best = self.ask("GetRadar", radar.GetRadarRequest(window=request.window, max_topics=4))
        self.test.assertEqual([page.topic for page in pack.pages], list(best.topics))
        gaps = self.ask("ListGaps", radar.ListGapsRequest(window=request.window, max_topics=500))
        self.test.assertEqual(pack.representation, self.ask(
            "GetRepresentation", radar.GetRepresentationRequest(window=request.window)))
        expected, _ = self.recount.links(cycle)
        for page in pack.pages:
            topic = page.topic.topic
            with self.test.subTest(page=topic):
                self.inputs(page, cycle)
                self.test.assertEqual([d.decision.sequence for d in page.decisions],
                                      self.recount.decisions_on(topic, cycle)[-50:])
                self.test.assertEqual({(k.first, k.second) for k in page.links},
                                      {pair for pair in expected if topic in pair})
                self.test.assertIn(page.gap, gaps.gaps)
        self.counted["pages"] += len(pack.pages)

    def inputs(self, page, cycle):
        rows = self.recount.on_page(page.topic.topic, cycle, 6)
        self.test.assertEqual([(i.event.sequence, i.contributor, list(i.also_by))
                               for i in page.inputs], rows)
        self.counted["grouped"] += sum(1 for row in rows if row[2])
        for shown in page.inputs:
            wording = self.recount.wording(self.recount.at[shown.event.sequence])
            text = wording[2] if wording else ""
            begins = shown.excerpt.removesuffix("…")
            self.test.assertTrue(text.startswith(begins))
            if begins != text:
                self.test.assertGreater(len(begins), 380)
                self.test.assertLessEqual(len(begins), 400)
                self.test.assertFalse(text[len(begins)].isalnum())
                self.counted["cut"] += 1

    # --- near-duplicates -------------------------------------------------------------------------

    def listed(self, cycle, like=0):
        request = radar.ListDuplicatesRequest(like_sequence=like, page_size=100)
        request.window.cycle = cycle
        rows = []
        while True:
            page = self.ask("ListDuplicates", request)
            rows += page.duplicates
            if not page.next_page_token:
                self.test.assertEqual(page.not_compared, 0)
                return rows, page
            request.page_token = page.next_page_token

    def duplicates(self, cycle):
        expected = self.recount.similar(cycle)
        shown, page = self.listed(cycle)
        self.test.assertEqual(page.compared, len([one for one in self.recount.heard(cycle)
                                                  if self.recount.versions(one)]))
        wanted = set(expected)
        self.test.assertLessEqual(page.opposite, page.total)
        self.counted["opposite"] += sum(1 for one in shown if one.opposite)
        # Of many that share a word each is compared with the next few alone.
        self.test.assertLessEqual({(d.first.sequence, d.second.sequence) for d in shown
                                   if d.words}, wanted)
        self.pairs(shown, expected)
        self.test.assertEqual([(d.same_author, d.opposite, -round(d.score, 9)) for d in shown],
                              sorted((d.same_author, d.opposite, -round(d.score, 9))
                                     for d in shown))
        own = collections.Counter(self.recount.counts_for(self.recount.at[d.first.sequence])
                                  for d in shown if d.same_author)
        self.test.assertLessEqual(max(own.values(), default=0), 20)
        self.counted["of all"] += len(wanted)
        self.counted["found"] += len(shown)
        return expected

    def pairs(self, shown, expected):
        for one in shown:
            naive = expected.get((one.first.sequence, one.second.sequence))
            if naive is None:  # by topics and names, without a language in common
                both = [self.recount.topics_of(self.recount.at[end.sequence])
                        for end in (one.first, one.second)]
                self.test.assertLessEqual(set(one.topics), both[0] & both[1])
                self.test.assertTrue(one.topics)
                continue
            with self.test.subTest(pair=(one.first.sequence, one.second.sequence)):
                self.test.assertAlmostEqual(one.score, naive.score, places=6)
                self.test.assertEqual(set(one.topics), naive.topics)
                for word in one.words:
                    self.test.assertAlmostEqual(word.weight, naive.words[word.word], places=6)
                self.test.assertEqual(len(one.words), min(20, len(naive.words)))
                self.test.assertEqual((one.same_author, one.opposite, one.HasField("grouping")),
                                      (naive.same_author, naive.opposite, naive.grouping))
                self.counted["grouped pairs"] += naive.grouping
                self.counted["antonyms"] += ", the opposite:" in one.why

    def like(self, cycle, sequence):
        """Of those like one none is missed."""
        root = self.recount.at[sequence]
        languages = {language for language, *_ in self.recount.versions(root)}
        expected = self.recount.similar(cycle, like=sequence)
        shown, _ = self.listed(cycle, sequence)
        found = {(d.first.sequence, d.second.sequence) for d in shown}
        self.test.assertTrue(languages)
        self.test.assertLessEqual(set(expected), found)


class HistoryTest(unittest.TestCase):
    bin_dir = None

    def test_a_naive_recount_agrees(self):
        counted = collections.Counter()
        for seed in SEEDS:
            chance = random.Random(seed)
            world = World(self.enterContext(hubs.TemporaryHub(self.bin_dir)), chance)
            history = History(world, chance)
            history.live(STEPS)
            print(f"seed {seed}: {len(history.said)} happened")
            for caller in (MAG, world.seats[0], SECRETARIAT, world.partners[0], world.nris[0], ""):
                agreement = Agreement(self, world, caller)
                with self.subTest(seed=seed, caller=caller):
                    self.check(agreement, chance)
                counted += agreement.counted
        print("agreed on:", dict(counted))
        for what in ("decide", "answer", "know", "links", "pages", "grouped", "cut", "found",
                     "grouped pairs", "opposite", "antonyms"):
            self.assertGreater(counted[what], 0, f"LIAISON_SEEDS or LIAISON_STEPS: too few {what}")

    def check(self, agreement, chance):
        head = len(agreement.recount.events)
        for cycle in ("", CYCLE, NEXT_CYCLE):
            for after, role in ((0, None), (chance.randrange(head), None), (head, "MAG"),
                                (chance.randrange(head), "PARTNER")):
                with self.subTest(view="digest", cycle=cycle, after=after, role=role):
                    agreement.digest(cycle, after, role, chance.choice([0, 200]))
        for cycle in (CYCLE, NEXT_CYCLE):
            with self.subTest(view="links", cycle=cycle):
                agreement.links(cycle)
                agreement.links(cycle, 1, 1.0)
            with self.subTest(view="pack", cycle=cycle):
                agreement.pack(cycle)
            with self.subTest(view="representation", cycle=cycle):
                agreement.columns(cycle)
            with self.subTest(view="duplicates", cycle=cycle):
                pairs = agreement.duplicates(cycle)
                for pair in chance.sample(sorted(pairs), min(3, len(pairs))):
                    agreement.like(cycle, pair[0])


class SixYearsTest(unittest.TestCase):
    """The sample with its six years; then with something taken back, amended and put together."""

    bin_dir = None
    CYCLES = ("", "2018", "2021", "2022", "2023", "2024", "2025", "2026", "2027")

    def setUp(self):
        self.hub = self.enterContext(hubs.TemporaryHub(self.bin_dir))
        radar_test.run(self.hub, "import", "--sample", "--quiet")
        self.world = Wire(self.hub)

    def test_a_naive_recount_agrees(self):
        for change in (None, self.change):
            if change:
                change()
            for caller in (MAG, SECRETARIAT, "org/eurodig", "org/benin-igf", ""):
                agreement = Agreement(self, self.world, caller)
                for cycle in self.CYCLES:
                    with self.subTest(changed=bool(change), caller=caller, cycle=cycle):
                        self.check(agreement, cycle)
            self.assertGreater(min(agreement.counted["know"], agreement.counted["pages"]), 0)

    def change(self):
        year = RadarRecount(self.world.export(MAG), MAG, day(0)).inputs("2025")
        gone, kept, *pair = random.Random(6).sample(year, 4)
        retraction = self.world.about(gone, types.RELATION_RETRACTS)
        retraction.retraction.cause = bodies.RETRACTION_CAUSE_ERROR
        retraction.retraction.reason = "It was wrong. (fictional)"
        amendment = self.world.about(kept, types.RELATION_REVISES)
        amendment.amendment.kind = bodies.AMENDMENT_KIND_UPDATE
        amendment.amendment.text = "Four words, all fictional."
        amendment.amendment.reason = "They are other words. (fictional)"
        grouping = self.world.about(pair[0], types.RELATION_GROUPS)
        grouping.references.add(digest=pair[1].digest, relation=types.RELATION_GROUPS)
        grouping.grouping.action = bodies.GROUPING_ACTION_GROUP
        grouping.grouping.title = grouping.grouping.reason = "Put together (fictional)"
        self.world.publish_all([retraction, amendment, grouping])

    def check(self, agreement, cycle):
        head = len(agreement.recount.events)
        for after in (0, head // 2, head - 5):
            agreement.digest(cycle, after)
        if cycle:
            agreement.links(cycle)
            agreement.links(cycle, 1, 1.0)
            agreement.pack(cycle)
            agreement.columns(cycle)


class Wire(views_test.World):
    """A hub that has its organisations and cycles already."""

    def __init__(self, hub):
        self.hub = hub
        self.channel = grpc.insecure_channel(hub.address)
        self.publishing = contract.publish_grpc.PublishServiceStub(self.channel)
        self.log = contract.events_grpc.EventServiceStub(self.channel)
        self.radar = contract.radar_grpc.RadarServiceStub(self.channel)

    ask_radar = radar_test.World.ask_radar

    def about(self, root, relation):
        draft = self.draft(SECRETARIAT, topics=[], cycle="2025")
        draft.references.add(digest=root.digest, relation=relation)
        return draft


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    arguments, rest = parser.parse_known_args()
    for test in (HistoryTest, SixYearsTest):
        test.bin_dir = arguments.bin_dir
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
