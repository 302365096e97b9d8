#!/usr/bin/python3
"""What takes a second person: kept, looked at, agreed to or refused by somebody else, and the
record holds the very bytes of the first one. Everybody and everything said here is fictional."""

import argparse
import concurrent.futures
import pathlib
import subprocess
import sys
import unittest
import uuid

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import grpc
import contract
import hub as hubs
import record
import signing
from contract import access, admin, bodies, enrolment, event, events, publish, types

TIMEOUT_S = 20
MAG = "org/igf-mag"
SECRETARIAT = "org/igf-secretariat"
FLAGS = ["--four-eyes", "adopt-decision"]


class FourEyes(unittest.TestCase):
    hub = None

    @classmethod
    def setUpClass(cls):
        cls.tokens = {}
        cls.connect()
        cls.make("operator", SECRETARIAT, "OPERATOR", by=None)
        for name, organisation, role in (
                ("chair", MAG, "ADMINISTRATOR"), ("reader", MAG, "READER"),
                ("partner", "org/partner", "PUBLISHER"), ("auditor", SECRETARIAT, "AUDITOR"),
                ("sibling", f"{MAG}/seat-1", "PUBLISHER")):
            cls.make(name, organisation, role)
        cls.make("deputy", MAG, "PUBLISHER", by="chair")
        for name, kind in ((SECRETARIAT, "SECRETARIAT"), (MAG, "MAG"), (f"{MAG}/seat-1", "MAG"),
                           ("org/partner", "CIVIL_SOCIETY")):
            cls.publish("operator", cls.draft(SECRETARIAT, organisation=bodies.Organisation(
                organisation=name, name=f"{name} (fictional)",
                kind=getattr(types, f"ORGANISATION_KIND_{kind}"))))
        cls.invite("seat", f"{MAG}/seat-1")
        cls.invite("colleague", SECRETARIAT)
        cls.publish("operator", cls.draft(SECRETARIAT, cycle_body=bodies.Cycle(cycle_id="2027")))

    @classmethod
    def connect(cls):
        cls.channel = grpc.insecure_channel(cls.hub.address, [("grpc.enable_retries", 0)])
        grpc.channel_ready_future(cls.channel).result(TIMEOUT_S)

    # --- small words ------------------------------------------------------------------------------

    @classmethod
    def call(cls, service, method, request, answer, caller):
        token = cls.tokens.get(caller)
        return cls.channel.unary_unary(
            f"/igf.liaison.v1.{service}/{method}", type(request).SerializeToString,
            answer.FromString)(request, timeout=TIMEOUT_S, metadata=(
                (("authorization", f"Bearer {token}"),) if token else ()))

    @classmethod
    def make(cls, name, organisation, role, by="operator"):
        request = admin.CreateTokenRequest(organisation=organisation,
                                           role=getattr(access, f"ROLE_{role}"))
        request.lifetime.seconds = 3600
        made = cls.call("AdminService", "CreateToken", request, admin.CreateTokenResponse, by)
        cls.tokens[name] = made.secret
        return made.credential.id

    @classmethod
    def invite(cls, name, organisation):
        """Comes in by an invitation, as nobody who made it can, and makes a token with that."""
        invitation = cls.call(
            "AdminService", "CreateInvitation", admin.CreateInvitationRequest(
                organisation=organisation, role=access.ROLE_ADMINISTRATOR),
            admin.CreateInvitationResponse, "operator")
        session = cls.call("EnrolmentService", "StartSession", enrolment.StartSessionRequest(
            invitation=invitation.secret), enrolment.StartSessionResponse, None)
        cls.tokens[f"session of {name}"] = session.secret
        cls.make(name, organisation, "PUBLISHER", by=f"session of {name}")

    @staticmethod
    def draft(author, audience="igf/public", **body):
        return event.Draft(event_id=str(uuid.uuid4()), author=author, audience=audience,
                           language="en", **body)

    def decision(self, state="ADOPTED_INCOMPLETE", author=MAG, audience="igf/public"):
        draft = self.draft(author, audience=audience, cycle="2027", decision=bodies.Decision(
            title="A fictional decision", state=getattr(bodies, f"DECISION_STATE_{state}")))
        draft.personal.contacts.add(name="A fictional person")
        return draft

    @classmethod
    def publish(cls, caller, *drafts, **fields):
        request = publish.PublishRequest(
            items=[publish.PublishItem(draft=d) for d in drafts], **fields)
        return cls.call("PublishService", "Publish", request, publish.PublishResponse,
                        caller).receipts[0]

    def refused(self, reason, act):
        with self.assertRaises(grpc.RpcError) as caught:
            act()
        refusal = contract.refusal_of(caught.exception)
        self.assertEqual(refusal.reason, reason, refusal)
        return refusal

    def held(self, caller, draft):
        """The number under which what the caller publishes waits."""
        before = self.head()
        refusal = self.refused("APPROVAL_NEEDED", lambda: self.publish(caller, draft))
        self.assertEqual(self.head(), before)
        return refusal.metadata["approval_id"]

    def head(self):
        return self.call("EventService", "ListEvents", events.ListEventsRequest(page_size=1000),
                         events.ListEventsResponse, "operator").position.sequence

    def waiting(self, caller):
        return {a.id: a for a in self.call(
            "AdminService", "ListApprovals", admin.ListApprovalsRequest(),
            admin.ListApprovalsResponse, caller).approvals}

    def approve(self, caller, id):
        return self.call("AdminService", "Approve", admin.ApproveRequest(id=id),
                         admin.ApproveResponse, caller).receipt

    def refuse(self, caller, id, why="the steward has not been asked (fictional)"):
        return self.call("AdminService", "Refuse", admin.RefuseRequest(id=id, refusal=why),
                         admin.RefuseResponse, caller).approval

    def event_at(self, receipt):
        return self.call("EventService", "GetEvent",
                         events.GetEventRequest(sequence=receipt.position.sequence),
                         events.GetEventResponse, "seat").event

    # --- two people -------------------------------------------------------------------------------

    def test_what_takes_one_person_takes_one(self):
        self.publish("chair", self.decision("PROPOSED"))

    def test_a_second_person_agrees_and_the_record_has_the_bytes_of_the_first(self):
        draft = self.decision()
        id = self.held("chair", draft)
        kept = self.waiting("seat")[id]
        self.assertEqual((kept.proposed_by, kept.action), (MAG, "adopt-decision"))
        receipt = self.approve("seat", id)
        found = self.event_at(receipt)
        self.assertEqual(found.header, kept.event.header)
        self.assertEqual([(s.kind, s.salt, s.data) for s in found.sections],
                         [(s.kind, s.salt, s.data) for s in kept.event.sections])
        self.assertEqual(receipt.digest, record.event_digest(kept.event.header))
        self.assertTrue(receipt.attested)
        # Settled once: it waits no longer, and whoever proposed it may ask again.
        self.assertNotIn(id, self.waiting("seat"))
        self.refused("NOT_FOUND", lambda: self.approve("seat", id))
        again = self.publish("chair", draft)
        self.assertTrue(again.duplicate)
        self.assertEqual(again.position.sequence, receipt.position.sequence)

    def test_a_signature_stays_good(self):
        key = signing.Key()
        self.publish("chair", key.draft(MAG, str(uuid.uuid4()), bodies.KEY_ACTION_ADD))
        draft = self.decision()
        header = event.EventHeader(author=MAG, event_id=draft.event_id, language="en",
                                   type=types.EVENT_TYPE_DECISION, audience="igf/public",
                                   cycle="2027")
        header.authored_time.GetCurrentTime()
        header.decision.state = draft.decision.state
        signed = signing.signed_event(key, header, [signing.section(
            types.SECTION_KIND_CONTENT, draft.decision.SerializeToString())])
        request = publish.PublishRequest(items=[publish.PublishItem(signed=signed)])
        ask = lambda: self.call("PublishService", "Publish", request, publish.PublishResponse,
                                "chair")
        id = self.refused("APPROVAL_NEEDED", ask).metadata["approval_id"]
        receipt = self.approve("seat", id)
        found = self.event_at(receipt)
        self.assertEqual(found.header, signed.header)
        self.assertFalse(found.attested)
        self.assertIn(signed.signature, found.leaf)
        self.assertTrue(ask().receipts[0].duplicate)

    def test_nobody_is_the_second_person_to_themselves(self):
        id = self.held("chair", self.decision())
        # Nor is who let them in, nor whom they let in, nor whose token the same hand has made.
        for caller in ("chair", "deputy", "operator", "sibling"):
            refusal = self.refused("NOT_PERMITTED", lambda: self.approve(caller, id))
            self.assertIn("two people", refusal.message)
        self.refused("APPROVAL_NEEDED", lambda: self.publish("deputy", self.decision()))
        self.assertIn(id, self.waiting("chair"))
        self.approve("colleague", id)

    def test_the_second_person_is_of_the_right_role(self):
        open_to_all = self.held("chair", self.decision())
        for_the_mag = self.held("chair", self.decision(audience="igf/mag"))
        self.refused("NOT_PERMITTED", lambda: self.approve("partner", open_to_all))
        self.refused("NOT_FOUND", lambda: self.approve("partner", for_the_mag))
        self.refused("NOT_PERMITTED", lambda: self.approve("reader", open_to_all))
        self.refused("CREDENTIAL_REQUIRED", lambda: self.approve("nobody", open_to_all))
        self.assertEqual(self.waiting("partner"), {})
        self.refused("NOT_FOUND", lambda: self.refuse("partner", open_to_all))
        self.approve("seat", open_to_all)
        self.approve("seat", for_the_mag)

    def test_who_has_been_shut_out_adopts_nothing(self):
        id = self.make("leaving", MAG, "PUBLISHER")
        waits = self.held("leaving", self.decision())
        self.call("AdminService", "RevokeCredential", admin.RevokeCredentialRequest(id=id),
                  admin.RevokeCredentialResponse, "operator")
        self.refused("TRANSITION_NOT_ALLOWED", lambda: self.approve("seat", waits))

    # --- asking again -----------------------------------------------------------------------------

    def test_asking_again_waits_for_the_same(self):
        draft = self.decision()
        id = self.held("chair", draft)
        before = self.waiting("seat")[id]
        self.assertEqual(self.held("chair", draft), id)
        self.assertEqual(self.waiting("seat")[id], before)
        other = event.Draft()
        other.CopyFrom(draft)
        other.decision.title = "Another fictional decision"
        self.refused("EVENT_ID_REUSED", lambda: self.publish("chair", other))
        self.approve("seat", id)

    def test_what_was_refused_says_so(self):
        draft = self.decision()
        id = self.held("chair", draft)
        self.assertEqual(self.refuse("seat", id).refused_by, f"{MAG}/seat-1")
        self.refused("TRANSITION_NOT_ALLOWED", lambda: self.approve("colleague", id))
        refusal = self.refused("NOT_PERMITTED", lambda: self.publish("chair", draft))
        self.assertIn("the steward has not been asked", refusal.message)
        # Whoever proposed it may take it back.
        mine = self.held("chair", self.decision())
        self.refuse("chair", mine, "proposed by mistake (fictional)")
        self.refused("FIELD_INVALID", lambda: self.refuse("seat", id, ""))

    def test_what_could_not_be_adopted_does_not_wait(self):
        incomplete = self.decision("ADOPTED")
        self.refused("ADOPTION_INCOMPLETE", lambda: self.publish("chair", incomplete))
        self.refused("NOT_PERMITTED", lambda: self.publish("partner", self.decision()))
        waiting = {a.event.header for a in self.waiting("seat").values()}
        self.assertFalse(any(incomplete.event_id.encode() in header for header in waiting))

    def test_a_dry_run_keeps_nothing(self):
        draft = self.decision()
        self.publish("chair", draft, dry_run=True)
        waiting = {a.event.header for a in self.waiting("seat").values()}
        self.assertFalse(any(draft.event_id.encode() in header for header in waiting))

    def test_a_batch_that_is_all_or_nothing_hides_no_decision(self):
        before = self.head()
        refusal = self.refused("FIELD_INVALID", lambda: self.publish(
            "chair", self.decision("PROPOSED"), self.decision()))
        self.assertIn("by itself", refusal.message)
        self.assertEqual(self.head(), before)

    def test_a_stream_keeps_what_a_call_keeps(self):
        first, held, last = self.decision("PROPOSED"), self.decision(), self.decision("PROPOSED")
        request = publish.PublishStreamRequest(
            frame_id=1, on_error=publish.ON_ERROR_CONTINUE,
            items=[publish.PublishItem(draft=d) for d in (first, held, last)])
        stream = self.channel.stream_stream(
            "/igf.liaison.v1.PublishService/PublishStream",
            publish.PublishStreamRequest.SerializeToString,
            publish.PublishStreamResponse.FromString)(
                iter([request]), timeout=TIMEOUT_S,
                metadata=(("authorization", f"Bearer {self.tokens['chair']}"),))
        results = [r for frame in stream for r in frame.results.results]
        self.assertEqual([r.HasField("receipt") for r in results], [True, False, True])
        refusal = contract.Refusal(results[1].error)
        self.assertEqual(refusal.reason, "APPROVAL_NEEDED")
        self.approve("seat", refusal.metadata["approval_id"])

    # --- at once, and after a restart -------------------------------------------------------------

    def test_of_many_who_agree_at_once_one_is_the_second(self):
        id = self.held("chair", self.decision())
        before = self.head()

        def settle(caller):
            try:
                return self.approve(caller, id)
            except grpc.RpcError as error:
                self.assertIn(contract.refusal_of(error).reason,
                              ("NOT_FOUND", "PREDECESSOR_FAILED"))
                return None

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            receipts = [r for r in pool.map(settle, ["seat", "colleague"] * 8) if r]
        self.assertEqual(len(receipts), 1)
        self.assertEqual(self.head(), before + 1)

    def test_what_waits_outlives_the_hub(self):
        id = self.held("chair", self.decision())
        before = self.waiting("seat")[id]
        self.hub.kill()
        self.hub.start()
        self.connect()
        self.assertEqual(self.waiting("seat")[id], before)
        self.approve("seat", id)

    def test_too_much_does_not_wait(self):
        for _ in range(30):
            reason = self.refused_any(lambda: self.publish(
                "colleague", self.decision(author=SECRETARIAT)))
            if reason == "QUEUE_FULL":
                break
        self.assertEqual(reason, "QUEUE_FULL")
        mine = [a.id for a in self.waiting("seat").values() if a.proposed_by == SECRETARIAT]
        self.assertEqual(len(mine), 20)
        for id in mine:
            self.approve("seat", id)

    def refused_any(self, act):
        with self.assertRaises(grpc.RpcError) as caught:
            act()
        return contract.refusal_of(caught.exception).reason

    def test_both_people_are_written_down(self):
        draft = self.decision()
        id = self.held("chair", draft)
        self.refused("NOT_PERMITTED", lambda: self.approve("chair", id))
        self.approve("seat", id)
        told = []
        request = admin.ListAuditEntriesRequest()
        while True:
            page = self.call("AdminService", "ListAuditEntries", request,
                             admin.ListAuditEntriesResponse, "auditor")
            told += [(e.organisation, e.method, e.about, e.reason) for e in page.entries]
            request.page_token = page.next_page_token
            if not request.page_token:
                break
        for entry in ((MAG, "PublishService.Publish", f"adopt-decision {MAG} {draft.event_id}",
                       "APPROVAL_NEEDED"),
                      (MAG, "AdminService.Approve", f"id {id}", "NOT_PERMITTED"),
                      (f"{MAG}/seat-1", "AdminService.Approve", f"id {id}", "OK")):
            self.assertIn(entry, told)
        written = (self.hub.data_dir / "audit.jsonl").read_text()
        self.assertNotIn("fictional decision", written)

    def test_an_action_that_there_is_not_is_no_setting(self):
        done = subprocess.run(
            [str(self.hub.bin_dir / "liaisond"), "--data-dir", str(self.hub.data_dir) + "-other",
             "--four-eyes", "adopt-everything"], capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 2)
        self.assertIn("adopt-decision", done.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    arguments, rest = parser.parse_known_args()
    with hubs.TemporaryHub(arguments.bin_dir, FLAGS) as hub:
        FourEyes.hub = hub
        result = unittest.main(argv=[sys.argv[0], *rest], exit=False).result
    return 0 if result.wasSuccessful() and result.testsRun > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
