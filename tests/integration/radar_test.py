#!/usr/bin/python3
"""The radar and what is beside it, through the wire and the command line, recounted by other code.

Everybody and everything said here is fictional, but for the six years of thematic inputs.
"""

import argparse
import collections
import csv
import html.parser
import json
import os
import pathlib
import queue
import random
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import xml.etree.ElementTree

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
sys.path.insert(0, str(HERE))

import grpc
import contract
import hub as hubs
import views_test
from contract import liaison, radar, types

CALL_TIMEOUT_S = 60
SECRETARIAT = views_test.SECRETARIAT
CYCLE = views_test.CYCLE
SAMPLE = contract.PROJECT / "client/cli/sample"
SEEDS = [int(seed) for seed in os.environ.get("LIAISON_SEEDS", "1 2 3").split()]

GROUPS = ("government", "intergovernmental", "civil_society", "technical_community",
          "private_sector")
REGIONS = ("african", "asia_pacific", "eastern_european", "grulac", "weog", "igo", "other")
UN_REGIONS = REGIONS[:5]
TOPICS = [f"fictional:{code}" for code in ("access", "cyber", "data", "trust", "youth")]
OLDER_TOPICS = ["older:access", "older:divide", "older:spam"]


def run(hub, *arguments, caller=SECRETARIAT, check=True):
    """The program on that hub."""
    return subprocess.run([str(hub.bin_dir / "liaison"), "--hub", hub.address, "--as", caller,
                           "--timeout", "60", *arguments],
                          check=check, capture_output=True, text=True)


def ask(hub, *arguments, **options):
    return json.loads(run(hub, *arguments, "--output", "json", **options).stdout)


class Watch:
    """One WatchView in a thread of its own."""

    def __init__(self, world, caller="", **view):
        stub = contract.radar_grpc.RadarServiceStub(world.channel)
        metadata = [("liaison-as", caller)] if caller else []
        self.call = stub.WatchView(radar.WatchViewRequest(**view), metadata=metadata,
                                   wait_for_ready=True)
        self.frames = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        try:
            for frame in self.call:
                self.frames.put((time.monotonic(), frame))
        except grpc.RpcError as error:
            self.frames.put((time.monotonic(), error))

    def next(self, timeout_s=30):
        return self.frames.get(timeout=timeout_s)[1]

    def until(self, reached, timeout_s=30):
        """All frames up to the one that is as expected."""
        frames, deadline = [], time.monotonic() + timeout_s
        while not frames or not reached(frames[-1]):
            frame = self.next(max(0.01, deadline - time.monotonic()))
            if isinstance(frame, grpc.RpcError):
                raise frame
            frames.append(frame)
        return frames

    def silent(self, seconds):
        try:
            return self.frames.get(timeout=seconds) is None
        except queue.Empty:
            return True


class World(views_test.World):
    """With organisations of every group and region, initiatives among them, and topics."""

    def __init__(self, hub, seats=2, partners=12, chance=random):
        super().__init__(hub, seats, 0)
        self.radar = contract.radar_grpc.RadarServiceStub(self.channel)
        self.facts, drafts = {}, []
        for n in range(partners):
            name = f"org/fictional-{n}"
            group, region = chance.choice(GROUPS), chance.choice(UN_REGIONS)
            kind = ("NRI_NATIONAL", "CIVIL_SOCIETY", group.upper())[n % 3]
            draft = self.organisation(name, kind)
            draft.organisation.stakeholder_group = types.StakeholderGroup.Value(
                f"STAKEHOLDER_GROUP_{group.upper()}")
            # The kind says more about the group than what was registered beside it.
            group = "civil_society" if kind == "CIVIL_SOCIETY" else group
            draft.organisation.region = types.Region.Value(f"REGION_{region.upper()}")
            self.facts[name] = (group, region, n % 3 == 0)
            drafts.append(draft)
        self.partners = list(self.facts)
        scheme = self.draft(SECRETARIAT, topics=[], cycle="")
        scheme.topic_scheme.scheme = "fictional"
        for topic in TOPICS:
            code = topic.partition(":")[2]
            scheme.topic_scheme.codes.append(code)
            scheme.topic_scheme.entries.add(code=code, label=f"{code} (fictional)")
        older = self.draft(SECRETARIAT, topics=[], cycle="")
        older.topic_scheme.scheme = "older"
        for topic in OLDER_TOPICS:
            older.topic_scheme.codes.append(topic.partition(":")[2])
        self.publish_all([*drafts, scheme, older])

    def crosswalk(self, pairs, match="EXACT"):
        draft = self.draft(SECRETARIAT, topics=[], cycle="")
        draft.crosswalk.from_scheme, draft.crosswalk.to_scheme = "older", "fictional"
        for before, now in pairs:
            draft.crosswalk.entries.add(
                from_code=before.partition(":")[2], to_code=now.partition(":")[2],
                match=contract.bodies.CodeMatch.Value(f"CODE_MATCH_{match}"))
        return draft

    def signal(self, author, title, audience="igf/public", topics=("fictional:access",)):
        draft = super().signal(author, title, audience)
        del draft.topics[:]
        draft.topics.extend(topics)
        return draft

    def person(self, title, group, region, topics):
        draft = self.signal(SECRETARIAT, title, topics=topics)
        someone = draft.recorded_for.individual
        someone.id = draft.event_id
        someone.stakeholder_group = types.StakeholderGroup.Value(
            f"STAKEHOLDER_GROUP_{group.upper()}")
        someone.region = types.Region.Value(f"REGION_{region.upper()}")
        draft.recorded_by = SECRETARIAT
        return draft

    def amend(self, author, digest, title, topics):
        draft = self.signal(author, title, topics=topics)
        draft.references.add(digest=digest, relation=types.RELATION_REVISES)
        return draft

    def retract(self, author, digest):
        draft = self.about(author, digest, types.RELATION_RETRACTS)
        draft.retraction.cause = contract.bodies.RETRACTION_CAUSE_ERROR
        draft.retraction.reason = "It was wrong. (fictional)"
        return draft

    def export_as_json(self, caller=views_test.MAG):
        said = run(self.hub, "subscribe", "--until-caught-up", "--output", "json", "--quiet",
                   caller=caller).stdout
        return [json.loads(line) for line in said.splitlines()]

    def ask_radar(self, method, request, caller=""):
        metadata = [("liaison-as", caller)] if caller else []
        return getattr(self.radar, method)(request, timeout=CALL_TIMEOUT_S, metadata=metadata,
                                           wait_for_ready=True)


class Recount:
    """The views again, from the export alone, the slow and obvious way."""

    def __init__(self, world, exported):
        self.facts = world.facts
        root, latest = {}, {}
        for one in exported:
            name = one["digest"]
            root[name] = name
            for reference in one.get("references", []):
                if reference["relation"] == "RELATION_REVISES":
                    root[name] = root[reference["digest"]]
            latest[root[name]] = one
        gone = {root[r["digest"]] for one in exported for r in one.get("references", [])
                if r["relation"] == "RELATION_RETRACTS"}
        first = {one["digest"]: one for one in exported}
        # (sequence of the first version, the first version, the latest)
        self.inputs = [(first[name]["sequence"], first[name], last)
                       for name, last in latest.items()
                       if name not in gone and first[name]["type"] in ("topic-signal",
                                                                       "local-report")
                       and last.get("cycle") == CYCLE]
        self.initiatives = {one["organisation"]["organisation"] for one in exported
                            if one["type"] == "organisation"
                            and "_KIND_NRI_" in one["organisation"]["kind"]}
        self.same_as = {f"{one['crosswalk']['from_scheme']}:{entry['from_code']}":
                        f"{one['crosswalk']['to_scheme']}:{entry['to_code']}"
                        for one in exported if one["type"] == "crosswalk"
                        for entry in one["crosswalk"]["entries"]}
        self.decisions = [last for name, last in latest.items()
                          if name not in gone and first[name]["type"] == "decision"]

    def who(self, last):
        """(organisation or None, group, region), as the latest version has it."""
        someone = last.get("recorded_for", {}).get("individual")
        if someone:
            return (None, someone["stakeholder_group"].removeprefix("STAKEHOLDER_GROUP_").lower(),
                    someone["region"].removeprefix("REGION_").lower())
        group, region, _ = self.facts[last["author"]]
        return last["author"], group, region

    def representation(self):
        groups, regions = collections.Counter(), collections.Counter()
        for _, _, last in self.inputs:
            _, group, region = self.who(last)
            groups[group] += 1
            regions[region] += 1
        return (len(self.inputs), {g: groups[g] for g in GROUPS}, {r: regions[r] for r in REGIONS})

    def radar(self):
        """By topic: organisations, regions, groups, initiatives, events; then individuals."""
        result = {}
        for topic in {self.same_as.get(t, t) for t in TOPICS + OLDER_TOPICS}:
            raised = [(sequence, *self.who(last)) for sequence, _, last in self.inputs
                      if topic in [self.same_as.get(t, t) for t in last["topics"]]]
            heard = [r for r in raised if r[1]]
            if not raised:
                continue
            names = {r[1] for r in heard}
            result[topic] = (len(names), len({r[3] for r in heard}), len({r[2] for r in heard}),
                             sum(self.facts[n][2] for n in names), sorted(r[0] for r in heard),
                             len(raised) - len(heard))
        return result

    def gaps(self):
        """By topic: state, organisations, inputs of individuals."""
        proposed = {self.same_as.get(topic, topic) for one in self.decisions
                    for topic in one["topics"]
                    if one["decision"]["state"] == "DECISION_STATE_PROPOSED"}
        rows = {topic: ("PROPOSED" if topic in proposed else "NOBODY", row[0], row[5])
                for topic, row in self.radar().items()}
        for topic in proposed:
            rows.setdefault(topic, ("PROPOSED", 0, 0))
        return rows


class Page(html.parser.HTMLParser):
    """What a browser makes of a page: its elements, and the text of each."""

    VOID = ("meta", "br")

    def __init__(self, text):
        super().__init__()
        self.elements, self.open = [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append({"tag": tag, **dict(attributes), "text": ""})
        if tag not in self.VOID:
            self.open.append(self.elements[-1])

    def handle_endtag(self, tag):
        if tag in self.VOID:
            return
        assert self.open.pop()["tag"] == tag, f"</{tag}> closes something else"

    def handle_data(self, data):
        for element in self.open:
            element["text"] += data

    def all(self, *tags):
        return [e for e in self.elements if e["tag"] in tags]


class SixYearsTest(unittest.TestCase):
    """The thematic inputs of six years, through the import and out again."""

    bin_dir = None

    def setUp(self):
        self.hub = self.enterContext(hubs.TemporaryHub(self.bin_dir))
        run(self.hub, "import", "--sample", "--quiet")
        with open(SAMPLE / "thematic_inputs.csv", encoding="utf-8") as table:
            self.years = list(csv.DictReader(table))

    def check_year(self, row, **changed):
        shown = ask(self.hub, "representation", "--cycle", row["year"])
        self.assertEqual(list(shown)[:4], ["cycle", "total", "by_stakeholder_group", "by_region"])
        expected = {column: int(row[column]) + changed.get(column, 0) for column in
                    (*GROUPS, *REGIONS)}
        self.assertEqual(shown["cycle"], row["year"])
        self.assertEqual(shown["total"], int(row["total"]) + changed.get("total", 0))
        self.assertEqual(shown["by_stakeholder_group"], {g: expected[g] for g in GROUPS})
        self.assertEqual(shown["by_region"], {r: expected[r] for r in REGIONS})

    def test_six_years_come_out_exactly(self):
        self.assertEqual([row["year"] for row in self.years],
                         ["2018", "2021", "2022", "2023", "2024", "2025"])
        for row in self.years:
            with self.subTest(year=row["year"]):
                self.check_year(row)

    def test_the_sample_shows_participants_and_topics_that_a_crosswalk_unites(self):
        shown = ask(self.hub, "representation", "--cycle", "2025")["participants"]
        self.assertEqual((shown["total"], sum(shown["by_region"].values())), (9435, 9435))
        also = {topic["topic"]: topic["also"] for topic in
                ask(self.hub, "radar", "--cycle", "2027")["topics"]}
        self.assertEqual(also["igf-call-2024/25:ai"], ["igf-call-2022:emtech.ai"])
        self.assertEqual(also["igf-call-2024/25:coop"], ["igf-2025-subtheme:b4"])

    def test_a_retraction_is_counted_out_and_an_amendment_is_not_counted_in(self):
        row = self.years[-1]
        channel = grpc.insecure_channel(self.hub.address)
        exported = [json.loads(line) for line in
                    run(self.hub, "subscribe", "--until-caught-up", "--output", "json", "--quiet",
                        "--filter", "type = topic-signal AND cycle = 2025").stdout.splitlines()]
        government = [one for one in exported if one.get("recorded_for", {}).get("individual", {})
                      .get("stakeholder_group") == "STAKEHOLDER_GROUP_GOVERNMENT"]
        gone, kept = government[0], government[1]
        region = gone["recorded_for"]["individual"]["region"].removeprefix("REGION_").lower()
        retraction = {"author": gone["author"], "audience": "igf/public", "cycle": "2025",
                      "references": [{"digest": gone["digest"], "relation": "RELATION_RETRACTS"}],
                      "retraction": {"cause": "RETRACTION_CAUSE_ERROR",
                                     "reason": "It was wrong. (fictional)"}}
        amendment = {key: kept[key] for key in ("author", "audience", "cycle", "topics",
                                                "recorded_for", "recorded_by", "channel",
                                                "topic_signal") if key in kept}
        amendment["references"] = [{"digest": kept["digest"], "relation": "RELATION_REVISES"}]
        amendment["topic_signal"] = {**kept["topic_signal"], "title": "Said again (fictional)"}
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "more.jsonl"
            path.write_text("".join(json.dumps(d) + "\n" for d in (retraction, amendment)))
            run(self.hub, "publish", str(path))
        channel.close()
        self.check_year(row, total=-1, government=-1, **{region: -1})
        self.check_year(self.years[0])


class RadarTest(unittest.TestCase):
    bin_dir = None

    def world(self, **options):
        return World(self.enterContext(hubs.TemporaryHub(self.bin_dir)), **options)

    def test_a_naive_recount_agrees(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                chance = random.Random(seed)
                world = self.world(chance=chance)
                self.live(world, chance)
                recount = Recount(world, world.export_as_json())
                self.assertGreater(len(recount.inputs), 50)
                self.check_radar(world, recount)
                self.check_representation(world, recount)
                self.check_gaps(world, recount)

    def live(self, world, chance):
        """A random history; what the hub refuses has not happened."""
        said, drafts = [], []
        for number in range(160):
            topics = chance.sample(TOPICS + OLDER_TOPICS, chance.randint(1, 3))
            if chance.random() < 0.25:
                drafts.append(world.person(f"Person {number}", chance.choice(GROUPS),
                                           chance.choice(REGIONS), topics))
            else:
                audience = chance.choice(["igf/public", "igf/public", "igf/mag"])
                drafts.append(world.signal(chance.choice(world.partners), f"Input {number}",
                                           audience, topics))
        said = list(zip(drafts, world.publish_all(drafts)))
        for draft, digest in chance.sample(said, 60):
            if chance.random() < 0.5:
                world.try_publish(world.retract(draft.author, digest))
            elif not draft.HasField("recorded_for") and draft.audience == "igf/public":
                world.try_publish(world.amend(draft.author, digest, "Again",
                                              chance.sample(TOPICS, 2)))
        # Two codes of one topic, one that has another name, and one that nothing is said of.
        if chance.random() < 0.7:
            world.publish_all([world.crosswalk([(OLDER_TOPICS[0], TOPICS[0]),
                                                (OLDER_TOPICS[1], TOPICS[0])])])
        for topic in chance.sample(TOPICS + OLDER_TOPICS, 2):
            proposal = world.draft(world.seats[0], topics=[topic])
            proposal.decision.state = contract.bodies.DECISION_STATE_PROPOSED
            proposal.decision.title = "A proposal (fictional)"
            proposal.decision.work_format = contract.bodies.WorkFormat.values()[1]
            world.publish_all([proposal])

    def check_radar(self, world, recount):
        shown = ask(world.hub, "radar", "--cycle", CYCLE, caller=views_test.MAG)["topics"]
        self.assertEqual([t["score"] for t in shown], sorted((t["score"] for t in shown),
                                                             reverse=True))
        expected = recount.radar()
        self.assertEqual({t["topic"]: (t["organisations"], t["regions"], t["stakeholder_groups"],
                                       t["nris"], t["events"], t["individuals"]["events"])
                          for t in shown}, expected)
        for topic in shown:
            self.assertEqual(topic["total_events"], len(topic["events"]))
            self.assertAlmostEqual(sum(p["points"] for p in topic["parts"]), topic["score"])
        topic = shown[0]["topic"]
        rows, request = [], radar.ListTopicEventsRequest(topic=topic, page_size=7)
        request.window.cycle = CYCLE
        while True:
            page = world.ask_radar("ListTopicEvents", request, views_test.MAG)
            rows += [event.sequence for event in page.events]
            if not page.next_page_token:
                break
            request.page_token = page.next_page_token
        self.assertEqual(rows, sorted(rows))
        self.assertLessEqual(set(shown[0]["events"]), set(rows))
        self.assertEqual(len(rows), len(shown[0]["events"]) + expected[topic][5])

    def check_representation(self, world, recount):
        shown = ask(world.hub, "representation", "--cycle", CYCLE, caller=views_test.MAG)
        self.assertEqual((shown["total"], shown["by_stakeholder_group"], shown["by_region"]),
                         recount.representation())
        self.assertEqual(shown["nris"]["total"], len(recount.initiatives))

    def check_gaps(self, world, recount):
        shown = ask(world.hub, "gaps", "--cycle", CYCLE, caller=views_test.MAG)["gaps"]
        self.assertEqual({g["topic"]: (g["state"].removeprefix("GAP_STATE_"), g["organisations"],
                                       g["individuals"]) for g in shown}, recount.gaps())

    def test_what_may_not_be_read_is_in_no_count(self):
        world = self.world()
        world.publish_all([world.signal(world.partners[0], "Open"),
                           world.signal(world.partners[1], "Hidden", "igf/mag")])
        for caller, total in ((views_test.MAG, 2), (world.partners[5], 1)):
            self.assertEqual(ask(world.hub, "representation", "--cycle", CYCLE,
                                 caller=caller)["total"], total)
            self.assertEqual(ask(world.hub, "radar", "--cycle", CYCLE,
                                 caller=caller)["topics"][0]["organisations"], total)

    def test_page_tokens_are_good_for_their_request_alone(self):
        world = self.world()
        world.publish_all([world.signal(world.partners[n % 3], f"{n}") for n in range(9)])
        request = radar.ListTopicEventsRequest(topic=TOPICS[0], page_size=2)
        request.window.cycle = CYCLE
        token = world.ask_radar("ListTopicEvents", request).next_page_token
        request.page_token, request.topic = token, TOPICS[1]
        with self.assertRaises(grpc.RpcError) as raised:
            world.ask_radar("ListTopicEvents", request)
        self.assertEqual(contract.refusal_of(raised.exception).reason, "PAGE_TOKEN_INVALID")

    def test_pages_of_rankings_are_of_the_log_as_it_was(self):
        world = self.world()
        world.publish_all([world.signal(world.partners[n], f"{n}", topics=TOPICS[n % 4:])
                           for n in range(8)])
        rankings = (("GetRadar", radar.GetRadarRequest, "topics", "max_topics"),
                    ("ListGaps", radar.ListGapsRequest, "gaps", "max_topics"),
                    ("ListTopicLinks", radar.ListTopicLinksRequest, "links", "max_links"))
        for method, request_type, field, most in rankings:
            with self.subTest(method):
                request = request_type()
                request.window.cycle = CYCLE
                if method == "ListTopicLinks":
                    request.fewest_organisations, request.most_chance = 1, 1.0
                whole = world.ask_radar(method, request)
                self.assertGreater(len(getattr(whole, field)), 3)
                self.assertEqual(whole.next_page_token, "")
                setattr(request, most, 1)
                page = world.ask_radar(method, request)
                rows = list(getattr(page, field))
                # Another size is another page of the same.
                setattr(request, most, 2)
                while page.next_page_token:
                    world.publish_all([world.signal(world.partners[9], "Meanwhile",
                                                    topics=TOPICS[4:])])
                    request.page_token = page.next_page_token
                    page = world.ask_radar(method, request)
                    rows += getattr(page, field)
                self.assertEqual(rows, list(getattr(whole, field)))
                request.window.cycle = views_test.NEXT_CYCLE
                with self.assertRaises(grpc.RpcError) as raised:
                    world.ask_radar(method, request)
                self.assertEqual(contract.refusal_of(raised.exception).reason,
                                 "PAGE_TOKEN_INVALID")
        self.assertEqual(len(ask(world.hub, "gaps", "--cycle", CYCLE, "--all")["gaps"]), 5)
        watched = Watch(world, gaps=radar.ListGapsRequest(page_token="x")).next()
        self.assertEqual(contract.refusal_of(watched).reason, "FIELD_INVALID")

    def test_codes_that_match_exactly_are_one_topic_whatever_they_are_called(self):
        world = self.world()
        raised = [world.signal(world.partners[0], "Now", topics=TOPICS[:1]),
                  world.signal(world.partners[1], "Before", topics=OLDER_TOPICS[:1]),
                  world.signal(world.partners[1], "Both", topics=[TOPICS[0], OLDER_TOPICS[0]])]
        proposal = world.draft(world.seats[0], topics=OLDER_TOPICS[:1])
        proposal.decision.state = contract.bodies.DECISION_STATE_PROPOSED
        proposal.decision.title = "A proposal (fictional)"
        proposal.decision.work_format = contract.bodies.WorkFormat.values()[1]
        world.publish_all([*raised, proposal])

        def shown(*arguments):
            return {t["topic"]: t for t in ask(world.hub, *arguments, "--cycle", CYCLE,
                                               caller=views_test.MAG)[
                                                   "topics" if "radar" in arguments else "gaps"]}
        self.assertEqual(set(shown("radar")), {TOPICS[0], OLDER_TOPICS[0]})
        world.publish_all([world.crosswalk([(OLDER_TOPICS[0], TOPICS[0])])])
        one, = shown("radar").values()
        self.assertEqual((one["topic"], one["organisations"], len(one["events"]), one["also"]),
                         (TOPICS[0], 2, 3, OLDER_TOPICS[:1]))
        self.assertEqual(set(shown("radar", "--topic", OLDER_TOPICS[0])), {TOPICS[0]})
        gap, = shown("gaps").values()
        self.assertEqual((gap["state"], gap["organisations"]), ("GAP_STATE_PROPOSED", 2))
        request = radar.ListTopicEventsRequest(topic=OLDER_TOPICS[0], page_size=2)
        request.window.cycle = CYCLE
        first = world.ask_radar("ListTopicEvents", request)
        request.page_token = first.next_page_token
        rest = world.ask_radar("ListTopicEvents", request)
        self.assertEqual([len(first.events), len(rest.events)], [2, 1])
        same, = ask(world.hub, "radar", "--cycle", CYCLE, "--compare-with", CYCLE)["topics"]
        self.assertEqual([p["count"] for p in same["parts"] if p["part"] == "change"], [0])

    def test_weights_stop_list_and_topics_are_arguments(self):
        world = self.world()
        world.publish_all([world.signal(world.partners[0], "One", topics=TOPICS[:1]),
                           world.signal(world.partners[1], "Two", topics=TOPICS[:2]),
                           world.signal(world.partners[2], "Three", topics=TOPICS[1:2])])

        def topics(*arguments):
            return {t["topic"]: t for t in ask(world.hub, "radar", "--cycle", CYCLE,
                                               *arguments)["topics"]}
        self.assertEqual(set(topics()), set(TOPICS[:2]))
        self.assertEqual(set(topics("--stop", TOPICS[0])), {TOPICS[1]})
        self.assertEqual(set(topics("--topic", TOPICS[0])), {TOPICS[0]})
        only = topics("--weights", "organisations=1,regions=0,stakeholder_groups=0,nris=0",
                      "--weights", "actions=0,support=0,change=0,breadth=0")[TOPICS[0]]
        self.assertEqual([p["part"] for p in only["parts"] if p["points"]], ["organisations"])
        refused = run(world.hub, "radar", "--cycle", CYCLE, "--weights", "regions=-1", check=False)
        self.assertIn("FIELD_INVALID", refused.stderr)

    def test_what_cannot_be_ranked_and_topics_that_do_not_exist_are_refused_by_their_names(self):
        world = self.world()
        world.publish_all([world.signal(world.partners[0], "One")])
        every = [f"{field.name}=0" for field in radar.RadarWeights.DESCRIPTOR.fields]
        for arguments, field in ((["radar", "--weights", ",".join(every)], "weights"),
                                 (["radar", "--topic", "nope:x"], "topics[0]"),
                                 (["radar", "--stop", "fictional:nope"], "stop_list[0]"),
                                 (["topic-events", "--topic", "nope:x"], "topic"),
                                 (["topic-events", "--column", "nope"], "column"),
                                 (["topic-events"], "topic")):
            with self.subTest(arguments):
                refused = run(world.hub, *arguments, "--cycle", CYCLE, check=False)
                self.assertNotEqual(refused.returncode, 0)
                self.assertIn("FIELD_INVALID", refused.stderr)
                self.assertIn(field, refused.stderr)
        self.assertEqual(run(world.hub, "radar", "--cycle", CYCLE, "--topic", TOPICS[1], "--stop",
                             "unspecified").returncode, 0)
        shown = run(world.hub, "topic-events", "--cycle", CYCLE, "--topic", TOPICS[0], "--column",
                    world.facts[world.partners[0]][0], "--output", "json").stdout
        self.assertEqual([json.loads(line)["title"] for line in shown.splitlines()],
                         ["One (fictional)"])

    def test_explain_and_tables_fit_a_terminal(self):
        world = self.world()
        world.publish_all([world.signal(partner, "网络安全与信任 حوكمة") for partner in
                           world.partners[:6]])
        text = run(world.hub, "radar", "--cycle", CYCLE, "--explain", "--output", "text").stdout
        self.assertIn("points: organisations 6", text)
        self.assertLessEqual(max(map(len, text.splitlines())), 100)


class PackTest(unittest.TestCase):
    bin_dir = None
    ATTACK = "</cite><script>alert(1)</script>\" onclick='x' & <b>"

    def pack(self, world, *arguments):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / "pack"
        run(world.hub, "pack", "--cycle", CYCLE, "--output-dir", str(folder), *arguments)
        return {path.name: path.read_text() for path in folder.iterdir()}

    def test_pages_are_whole_accessible_and_escaped(self):
        world = World(self.enterContext(hubs.TemporaryHub(self.bin_dir)))
        drafts = [world.signal(world.partners[0], self.ATTACK),
                  world.signal(world.partners[1], "الوصول للجميع"),
                  world.signal(world.partners[2], "普及", topics=TOPICS[1:2])]
        for draft, language in zip(drafts, ("en", "ar", "zh")):
            draft.language = language
        world.publish_all(drafts)
        files = self.pack(world)
        self.assertEqual(sorted(files), ["00-overview.html", *sorted(files)[1:]])
        self.assertEqual(len(files), 3)
        whole = run(world.hub, "pack", "--cycle", CYCLE, "--format", "html").stdout
        for name, text in {**files, "whole": whole}.items():
            with self.subTest(name):
                xml.etree.ElementTree.fromstring(text.partition("\n")[2])
                page = Page(text)
                self.assertEqual(page.open, [])
                self.assertEqual(page.all("script", "link", "img", "b", "iframe"), [])
                self.assertFalse([e for e in page.elements if any(k.startswith("on") for k in e)])
                self.assertEqual(page.all("html")[0]["lang"], "en")
                self.assertEqual(len(page.all("h1")), 1)
                levels = [int(e["tag"][1]) for e in page.all("h1", "h2", "h3", "h4")]
                self.assertTrue(all(b - a <= 1 for a, b in zip(levels, levels[1:])), levels)
                ids = [e["id"] for e in page.elements if "id" in e]
                self.assertEqual(len(ids), len(set(ids)))
                for link in page.all("a"):
                    target = link["href"]
                    self.assertIn(target.lstrip("#"), ids if target[0] == "#" else files)
                for head in page.all("th"):
                    self.assertIn(head["scope"], ("row", "col"))
                self.assertIn("@media print", text)
        cited = {e["text"]: (e.get("lang"), e["dir"]) for e in Page(whole).all("cite")}
        self.assertEqual(cited["الوصول للجميع (fictional)"], ("ar", "rtl"))
        self.assertEqual(cited["普及 (fictional)"], ("zh", "ltr"))
        self.assertIn(f"{self.ATTACK} (fictional)", cited)
        text = run(world.hub, "pack", "--cycle", CYCLE, "--format", "text").stdout
        self.assertIn("الوصول للجميع (fictional)", text)


class WatchTest(unittest.TestCase):
    bin_dir = None

    def setUp(self):
        self.hub = self.enterContext(hubs.TemporaryHub(self.bin_dir))
        self.world = World(self.hub)
        self.window = radar.Window(cycle=CYCLE)

    def inputs(self, caller=""):
        request = radar.GetRepresentationRequest(window=self.window)
        return Watch(self.world, caller, representation=request)

    def test_a_view_stays_current_after_publish_amendment_and_retraction(self):
        world = self.world
        heard, topics = self.inputs(), Watch(world, radar=radar.GetRadarRequest(window=self.window))
        self.assertEqual(heard.next().representation.inputs, 0)
        self.assertEqual(len(topics.next().radar.topics), 0)
        author = world.partners[0]
        [digest] = world.publish_all([world.signal(author, "First")])
        self.assertEqual(heard.next().representation.inputs, 1)
        self.assertEqual(topics.next().radar.topics[0].topic, TOPICS[0])
        world.publish_all([world.amend(author, digest, "Again", TOPICS[1:2])])
        self.assertEqual([t.topic for t in topics.next().radar.topics], TOPICS[1:2])
        self.assertTrue(heard.silent(2.5), "what has not changed is not sent")
        world.publish_all([world.retract(author, digest)])
        self.assertEqual(heard.next().representation.inputs, 0)
        self.assertEqual(len(topics.next().radar.topics), 0)

    def test_a_burst_is_at_most_one_answer_a_second_and_ends_at_the_truth(self):
        watch = self.inputs()
        watch.next()
        began, said = time.monotonic(), 0
        # Whoever counts rests longer where counting is slow: until a second answer is there.
        while said < 40 or watch.frames.qsize() < 2 and time.monotonic() < began + 30:
            self.world.publish_all([self.world.signal(self.world.partners[0], f"{said}")])
            said += 1
            time.sleep(0.05)
        frames = watch.until(lambda frame: frame.representation.inputs == said)
        self.assertLessEqual(len(frames), time.monotonic() - began + 1)
        self.assertGreater(len(frames), 1)
        self.assertEqual([f.representation.inputs for f in frames],
                         sorted({f.representation.inputs for f in frames}))

    def test_what_a_watcher_may_not_read_sends_nothing(self):
        outsider, member = self.inputs(self.world.partners[5]), self.inputs(views_test.MAG)
        outsider.next(), member.next()
        self.world.publish_all([self.world.signal(self.world.partners[0], "Hidden", "igf/mag")])
        self.assertEqual(member.next().representation.inputs, 1)
        self.assertTrue(outsider.silent(2.5))

    def test_a_watcher_whose_rights_change_sees_what_they_then_are(self):
        self.world.publish_all([self.world.signal(self.world.partners[0], "For partners",
                                                  "igf/partners")])
        watch = self.inputs("org/fictional-new")
        self.assertEqual(watch.next().representation.inputs, 0)
        joins = self.world.organisation("org/fictional-new", "CIVIL_SOCIETY")
        self.world.publish_all([joins])
        self.assertEqual(watch.next().representation.inputs, 1)

    def test_a_heartbeat_says_that_all_is_as_it_was(self):
        watch = self.inputs()
        first = watch.next()
        beat = watch.next(timeout_s=60)
        self.assertIsNone(beat.WhichOneof("view"))
        self.assertGreaterEqual(beat.as_of_sequence, first.as_of_sequence)

    def test_a_hub_that_goes_says_so(self):
        watch = self.inputs()
        watch.next()
        self.hub.stop()
        refusal = contract.refusal_of(watch.next())
        self.assertEqual(refusal.reason, "SHUTTING_DOWN")
        self.assertIsNotNone(refusal.retry_delay_s)

    def test_a_request_without_a_view_and_one_that_is_wrong_are_refused(self):
        wrong = radar.GetRadarRequest(window=self.window)
        wrong.weights.regions = -1
        for watch in (Watch(self.world), Watch(self.world, radar=wrong)):
            self.assertEqual(contract.refusal_of(watch.next()).reason, "FIELD_INVALID")

    def test_too_many_watchers_are_turned_away_and_places_come_free(self):
        watches = [self.inputs() for _ in range(256)]
        for watch in watches:
            self.assertEqual(watch.next(60).representation.inputs, 0)
        refusal = contract.refusal_of(self.inputs().next())
        self.assertEqual(refusal.reason, "TOO_MANY_STREAMS")
        self.assertIsNotNone(refusal.retry_delay_s)
        watches.pop().call.cancel()
        deadline = time.monotonic() + 30
        while isinstance(frame := self.inputs().next(), grpc.RpcError):
            self.assertLess(time.monotonic(), deadline, frame)
            time.sleep(0.1)

    def test_the_program_follows(self):
        process = self.enterContext(subprocess.Popen(
            [str(self.hub.bin_dir / "liaison"), "--hub", self.hub.address, "representation",
             "--cycle", CYCLE, "--follow", "--output", "json"], stdout=subprocess.PIPE, text=True))
        self.addCleanup(process.kill)
        self.assertEqual(json.loads(process.stdout.readline())["total"], 0)
        self.world.publish_all([self.world.signal(self.world.partners[0], "First")])
        self.assertEqual(json.loads(process.stdout.readline())["total"], 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    arguments, rest = parser.parse_known_args()
    for test in (SixYearsTest, RadarTest, PackTest, WatchTest):
        test.bin_dir = arguments.bin_dir
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
