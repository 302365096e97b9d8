#!/usr/bin/python3
"""Who may call what, and who may read what: every method by every credential, every audience by
every reader, against tables that are kept here by hand.

A method of the contract without a row here fails, and so does a row without a method.
"""

import argparse
import contextlib
import pathlib
import queue
import sys
import threading
import time
import unittest
import uuid

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import grpc
import contract
import hub as hubs
from contract import (access, admin, directory, enrolment, event, events, federation, liaison,
                      publish, radar, subscriptions, transparency, types, witness)

TIMEOUT_S = 20
# What each method takes, by hand: r(ead), p(ublish), m(anage), o(perate), a(udit).
METHODS = {
    "PublishService": {"Publish": "p", "PublishStream": "p"},
    "EventService": {"GetEvent": "r", "ListEvents": "r", "Subscribe": "r"},
    "DirectoryService": {
        "GetHub": "r", "GetOrganisation": "r", "ListOrganisations": "r", "GetTopicScheme": "r",
        "ListTopicSchemes": "r", "GetCycle": "r", "ListCycles": "r"},
    "LiaisonService": {
        "GetTrail": "r", "ListRequests": "r", "ListContributions": "r", "ListUndisposed": "r",
        "GetReadingPlan": "r", "GetBoard": "r", "GetDecision": "r", "ListDecisions": "r",
        "ListPositions": "r", "SuggestFormats": "r", "GetCycleOpening": "r"},
    "RadarService": {
        "GetRadar": "r", "ListTopicEvents": "r", "ListTopicLinks": "r", "GetRepresentation": "r",
        "ListGaps": "r", "ListDuplicates": "r", "GetDigest": "r", "GetMeetingPack": "r",
        "WatchView": "r"},
    # Proofs and the registry are for everybody; leaves and headers as the events they are of.
    "TransparencyService": {
        "GetCheckpoint": "r", "GetInclusionProof": "r", "GetConsistencyProof": "r",
        "ListLeafHashes": "r", "GetTile": "r", "ListLeaves": "r", "ListRegistryEntries": "r"},
    # What is asked is believed for the signatures in it.
    "WitnessService": {"AddCheckpoint": "r", "GetCosignedCheckpoint": "r", "GetWitnessing": "r",
                       "AddCosignatures": "r"},
    # The policy says who is a peer; what goes to peers is the operator's to know.
    "FederationService": {"PullLane": "r", "Attach": "r", "ListSharing": "o",
                          "ListPeers": "o", "ListDeliveries": "o", "ExplainArrival": "o",
                          "GetEvidence": "r",
                          "Block": "o", "Release": "o", "ListEvidence": "o", "GetPolicy": "o",
                          "ProposePolicy": "o", "ApprovePolicy": "o"},
    "AdminService": {"AcceptClock": "o", "Backup": "o", "CreateToken": "m",
                     "CreateInvitation": "m", "ListCredentials": "m", "RevokeCredential": "m",
                     "ListAuditEntries": "a", "ListApprovals": "p", "Approve": "p",
                     "Refuse": "p", "Erase": "o", "ExplainReading": "m", "ListLeaving": "m"},
    # By what is shown in the request: the gate lets everybody as far as that.
    "EnrolmentService": {"GetInvitation": "r", "Enrol": "r", "StartSession": "r", "EndSession": "r",
                         "RenewCertificate": "r"},
    # Of the caller's own organisation, and nobody has one.
    "SubscriptionService": {
        "CreateSubscription": "r", "GetSubscription": "r", "ListSubscriptions": "r",
        "UpdateSubscription": "r", "DeleteSubscription": "r", "Consume": "r", "Pull": "r",
        "Settle": "r", "Seek": "r", "ListDeadLetters": "r", "ReplayDeadLetters": "r",
        "DiscardDeadLetters": "r"},
}
# Shared out among the MAG's members: for them and the secretariat, which is the operator here.
FOR_THE_MAG = {"GetReadingPlan"}
FOR_THE_HUB = {"ExplainReading", "ListLeaving"}
# What each caller has.
CALLERS = {"nobody": "r", "reader": "r", "publisher": "rp", "administrator": "rpm",
           "operator": "rpmo", "auditor": "ra", "expired": "", "revoked": "", "unknown": "",
           "mistyped": ""}
# What a method behind the gate says of an empty request, with a reason that the gate has as well.
OWN_WORDS = ("the invitation is none of this hub's", "only a session is ended like this",
             "a certificate is renewed by whoever shows it",
             "subscriptions that the hub remembers belong to an organisation",
             "no peer of this hub calls as")
GATE_REASONS = ("CREDENTIAL_REQUIRED", "CREDENTIAL_INVALID", "NOT_PERMITTED")
MODULES = {"PublishService": publish, "EventService": events, "DirectoryService": directory,
           "LiaisonService": liaison, "RadarService": radar,
           "TransparencyService": transparency,
           "WitnessService": witness, "FederationService": federation, "AdminService": admin,
           "EnrolmentService": enrolment, "SubscriptionService": subscriptions}

# Who reads what, by hand. Readers: who they are stands in World.readers.
AUDIENCES = ("igf/public", "igf/partners", "igf/mag", "GROUP")
READS = {
    "nobody":      (True, False, False, False),
    "stranger":    (True, False, False, False),  # a token of an organisation that is not registered
    "partner":     (True, True, False, False),
    "desk":        (True, True, False, False),   # below the partner
    "member":      (True, True, False, True),    # in the group
    "mag":         (True, True, True, False),
    "seat":        (True, True, True, False),
    "secretariat": (True, True, True, False),
    "author":      (True, True, True, True),
    "retired":     (True, False, False, False),
}


def new_id():
    return str(uuid.uuid4())


class World:
    """A hub with identities, with one token of everybody."""

    def __init__(self, address):
        self.channel = grpc.insecure_channel(address, options=[("grpc.enable_retries", 0)])
        grpc.channel_ready_future(self.channel).result(TIMEOUT_S)
        self.tokens = {"nobody": None}
        self.ids = {}
        operator = self.call("AdminService", "CreateToken", self.token_request(
            "org/igf-secretariat", access.ROLE_OPERATOR))
        self.tokens["operator"] = operator.secret
        for role in ("reader", "publisher", "administrator", "auditor", "revoked"):
            self.make(role, "org/a", getattr(access, f"ROLE_{role.upper()}", access.ROLE_READER))
        # A minute is the shortest there is; the test that wants it over waits.
        self.make("expired", "org/a", access.ROLE_OPERATOR, seconds=60)
        self.expired_at = time.monotonic() + 61
        self.tokens["unknown"] = self.tokens["reader"][:9] + "0" * 43 + "000000"
        self.tokens["mistyped"] = self.tokens["reader"][:-1] + (
            "0" if self.tokens["reader"][-1] != "0" else "1")
        self.call("AdminService", "RevokeCredential",
                  admin.RevokeCredentialRequest(id=self.ids["revoked"]),
                  "operator")
        self.register("org/igf-secretariat", types.ORGANISATION_KIND_SECRETARIAT)
        self.publish("operator", author="org/igf-secretariat", audience="igf/public",
                     cycle_body=contract.bodies.Cycle(cycle_id="2027"))

    @staticmethod
    def token_request(organisation, role, seconds=3600):
        request = admin.CreateTokenRequest(organisation=organisation, role=role)
        request.lifetime.seconds = seconds
        return request

    def make(self, name, organisation, role, seconds=3600):
        made = self.call("AdminService", "CreateToken",
                         self.token_request(organisation, role, seconds), "operator")
        self.tokens[name], self.ids[name] = made.secret, made.credential.id

    def metadata(self, caller, as_=None):
        token = self.tokens[caller]
        pairs = [("authorization", f"Bearer {token}")] if token else []
        return tuple(pairs + ([("liaison-as", as_)] if as_ else []))

    def call(self, service, method, request, caller="nobody", as_=None):
        """Unary: the answer. A stream: its first frame."""
        described = MODULES[service].DESCRIPTOR.services_by_name[service].methods_by_name[method]
        path = f"/igf.liaison.v1.{service}/{method}"
        out = type(request).SerializeToString
        answer = getattr(MODULES[service], described.output_type.name).FromString
        metadata = self.metadata(caller, as_)
        if method in ("PublishStream", "Consume", "Attach"):
            stream = self.channel.stream_stream(path, out, answer)(
                iter([request]), timeout=TIMEOUT_S, metadata=metadata)
        elif method in ("Subscribe", "WatchView", "Backup"):
            stream = self.channel.unary_stream(path, out, answer)(
                request, timeout=TIMEOUT_S, metadata=metadata)
        else:
            return self.channel.unary_unary(path, out, answer)(
                request, timeout=TIMEOUT_S, metadata=metadata)
        try:
            return next(stream)
        finally:
            stream.cancel()

    def register(self, name, kind, **more):
        return self.publish(
            "operator", author="org/igf-secretariat", audience="igf/public",
            organisation=contract.bodies.Organisation(
                organisation=name, name="A fictional organisation", kind=kind, **more))

    def publish(self, caller, as_=None, **fields):
        draft = event.Draft(event_id=new_id(), language="en", **fields)
        request = publish.PublishRequest(items=[publish.PublishItem(draft=draft)])
        return self.call("PublishService", "Publish", request, caller, as_).receipts[0]


def reason_of(error):
    return contract.refusal_of(error).reason


class Access(unittest.TestCase):
    world = None

    def let_in(self, service, method, caller):
        """Whether the gate let the caller in, whatever the method then said of an empty request."""
        name = MODULES[service].DESCRIPTOR.services_by_name[service].methods_by_name[method]
        request = getattr(MODULES[service], name.input_type.name)()
        try:
            self.world.call(service, method, request, caller)
        except grpc.RpcError as error:
            refusal = contract.refusal_of(error)
            return refusal.reason not in GATE_REASONS or refusal.message.startswith(OWN_WORDS)
        except StopIteration:
            pass
        return True

    def test_every_method_has_a_row_and_every_row_a_method(self):
        contract_has = {
            service: set(module.DESCRIPTOR.services_by_name[service].methods_by_name)
            for service, module in MODULES.items()}
        self.assertEqual(contract_has, {s: set(methods) for s, methods in METHODS.items()})
        protos = (contract.PROJECT / "proto/igf/liaison/v1").glob("*_service.proto")
        self.assertEqual(len(list(protos)), len(MODULES), "a service without a row")

    def test_every_method_by_every_credential(self):
        time.sleep(max(0, self.world.expired_at - time.monotonic()))
        cells, wrongly = 0, []
        for service, methods in METHODS.items():
            for method, takes in methods.items():
                for caller, has in CALLERS.items():
                    cells += 1
                    may = takes in has
                    # An empty request names no organisation, and only an operator manages all.
                    if method in ("CreateToken", "CreateInvitation") and caller == "administrator":
                        may = False
                    # Who reads what is told to those of the hub and the secretariat.
                    if method in FOR_THE_HUB and caller == "administrator":
                        may = False
                    if method in FOR_THE_MAG and caller != "operator":
                        may = False
                    let_in = self.let_in(service, method, caller)
                    if let_in != may:
                        wrongly.append((method, caller, let_in))
        print(f"{cells} cells of method and credential, {len(wrongly)} wrong", file=sys.stderr)
        self.assertEqual(wrongly, [])

    # --- publishing -----------------------------------------------------------------------------

    def signal(self, author, **fields):
        return dict(author=author, audience="igf/public", topics=["unspecified"],
                    topic_signal=contract.bodies.TopicSignal(title="A fictional signal"), **fields)

    @contextlib.contextmanager
    def refused(self, reason):
        with self.assertRaises(grpc.RpcError) as caught:
            yield
        self.assertEqual(reason_of(caught.exception), reason, caught.exception)

    def test_nobody_publishes_as_somebody_else(self):
        self.world.publish("publisher", **self.signal("org/a"))
        self.world.publish("publisher", **self.signal("org/a/desk"))
        for other in ("org/b", "org/ab", "org/igf-secretariat"):
            with self.refused("NOT_PERMITTED"):
                self.world.publish("publisher", **self.signal(other))
            with self.refused("NOT_PERMITTED"):
                self.world.publish("publisher", as_=other, **self.signal(other))

    def test_a_stream_is_refused_what_a_call_is(self):
        draft = event.Draft(event_id=new_id(), language="en", **self.signal("org/b"))
        request = publish.PublishStreamRequest(
            frame_id=1, items=[publish.PublishItem(draft=draft)])
        path = "/igf.liaison.v1.PublishService/PublishStream"
        stream = self.world.channel.stream_stream(
            path, publish.PublishStreamRequest.SerializeToString,
            publish.PublishStreamResponse.FromString)(
                iter([request]), timeout=TIMEOUT_S, metadata=self.world.metadata("publisher"))
        results = [r for frame in stream for r in frame.results.results]
        self.assertEqual(len(results), 1)
        self.assertEqual(results[0].error.code, grpc.StatusCode.PERMISSION_DENIED.value[0])

    def test_who_registers_manages(self):
        body = contract.bodies.Organisation(organisation="org/a/unit", name="A fictional unit",
                                            kind=types.ORGANISATION_KIND_CIVIL_SOCIETY)
        fields = dict(author="org/a", audience="igf/public", organisation=body)
        with self.refused("NOT_PERMITTED"):
            self.world.publish("publisher", **fields)

    # --- tokens ---------------------------------------------------------------------------------

    def test_an_administrator_manages_its_own_organisation_alone(self):
        make = lambda organisation, role: self.world.call(
            "AdminService", "CreateToken", World.token_request(organisation, role),
            "administrator")
        made = make("org/a/desk", access.ROLE_PUBLISHER)
        self.assertEqual(made.credential.organisation, "org/a/desk")
        for organisation, role in (("org/b", access.ROLE_READER), ("org/a", access.ROLE_OPERATOR),
                                   ("org/a", access.ROLE_AUDITOR)):
            with self.refused("NOT_PERMITTED"):
                make(organisation, role)
        listed = self.world.call("AdminService", "ListCredentials", admin.ListCredentialsRequest(),
                                 "administrator").credentials
        self.assertTrue(listed)
        self.assertTrue(all(t.organisation.split("/")[1] == "a" for t in listed))
        with self.refused("NOT_FOUND"):
            self.world.call("AdminService", "RevokeCredential",
                            admin.RevokeCredentialRequest(id=self.world.ids["other"]),
                            "administrator")

    def test_pages_of_tokens_have_each_once(self):
        seen, page = [], ""
        while True:
            answer = self.world.call("AdminService", "ListCredentials",
                                     admin.ListCredentialsRequest(page_size=3, page_token=page),
                                     "operator")
            seen += [t.id for t in answer.credentials]
            page = answer.next_page_token
            if not page:
                break
        self.assertEqual(len(seen), len(set(seen)))
        self.assertLess(3, len(seen))

    def revoke(self, name):
        self.world.call("AdminService", "RevokeCredential",
                        admin.RevokeCredentialRequest(id=self.world.ids[name]), "operator")

    def open(self, service, method, requests, caller):
        described = MODULES[service].DESCRIPTOR.services_by_name[service].methods_by_name[method]
        kinds = [getattr(MODULES[service], kind.name)
                 for kind in (described.input_type, described.output_type)]
        return self.world.channel.stream_stream(
            f"/igf.liaison.v1.{service}/{method}", kinds[0].SerializeToString,
            kinds[1].FromString)(requests, timeout=TIMEOUT_S, metadata=self.world.metadata(caller))

    def test_a_subscription_is_delivered_no_more_once_its_token_is_revoked(self):
        """To a stream with credit, and to a pull that waits; what they did not get is another's."""
        for name in ("streams", "pulls", "stays"):
            self.world.make(name, "org/a", access.ROLE_PUBLISHER)
        ask = lambda method, request, caller: self.world.call(
            "SubscriptionService", method, request, caller)
        for name in ("streamed", "pulled"):
            ask("CreateSubscription", subscriptions.CreateSubscriptionRequest(
                name=name, filter="author = org/a", live=True), "stays")
        over = threading.Event()

        def said():
            yield subscriptions.ConsumeRequest(start=subscriptions.ConsumeStart(name="streamed"))
            credit = subscriptions.Credit(messages=9, bytes=1 << 20)
            yield subscriptions.ConsumeRequest(credit=credit)
            over.wait(TIMEOUT_S)
        stream = self.open("SubscriptionService", "Consume", said(), "streams")
        self.assertEqual(next(stream).WhichOneof("frame"), "joined")
        pull = subscriptions.PullRequest(name="pulled")
        pull.wait.seconds = 10
        path = "/igf.liaison.v1.SubscriptionService/Pull"
        waiting = self.world.channel.unary_unary(
            path, subscriptions.PullRequest.SerializeToString,
            subscriptions.PullResponse.FromString).future(
                pull, timeout=TIMEOUT_S, metadata=self.world.metadata("pulls"))
        time.sleep(0.3)
        self.revoke("streams")
        self.revoke("pulls")
        receipt = self.world.publish("stays", **self.signal("org/a"))
        with self.refused("CREDENTIAL_INVALID"):
            frames = [frame.WhichOneof("frame") for frame in stream]
            self.fail(f"it went on with {frames}")
        with self.refused("CREDENTIAL_INVALID"):
            waiting.result()
        over.set()
        for name in ("streamed", "pulled"):
            got = ask("Pull", subscriptions.PullRequest(name=name), "stays").deliveries
            self.assertEqual([(d.event.sequence, d.attempt) for d in got],
                             [(receipt.position.sequence, 1)], name)

    def test_of_a_stream_whose_token_ends_nothing_behind_is_written(self):
        """Nor is anything judged: whoever sends it again with another token keeps the order."""
        self.world.make("publishes", "org/a", access.ROLE_PUBLISHER)
        go_on = queue.Queue()
        draft = lambda: event.Draft(event_id=new_id(), language="en", **self.signal("org/a"))
        frame = lambda n: publish.PublishStreamRequest(
            frame_id=n, items=[publish.PublishItem(draft=draft())],
            on_error=publish.ON_ERROR_CONTINUE)
        stream = self.open("PublishService", "PublishStream", iter(go_on.get, None), "publishes")
        self.assertEqual(next(stream).WhichOneof("frame"), "settings")
        go_on.put(frame(1))
        self.assertTrue(next(stream).results.results[0].HasField("receipt"))
        self.revoke("publishes")
        for n in (2, 3):
            go_on.put(frame(n))
        reasons = [contract.Refusal(next(stream).results.results[0].error).reason
                   for _ in range(2)]
        go_on.put(None)
        self.assertEqual(reasons, ["CREDENTIAL_INVALID", "PREDECESSOR_FAILED"])

    def test_what_is_open_ends_with_its_token(self):
        self.world.make("leaving", "org/a", access.ROLE_READER)
        path = "/igf.liaison.v1.EventService/Subscribe"
        stream = self.world.channel.unary_stream(
            path, events.SubscribeRequest.SerializeToString, events.SubscribeResponse.FromString)(
                events.SubscribeRequest(start_at=events.START_AT_LIVE), timeout=TIMEOUT_S,
                metadata=self.world.metadata("leaving"))
        next(stream)
        self.world.call("AdminService", "RevokeCredential",
                        admin.RevokeCredentialRequest(id=self.world.ids["leaving"]), "operator")
        began = time.monotonic()
        with self.refused("CREDENTIAL_INVALID"):
            for _ in stream:
                pass
        self.assertLess(time.monotonic() - began, 5, "it went on to its deadline")

    # --- what is written down -------------------------------------------------------------------

    def audited(self, after=0):
        request = admin.ListAuditEntriesRequest(after=after, page_size=7)
        entries = []
        while True:
            page = self.world.call("AdminService", "ListAuditEntries", request, "auditor")
            entries += page.entries
            request.page_token = page.next_page_token
            if not request.page_token:
                return entries

    def test_who_lets_people_in_is_written_down_and_who_was_refused(self):
        before = self.audited()
        self.assertEqual([e.number for e in before], list(range(1, len(before) + 1)))
        self.world.make("written", "org/a", access.ROLE_READER)
        with self.refused("NOT_PERMITTED"):
            self.world.call("AdminService", "CreateToken",
                            World.token_request("org/b", access.ROLE_READER), "administrator")
        with self.refused("NOT_PERMITTED"):
            self.world.publish("publisher", **self.signal("org/b"))
        with self.refused("CREDENTIAL_INVALID"):
            self.world.call("DirectoryService", "GetHub", directory.GetHubRequest(), "revoked")
        with self.refused("CREDENTIAL_INVALID"):
            self.world.call("EnrolmentService", "Enrol", enrolment.EnrolRequest(
                invitation="igfl_inv_planted", certificate_request="planted"), "reader")
        told = [(e.organisation, e.method, e.about, e.reason)
                for e in self.audited(before[-1].number)
                if not e.method.endswith("ListAuditEntries")]
        self.assertEqual(told, [
            ("org/igf-secretariat", "AdminService.CreateToken",
             "organisation org/a, role ROLE_READER", "OK"),
            ("org/a", "AdminService.CreateToken", "organisation org/b, role ROLE_READER",
             "NOT_PERMITTED"),
            ("org/a", "PublishService.Publish", "author org/b, type EVENT_TYPE_TOPIC_SIGNAL",
             "NOT_PERMITTED"),
            ("", "DirectoryService.GetHub", "", "CREDENTIAL_INVALID"),
            ("org/a", "EnrolmentService.Enrol", "", "CREDENTIAL_INVALID")])
        # `from` is a word of Python's.
        self.assertRegex(getattr(self.audited(before[-1].number)[0], "from"), r"^ipv4:127.0.0.1:")

    def test_the_audit_log_holds_no_secret_and_no_payload(self):
        self.audited()
        written = (self.world.data_dir / "audit.jsonl").read_bytes()
        for name, token in self.world.tokens.items():
            if token:
                self.assertNotIn(token.encode(), written, name)
        self.assertNotIn(b"planted", written)

    # --- reading --------------------------------------------------------------------------------

    def test_every_audience_by_every_reader_on_every_path(self):
        """Signals by org/author, one for each audience; each path must show the same ones."""
        readers, receipts = self.settle()
        cells, wrongly = 0, []
        for reader, row in READS.items():
            expected = [r for r, may in zip(receipts, row) if may]
            for path, ask in (("GetEvent by sequence", self.by_sequence),
                              ("GetEvent by digest", self.by_digest),
                              ("ListEvents", self.by_list), ("Subscribe", self.by_subscribe),
                              ("Pull", self.by_pull),
                              ("GetTrail", self.by_trail),
                              ("ListUndisposed", self.by_undisposed),
                              ("GetRadar", self.by_radar)):
                if ask == self.by_pull and reader == "nobody":
                    continue  # who has no organisation has no subscription
                cells += len(AUDIENCES)
                seen = ask(readers[reader], receipts)
                if seen != [r.digest for r in expected]:
                    wrongly.append((reader, path, len(seen), len(expected)))
        print(f"{cells} cells of reader, audience and path, {len(wrongly)} wrong", file=sys.stderr)
        self.assertEqual(wrongly, [])
        self.explain(receipts)

    ORGANISATIONS = {
        "nobody": "", "stranger": "org/stranger", "partner": "org/partner",
        "desk": "org/partner/desk", "member": "org/member", "mag": "org/igf-mag",
        "seat": "org/igf-mag/seat-1", "secretariat": "org/igf-secretariat",
        "author": "org/author", "retired": "org/gone"}

    def explain(self, receipts):
        """What administrators are told of the same cells is what the table says."""
        cells = 0
        for reader, row in READS.items():
            organisation = self.ORGANISATIONS[reader]
            for receipt, may in zip(receipts, row):
                why = self.world.call("AdminService", "ExplainReading", admin.ExplainReadingRequest(
                    digest=receipt.digest, reader=organisation), "operator")
                self.assertEqual(why.may_read, may, (reader, why))
                self.assertTrue(why.reasons)
                if "wg-access" in why.audience and organisation not in ("", "org/author"):
                    # By which version of the group: the event says so itself.
                    said = self.world.call("EventService", "GetEvent", events.GetEventRequest(
                        sequence=why.by[-1]), "operator").event
                    facts = event.EventHeader.FromString(said.header).audience_facts
                    self.assertEqual((facts.group, facts.version), ("igf/wg-access", 1))
                cells += 1
            # What would leave is what is read, what would stay is counted.
            leaving, staying, request = [], 0, admin.ListLeavingRequest(
                to=organisation, after=receipts[0].position.sequence - 1, page_size=2)
            while True:
                page = self.world.call("AdminService", "ListLeaving", request, "operator")
                leaving += [e.digest for e in page.events]
                staying += sum(w.events for w in page.withheld)
                request.page_token = page.next_page_token
                if not request.page_token:
                    break
            expected = [r.digest for r, may in zip(receipts, row) if may]
            self.assertEqual([d for d in leaving if d in [r.digest for r in receipts]], expected)
            self.assertEqual(len(leaving) + staying,
                             page.through - receipts[0].position.sequence + 1)
        print(f"{cells} cells explained", file=sys.stderr)

    def test_who_reads_what_is_told_to_the_hub_and_the_secretariat_alone(self):
        receipt = self.world.publish("operator", **self.signal("org/igf-secretariat"))
        self.world.make("helper", "org/igf-secretariat", access.ROLE_ADMINISTRATOR)
        ask = lambda caller: self.world.call(
            "AdminService", "ExplainReading", admin.ExplainReadingRequest(
                sequence=receipt.position.sequence, reader="org/a"), caller)
        self.assertTrue(ask("helper").may_read)
        for caller in ("administrator", "publisher", "auditor"):
            with self.refused("NOT_PERMITTED"):
                ask(caller)
        with self.refused("NOT_FOUND"):
            self.world.call("AdminService", "ExplainReading",
                            admin.ExplainReadingRequest(sequence=10**9), "operator")
        with self.refused("FIELD_INVALID"):
            self.world.call("AdminService", "ListLeaving",
                            admin.ListLeavingRequest(to="Somebody"), "operator")

    def settle(self):
        world = self.world
        register = world.register
        register("org/igf-mag", types.ORGANISATION_KIND_MAG)
        register("org/igf-mag/seat-1", types.ORGANISATION_KIND_MAG)
        for name in ("partner", "member", "author"):
            register(f"org/{name}", types.ORGANISATION_KIND_CIVIL_SOCIETY)
        register("org/gone", types.ORGANISATION_KIND_CIVIL_SOCIETY)
        world.publish("operator", author="org/igf-secretariat", audience="igf/public",
                      audience_body=contract.bodies.Audience(
                          group="igf/wg-access", version=1, title="A fictional group",
                          members=["org/member", "org/gone"]))
        register("org/gone", types.ORGANISATION_KIND_CIVIL_SOCIETY, retired=True)
        readers = {"nobody": "nobody"}
        for reader, organisation in (
                ("stranger", "org/stranger"), ("partner", "org/partner"),
                ("desk", "org/partner/desk"), ("member", "org/member"), ("mag", "org/igf-mag"),
                ("seat", "org/igf-mag/seat-1"), ("secretariat", "org/igf-secretariat"),
                ("author", "org/author"), ("retired", "org/gone")):
            world.make(f"reads-{reader}", organisation, access.ROLE_PUBLISHER)
            readers[reader] = f"reads-{reader}"
        receipts = []
        for audience in AUDIENCES:
            audience = "igf/wg-access@1" if audience == "GROUP" else audience
            receipts.append(world.publish(
                "reads-author", author="org/author", audience=audience, topics=["access"],
                cycle="2027",
                topic_signal=contract.bodies.TopicSignal(title="A fictional signal")))
        return readers, receipts

    def got(self, caller, request):
        try:
            return self.world.call("EventService", "GetEvent", request, caller).event.digest
        except grpc.RpcError as error:
            self.assertEqual(reason_of(error), "NOT_FOUND")
            return None

    def by_sequence(self, caller, receipts):
        return [d for r in receipts if (d := self.got(
            caller, events.GetEventRequest(sequence=r.position.sequence)))]

    def by_digest(self, caller, receipts):
        return [d for r in receipts
                if (d := self.got(caller, events.GetEventRequest(digest=r.digest)))]

    def by_list(self, caller, _):
        request = events.ListEventsRequest(filter="author = org/author")
        return [e.digest for e in
                self.world.call("EventService", "ListEvents", request, caller).events]

    def by_subscribe(self, caller, _):
        path = "/igf.liaison.v1.EventService/Subscribe"
        stream = self.world.channel.unary_stream(
            path, events.SubscribeRequest.SerializeToString, events.SubscribeResponse.FromString)(
                events.SubscribeRequest(start_at=events.START_AT_BEGINNING, stop_at_head=True,
                                        filter="author = org/author"),
                timeout=TIMEOUT_S, metadata=self.world.metadata(caller))
        return [e.digest for frame in stream for e in frame.events.events]

    def by_pull(self, caller, _):
        name = f"reads-{new_id()[:8]}"
        self.world.call("SubscriptionService", "CreateSubscription",
                        subscriptions.CreateSubscriptionRequest(
                            name=name, filter="author = org/author", beginning=True), caller)
        # Twice, as they come for the first time and as they come again.
        seen = []
        for _ in range(2):
            answer = self.world.call("SubscriptionService", "Pull",
                                     subscriptions.PullRequest(name=name), caller)
            seen.append([d.event.digest for d in answer.deliveries])
            said = [subscriptions.Settlement(ack_token=d.ack_token,
                                             action=subscriptions.SETTLE_ACTION_RELEASE)
                    for d in answer.deliveries]
            self.world.call("SubscriptionService", "Settle",
                            subscriptions.SettleRequest(name=name, settlements=said), caller)
        self.assertEqual(seen[0], seen[1])
        return seen[0]

    def by_trail(self, caller, receipts):
        seen = []
        for receipt in receipts:
            try:
                self.world.call("LiaisonService", "GetTrail",
                                liaison.GetTrailRequest(digest=receipt.digest), caller)
                seen.append(receipt.digest)
            except grpc.RpcError as error:
                self.assertEqual(reason_of(error), "NOT_FOUND")
        return seen

    def by_undisposed(self, caller, _):
        answer = self.world.call("LiaisonService", "ListUndisposed",
                                 liaison.ListUndisposedRequest(cycle="2027"), caller)
        mine = [i for i in answer.inputs if i.author == "org/author"]
        return [i.digest for i in sorted(mine, key=lambda i: i.sequence)]

    def by_radar(self, caller, receipts):
        answer = self.world.call("RadarService", "GetRadar", radar.GetRadarRequest(
            topics=["access"], events_per_contributor=10), caller)
        sequences = sorted(s for t in answer.topics for e in t.contributors for s in e.sequences)
        return [r.digest for r in receipts if r.position.sequence in sequences]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    arguments, rest = parser.parse_known_args()
    # Every method by every caller is more than an address may call at once.
    with hubs.TemporaryHub(arguments.bin_dir, ["--address-calls-per-s", "0"]) as hub:
        Access.world = World(hub.address)
        Access.world.data_dir = hub.data_dir
        Access.world.make("other", "org/b", access.ROLE_READER)
        result = unittest.main(argv=[sys.argv[0], *rest], exit=False).result
    return 0 if result.wasSuccessful() and result.testsRun > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
