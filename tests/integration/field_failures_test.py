#!/usr/bin/python3
"""What the systems of the field are known to fail at, against the built hub: ietf-tools/datatracker
#5340, #9438, #10129 and MISP/MISP #4681, #7315, #8350.

Everybody and everything said here is fictional.
"""

import argparse
import json
import pathlib
import queue
import subprocess
import sys
import tempfile
import threading
import unittest
import uuid

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

import grpc
import contract
import hub as hubs
from contract import bodies, event, events, liaison, publish, types

TIMEOUT_S = 30
SECRETARIAT = "org/igf-secretariat"
MAG = "org/igf-mag"
SEAT = "org/igf-mag/seat-1"
PARTNER = "org/fictional-partner"
CYCLE = "fictional-2027"

# As no mail program leaves it alone: lines over 80 columns, blanks at the ends, CR LF beside LF, a
# tab, a no-break space, an emoji joined of several, Arabic and Chinese, letters made of two.
BODY = ("Dear colleagues,\r\n\r\n" + "a line that is longer than eighty columns, " * 4 + "  \r\n"
        "\tIndented.\n\n\n>From here on: \u00a0مرحبا، 互联网治理论坛, e\u0301 and é, "
        "\U0001f469\u200d\U0001f4bb. (fictional sample)\r\n  ")
CC = ["Fictional One <one@cc.example.org>", "two@cc.example.org",
      '"Three, Fictional" <three@cc.example.org>', "Фиктивная Персона <four@cc.example.org>"]


class Reader:
    """A stream of events, read beside the test."""

    def __init__(self, log, **request):
        self.call = log.Subscribe(events.SubscribeRequest(**request),
                                  metadata=[("liaison-as", PARTNER)])
        self.events = queue.Queue()
        self.ready = threading.Event()
        threading.Thread(target=self.read, daemon=True).start()
        assert self.ready.wait(TIMEOUT_S)

    def read(self):
        try:
            for frame in self.call:
                self.ready.set()
                if frame.WhichOneof("frame") == "events":
                    for one in frame.events.events:
                        self.events.put(one)
        except grpc.RpcError:
            pass

    def digests_until(self, digest):
        """Of all events up to that one."""
        seen = []
        while not seen or seen[-1] != digest:
            seen.append(self.events.get(timeout=TIMEOUT_S).digest)
        return seen


class FieldFailures(unittest.TestCase):
    bin_dir = None

    def setUp(self):
        self.hub = self.enterContext(hubs.TemporaryHub(self.bin_dir))
        channel = self.enterContext(grpc.insecure_channel(self.hub.address))
        self.publishing = contract.publish_grpc.PublishServiceStub(channel)
        self.views = contract.liaison_grpc.LiaisonServiceStub(channel)
        self.log = contract.events_grpc.EventServiceStub(channel)
        for name, kind in ((SECRETARIAT, "SECRETARIAT"), (MAG, "MAG"), (SEAT, "MAG"),
                           (PARTNER, "CIVIL_SOCIETY")):
            draft = self.draft(SECRETARIAT)
            draft.organisation.organisation = draft.organisation.name = name
            draft.organisation.kind = getattr(types, f"ORGANISATION_KIND_{kind}")
            self.publish(draft)
        cycle = self.draft(SECRETARIAT)
        cycle.cycle_body.cycle_id = CYCLE
        cycle.cycle_body.phases.add(phase="evaluation", starts_on="2020-01-01",
                                    ends_on="2099-12-31")
        self.publish(cycle)

    def draft(self, author, **fields):
        return event.Draft(event_id=str(uuid.uuid4()), author=author, audience="igf/public",
                           language="en", **fields)

    def about(self, author, digest, relation):
        draft = self.draft(author, cycle=CYCLE)
        draft.references.add(digest=digest, relation=relation)
        return draft

    def request(self):
        draft = self.draft(PARTNER, cycle=CYCLE, topics=["unspecified"], addressees=[MAG])
        draft.topic_signal.purpose = types.PURPOSE_ACTION
        draft.topic_signal.title = draft.topic_signal.text = "a fictional request"
        return draft

    def publish(self, draft):
        request = publish.PublishRequest(items=[publish.PublishItem(draft=draft)])
        return self.publishing.Publish(request, timeout=TIMEOUT_S,
                                       wait_for_ready=True).receipts[0].digest

    def ask(self, method, request, caller=MAG):
        return getattr(self.views, method)(request, timeout=TIMEOUT_S,
                                           metadata=[("liaison-as", caller)])

    def get(self, digest):
        return self.log.GetEvent(events.GetEventRequest(digest=digest), timeout=TIMEOUT_S,
                                 metadata=[("liaison-as", PARTNER)]).event

    # Datatracker #9438: who marks something as done leaves no trace of it.
    def test_taking_action_leaves_an_event(self):
        digest = self.publish(self.request())
        noted = self.draft(SECRETARIAT, cycle=CYCLE)
        noted.disposition.inputs.add(input=digest, kind=bodies.DISPOSITION_KIND_NOTED)
        noted.disposition.reason = "fictional"
        self.publish(noted)
        amended = self.about(PARTNER, digest, types.RELATION_REVISES)
        amended.amendment.kind = bodies.AMENDMENT_KIND_UPDATE
        amended.amendment.text = "Done already, we hear. (fictional)"
        amended.amendment.reason = "fictional"
        self.publish(amended)
        row = self.ask("ListRequests", liaison.ListRequestsRequest()).requests[0]
        self.assertEqual(row.state, liaison.REQUEST_STATE_OPEN, "only a response closes it")
        self.assertFalse(row.HasField("response"))

        answer = self.about(SEAT, digest, types.RELATION_RESPONDS_TO)
        answer.response.kind = bodies.RESPONSE_KIND_ANSWER
        answer.response.text = "a fictional answer"
        answered = self.publish(answer)
        row = self.ask("ListRequests", liaison.ListRequestsRequest()).requests[0]
        self.assertEqual(row.state, liaison.REQUEST_STATE_ANSWERED)
        self.assertEqual(row.response.digest, answered)
        self.assertEqual(self.get(answered).sequence, row.response.sequence)

    # MISP #4681, #8350: what is deleted stays with whoever has it already.
    def test_a_retraction_reaches_every_reader(self):
        live = Reader(self.log, start_at=events.START_AT_LIVE)
        digest = self.publish(self.request())
        position = self.about(SEAT, digest, types.RELATION_POSITION_ON)
        position.position.kind = bodies.POSITION_KIND_SUPPORT
        self.publish(position)
        self.assertEqual(live.digests_until(digest), [digest], "it was there before")
        self.assertEqual(self.shown(digest), ["board", "contributions", "reading plan", "requests",
                                              "trail", "undisposed"])

        taken_back = self.about(PARTNER, digest, types.RELATION_RETRACTS)
        taken_back.retraction.cause = bodies.RETRACTION_CAUSE_ERROR
        taken_back.retraction.reason = "It was wrong. (fictional)"
        retraction = self.publish(taken_back)
        self.assertIn(retraction, live.digests_until(retraction))
        late = Reader(self.log, start_at=events.START_AT_BEGINNING)
        seen = late.digests_until(retraction)
        self.assertIn(digest, seen, "the record of it stays")
        for one in (digest, retraction):
            self.assertEqual(self.get(one).digest, one)
        header = event.EventHeader.FromString(self.get(retraction).header)
        self.assertEqual([(r.digest, r.relation) for r in header.references],
                         [(digest, types.RELATION_RETRACTS)])
        self.assertEqual(self.shown(digest), [])

    def shown(self, digest):
        """The views in which it stands as if nothing had been taken back."""
        evaluation = self.about(SEAT, digest, types.RELATION_EVALUATES)
        evaluation.audience = "igf/mag"
        evaluation.evaluation.scores.add(criterion="relevance", score=3)
        try:
            self.publish(evaluation)  # so that it is on the board; refused once it is taken back
        except grpc.RpcError:
            pass
        trail = self.ask("GetTrail", liaison.GetTrailRequest(digest=digest)).entries
        contributions = self.ask("ListContributions", liaison.ListContributionsRequest(
            contributor=PARTNER)).contributions
        requests = self.ask("ListRequests", liaison.ListRequestsRequest()).requests
        plan = self.ask("GetReadingPlan", liaison.GetReadingPlanRequest(
            cycle=CYCLE, readers_per_input=1))
        undisposed = self.ask("ListUndisposed", liaison.ListUndisposedRequest(cycle=CYCLE)).inputs
        board = self.ask("GetBoard", liaison.GetBoardRequest(cycle=CYCLE)).candidates
        stands = {
            "trail": any(e.event.digest == digest and not e.event.retracted for e in trail),
            "contributions": any(c.input.digest == digest and not c.input.retracted
                                 and c.state != liaison.CONTRIBUTION_STATE_RETRACTED
                                 for c in contributions),
            "requests": any(r.request.digest == digest
                            and r.state != liaison.REQUEST_STATE_RETRACTED for r in requests),
            "reading plan": any(i.digest == digest for s in plan.shares for i in s.inputs),
            "undisposed": any(i.digest == digest for i in undisposed),
            "board": any(c.candidate.digest == digest for c in board),
        }
        return sorted(view for view, stood in stands.items() if stood)

    # Datatracker #5340, #10129: the CC was lost, the body wrapped anew.
    def test_cc_and_body_come_back_byte_for_byte(self):
        statement = {"id": 4711, "title": "Имена (fictional sample)", "body": BODY,
                     "from_groups": ["fictional-partner"], "to_groups": ["igf-mag"],
                     "purpose": "comment", "deadline": "2027-04-30", "cc_contacts": CC,
                     "from_contact": "Fictional <from@example.org>",
                     "response_contacts": "replies@example.org", "state": "posted"}
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
            json.dump(statement, file, ensure_ascii=False)
            file.flush()
            command = [self.hub.bin_dir / "liaison", "--hub", self.hub.address, "--as", SECRETARIAT,
                       "import", "datatracker", "--cycle", CYCLE, "--quiet", file.name]
            for attempt in range(2):
                said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                self.assertEqual(json.loads(said)["duplicate"], attempt == 1)
        row = self.ask("ListRequests", liaison.ListRequestsRequest(), "").requests[0]
        self.assertEqual((getattr(row, "from"), row.to), (PARTNER, MAG))
        self.assertEqual([c.email for c in row.reply_to], ["replies@example.org"])
        sections = {s.kind: s.data for s in self.get(row.request.digest).sections}
        signal = bodies.TopicSignal.FromString(sections[types.SECTION_KIND_CONTENT])
        self.assertEqual(signal.text.encode(), BODY.encode())
        self.assertEqual(signal.title, statement["title"])
        self.assertIn(BODY.encode(), sections[types.SECTION_KIND_CONTENT])
        personal = bodies.Personal.FromString(sections[types.SECTION_KIND_PERSONAL])
        copies = [c for c in personal.contacts if c.role == bodies.CONTACT_ROLE_CC]
        self.assertEqual([f"{c.name} <{c.email}>" if c.name else c.email for c in copies], CC)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    arguments, rest = parser.parse_known_args()
    FieldFailures.bin_dir = arguments.bin_dir
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
