#!/usr/bin/python3
"""The topic radar, the gaps and the representation, each number of them and each event behind it,
recounted naively by other code from what a reader of the log gets: over random histories of several
days and over the six years.

Everybody and everything said here is fictional, but for the six years of thematic inputs.
LIAISON_SEEDS="4 5" chooses histories.
"""

import argparse
import collections
import copy
import math
import mmap
import os
import pathlib
import random
import re
import struct
import sys
import unittest
import uuid

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
sys.path.insert(0, str(HERE))

import hub as hubs
import radar_recount_test
import radar_test
import views_test
from contract import bodies, radar, types
from radar_test import OLDER_TOPICS, TOPICS
from representation_recount import RepresentationRecount
from topic_recount import PARTS, TAKEN, USUAL_WEIGHTS, Window
from views_test import CYCLE, MAG, NEXT_CYCLE, SECRETARIAT, day

SEEDS = [int(seed) for seed in os.environ.get("LIAISON_SEEDS", "1 2 3").split()]
STEPS = int(os.environ.get("LIAISON_STEPS", "800"))
DAYS = (-7, -4, -2, 0)  # on which the histories are lived, from today
GROUP = "igf/wg-fictional"
NAMES = {"inpu": "inputs", "part": "participants", "init": "nris"}  # as sentences have them
# Sentences, and what other views tell of an event.
UNTOLD = {"why_above_next", "parts.meaning", "could.why",
          *(f"work.decision.{name}" for name in
            (field.name for field in radar.GapWork.DESCRIPTOR.fields_by_name[
                "decision"].message_type.fields) if name != "sequence")}


class ClockedHub(hubs.TemporaryHub):
    """Its clock is as many days off as it is told, and its operator accepts that."""

    def __init__(self, bin_dir):
        super().__init__(bin_dir)
        path = self.data_dir.with_name("clock")
        path.write_bytes(bytes(8))
        with open(path, "r+b") as file:
            self.shared = mmap.mmap(file.fileno(), 8)
        self.jump_to(DAYS[0])
        self.environment.update(LD_PRELOAD=str(self.bin_dir / "jumping_clock.so"),
                                JUMPING_CLOCK_FILE=str(path))

    def jump_to(self, days):
        self.shared[:] = struct.pack("=q", days * 86400 * 10**9)

    def be_off_by(self, days):
        self.jump_to(days)
        radar_test.run(self, "admin", "accept-clock")


class World(radar_recount_test.World):
    """With desks elsewhere than their organisation, a cycle that began later, and a group whose
    members change."""

    def __init__(self, hub, chance):
        super().__init__(hub, chance)
        self.chance = None
        self.desks = [f"{partner}/desk" for partner in self.partners[1:4]]
        desks = [self.organisation(desk, "PRIVATE_SECTOR") for desk in self.desks]
        for draft in desks:
            draft.organisation.region = chance.choice(types.Region.values()[1:9])
        later = self.draft(SECRETARIAT, topics=[], cycle="")
        later.cycle_body.cycle_id = NEXT_CYCLE
        later.cycle_body.phases.add(phase="evaluation", starts_on=day(-8), ends_on=day(8))
        self.publish_all([*desks, later])
        self.admit(1, [MAG, *self.partners[:2]])
        self.cycles, self.stopped = [CYCLE], OLDER_TOPICS[:1]
        self.chance = chance

    def admit(self, version, members):
        draft = self.draft(SECRETARIAT, topics=[], cycle="")
        draft.audience_body.group, draft.audience_body.version = GROUP, version
        draft.audience_body.members.extend(members)
        draft.audience_body.title = "A fictional group"
        self.publish_all([draft])


class History(radar_recount_test.History):
    """The same with meetings, and work that is adopted, done and completed, over several days."""

    def live(self, steps):
        for number, days in enumerate(DAYS):
            if number:
                self.world.hub.be_off_by(days)
            if number == 2:
                self.world.admit(2, [MAG, self.world.partners[0], self.world.partners[2]])
                self.retire(self.world.partners[-1])
                self.retire(self.world.partners[3])  # an initiative, of which a desk stays
            more = [self.propose, self.consult, self.adopt, self.adopt_in_the_room, self.progress,
                    self.outcome, self.ask, self.position, self.position, self.meet, self.meet,
                    self.stand_by_own, self.stand_again, self.stand_again]
            for _ in range(steps // 80):
                super(radar_recount_test.History, self).live(10)
                for _ in range(10):
                    self.say(self.chance.choice(
                        more + [self.person, self.record, self.signal])())
            self.say(self.crosswalk())

    def retire(self, name):
        draft = self.world.draft(SECRETARIAT, topics=[], cycle="")
        facts = RepresentationRecount(self.world.export(MAG), MAG, day(0)).facts[name]
        draft.organisation.organisation, draft.organisation.kind = name, facts.kind
        draft.organisation.name, draft.organisation.retired = f"{name} (fictional)", True
        draft.organisation.region = facts.region
        draft.organisation.stakeholder_group = facts.stakeholder_group
        self.world.publish_all([draft])

    def somebody(self):
        return self.chance.choice([*self.world.partners, *self.world.partners, *self.world.desks,
                                   *self.world.nris])

    def audience(self):
        return self.chance.choice(["igf/public"] * 4 + ["igf/mag", "igf/partners", f"{GROUP}@1",
                                                        f"{GROUP}@2"])

    def signal(self):
        draft = super().signal()
        draft.cycle = self.chance.choice([CYCLE, NEXT_CYCLE, NEXT_CYCLE])
        return draft

    def crosswalk(self):
        same, other = self.chance.sample(OLDER_TOPICS, 2)
        draft = self.world.crosswalk([(same, self.chance.choice(TOPICS))])
        wide = self.world.crosswalk([(other, self.chance.choice(TOPICS))],
                                    self.chance.choice(["BROADER", "NARROWER"]))
        draft.crosswalk.entries.extend(wide.crosswalk.entries)
        return draft

    def stand_by_own(self):
        """Whoever wrote it down, by what they wrote down."""
        recorded = [d for d in self.of("topic_signal") if self.root(d) == d
                    and self.said[d].recorded_for.organisation.startswith("org/never-")]
        if not recorded:
            return None
        target = self.chance.choice(recorded)
        draft = self.world.about(self.said[target].author, target, types.RELATION_POSITION_ON,
                                 audience=self.said[target].audience)
        draft.position.kind = bodies.POSITION_KIND_SUPPORT
        draft.position.reason = self.words()
        return draft

    def stand_again(self):
        """Another position of the same organisation on the same thing, or the latest taken back."""
        taken = [d for d in self.of("position") if self.root(d) == d]
        if not taken:
            return None
        before = self.chance.choice(taken[-10:])
        if self.chance.random() < 0.3:
            return self.take_back(before)
        draft = copy.deepcopy(self.said[before])
        draft.event_id = str(uuid.uuid4())
        draft.position.kind = self.chance.choice(list(TAKEN))
        return draft

    def take_back(self, digest):
        draft = self.later(digest, types.RELATION_RETRACTS)
        draft.retraction.cause = bodies.RETRACTION_CAUSE_ERROR
        draft.retraction.reason = self.words()
        return draft

    # --- meetings --------------------------------------------------------------------------------

    def meet(self):
        """Often of a meeting of which something is said already; sometimes by who held none."""
        draft = self.world.draft(self.chance.choice([SECRETARIAT, *self.world.nris,
                                                     *self.world.partners[::3]]),
                                 topics=[], audience=self.audience(),
                                 cycle=self.chance.choice([CYCLE, NEXT_CYCLE]))
        draft.attendance.starts_on = self.chance.choice([day(-9), day(-6), day(-3)])
        draft.attendance.ends_on = day(-1)
        draft.attendance.mode = self.chance.choice(types_of(bodies.MeetingMode))
        draft.attendance.title = self.words()
        for _ in range(self.chance.randrange(1, 5)):
            row = draft.attendance.participants.add(count=self.chance.choice([0, 1, 20, 300]))
            if self.chance.random() < 0.7:
                row.stakeholder_group = self.chance.choice(types_of(types.StakeholderGroup))
            if self.chance.random() < 0.7:
                row.region = self.chance.choice(types_of(types.Region))
        earlier = self.one_of("attendance")
        if earlier and self.chance.random() < 0.3:
            before = self.said[earlier]
            draft.author, draft.audience = before.author, before.audience
            relation = self.chance.choice([types.RELATION_REVISES, types.RELATION_RETRACTS])
            draft.references.add(digest=earlier, relation=relation)
            if relation == types.RELATION_RETRACTS:
                draft.retraction.cause = bodies.RETRACTION_CAUSE_ERROR
                draft.retraction.reason = self.words()
        return draft

    # --- decisions -------------------------------------------------------------------------------

    def propose(self):
        draft = super().propose()
        draft.audience = self.chance.choice(["igf/public"] * 3 + ["igf/mag", "igf/partners"])
        draft.cycle = self.chance.choice([CYCLE, NEXT_CYCLE])
        # On the last topic nobody works, and on the one before it never yet.
        draft.topics[:] = self.chance.choice([TOPICS[:1], TOPICS[:2], TOPICS[1:3], TOPICS[3:4]])
        return draft

    def consult(self):
        draft = self.decide()
        if draft is not None:
            draft.decision.state = bodies.DECISION_STATE_IN_CONSULTATION
        return draft

    def decide(self):
        return self.like_before(super().decide())

    def adopt(self):
        draft = self.decide()
        if draft is not None and draft.topics != TOPICS[3:4]:
            draft.decision.state = bodies.DECISION_STATE_ADOPTED
            self.fill(draft.decision, 1)
            draft.decision.steward = self.chance.choice(self.world.seats)
        return draft

    def adopt_in_the_room(self):
        draft = self.decide()
        if draft is not None and draft.topics != TOPICS[3:4]:
            draft.decision.state = bodies.DECISION_STATE_ADOPTED_INCOMPLETE
        return draft

    def like_before(self, draft):
        """On the topics of the version before, where it keeps them, and for the same readers."""
        if draft is not None:
            before = self.said[draft.references[0].digest]
            draft.audience, draft.cycle = before.audience, before.cycle
            draft.decision.title = draft.decision.title or self.words()
            draft.topics[:] = before.topics if self.chance.random() < 0.9 else TOPICS[:1]
            if before.topics == TOPICS[3:4]:
                draft.decision.state = self.chance.choice([bodies.DECISION_STATE_IN_CONSULTATION,
                                                           bodies.DECISION_STATE_DEFERRED])
                draft.topics[:] = before.topics
        return draft

    def report_on(self):
        draft = super().report_on()
        if draft is not None:
            before = self.said[draft.references[0].digest]
            draft.audience, draft.cycle = before.audience, before.cycle
        return draft


def types_of(enum):
    return enum.values()[1:]


def is_sentence(field):
    """A sentence in its form for machines."""
    return field.message_type is not None and field.message_type.name == "Sentence"


def plain(message, path=""):
    """The message as dicts and lists, without what is untold."""
    rows = {}
    for field in message.DESCRIPTOR.fields:
        at, value = path + field.name, getattr(message, field.name)
        if at in UNTOLD or is_sentence(field):
            continue
        if field.containing_oneof is not None and not message.HasField(field.name):
            value = None
        if field.message_type and field.message_type.GetOptions().map_entry:
            rows[field.name] = dict(value)
        elif field.label == field.LABEL_REPEATED:
            rows[field.name] = [plain(one, at + ".") if field.message_type else one
                                for one in value]
        else:
            rows[field.name] = plain(value, at + ".") if field.message_type else value
    return rows


def leaves(rows, path=""):
    """(path without places, holder, key) of all that is no dict and no list of dicts."""
    for key, value in rows.items():
        at = f"{path}{key}"
        if isinstance(value, dict) and not at.startswith("individuals.by_"):
            yield from leaves(value, at + ".")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for one in value:
                yield from leaves(one, at + (f"[{one['part']}]." if "part" in one else "."))
        else:
            yield at, rows, key


def differences(shown, naive):
    """Paths at which one is not as the other."""
    found = []
    if len(list(leaves(shown))) != len(list(leaves(naive))):
        return [f"{sorted(path for path, *_ in leaves(shown))} are not "
                f"{sorted(path for path, *_ in leaves(naive))}"]
    naive = sorted(((path, holder[key]) for path, holder, key in leaves(naive)),
                   key=lambda leaf: leaf[0])
    shown = sorted(((path, holder[key]) for path, holder, key in leaves(shown)),
                   key=lambda leaf: leaf[0])
    for (path, one), (other_path, other) in zip(shown, naive):
        same = math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9) \
            if isinstance(one, (int, float)) and isinstance(other, (int, float)) else one == other
        if path != other_path or not same:
            found.append(f"{path}: {one!r}, recounted {other_path}: {other!r}")
    return found


def falsified(rows):
    """(path, the same with one thing that is not so)"""
    for number, (path, holder, key) in enumerate(leaves(rows)):
        wrong = copy.deepcopy(rows)
        _, holder, key = list(leaves(wrong))[number]
        value = holder[key]
        holder[key] = {**value, "x": 1} if isinstance(value, dict) else \
            [*value, value[-1] if value else 1] if isinstance(value, list) else \
            value + "x" if isinstance(value, str) else 1 if value is None else value + 1
        yield path, wrong


class Agreement:
    """What a hub shows one caller, beside the recount of what that caller gets."""

    def __init__(self, test, world, caller, counted):
        self.test, self.world, self.caller, self.counted = test, world, caller, counted
        self.recount = RepresentationRecount(world.export(caller), caller, day(0))

    def ask(self, method, request):
        return self.world.ask_radar(method, request, self.caller)

    def agree(self, shown, naive, named="topic", of=""):
        shown = [plain(one) for one in shown]
        self.test.assertEqual([one[named] for one in shown], [one[named] for one in naive])
        for one, other in zip(shown, naive):
            self.test.assertEqual(differences(one, other), [], one[named])
            for path, holder, key in leaves(other):
                self.counted[of + path] += bool(holder[key])
        return shown

    def paged(self, method, request, field):
        """All rows, two at a time."""
        rows, two = [], copy.deepcopy(request)
        two.max_topics = 2
        while True:
            page = self.ask(method, two)
            self.test.assertLessEqual(len(getattr(page, field)), 2)
            rows += getattr(page, field)
            two.page_token = page.next_page_token
            if not page.next_page_token:
                return rows

    def proto(self, window):
        asked = radar.Window(cycle=window.cycle)
        if window.first or window.last:
            asked.days.starts_on, asked.days.ends_on = window.first, window.last
        return asked

    def radar(self, window, chance):
        weights = chance.choice([None, {part: chance.choice([0, 1, 2.5]) for part in PARTS}])
        request = radar.GetRadarRequest(
            window=self.proto(window), max_topics=500,
            previous_cycle=chance.choice(["", *self.world.cycles]),
            stop_list=chance.choice([[], self.world.stopped]),
            events_per_contributor=chance.choice([0, 1, 100]))
        if weights and sum(weights.values()):
            request.weights.CopyFrom(radar.RadarWeights(**weights))
        else:
            weights = None
        counted = self.counted_in(window)
        naive, previous = self.recount.radar(
            counted, request.previous_cycle, weights, request.stop_list,
            request.events_per_contributor or 3)
        shown = self.ask("GetRadar", request)
        self.test.assertEqual((shown.window.cycle, shown.previous_cycle, shown.total_topics),
                              (counted.cycle, previous, len(naive)))
        self.test.assertEqual({part: getattr(shown.weights, part) for part in PARTS},
                              weights or USUAL_WEIGHTS)
        rows = self.agree(shown.topics, naive)
        self.test.assertEqual(self.paged("GetRadar", request, "topics"),
                              list(shown.topics))
        self.counted["topics"] += len(rows)
        self.counted["topics of some days"] += len(rows) * bool(window.first or window.last)
        self.counted["desks"] += sum(1 for one in self.recount.said_in(counted)
                                     if one.who.endswith("/desk"))
        return rows, naive

    def gaps(self, window):
        request = radar.ListGapsRequest(window=self.proto(window), max_topics=500)
        counted = self.counted_in(window)
        naive = self.recount.gaps(counted)
        shown = self.ask("ListGaps", request)
        self.test.assertEqual(shown.total_topics, len(naive))
        rows = self.agree(shown.gaps, naive)
        self.test.assertEqual(self.paged("ListGaps", request, "gaps"), list(shown.gaps))
        request.only_nobody = True
        self.test.assertEqual(list(self.ask("ListGaps", request).gaps),
                              [gap for gap in shown.gaps if gap.state == radar.GAP_STATE_NOBODY])
        for one in naive:
            self.counted[radar.GapState.Name(one["state"])] += 1
            for work in one["work"]:
                self.counted[bodies.DecisionState.Name(work["state"])] += 1
            self.counted["could, having done it"] += any(
                self.recount.at[s].type == types.EVENT_TYPE_DECISION
                for could in one["could"] for s in could["sequences"])
        return rows, naive

    def representation(self, window):
        shown = self.ask("GetRepresentation", radar.GetRepresentationRequest(
            window=self.proto(window)))
        naive = self.recount.representation(self.counted_in(window))
        for axis in ("by_stakeholder_group", "by_region"):
            self.agree(getattr(shown, axis), naive[axis], "column", axis + " ")
        whole = {name: value for name, value in plain(shown).items()
                 if name not in ("window", "silences", "as_of_sequence")}
        self.test.assertEqual(differences(whole, naive), [])
        self.counted["replaced"] += len(shown.attendances_replaced)
        self.silences(shown, naive)
        return [whole], [naive]

    def silences(self, shown, naive):
        """Each sentence names who is silent, and what else there is of them."""
        rows = {row["column"]: row for row in naive["by_stakeholder_group"] + naive["by_region"]}
        told = set()
        for sentence, form in zip(shown.silences, shown.silence_sentences):
            _, _, rest = sentence.partition(": ")
            row = form.values[0].list.sentences[0] if form.code == "silence.row" else form
            column = row.values[0].word.partition("_")[2] if row.code == "list.word" else "all"
            counts = [(NAMES[what[:4]], 0 if count == "no" else int(count)) for count, what in
                      re.findall(r"(no|\d+) (inputs?|participants?|initiatives?)", rest)]
            for name, count in counts:
                row = naive if column == "all" else rows[column]
                self.test.assertEqual(row[name], count, sentence)
            told.add((column, "participants" if "are not known" in rest else counts[0][0]))
        self.test.assertEqual(told, self.recount.silences(naive))
        self.test.assertEqual(len(told), len(shown.silences))
        self.counted["silences"] += len(told)

    def counted_in(self, window):
        return Window(self.recount.default_cycle) if window == Window() else window

    def events(self, window, topic):
        request = radar.ListTopicEventsRequest(window=self.proto(window), topic=topic,
                                               page_size=100)
        rows, more = [], True
        while more:
            page = self.ask("ListTopicEvents", request)
            rows += [one.sequence for one in page.events]
            more = request.page_token = page.next_page_token
        topic = self.recount.names.get(topic, topic)
        counted = self.counted_in(window)
        self.test.assertEqual(rows, [one.sequence for one in self.recount.inputs_in(counted)
                                     if topic in self.recount.topics_of(one)])
        self.counted["events of a topic"] += len(rows)


WINDOWS = (Window(), Window(CYCLE), Window(NEXT_CYCLE), Window("", day(DAYS[1]), day(-1)),
           Window(CYCLE, day(DAYS[1]), ""), Window(NEXT_CYCLE, "", day(DAYS[1])),
           Window("", day(DAYS[2] + 1), day(-1)))
SEEN = ["GAP_STATE_NOBODY", "GAP_STATE_PROPOSED", "GAP_STATE_WORKED_ON",
        "DECISION_STATE_PROPOSED", "DECISION_STATE_IN_CONSULTATION", "DECISION_STATE_ADOPTED",
        "DECISION_STATE_ADOPTED_INCOMPLETE", "DECISION_STATE_IN_PROGRESS", "could, having done it",
        "topics of some days", "desks", "events of a topic", "read in the group", "silences",
        "replaced"]


class HistoryTest(unittest.TestCase):
    bin_dir = None

    def test_a_naive_recount_agrees(self):
        counted, falsifications = collections.Counter(), collections.Counter()
        for seed in SEEDS:
            chance = random.Random(seed)
            hub = self.enterContext(ClockedHub(self.bin_dir))
            world = World(hub, chance)
            history = History(world, chance)
            history.live(STEPS)
            print(f"seed {seed}: {len(history.said)} happened", flush=True)
            for caller in (MAG, world.seats[0], SECRETARIAT, *world.partners[:3], world.desks[0],
                           world.nris[0], ""):
                agreement = Agreement(self, world, caller, counted)
                counted["read in the group"] += sum(
                    1 for one in agreement.recount.heard("")
                    if one.header.audience.startswith(GROUP))
                for window in WINDOWS:
                    with self.subTest(seed=seed, caller=caller, window=window):
                        rows = [agreement.radar(window, chance), agreement.gaps(window),
                                agreement.representation(window)]
                        agreement.events(window, chance.choice(TOPICS + OLDER_TOPICS))
                        if window == Window(CYCLE) and caller in (MAG, ""):
                            for shown, naive in rows:
                                self.falsify(shown[0], naive[0], falsifications)
            hub.kill()
        print("agreed on:", {what: counted[what] for what in (*SEEN, "topics")})
        print("not nothing:", {path: n for path, n in counted.items()
                               if path not in (*SEEN, "topics")})
        print(f"falsified: {sum(falsifications.values())} in {len(falsifications)} kinds, "
              "each found")
        for what in SEEN:
            self.assertGreater(counted[what], 0, f"LIAISON_SEEDS or LIAISON_STEPS: too few {what}")
        for field in self.told():
            self.assertGreater(counted[field], 0, f"never anything but nothing: {field}")

    def falsify(self, shown, naive, falsifications):
        for path, wrong in falsified(shown):
            self.assertNotEqual(differences(wrong, naive), [], f"nobody saw a wrong {path}")
            falsifications[path] += 1

    @staticmethod
    def told():
        """All that is told and counted; of parts that count who raised it, a topic's contributors
        have the events."""
        fields = ["score", "regions", "nris", "label", "also", "compared_with",
                  "missing_stakeholder_groups", "missing_regions", "work.owner", "work.steward",
                  "work.decision.sequence", "could.organisation", "could.sequences"]
        fields += [f"contributors.{name}" for name in
                   radar.RadarContributor.DESCRIPTOR.fields_by_name]
        fields += [f"individuals.{name}" for name in
                   radar.RadarIndividuals.DESCRIPTOR.fields_by_name]
        fields += [f"{what}.{name}" for what in ("reserves", "objects") for name in
                   radar.RadarEvidence.DESCRIPTOR.fields_by_name
                   if not name.endswith("_sentences")]
        fields += [f"parts[{part}].{field}" for part in PARTS
                   for field in ("count", "of_full", "points", "weighs_as")]
        fields += [f"parts[{part}].evidence.sequences" for part in
                   ("actions", "support", "change", "existing_work")]
        fields += [f"{axis} {name}" for axis in ("by_stakeholder_group", "by_region") for name in
                   radar.RepresentationRow.DESCRIPTOR.fields_by_name
                   if axis == "by_region" or "nri" not in name]
        return fields


class SixYearsTest(radar_recount_test.SixYearsTest):
    """The sample with its six years; then with something taken back, amended and put together."""

    def setUp(self):
        super().setUp()
        self.world.cycles, self.world.stopped = ["2024"], ["igf-call-2024/25:ai"]
        self.counted, self.chance = collections.Counter(), random.Random(6)

    def test_a_naive_recount_agrees(self):
        for change in (None, self.change):
            if change:
                change()
            for caller in (MAG, SECRETARIAT, "org/eurodig", ""):
                agreement = Agreement(self, self.world, caller, self.counted)
                for cycle in self.CYCLES:
                    with self.subTest(changed=bool(change), caller=caller, cycle=cycle):
                        agreement.radar(Window(cycle), self.chance)
                        agreement.gaps(Window(cycle))
                        agreement.representation(Window(cycle))
        print("agreed on the six years:", dict(self.counted))
        for what in ("topics", "silences", "contributors.events", "individuals.events",
                     "by_region participants"):
            self.assertGreater(self.counted[what], 0, what)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    arguments, rest = parser.parse_known_args()
    for test in (HistoryTest, SixYearsTest):
        test.bin_dir = arguments.bin_dir
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
