#!/usr/bin/python3
"""Words that must go: out of every file of the log, named where older backups hold them, and the
record says so openly. Everybody and everything said here is fictional."""

import argparse
import pathlib
import secrets
import sys
import tempfile
import time
import unittest
import uuid

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import grpc
import contract
import hub as hubs
from contract import access, admin, bodies, enrolment, event, events, publish, types

TIMEOUT_S = 60
PATIENCE_S = 60
MAG = "org/igf-mag"
SECRETARIAT = "org/igf-secretariat"


class Erase(unittest.TestCase):
    bin_dir = None

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(
            tempfile.TemporaryDirectory(prefix="liaison-erase-")))
        self.backups = self.folder / "backups"
        self.hub = self.enterContext(hubs.Hub(
            self.bin_dir, self.folder / "data",
            ["--backup-dir", str(self.backups), "--four-eyes", "adopt-decision"]))
        self.channel = self.enterContext(grpc.insecure_channel(
            self.hub.address, [("grpc.enable_retries", 0)]))
        self.tokens = {}
        self.make("operator", SECRETARIAT, "OPERATOR", by=None)
        for name, organisation, role in (
                ("author", "org/author", "PUBLISHER"), ("manager", "org/author", "ADMINISTRATOR"),
                ("stranger", "org/other", "OPERATOR"), ("chair", MAG, "PUBLISHER")):
            self.make(name, organisation, role)
        for name, kind in ((SECRETARIAT, "SECRETARIAT"), (MAG, "MAG"), (f"{MAG}/seat-1", "MAG"),
                           ("org/author", "CIVIL_SOCIETY"), ("org/other", "CIVIL_SOCIETY")):
            self.publish("operator", self.draft(SECRETARIAT, organisation=bodies.Organisation(
                organisation=name, name=f"{name} (fictional)",
                kind=getattr(types, f"ORGANISATION_KIND_{kind}"))))
        self.invite("seat", f"{MAG}/seat-1")
        self.publish("operator", self.draft(SECRETARIAT, cycle_body=bodies.Cycle(cycle_id="2027")))

    # --- small words ------------------------------------------------------------------------------

    def call(self, service, method, request, answer, caller):
        token = self.tokens.get(caller)
        return self.channel.unary_unary(
            f"/igf.liaison.v1.{service}/{method}", type(request).SerializeToString,
            answer.FromString)(request, timeout=TIMEOUT_S, metadata=(
                (("authorization", f"Bearer {token}"),) if token else ()))

    def make(self, name, organisation, role, by="operator"):
        request = admin.CreateTokenRequest(organisation=organisation,
                                           role=getattr(access, f"ROLE_{role}"))
        request.lifetime.seconds = 3600
        self.tokens[name] = self.call("AdminService", "CreateToken", request,
                                      admin.CreateTokenResponse, by).secret

    def invite(self, name, organisation):
        """Comes in by an invitation: whoever made it has not seen the secret."""
        invitation = self.call("AdminService", "CreateInvitation", admin.CreateInvitationRequest(
            organisation=organisation, role=access.ROLE_ADMINISTRATOR),
            admin.CreateInvitationResponse, "operator")
        self.tokens[name] = self.call(
            "EnrolmentService", "StartSession",
            enrolment.StartSessionRequest(invitation=invitation.secret),
            enrolment.StartSessionResponse, None).secret

    def draft(self, author, audience="igf/public", **body):
        return event.Draft(event_id=str(uuid.uuid4()), author=author, audience=audience,
                           language="en", **body)

    def signal(self, name, audience="igf/public"):
        """Said by org/author; the contact's name stands in the personal section."""
        draft = self.draft("org/author", audience=audience, topics=["unspecified"],
                           topic_signal=bodies.TopicSignal(title="A fictional signal"))
        draft.personal.contacts.add(name=name)
        return draft

    def publish(self, caller, draft):
        request = publish.PublishRequest(items=[publish.PublishItem(draft=draft)])
        return self.call("PublishService", "Publish", request, publish.PublishResponse,
                         caller).receipts[0]

    def refused(self, reason, act):
        with self.assertRaises(grpc.RpcError) as caught:
            act()
        refusal = contract.refusal_of(caught.exception)
        self.assertEqual(refusal.reason, reason, refusal)
        return refusal

    def erase(self, sequence, caller="operator", section=types.SECTION_KIND_PERSONAL,
              reason=bodies.REDACTION_REASON_PERSONAL_DATA):
        return self.call("AdminService", "Erase", admin.EraseRequest(
            sequence=sequence, section=section, reason=reason), admin.EraseResponse, caller)

    def get(self, sequence):
        return self.call("EventService", "GetEvent", events.GetEventRequest(sequence=sequence),
                         events.GetEventResponse, "operator").event

    def backup(self, purge=False):
        frames = self.channel.unary_stream(
            "/igf.liaison.v1.AdminService/Backup", admin.BackupRequest.SerializeToString,
            admin.BackupResponse.FromString)(
                admin.BackupRequest(purge_erased=purge), timeout=TIMEOUT_S,
                metadata=(("authorization", f"Bearer {self.tokens['operator']}"),))
        return [f.made for f in frames if f.HasField("made")][0]

    @staticmethod
    def planted():
        """A name that no compression hides."""
        return f"planted-{secrets.token_hex(32)}"

    def holding(self, folder, words):
        """The files in which the words stand, or the bytes."""
        sought = words.encode() if isinstance(words, str) else words
        return [path.name for path, content in hubs.files_of(folder) if sought in content]

    def assert_gone(self, words):
        """RocksDB deletes files of no use on its own beat."""
        end = time.monotonic() + PATIENCE_S
        while self.holding(self.hub.data_dir, words) and time.monotonic() < end:
            time.sleep(0.1)
        self.assertEqual(self.holding(self.hub.data_dir, words), [])

    # --- what must go -----------------------------------------------------------------------------

    def test_the_words_leave_the_log_and_older_backups_are_named(self):
        words, other = self.planted(), self.planted()
        receipt = self.publish("author", self.signal(words))
        kept = self.publish("author", self.signal(other))
        first = self.backup()
        before = self.get(receipt.position.sequence)
        self.assertNotEqual(self.holding(self.hub.data_dir, words), [])
        erased = self.erase(receipt.position.sequence)
        self.assertEqual([b.number for b in erased.backups], [first.made.number])
        self.assertTrue(erased.backups[0].holds_erased)
        self.assert_gone(words)
        # The salt goes with the words: nobody can guess them by the commitment.
        salt = [s.salt for s in before.sections if s.kind == types.SECTION_KIND_PERSONAL][0]
        self.assertEqual(self.holding(self.hub.data_dir, salt), [])
        after = self.get(receipt.position.sequence)
        self.assertEqual((after.header, after.leaf), (before.header, before.leaf))
        state = {s.kind: (s.status, s.salt, s.data) for s in after.sections}
        self.assertEqual(state[types.SECTION_KIND_PERSONAL],
                         (event.SECTION_STATUS_ERASED, b"", b""))
        self.assertEqual(state[types.SECTION_KIND_CONTENT][0], event.SECTION_STATUS_PRESENT)
        # Nothing else went, and the record says who did it and why.
        self.assertNotEqual(self.holding(self.hub.data_dir, other), [])
        redaction = event.EventHeader.FromString(
            self.get(erased.receipt.position.sequence).header)
        self.assertEqual((redaction.author, redaction.redaction.target_digest,
                          redaction.redaction.reason),
                         (SECRETARIAT, receipt.digest, bodies.REDACTION_REASON_PERSONAL_DATA))
        self.assertNotEqual(self.holding(self.backups, words), [])
        self.backup(purge=True)
        self.assertEqual(self.holding(self.backups, words), [])
        self.assertNotEqual(self.holding(self.backups, other), [])
        self.assertEqual(kept.position.sequence, receipt.position.sequence + 1)

    def test_again_nothing_changes_and_the_backups_are_as_they_are_now(self):
        receipt = self.publish("author", self.signal(self.planted()))
        first = self.erase(receipt.position.sequence)
        self.backup()
        again = self.erase(receipt.position.sequence)
        self.assertTrue(again.receipt.duplicate)
        self.assertEqual(again.receipt.position, first.receipt.position)
        self.assertEqual(list(again.backups), [])

    def test_a_backup_that_never_held_the_words_is_not_named(self):
        self.backup()
        receipt = self.publish("author", self.signal(self.planted()))
        self.assertEqual(list(self.erase(receipt.position.sequence).backups), [])

    def test_what_waited_for_a_second_person_leaves_no_words_behind(self):
        words = self.planted()
        draft = self.draft(MAG, cycle="2027", decision=bodies.Decision(
            title="A fictional decision", state=bodies.DECISION_STATE_ADOPTED_INCOMPLETE))
        draft.personal.contacts.add(name=words)
        id = self.refused("APPROVAL_NEEDED",
                          lambda: self.publish("chair", draft)).metadata["approval_id"]
        # On disk by itself, so that it is more than a line of the write-ahead log.
        self.backup()
        receipt = self.call("AdminService", "Approve", admin.ApproveRequest(id=id),
                            admin.ApproveResponse, "seat").receipt
        self.erase(receipt.position.sequence)
        self.assert_gone(words)

    def test_who_may_not_have_it_erased(self):
        public = self.publish("author", self.signal(self.planted())).position.sequence
        hidden = self.publish("author", self.signal(self.planted(), "igf/mag")).position.sequence
        for caller, sequence, reason in (
                ("nobody", public, "CREDENTIAL_REQUIRED"), ("author", public, "NOT_PERMITTED"),
                ("manager", public, "NOT_PERMITTED"), ("stranger", public, "NOT_PERMITTED"),
                ("stranger", hidden, "TARGET_UNKNOWN"), ("operator", 10_000, "NOT_FOUND"),
                ("operator", 0, "NOT_FOUND")):
            with self.subTest(caller=caller, reason=reason):
                self.refused(reason, lambda: self.erase(sequence, caller))
        self.refused("TARGET_UNKNOWN", lambda: self.erase(
            public, section=types.SECTION_KIND_ATTACHMENTS))
        self.refused("FIELD_INVALID", lambda: self.erase(
            public, reason=bodies.REDACTION_REASON_UNSPECIFIED))
        for sequence in (public, hidden):
            self.assertTrue(all(s.status == event.SECTION_STATUS_PRESENT
                                for s in self.get(sequence).sections))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    arguments, rest = parser.parse_known_args()
    Erase.bin_dir = arguments.bin_dir
    result = unittest.main(argv=[sys.argv[0], *rest], exit=False).result
    return 0 if result.wasSuccessful() and result.testsRun > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
