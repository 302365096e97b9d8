#!/usr/bin/python3
"""The hub's views, recounted naively by other code from what a reader of the whole log gets.

Everybody and everything said here is fictional.
"""

import argparse
import base64
import collections
import datetime
import json
import os
import pathlib
import random
import subprocess
import sys
import unittest
import uuid

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

import grpc
import contract
import hub as hubs
from contract import event, liaison, publish, types

CALL_TIMEOUT_S = 60
SECRETARIAT = "org/igf-secretariat"
MAG = "org/igf-mag"
CYCLE = "fictional-2027"
SEEDS = [int(seed) for seed in os.environ.get("LIAISON_SEEDS", "1 2 3").split()]


def day(offset):
    return (datetime.datetime.now(datetime.timezone.utc).date()
            + datetime.timedelta(days=offset)).isoformat()


class World:
    """A hub with a secretariat, seats, partners and a cycle that is being evaluated."""

    def __init__(self, hub, seats, partners):
        self.hub = hub
        self.channel = grpc.insecure_channel(hub.address)
        self.publishing = contract.publish_grpc.PublishServiceStub(self.channel)
        self.views = contract.liaison_grpc.LiaisonServiceStub(self.channel)
        self.seats = [f"{MAG}/seat-{n}" for n in range(1, seats + 1)]
        self.partners = [f"org/fictional-{n}" for n in range(1, partners + 1)]
        kinds = [(SECRETARIAT, "SECRETARIAT"), (MAG, "MAG"), *((s, "MAG") for s in self.seats),
                 *((p, "CIVIL_SOCIETY") for p in self.partners)]
        self.publish_all([self.organisation(name, kind) for name, kind in kinds])
        cycle = self.draft(SECRETARIAT, topics=[], cycle="")
        cycle.cycle_body.cycle_id = CYCLE
        cycle.cycle_body.capacity.slots = 3
        cycle.cycle_body.capacity.hours = 4
        cycle.cycle_body.capacity.people = 12
        cycle.cycle_body.phases.add(phase="evaluation", starts_on=day(-9), ends_on=day(9))
        core = self.draft(SECRETARIAT, topics=[], cycle="")
        core.topic_scheme.scheme = "core"
        core.topic_scheme.codes.append("unspecified")
        core.topic_scheme.entries.add(code="unspecified", label="Unspecified")
        self.publish_all([cycle, core])

    def draft(self, author, topics=("unspecified",), cycle=CYCLE, audience="igf/public"):
        return event.Draft(event_id=str(uuid.uuid4()), author=author, audience=audience,
                           cycle=cycle, topics=list(topics), language="en")

    def about(self, author, digest, relation, **fields):
        draft = self.draft(author, topics=[], **fields)
        draft.references.add(digest=digest, relation=relation)
        return draft

    def organisation(self, name, kind):
        draft = self.draft(SECRETARIAT, topics=[], cycle="")
        draft.organisation.organisation = name
        draft.organisation.kind = getattr(types, f"ORGANISATION_KIND_{kind}")
        draft.organisation.name = f"{name} (fictional)"
        return draft

    def signal(self, author, title, audience="igf/public"):
        draft = self.draft(author, audience=audience)
        draft.topic_signal.purpose = types.PURPOSE_INFORMATION
        draft.topic_signal.title = f"{title} (fictional)"
        draft.topic_signal.text = "Fictional words. " * 20
        return draft

    def publish_all(self, drafts):
        """The digests, in order."""
        digests = []
        for at in range(0, len(drafts), 500):
            items = [publish.PublishItem(draft=d) for d in drafts[at:at + 500]]
            # A batch is by one caller; each item names its author.
            digests += [r.digest for r in self.publishing.Publish(
                publish.PublishRequest(items=items), timeout=CALL_TIMEOUT_S,
                wait_for_ready=True).receipts]
        return digests

    def try_publish(self, draft):
        """The digest, or None where it is refused: then nothing has changed."""
        try:
            return self.publish_all([draft])[0]
        except grpc.RpcError:
            return None

    def ask(self, method, request, caller=""):
        metadata = [("liaison-as", caller)] if caller else []
        return getattr(self.views, method)(request, timeout=CALL_TIMEOUT_S, metadata=metadata,
                                           wait_for_ready=True)

    def ask_all(self, method, request, field, caller="", page_size=7):
        rows = []
        while True:
            request.page_size = page_size
            page = self.ask(method, request, caller)
            rows += getattr(page, field)
            if not page.next_page_token:
                return rows
            request.page_token = page.next_page_token

    def export(self, caller=MAG):
        """All events as JSON, as whoever may read most gets them."""
        said = subprocess.run(
            [self.hub.bin_dir / "liaison", "--hub", self.hub.address, "--as", caller, "subscribe",
             "--until-caught-up", "--output", "json", "--quiet"],
            check=True, capture_output=True, text=True).stdout
        return [json.loads(line) for line in said.splitlines()]


class Recount:
    """The views again, from the export alone, the slow and obvious way."""

    def __init__(self, exported):
        self.events = exported
        self.root = {}
        for one in exported:
            self.root[one["digest"]] = one["digest"]
            for reference in one.get("references", []):
                if reference["relation"] == "RELATION_REVISES":
                    self.root[one["digest"]] = self.root[reference["digest"]]
        self.retracted = {self.root[r["digest"]] for one in exported
                          for r in one.get("references", [])
                          if r["relation"] == "RELATION_RETRACTS"}

    def inputs(self):
        return [one for one in self.events
                if one["type"] in ("topic-signal", "local-report") and one["cycle"] == CYCLE
                and self.root[one["digest"]] == one["digest"]
                and one["digest"] not in self.retracted]

    def disposed(self):
        return {entry["input"] for one in self.events if one["type"] == "disposition"
                and one["digest"] not in self.retracted
                for entry in one["disposition"]["inputs"]}

    def undisposed(self):
        return [one["sequence"] for one in self.inputs() if one["digest"] not in self.disposed()]

    def positions(self, digest):
        latest = {}
        for one in self.events:
            if one["type"] == "position" and one["references"][0]["digest"] == digest \
                    and one["digest"] not in self.retracted:
                latest[one["author"]] = one["position"]["kind"]
        return {who: kind for who, kind in latest.items() if kind != "POSITION_KIND_WITHDRAWN"}

    def responses(self, digest):
        said = [one["response"]["kind"] for one in self.events if one["type"] == "response"
                and one["references"][0]["digest"] == digest]
        return said[-1] if said else None

    def averages(self, digest):
        """(average of `relevance`, members who scored, recused)."""
        latest = {}
        for one in self.events:
            if one["type"] == "evaluation" and one["references"][0]["digest"] == digest:
                latest[one["author"]] = one.get("evaluation", {})
        scores = [e["scores"][0]["score"] for e in latest.values() if not e.get("conflict")]
        recused = sum(1 for e in latest.values() if e.get("conflict"))
        return sum(scores) / len(scores) if scores else None, len(scores), recused


class ViewsTest(unittest.TestCase):
    bin_dir = None

    def world(self, seats, partners):
        return World(self.enterContext(hubs.TemporaryHub(self.bin_dir)), seats, partners)

    def test_352_inputs_40_members_two_readers_each(self):
        world = self.world(seats=40, partners=44)
        drafts = [world.signal(world.partners[n % 44], f"Input {n}") for n in range(352)]
        inputs = world.publish_all(drafts)
        conflicts = collections.defaultdict(set)
        evaluations = []
        for n, digest in enumerate(inputs):
            for seat in {world.seats[n * 7 % 40], *([world.seats[3]] if n % 3 else [])}:
                conflicts[seat].add(digest)
                draft = world.about(seat, digest, types.RELATION_EVALUATES, audience="igf/mag")
                draft.evaluation.conflict = True
                evaluations.append(draft)
        world.publish_all(evaluations)
        plan = world.ask("GetReadingPlan", liaison.GetReadingPlanRequest(cycle=CYCLE), MAG)
        self.assertEqual(plan.inputs, 352)
        self.assertEqual(len(plan.shares), 40)
        self.assertEqual(list(plan.shortfalls), [])
        self.assertLessEqual(plan.largest_share, 18)
        readers = collections.Counter()
        for share in plan.shares:
            mine = {summary.digest for summary in share.inputs}
            self.assertLessEqual(len(mine), 18)
            self.assertFalse(mine & conflicts[share.member])
            self.assertEqual(len(share.unread), len(mine))
            readers.update(mine)
        self.assertEqual(set(readers.values()), {2})
        self.assertEqual(len(readers), 352)

        disposition = world.draft(SECRETARIAT, topics=[])
        for digest in inputs:
            disposition.disposition.inputs.add(input=digest,
                                               kind=contract.bodies.DISPOSITION_KIND_NOTED)
        disposition.disposition.reason = "Read by two each. (fictional)"
        world.publish_all([disposition])
        for partner in world.partners:
            request = liaison.ListContributionsRequest(contributor=partner)
            rows = world.ask_all("ListContributions", request, "contributions", partner)
            self.assertEqual(len(rows), 8)
            for row in rows:
                self.assertEqual(row.in_words, "noted")
                self.assertEqual(row.dispositions[0].reason, "Read by two each. (fictional)")
        rest = world.ask("ListUndisposed", liaison.ListUndisposedRequest(cycle=CYCLE))
        self.assertEqual((rest.undisposed, rest.disposed), (0, 352))

    def test_a_naive_recount_agrees(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                world = self.world(seats=6, partners=8)
                inputs, requests, decisions = self.live(world, random.Random(seed))
                recount = Recount(world.export())
                self.check_triage(world, recount)
                self.check_positions(world, recount, inputs + decisions)
                self.check_requests(world, recount, requests)
                self.check_board(world, recount, decisions)

    def live(self, world, chance):
        """A random history; what the hub refuses has not happened."""
        inputs, requests, decisions = [], [], []
        bodies = contract.bodies
        for number in range(240):
            what = chance.randrange(8)
            if what == 0 or not (inputs and requests and decisions):
                partner = chance.choice(world.partners)
                audience = chance.choice(["igf/public", "igf/mag", "igf/partners"])
                signal = world.signal(partner, f"Input {number}", audience)
                inputs.append(world.try_publish(signal))
                ask = world.signal(chance.choice(world.partners), f"Request {number}")
                ask.addressees.append(chance.choice([MAG, *world.partners]))
                ask.topic_signal.purpose = types.PURPOSE_ACTION
                ask.topic_signal.requested_date = day(chance.randrange(1, 60))
                digest = world.try_publish(ask)
                requests.append((digest, ask.addressees[0]))
                inputs.append(digest)
                proposal = world.draft(chance.choice(world.seats))
                proposal.decision.state = bodies.DECISION_STATE_PROPOSED
                proposal.decision.title = f"Proposal {number} (fictional)"
                proposal.decision.work_format = chance.choice(bodies.WorkFormat.values()[1:])
                decisions.append(world.try_publish(proposal))
            elif what in (1, 2):
                target = chance.choice(inputs + decisions)
                draft = world.about(chance.choice(world.partners), target,
                                    types.RELATION_POSITION_ON)
                draft.position.kind = chance.choice(bodies.PositionKind.values()[1:])
                draft.position.reason = "Because. (fictional)"
                world.try_publish(draft)
            elif what == 3:
                digest, addressee = chance.choice(requests)
                draft = world.about(addressee, digest, types.RELATION_RESPONDS_TO)
                draft.response.kind = chance.choice(bodies.ResponseKind.values()[1:])
                if draft.response.kind == bodies.RESPONSE_KIND_COUNTER:
                    draft.response.doable_date = day(70)
                draft.response.reason = "Because. (fictional)"
                draft.response.text = "So be it. (fictional)"
                world.try_publish(draft)
            elif what == 4:
                draft = world.draft(SECRETARIAT, topics=[])
                for digest in chance.sample(inputs, min(3, len(inputs))):
                    draft.disposition.inputs.add(input=digest,
                                                 kind=bodies.DISPOSITION_KIND_NOTED)
                draft.disposition.reason = "Read. (fictional)"
                world.try_publish(draft)
            elif what == 5:
                index = chance.randrange(len(inputs))
                author = next(e["author"] for e in world.export()
                              if e["digest"] == base64.b64encode(inputs[index]).decode())
                draft = world.about(author, inputs[index], types.RELATION_RETRACTS)
                draft.retraction.cause = bodies.RETRACTION_CAUSE_ERROR
                draft.retraction.reason = "It was wrong. (fictional)"
                world.try_publish(draft)
            else:
                draft = world.about(chance.choice(world.seats), chance.choice(decisions),
                                    types.RELATION_EVALUATES, audience="igf/mag")
                draft.evaluation.conflict = chance.random() < 0.2
                if not draft.evaluation.conflict:
                    draft.evaluation.scores.add(criterion="relevance", score=chance.randint(1, 5))
                world.try_publish(draft)
        return inputs, requests, decisions

    def check_triage(self, world, recount):
        request = liaison.ListUndisposedRequest(cycle=CYCLE)
        rows = world.ask_all("ListUndisposed", request, "inputs", MAG)
        self.assertEqual([row.sequence for row in rows], recount.undisposed())

    def check_positions(self, world, recount, targets):
        names = contract.bodies.PositionKind
        for digest in targets:
            rows = world.ask_all("ListPositions", liaison.ListPositionsRequest(digest=digest),
                                 "positions", MAG)
            self.assertEqual({row.organisation: names.Name(row.kind) for row in rows},
                             recount.positions(base64.b64encode(digest).decode()))

    def check_requests(self, world, recount, requests):
        states = {None: "OPEN", "RESPONSE_KIND_ACCEPT": "ACCEPTED",
                  "RESPONSE_KIND_COUNTER": "COUNTERED", "RESPONSE_KIND_DECLINE": "DECLINED",
                  "RESPONSE_KIND_ANSWER": "ANSWERED"}
        for digest, addressee in requests:
            name = base64.b64encode(digest).decode()
            retracted = name in recount.retracted
            expected = "RETRACTED" if retracted else states[recount.responses(name)]
            rows = world.ask_all("ListRequests",
                                 liaison.ListRequestsRequest(organisation=addressee), "requests",
                                 addressee)
            row = next(r for r in rows if r.request.digest == digest)
            self.assertEqual(liaison.RequestState.Name(row.state), f"REQUEST_STATE_{expected}")

    def check_board(self, world, recount, decisions):
        board = world.ask("GetBoard", liaison.GetBoardRequest(cycle=CYCLE), MAG)
        shown = {c.candidate.digest: c for c in board.candidates}
        for digest in decisions:
            average, count, recused = recount.averages(base64.b64encode(digest).decode())
            candidate = shown[digest]
            self.assertEqual((candidate.assessed, candidate.recused), (count, recused))
            self.assertEqual(candidate.criteria[0].shown, count >= 3)
            if count >= 3:
                self.assertAlmostEqual(candidate.criteria[0].average, average, delta=0.0051)
        for partner in world.partners[:2]:
            outside = world.ask("GetBoard", liaison.GetBoardRequest(cycle=CYCLE), partner)
            self.assertFalse(any(k.shown for c in outside.candidates for k in c.criteria))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    arguments, rest = parser.parse_known_args()
    ViewsTest.bin_dir = arguments.bin_dir
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
