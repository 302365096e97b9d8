#!/usr/bin/python3
"""The hub's views, recounted naively by other code from what a reader of the log gets.

Everybody and everything said here is fictional. LIAISON_SEEDS="4 5" chooses histories.
"""

import argparse
import collections
import datetime
import os
import pathlib
import random
import sys
import unittest
import uuid

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

import grpc
import contract
import hub as hubs
from contract import bodies, event, events, liaison, publish, types
from recount import Decided, Recount

CALL_TIMEOUT_S = 60
SECRETARIAT = "org/igf-secretariat"
MAG = "org/igf-mag"
NOBODY = "org/fictional-unregistered"
CYCLE = "fictional-2027"
NEXT_CYCLE = "fictional-2028"
SEEDS = [int(seed) for seed in os.environ.get("LIAISON_SEEDS", "1 2 3").split()]
STEPS = int(os.environ.get("LIAISON_STEPS", "700"))
BODIES = {"topic_signal", "local_report", "support_request", "position", "response", "disposition",
          "evaluation", "decision", "progress", "outcome", "carry_over", "grouping", "amendment",
          "retraction", "redaction"}


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
        self.log = contract.events_grpc.EventServiceStub(self.channel)
        self.seats = [f"{MAG}/seat-{n}" for n in range(1, seats + 1)]
        self.partners = [f"org/fictional-{n}" for n in range(1, partners + 1)]
        self.nris = ["org/fictional-igf-1", "org/fictional-igf-2"]
        kinds = [(SECRETARIAT, "SECRETARIAT"), (MAG, "MAG"), *((s, "MAG") for s in self.seats),
                 *((p, "CIVIL_SOCIETY") for p in self.partners),
                 *((n, "NRI_NATIONAL") for n in self.nris)]
        self.publish_all([self.organisation(name, kind) for name, kind in kinds])
        cycles = []
        for name in (CYCLE, NEXT_CYCLE):
            cycle = self.draft(SECRETARIAT, topics=[], cycle="")
            cycle.cycle_body.cycle_id = name
            cycle.cycle_body.capacity.slots = 3
            cycle.cycle_body.capacity.hours = 4
            cycle.cycle_body.capacity.people = 12
            cycle.cycle_body.phases.add(phase="evaluation", starts_on=day(-9), ends_on=day(9))
            cycles.append(cycle)
        core = self.draft(SECRETARIAT, topics=[], cycle="")
        core.topic_scheme.scheme = "core"
        core.topic_scheme.codes.append("unspecified")
        core.topic_scheme.entries.add(code="unspecified", label="Unspecified")
        self.publish_all([*cycles, core])

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
        """All events that the caller gets, as they come."""
        metadata = [("liaison-as", caller)] if caller else []
        rows, token = [], ""
        while True:
            page = self.log.ListEvents(events.ListEventsRequest(page_size=500, page_token=token),
                                       timeout=CALL_TIMEOUT_S, metadata=metadata)
            rows += page.events
            token = page.next_page_token
            if not token:
                return rows


class History:
    """A random history; what the hub refuses has not happened. Every kind of event has a method
    that returns a draft, or None where there is nothing yet that it could be about."""

    def __init__(self, world, chance):
        self.world = world
        self.chance = chance
        self.said = {}  # digest -> draft, of what was accepted
        self.refused = collections.Counter()

    def live(self, steps):
        kinds = [self.signal, self.signal, self.ask, self.report, self.support, self.position,
                 self.position, self.respond, self.respond, self.dispose, self.dispose,
                 self.evaluate, self.evaluate, self.propose, self.decide, self.decide,
                 self.progress, self.progress, self.outcome, self.carry_over, self.group,
                 self.amend, self.restate, self.retract, self.redact]
        for _ in range(steps):
            make = self.chance.choice(kinds)
            draft = make()
            if draft is None:
                continue
            digest = self.world.try_publish(draft)
            if digest is None:
                self.refused[make.__name__] += 1
            else:
                self.said[digest] = draft

    def of(self, *bodies_of):
        return [d for d, draft in self.said.items() if draft.WhichOneof("body") in bodies_of]

    def one_of(self, *bodies_of):
        """A first version of one of these kinds."""
        roots = [d for d in self.of(*bodies_of) if self.root(d) == d]
        return self.chance.choice(roots) if roots else None

    def root(self, digest):
        revised = [r.digest for r in self.said[digest].references
                   if r.relation == types.RELATION_REVISES]
        return revised[0] if revised else digest

    def words(self):
        return f"fictional {self.chance.randrange(10**6)}"

    def somebody(self):
        return self.chance.choice([*self.world.partners, *self.world.nris])

    def audience(self):
        return self.chance.choice(["igf/public", "igf/public", "igf/mag", "igf/partners"])

    # --- inputs and requests ---------------------------------------------------------------------

    def signal(self):
        draft = self.world.signal(self.somebody(), self.words(), self.audience())
        if self.chance.random() < 0.2:  # written down for somebody
            draft.author = draft.recorded_by = SECRETARIAT
            draft.recorded_for.organisation = self.somebody()
        return draft

    def ask(self):
        draft = self.world.signal(self.somebody(), self.words(), self.audience())
        for who in self.chance.sample([MAG, SECRETARIAT, *self.world.partners], 2):
            draft.addressees.append(who)
        draft.topic_signal.purpose = self.chance.choice([types.PURPOSE_ACTION,
                                                         types.PURPOSE_RESPONSE])
        draft.topic_signal.requested_date = day(self.chance.randrange(-60, 60))
        if draft.topic_signal.requested_date < day(0):  # imported: it was asked long ago
            draft.channel = types.CHANNEL_IMPORT
            draft.recorded_for.organisation = draft.author
            draft.author = draft.recorded_by = SECRETARIAT
        return draft

    def report(self):
        draft = self.world.draft(self.chance.choice(self.world.nris), audience=self.audience())
        draft.local_report.title = self.words()
        draft.addressees.append(MAG)
        if self.chance.random() < 0.3:
            draft.addressees.append(SECRETARIAT)
        for _ in range(self.chance.choice([0, 1, 2, 3])):
            draft.local_report.requests.add(
                text=self.words(), to=self.chance.choice(["", *draft.addressees]),
                by=self.chance.choice(["", day(self.chance.randrange(1, 60))]))
        return draft

    def support(self):
        draft = self.world.draft(self.somebody(), topics=[])
        draft.addressees.append(self.chance.choice([MAG, *self.world.partners]))
        draft.support_request.title = self.words()
        draft.support_request.due_on = day(self.chance.randrange(1, 60))
        return draft

    def respond(self):
        digest = self.one_of("topic_signal", "local_report", "support_request")
        if digest is None or not self.said[digest].addressees:
            return None
        addressees = list(self.said[digest].addressees)
        who = self.chance.choice([*addressees, *addressees, self.somebody()])
        draft = self.world.about(who, digest, types.RELATION_RESPONDS_TO,
                                 audience=self.said[digest].audience)
        draft.response.kind = self.chance.choice(bodies.ResponseKind.values()[1:])
        if draft.response.kind == bodies.RESPONSE_KIND_COUNTER:
            draft.response.doable_date = day(self.chance.randrange(0, 90))
        draft.response.reason = self.words()
        draft.response.text = self.words()
        return draft

    # --- triage and positions --------------------------------------------------------------------

    def dispose(self):
        inputs = [d for d in self.of("topic_signal", "local_report") if self.root(d) == d]
        if not inputs:
            return None
        draft = self.world.draft(SECRETARIAT, topics=[], audience=self.audience())
        body = draft.disposition
        kind = self.chance.choice(bodies.DispositionKind.values()[1:])
        earlier = self.one_of("disposition")
        if earlier and self.chance.random() < 0.2:
            # All that the version before named, perhaps with nothing but another reason.
            before = [d for d in self.said if self.root(d) == earlier][-1]
            draft.CopyFrom(self.said[before])
            draft.event_id = str(uuid.uuid4())
            draft.ClearField("references")
            draft.references.add(digest=earlier, relation=types.RELATION_REVISES)
            body = draft.disposition
            if self.chance.random() < 0.5:
                kind = body.inputs[0].kind
            body.inputs[0].kind = kind
        else:
            chosen = self.chance.sample(inputs, min(len(inputs), self.chance.randint(1, 4)))
            for digest in chosen:
                body.inputs.add(input=digest, kind=kind)
        if kind == bodies.DISPOSITION_KIND_PASSED_ON:
            body.passed_to = self.somebody()
        elif kind == bodies.DISPOSITION_KIND_TAKEN_UP:
            body.into = self.one_of("decision") or b""
        elif kind == bodies.DISPOSITION_KIND_MERGED:
            body.into = self.one_of("topic_signal", "grouping") or b""
        body.reason = self.words()
        return draft

    def group(self):
        inputs = [d for d in self.of("topic_signal", "local_report") if self.root(d) == d]
        if len(inputs) < 3:
            return None
        draft = self.world.draft(SECRETARIAT, topics=[])
        earlier = self.one_of("grouping")
        if earlier and self.chance.random() < 0.5:
            draft.references.add(digest=earlier, relation=types.RELATION_REVISES)
        draft.grouping.action = bodies.GROUPING_ACTION_GROUP
        if len(draft.references) and self.chance.random() < 0.3:
            draft.grouping.action = bodies.GROUPING_ACTION_DISSOLVE
        else:
            for digest in self.chance.sample(inputs, 3):
                draft.references.add(digest=digest, relation=types.RELATION_GROUPS)
        draft.grouping.title = draft.grouping.reason = self.words()
        return draft

    def position(self):
        target = self.one_of("topic_signal", "local_report", "decision", "decision")
        if target is None:
            return None
        draft = self.world.about(self.somebody(), target, types.RELATION_POSITION_ON,
                                 audience=self.said[target].audience)
        if self.chance.random() < 0.4:  # written down for somebody
            draft.author = draft.recorded_by = SECRETARIAT
            if self.chance.random() < 0.6:
                draft.recorded_for.organisation = self.somebody()
            else:
                draft.recorded_for.individual.id = str(
                    uuid.UUID(int=self.chance.getrandbits(128), version=4))
        draft.position.kind = self.chance.choice(bodies.PositionKind.values()[1:])
        draft.position.reason = self.words()
        return draft

    def evaluate(self):
        target = self.one_of("decision", "topic_signal", "topic_signal", "grouping")
        if target is None:
            return None
        draft = self.world.about(self.chance.choice(self.world.seats), target,
                                 types.RELATION_EVALUATES, audience="igf/mag",
                                 cycle=self.chance.choice([CYCLE, CYCLE, NEXT_CYCLE]))
        draft.evaluation.conflict = self.chance.random() < 0.2
        if not draft.evaluation.conflict:
            draft.evaluation.scores.add(criterion="relevance", score=self.chance.randint(1, 5))
        return draft

    # --- decisions -------------------------------------------------------------------------------

    def fill(self, decision, probability):
        def perhaps(name, value):
            if self.chance.random() < probability:
                setattr(decision, name, value)
        for name in ("focus_question", "outcome_product", "outcome_test", "reasons"):
            perhaps(name, self.words())
        perhaps("priority", self.chance.randint(1, 9))
        perhaps("outcome_owner", self.somebody())
        perhaps("outcome_due_on", day(300))
        perhaps("work_format", self.chance.choice(bodies.WorkFormat.values()[1:]))
        perhaps("steward", self.chance.choice([*self.world.seats, MAG, self.somebody()]))
        if self.chance.random() < probability:
            decision.time_frame.starts_on, decision.time_frame.ends_on = day(1), day(365)

    def propose(self):
        draft = self.world.draft(self.chance.choice(self.world.seats))
        draft.decision.state = bodies.DECISION_STATE_PROPOSED
        draft.decision.title = self.words()
        self.fill(draft.decision, 0.5)
        return draft

    def decide(self):
        root = self.one_of("decision")
        if root is None:
            return None
        draft = self.world.about(self.chance.choice(self.world.seats), root, types.RELATION_REVISES)
        draft.decision.state = self.chance.choice(
            [*bodies.DecisionState.values()[1:], bodies.DECISION_STATE_ADOPTED_INCOMPLETE,
             *[bodies.DECISION_STATE_ADOPTED] * 5])
        self.fill(draft.decision, self.chance.choice([0.2, 1, 1]))
        if self.chance.random() < 0.2:
            draft.decision.title = self.words()
        for digest in dict.fromkeys(self.one_of("topic_signal", "grouping") for _ in range(2)):
            if digest is not None:
                draft.references.add(digest=digest, relation=types.RELATION_CONSIDERS)
        for digest in self.of("position"):
            about = [r.digest for r in self.said[digest].references
                     if r.relation == types.RELATION_POSITION_ON]
            objects = self.said[digest].position.kind == bodies.POSITION_KIND_OBJECT
            if about == [root] and objects and self.chance.random() < 0.95:
                draft.decision.answers.add(objection=digest, answer=self.words())
        return draft

    def report_on(self):
        adopted = [self.root(d) for d in self.of("decision") if self.said[d].decision.state in
                   (bodies.DECISION_STATE_ADOPTED, bodies.DECISION_STATE_ADOPTED_INCOMPLETE)]
        root = self.chance.choice([*adopted, self.one_of("decision")])
        if root is None:
            return None
        owners = [self.said[d].decision.outcome_owner for d in self.of("decision")
                  if self.root(d) == root and self.said[d].decision.outcome_owner]
        return self.world.about(owners[-1] if owners else SECRETARIAT, root,
                                types.RELATION_REPORTS_ON)

    def progress(self):
        draft = self.report_on()
        if draft is not None:
            draft.progress.percent = self.chance.randrange(100)
            draft.progress.text = self.words()
        return draft

    def outcome(self):
        draft = self.report_on()
        if draft is not None:
            draft.outcome.test_result = bodies.TEST_RESULT_MET
            draft.outcome.product = self.words()
        return draft

    def carry_over(self):
        root = self.one_of(self.chance.choice(["decision", "topic_signal", "local_report",
                                               "support_request"]))
        if root is None:
            return None
        draft = self.world.about(SECRETARIAT, root, types.RELATION_CARRIES_OVER,
                                 audience=self.chance.choice(["igf/public"] * 3 + ["igf/mag"]))
        draft.carry_over.from_cycle, draft.carry_over.to_cycle = CYCLE, NEXT_CYCLE
        draft.carry_over.reason = self.words()
        return draft

    # --- versions --------------------------------------------------------------------------------

    def later(self, root, relation):
        said = self.said[root]
        return self.world.about(said.author, root, relation, audience=said.audience)

    def amend(self):
        root = self.one_of("topic_signal", "local_report", "decision", "support_request")
        if root is None:
            return None
        draft = self.later(root, types.RELATION_REVISES)
        draft.amendment.kind = bodies.AMENDMENT_KIND_CORRECTION
        if self.chance.random() < 0.7:
            draft.amendment.title = self.words()
        draft.amendment.text = draft.amendment.reason = self.words()
        return draft

    def restate(self):
        """Another version of the same type, with other facts."""
        root = self.one_of("topic_signal", "position", "evaluation")
        if root is None:
            return None
        draft = event.Draft()
        draft.CopyFrom(self.said[root])
        draft.event_id = str(uuid.uuid4())
        draft.references.add(digest=root, relation=types.RELATION_REVISES)
        if draft.WhichOneof("body") == "topic_signal":
            draft.topic_signal.title = self.words()
            if draft.topic_signal.requested_date:
                draft.topic_signal.requested_date = day(self.chance.randrange(-60, 60))
            if len(draft.addressees) and self.chance.random() < 0.5:
                draft.addressees[0] = self.chance.choice([MAG, self.world.seats[0], NOBODY])
        elif draft.WhichOneof("body") == "position":
            draft.position.kind = self.chance.choice(bodies.PositionKind.values()[1:])
        return draft

    def retract(self):
        root = self.one_of("topic_signal", "local_report", "position", "position", "evaluation",
                           "progress", "outcome", "support_request")
        if root is None:
            return None
        draft = self.later(root, types.RELATION_RETRACTS)
        draft.retraction.cause = bodies.RETRACTION_CAUSE_ERROR
        draft.retraction.reason = self.words()
        return draft

    def redact(self):
        if not self.said:
            return None
        digest = self.chance.choice(list(self.said))
        said = self.said[digest]
        draft = self.world.draft(said.author, topics=[], audience=said.audience)
        draft.redaction.target_digest = digest
        draft.redaction.section = types.SECTION_KIND_CONTENT
        draft.redaction.reason = bodies.REDACTION_REASON_AUTHOR_REQUEST
        return draft


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
        ever = set()
        for seed in SEEDS:
            with self.subTest(seed=seed):
                world = self.world(seats=5, partners=4)
                history = History(world, random.Random(seed))
                history.live(STEPS)
                happened = collections.Counter(d.WhichOneof("body") for d in history.said.values())
                print(f"seed {seed}: {sum(happened.values())} happened, "
                      f"{sum(history.refused.values())} refused: {dict(happened)}")
                ever |= set(happened)
                for caller in (MAG, SECRETARIAT, world.partners[0], world.nris[0], ""):
                    today = day(0)
                    recount = Recount(world.export(caller), caller, today)
                    for check in (self.check_triage, self.check_contributions, self.check_requests,
                                  self.check_decisions, self.check_trail):
                        with self.subTest(seed=seed, caller=caller, view=check.__name__):
                            check(world, recount, caller)
                self.check_board(world, Recount(world.export(), MAG, day(0)))
        # Histories in which something never happens prove nothing about it.
        self.assertEqual(ever, BODIES, "LIAISON_STEPS or LIAISON_SEEDS are too few")

    def check_triage(self, world, recount, caller):
        for cycle in (CYCLE, NEXT_CYCLE):
            waiting, disposed = recount.undisposed(cycle)
            request = liaison.ListUndisposedRequest(cycle=cycle)
            rows = world.ask_all("ListUndisposed", request, "inputs", caller)
            self.assertEqual([row.sequence for row in rows], waiting)
            page = world.ask("ListUndisposed", liaison.ListUndisposedRequest(cycle=cycle), caller)
            self.assertEqual((page.undisposed, page.disposed), (len(waiting), disposed))

    def check_contributions(self, world, recount, caller):
        for contributor in (*world.partners, *world.nris, SECRETARIAT):
            request = liaison.ListContributionsRequest(contributor=contributor)
            rows = world.ask_all("ListContributions", request, "contributions", caller)
            self.assertEqual(
                {row.input.sequence: (row.input.title, row.state,
                                      [(d.event.sequence, d.kind) for d in row.dispositions],
                                      sorted(d.event.sequence for d in row.decisions),
                                      row.input.retracted) for row in rows},
                recount.contributions(contributor))

    def check_requests(self, world, recount, caller):
        rows = world.ask_all("ListRequests", liaison.ListRequestsRequest(), "requests", caller)
        shown = {(r.request.sequence, r.to):
                 (getattr(r, "from"), r.due_date, r.state, r.response.sequence, r.overdue)
                 for r in rows}
        self.assertEqual(shown, {key: (row.source, row.due, row.state, row.response, row.overdue)
                                 for key, row in recount.requests().items()})
        self.assertEqual(len(rows), len(shown))

    def check_decisions(self, world, recount, caller):
        for cycle in ("", CYCLE, NEXT_CYCLE):
            request = liaison.ListDecisionsRequest(cycle=cycle)
            shown = {row.decision.sequence: self.decided(row) for row in
                     world.ask_all("ListDecisions", request, "decisions", caller)}
            expected = {}
            for root in recount.chains(types.EVENT_TYPE_DECISION):
                one = recount.decision(root)
                if not cycle or cycle in one.cycles:
                    expected[root.sequence] = one._replace(cycles=None)
            self.assertEqual(shown, expected)
        targets = recount.chains(types.EVENT_TYPE_DECISION, types.EVENT_TYPE_TOPIC_SIGNAL)
        for root in targets:
            rows = world.ask_all("ListPositions",
                                 liaison.ListPositionsRequest(digest=root.digest), "positions",
                                 caller)
            self.assertEqual(sorted((row.organisation, row.event.sequence) for row in rows),
                             sorted((one.contributor, one.sequence)
                                    for one in recount.positions(root).values()))

    @staticmethod
    def decided(row):
        return Decided(row.state, list(row.missing), row.facts.priority,
                       {one.sequence for one in row.considered},
                       sorted((one.organisation, one.kind) for one in row.positions), row.percent,
                       row.outcome.sequence, [one.sequence for one in row.versions], None,
                       row.facts.work_format)

    def check_trail(self, world, recount, caller):
        chosen = random.Random(len(recount.events)).sample(recount.events,
                                                           min(40, len(recount.events)))
        for one in chosen:
            rows = world.ask_all("GetTrail", liaison.GetTrailRequest(digest=one.digest), "entries",
                                 caller, page_size=50)
            self.assertEqual(
                {row.event.sequence: (row.direction,
                                      sorted((k.sequence, k.relation, k.disposition)
                                             for k in row.links)) for row in rows},
                recount.trail(one), f"trail of {one.sequence}")
            self.assertEqual([row.event.sequence for row in rows],
                             sorted(row.event.sequence for row in rows))
            for row in rows:
                root = recount.roots[recount.by_digest[row.event.digest].digest]
                self.assertEqual(row.event.retracted, root in recount.retracted)

    def check_board(self, world, recount):
        for cycle in (CYCLE, NEXT_CYCLE):
            board = world.ask("GetBoard", liaison.GetBoardRequest(cycle=cycle), MAG)
            self.assertTrue(board.candidates)
            self.assertEqual({c.candidate.sequence for c in board.candidates
                              if c.candidate.type != types.EVENT_TYPE_DECISION},
                             recount.evaluated(cycle))
            self.assertEqual([h.decision.sequence for h in board.held], recount.held(cycle))
            for candidate in board.candidates:
                root = recount.by_digest[candidate.candidate.digest]
                average, count, recused = recount.averages(root, cycle)
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
