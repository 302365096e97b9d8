#!/usr/bin/python3
"""What is hidden changes nothing: every method of the contract, asked by every reader before and
after something is said to every audience, against a table that is kept here by hand.

Who may read it must get another answer where the table says so, or the question is hollow. Who may
not must get the same answer as before, to the byte, counts and errors included. A method of the
contract without a row here fails. Everybody and everything said here is fictional.
"""

import argparse
import datetime
import pathlib
import sys
import tempfile
import threading
import time
import unittest
import uuid

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import grpc
import access_test
import contract
import hub as hubs
from access_test import AUDIENCES, METHODS, MODULES, READS, World
from contract import (access, bodies, event, events, liaison, publish, radar, subscriptions,
                      transparency, types)

CYCLE = "2027"
AUTHOR, SECRETARIAT, MAG, NRI = "org/author", "org/igf-secretariat", "org/igf-mag", "org/nri"
GROUP = "igf/wg-access@1"
TIMEOUT_S = access_test.TIMEOUT_S
# How far the log has come, and when, is everybody's to know (DESIGN section 2).
PUBLIC = {"position", "head", "root", "time", "as_of_sequence", "through_sequence", "made_at",
          "note", "size", "registry_note", "registry_size", "backlog", "lag"}
# What a reader's answer must show of, by hand. `inputs`: what an organisation says; `work`: what
# the secretariat does. With a question mark: to some of those who may read it. "": it shows no
# statement, whoever asks.
SHOWS = {
    # A refusal tells as much as an answer. Whatever comes by a stream is admitted by the same code.
    "PublishService": {"Publish": "inputs work", "PublishStream": ""},
    "EventService": {"GetEvent": "inputs work", "ListEvents": "inputs work",
                     "Subscribe": "inputs work"},
    # The registry and the directory are public as a whole.
    "DirectoryService": {method: "" for method in (
        "GetHub", "GetOrganisation", "ListOrganisations", "GetTopicScheme", "ListTopicSchemes",
        "GetCycle", "ListCycles")},
    "LiaisonService": {
        "GetTrail": "inputs work", "ListRequests": "inputs", "ListContributions": "inputs",
        "ListUndisposed": "inputs", "GetReadingPlan": "inputs", "GetBoard": "work",
        "GetDecision": "work", "ListDecisions": "work", "ListPositions": "inputs work",
        "SuggestFormats": "", "GetCycleOpening": "inputs work"},
    "RadarService": {
        "GetRadar": "inputs", "ListTopicEvents": "inputs", "ListTopicLinks": "inputs",
        "GetRepresentation": "inputs work", "ListGaps": "inputs work",
        "ListDuplicates": "inputs", "GetDigest": "inputs? work",
        "GetMeetingPack": "inputs work", "WatchView": "inputs work"},
    # Hashes and proofs hide what they are of.
    "TransparencyService": {
        "GetCheckpoint": "", "GetInclusionProof": "", "GetConsistencyProof": "",
        "ListLeafHashes": "", "GetTile": "", "ListLeaves": "inputs work",
        "ListRegistryEntries": ""},
    "WitnessService": {method: "" for method in (
        "AddCheckpoint", "GetCosignedCheckpoint", "GetWitnessing", "AddCosignatures")},
    # What goes to peers is the policy's, and nobody here is one.
    "FederationService": {method: "" for method in (
        "PullLane", "Attach", "ListSharing", "ListPeers", "ListDeliveries", "ExplainArrival",
        "GetEvidence", "Block", "Release", "ListEvidence", "GetPolicy", "ProposePolicy",
        "ApprovePolicy")},
    # Of a hub's own people; access_test has who they are. Nothing here waits for a second person.
    "AdminService": {method: "" for method in (
        "AcceptClock", "Backup", "CreateToken", "CreateInvitation", "ListCredentials",
        "RevokeCredential", "ListAuditEntries", "ListApprovals", "Approve", "Refuse", "Erase",
        "ExplainReading", "ListLeaving")},
    "EnrolmentService": {method: "" for method in (
        "GetInvitation", "Enrol", "StartSession", "EndSession", "RenewCertificate")},
    "SubscriptionService": {
        "Pull": "inputs work",
        # Consume is asked at the end, for all at once.
        **{method: "" for method in (
            "Consume", "CreateSubscription", "GetSubscription", "ListSubscriptions",
            "UpdateSubscription", "DeleteSubscription", "Settle", "Seek", "ListDeadLetters",
            "ReplayDeadLetters", "DiscardDeadLetters")}},
}
# For the MAG and the secretariat alone.
FOR_THE_MAG = {"GetReadingPlan": ("mag", "seat", "secretariat")}
# Answered to whoever has an organisation.
FOR_SOMEBODY = ("Publish", "Pull")


def day(offset):
    return (datetime.datetime.now(datetime.timezone.utc).date()
            + datetime.timedelta(days=offset)).isoformat()


def may_read(reader, audience, stage):
    """As READS has it of what org/author says. The work is the secretariat's."""
    of_author = READS[reader][AUDIENCES.index(audience)]
    if stage == "inputs" or reader not in ("author", "secretariat"):
        return of_author
    return reader == "secretariat" or audience in ("igf/public", "igf/partners")


def strip(message):
    """Without what is public of everything."""
    for field, value in message.ListFields():
        if field.name in PUBLIC:
            message.ClearField(field.name)
        elif field.message_type is not None and not field.message_type.GetOptions().map_entry:
            for part in value if field.label == field.LABEL_REPEATED else (value,):
                strip(part)
    return message.SerializeToString(deterministic=True)


class Said:
    """What was said in one stage to one audience; before it was, what nobody has said."""

    def __init__(self, head):
        self.head = head
        self.sequences = [head + 1, head + 2]
        self.digests = [uuid.uuid4().bytes * 2 for _ in range(2)]
        self.names = [str(uuid.uuid4()) for _ in range(2)]


class Asking:
    """One reader's questions: for each method of the contract what it answers now."""

    def __init__(self, world, caller, organisation, public):
        self.world, self.caller, self.organisation = world, caller, organisation
        self.public = public  # digests of public inputs

    def answers(self, service, method, said):
        """Bytes that are the same where the same is told."""
        questions = getattr(self, method, None)
        described = MODULES[service].DESCRIPTOR.services_by_name[service].methods_by_name[method]
        empty = getattr(MODULES[service], described.input_type.name)
        return [self.one(service, method, request)
                for request in (questions(said) if questions else [empty()])]

    def one(self, service, method, request):
        try:
            if method == "Subscribe":
                return self.all_of(request)
            answer = self.world.call(service, method, request, self.caller)
            if method == "ListLeaves":  # of what is hidden its hash, and nothing else
                return repr([(e.sequence, e.leaf, e.header) for e in answer.entries
                             if (e.leaf, e.header) != (b"", b"")]).encode()
            return strip(answer)
        except grpc.RpcError as error:
            refusal = contract.refusal_of(error)
            metadata = {k: v for k, v in refusal.metadata.items() if k not in PUBLIC}
            return repr((refusal.reason, refusal.message, sorted(metadata.items()),
                         [(v.field, v.description) for v in refusal.violations])).encode()
        except StopIteration:
            return b"over"

    def all_of(self, request):
        frames = self.world.channel.unary_stream(
            "/igf.liaison.v1.EventService/Subscribe", events.SubscribeRequest.SerializeToString,
            events.SubscribeResponse.FromString)(
                request, timeout=TIMEOUT_S, metadata=self.world.metadata(self.caller))
        return b"".join(e.SerializeToString(deterministic=True)
                        for frame in frames for e in frame.events.events)

    # --- the questions, where an empty one says too little ------------------------------------

    def Publish(self, said):  # a refusal that told the two apart would tell
        draft = event.Draft(event_id=str(uuid.uuid4()), author=self.organisation or AUTHOR,
                            audience="igf/public", language="en",
                            position=bodies.StatedPosition(kind=bodies.POSITION_KIND_SUPPORT))
        draft.references.add(digest=said.digests[0], relation=types.RELATION_POSITION_ON)
        return [publish.PublishRequest(items=[publish.PublishItem(draft=draft)], dry_run=True)]

    def keys(self, kind, said):
        return [*(kind(sequence=s) for s in said.sequences),
                *(kind(digest=d) for d in [*said.digests, *self.public])]

    def GetEvent(self, said):
        return [*self.keys(events.GetEventRequest, said),
                *(events.GetEventRequest(name=events.EventName(author=author, event_id=name))
                  for author in (AUTHOR, SECRETARIAT) for name in said.names)]

    def ListEvents(self, _):
        return [events.ListEventsRequest(filter=f, page_size=1000) for f in (
            "", f"author = {AUTHOR}", f"author = {SECRETARIAT} AND type = decision",
            "audience = igf/mag", "audience = igf/partners", f'audience = "{GROUP}"')]

    def Subscribe(self, _):
        return [events.SubscribeRequest(start_at=events.START_AT_BEGINNING, stop_at_head=True,
                                        filter=f) for f in ("", f"author = {AUTHOR}")]

    def GetTrail(self, said):
        return self.keys(liaison.GetTrailRequest, said)

    def ListRequests(self, _):
        return [liaison.ListRequestsRequest(organisation=o)
                for o in ("", AUTHOR, MAG, "org/member", self.organisation)]

    def ListContributions(self, _):
        return [liaison.ListContributionsRequest(contributor=o, cycle=CYCLE)
                for o in (AUTHOR, NRI, self.organisation or NRI)]

    def ListUndisposed(self, _):
        return [liaison.ListUndisposedRequest(cycle=CYCLE)]

    def GetReadingPlan(self, _):
        return [liaison.GetReadingPlanRequest(cycle=CYCLE, members=[f"{MAG}/seat-1"])]

    def GetBoard(self, _):
        return [liaison.GetBoardRequest(cycle=CYCLE)]

    def GetDecision(self, said):
        return self.keys(liaison.GetDecisionRequest, said)

    def ListDecisions(self, _):
        return [liaison.ListDecisionsRequest(cycle=c) for c in ("", CYCLE)]

    def ListPositions(self, said):
        return self.keys(liaison.ListPositionsRequest, said)

    def SuggestFormats(self, _):
        return [liaison.SuggestFormatsRequest(
            outcome="key-messages", cycle=CYCLE, time_frame=bodies.DateRange(ends_on=day(90)))]

    def GetCycleOpening(self, _):
        return [liaison.GetCycleOpeningRequest(cycle="2028", from_cycle=CYCLE)]

    def windows(self):
        return (radar.Window(), radar.Window(cycle=CYCLE))

    def GetRadar(self, _):
        return [radar.GetRadarRequest(window=w, events_per_contributor=9) for w in self.windows()]

    def ListTopicEvents(self, _):
        return [radar.ListTopicEventsRequest(topic=t, column=c, window=radar.Window(cycle=CYCLE))
                for t, c in (("access", ""), ("", "region.unspecified"))]

    def ListTopicLinks(self, _):
        return [radar.ListTopicLinksRequest(window=radar.Window(cycle=CYCLE),
                                            fewest_organisations=1, most_chance=1)]

    def GetRepresentation(self, _):
        return [radar.GetRepresentationRequest(window=w) for w in self.windows()]

    def ListGaps(self, _):
        return [radar.ListGapsRequest(window=w) for w in self.windows()]

    def ListDuplicates(self, _):
        return [radar.ListDuplicatesRequest(window=radar.Window(cycle=CYCLE),
                                             least_score=0.01)]

    def GetDigest(self, _):
        return [radar.GetDigestRequest(role=r, max_items=99) for r in radar.DigestRole.values()]

    def GetMeetingPack(self, _):
        return [radar.GetMeetingPackRequest(window=w) for w in self.windows()]

    def WatchView(self, said):
        return [radar.WatchViewRequest(**{view: ask(said)[-1]}) for view, ask in (
            ("radar", self.GetRadar), ("representation", self.GetRepresentation),
            ("gaps", self.ListGaps), ("digest", self.GetDigest))]

    def GetCheckpoint(self, _):
        return [transparency.GetCheckpointRequest()]

    def GetInclusionProof(self, _):
        return [transparency.GetInclusionProofRequest(tree=transparency.TREE_LOG, size=1)]

    def GetConsistencyProof(self, _):
        return [transparency.GetConsistencyProofRequest(tree=transparency.TREE_LOG, old_size=1,
                                                        new_size=2)]

    def ListLeafHashes(self, _):
        return [transparency.ListLeafHashesRequest(tree=transparency.TREE_LOG, end_index=2)]

    def GetTile(self, _):
        return [transparency.GetTileRequest(tree=transparency.TREE_LOG, width=1)]

    def ListLeaves(self, said):
        return [transparency.ListLeavesRequest(first_sequence=1,
                                               last_sequence=said.head)]

    def GetSubscription(self, _):
        return [subscriptions.GetSubscriptionRequest(name="kept")]

    def subscribe(self, name):
        self.world.call("SubscriptionService", "CreateSubscription",
                        subscriptions.CreateSubscriptionRequest(
                            name=name, filter=f"author = {AUTHOR} OR author = {SECRETARIAT}",
                            beginning=True), self.caller)

    def pulled(self):
        """All that a subscription of one's own gets from the beginning."""
        self.subscribe("for-now")
        request = subscriptions.PullRequest(name="for-now", max_messages=500)
        got = self.world.call("SubscriptionService", "Pull", request, self.caller)
        self.world.call("SubscriptionService", "DeleteSubscription",
                        subscriptions.DeleteSubscriptionRequest(name="for-now"), self.caller)
        return b"".join(d.event.SerializeToString(deterministic=True) for d in got.deliveries)

    def consumed(self, last):
        """The digests that a stream gets, up to that one."""
        over = threading.Event()

        def said():
            yield subscriptions.ConsumeRequest(start=subscriptions.ConsumeStart(name="kept"))
            yield subscriptions.ConsumeRequest(
                credit=subscriptions.Credit(messages=500, bytes=1 << 22))
            over.wait(TIMEOUT_S)

        stream = self.world.channel.stream_stream(
            "/igf.liaison.v1.SubscriptionService/Consume",
            subscriptions.ConsumeRequest.SerializeToString,
            subscriptions.ConsumeResponse.FromString)(
                said(), timeout=TIMEOUT_S, metadata=self.world.metadata(self.caller))
        got = []
        for frame in stream:
            got += [d.event.digest for d in frame.deliveries.deliveries]
            if last in got:
                break
        over.set()
        stream.cancel()
        return got


class Audience(unittest.TestCase):
    world = None

    def test_every_method_has_a_row(self):
        self.assertEqual({s: set(methods) for s, methods in SHOWS.items()},
                         {s: set(methods) for s, methods in METHODS.items()})

    def publish(self, caller, said, at, **fields):
        receipt = self.world.publish(caller, **fields)
        said.sequences[at], said.digests[at] = receipt.position.sequence, receipt.digest
        said.names[at] = receipt.event_id

    def settle(self):
        helper = access_test.Access()
        helper.world = self.world
        callers, _ = helper.settle()
        world = self.world
        world.register(NRI, types.ORGANISATION_KIND_NRI_NATIONAL)
        world.make("nri", NRI, access.ROLE_PUBLISHER)
        world.publish("operator", author=SECRETARIAT, audience="igf/public",
                      cycle_body=bodies.Cycle(cycle_id="2028"))
        self.inputs = [world.publish(
            "nri", author=NRI, audience="igf/public", cycle=CYCLE, topics=["access"],
            topic_signal=bodies.TopicSignal(title=f"A fictional school {n}", text="Connect it."))
            for n in range(len(AUDIENCES))]
        self.head = self.inputs[-1].position.sequence
        return callers

    def say(self, stage, audience, n):
        """What the stage is about, to that audience."""
        said = Said(self.head)
        name = GROUP if audience == "GROUP" else audience
        if stage == "inputs":
            asked = "org/member" if audience == "GROUP" else MAG
            self.publish("reads-author", said, 0, author=AUTHOR, audience=name, cycle=CYCLE,
                         topics=["access", "rights"], addressees=[asked],
                         topic_signal=bodies.TopicSignal(
                             title=f"A fictional school {n}", text="Connect it.",
                             purpose=types.PURPOSE_ACTION, requested_date=day(30)))
            self.publish("reads-author", said, 1, author=AUTHOR, audience=name,
                         references=[types.Reference(digest=self.inputs[n].digest,
                                                     relation=types.RELATION_POSITION_ON)],
                         position=bodies.StatedPosition(kind=bodies.POSITION_KIND_SUPPORT))
        else:
            self.publish("operator", said, 0, author=SECRETARIAT, audience=name, cycle=CYCLE,
                         topics=["access"], decision=bodies.Decision(
                             title="A fictional decision", state=bodies.DECISION_STATE_PROPOSED))
            self.publish("operator", said, 1, author=SECRETARIAT, audience=name, cycle=CYCLE,
                         attendance=bodies.Attendance(
                             title="A fictional meeting", starts_on=day(-3), ends_on=day(-2),
                             participants=[bodies.Headcount(region=types.REGION_AFRICAN,
                                                            count=7 + n)]))
        self.head = said.head = said.sequences[1]
        return said

    def test_what_is_hidden_changes_no_answer_and_what_is_not_does(self):
        callers = self.settle()
        public = [r.digest for r in self.inputs]
        names = access_test.Access.ORGANISATIONS
        askers = {reader: Asking(self.world, caller, names[reader], public)
                  for reader, caller in callers.items()}
        for reader, asker in askers.items():
            if reader != "nobody":
                asker.subscribe("kept")
        cells, wrongly, self.said = 0, [], []
        for n, audience in enumerate(AUDIENCES):
            for stage in ("inputs", "work"):
                unsaid = Said(self.head)
                before = {reader: self.all(asker, unsaid) for reader, asker in askers.items()}
                said = self.say(stage, audience, n)
                self.said += [(audience, stage, digest) for digest in said.digests]
                for reader, asker in askers.items():
                    after = self.all(asker, said)
                    for method, answer in after.items():
                        cells += 1
                        why = self.wrong(method, reader, audience, stage,
                                         answer != before[reader][method])
                        if why:
                            wrongly.append((method, reader, audience, stage, why))
        print(f"{cells} cells of method, reader, audience and kind of statement, "
              f"{len(wrongly)} wrong", file=sys.stderr)
        self.assertEqual(wrongly, [], "\n".join(map(str, wrongly)))
        last = self.world.publish("operator", author=SECRETARIAT, audience="igf/public",
                                  cycle_body=bodies.Cycle(cycle_id="2029"))
        for reader, asker in askers.items():
            if reader == "nobody":
                continue
            expected = [digest for audience, stage, digest in self.said
                        if may_read(reader, audience, stage)]
            hidden = {digest for _, _, digest in self.said} - set(expected)
            got = asker.consumed(last.digest)
            self.assertEqual([d for d in got if d in expected], expected, reader)
            self.assertEqual(hidden & set(got), set(), reader)

    @staticmethod
    def all(asker, said):
        answers = {(service, method): asker.answers(service, method, said)
                   for service, methods in SHOWS.items() for method in methods}
        if asker.organisation:
            answers["SubscriptionService", "Pull"] = asker.pulled()
        return answers

    @staticmethod
    def wrong(method, reader, audience, stage, changed):
        service, name = method
        may = may_read(reader, audience, stage)
        if changed and not may:
            return "told what is hidden"
        shows = stage in SHOWS[service][name].split()
        shows_some = f"{stage}?" in SHOWS[service][name].split()
        if name in FOR_THE_MAG and reader not in FOR_THE_MAG[name]:
            shows = False
        if name in FOR_SOMEBODY and reader == "nobody":
            shows = False
        if shows and may and not changed:
            return "told nothing of what is not hidden"
        if changed and not shows and not shows_some:
            return "told of what its row does not have"
        return ""


SENDS = """
[peer.igf]
organisation = "org/fictional-igf"
[[peer.igf.send]]
name = "all of it"
audiences = ["igf/public", "igf/partners", "igf/mag", "igf/wg-access@1"]
topics = "*"
types = "*"
authors = "*"
"""


class FromElsewhere(unittest.TestCase):
    """Of another hub everybody reads what is public there, and nobody anything else: that hub's
    partners, MAG and groups are not this one's, even where it calls itself the same."""
    bin_dir = None

    def setUp(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (folder / "sends.toml").write_text(SENDS)
        other = self.start(folder / "other", folder / "sends.toml")
        self.other = grpc.insecure_channel(other.address)
        self.addCleanup(self.other.close)
        checkpoint = self.ask("TransparencyService", "GetCheckpoint",
                              transparency.GetCheckpointRequest())
        (folder / "takes.toml").write_text(f"""
[peer.other]
address = "{other.address}"
calls_as = "org/fictional-igf"
origins = ["{checkpoint.log_origin}"]
[origin."{checkpoint.log_origin}"]
vkey = "{checkpoint.log_vkey}"
[[origin."{checkpoint.log_origin}".receive]]
name = "signals and work, whoever may read them there"
audiences = ["igf/public", "igf/partners", "igf/mag", "igf/wg-access@1"]
topics = "*"
types = ["topic-signal", "decision"]
authors = ["{AUTHOR}", "{SECRETARIAT}"]
""")
        self.audience = Audience()
        self.audience.world = World(
            self.start(folder / "igf", folder / "takes.toml",
                       "--address-calls-per-s", "0").address)

    def start(self, folder, policy, *more):
        hub = hubs.Hub(self.bin_dir, folder, ["--federation-policy", str(policy), *more])
        self.addCleanup(hub.kill)
        hub.start()
        return hub

    def ask(self, service, method, request):
        described = MODULES[service].DESCRIPTOR.services_by_name[service].methods_by_name[method]
        return self.other.unary_unary(
            f"/igf.liaison.v1.{service}/{method}", type(request).SerializeToString,
            getattr(MODULES[service], described.output_type.name).FromString)(
                request, timeout=TIMEOUT_S)

    def publish(self, **fields):
        draft = event.Draft(event_id=str(uuid.uuid4()), language="en", **fields)
        return self.ask("PublishService", "Publish", publish.PublishRequest(
            items=[publish.PublishItem(draft=draft)])).receipts[0].digest

    def head(self):
        directory = MODULES["DirectoryService"]
        return self.audience.world.call("DirectoryService", "GetHub",
                                        directory.GetHubRequest()).head.sequence

    def say(self, audience):
        """There; and what this hub has of it."""
        said = Said(self.head())
        said.digests = [
            self.publish(author=AUTHOR, audience=audience, cycle=CYCLE, topics=["unspecified"],
                         topic_signal=bodies.TopicSignal(title="A fictional school",
                                                         text="Connect it.")),
            self.publish(author=SECRETARIAT, audience=audience, cycle=CYCLE,
                         topics=["unspecified"], decision=bodies.Decision(
                             title="A fictional decision", state=bodies.DECISION_STATE_PROPOSED))]
        end = time.monotonic() + 60
        while self.head() < said.head + 2 and time.monotonic() < end:
            time.sleep(0.1)
        self.assertEqual(self.head(), said.head + 2, f"what is for {audience} came not, or twice")
        said.head += 2
        return said

    def test_what_is_not_public_there_changes_no_answer_here(self):
        for name, kind in ((AUTHOR, types.ORGANISATION_KIND_CIVIL_SOCIETY),
                           (SECRETARIAT, types.ORGANISATION_KIND_SECRETARIAT)):
            self.publish(author=SECRETARIAT, audience="igf/public",
                         organisation=bodies.Organisation(
                             organisation=name, name="A fictional organisation", kind=kind))
        self.publish(author=SECRETARIAT, audience="igf/public", cycle_body=bodies.Cycle(
            cycle_id=CYCLE))
        self.publish(author=SECRETARIAT, audience="igf/public", audience_body=bodies.Audience(
            group="igf/wg-access", version=1, members=["org/member", AUTHOR]))
        callers = self.audience.settle()
        names = access_test.Access.ORGANISATIONS
        askers = {reader: Asking(self.audience.world, caller, names[reader],
                                 [r.digest for r in self.audience.inputs])
                  for reader, caller in callers.items()}
        cells, told = 0, []
        for audience in ("igf/partners", "igf/mag", GROUP, "igf/public"):
            unsaid = Said(self.head())
            before = {reader: Audience.all(asker, unsaid) for reader, asker in askers.items()}
            said = self.say(audience)
            for reader, asker in askers.items():
                after = Audience.all(asker, said)
                changed = [m for m, answer in after.items() if answer != before[reader][m]]
                cells += len(after)
                if audience != "igf/public":
                    told += [(m, reader, audience) for m in changed]
                    continue
                for method in ("GetEvent", "ListEvents", "Subscribe"):
                    self.assertIn(("EventService", method), changed, f"{reader}: hollow")
                self.assertIn(("LiaisonService", "GetTrail"), changed, f"{reader}: hollow")
        print(f"{cells} cells of method, reader and audience of another hub, {len(told)} wrong",
              file=sys.stderr)
        self.assertEqual(told, [], "\n".join(map(str, told)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    arguments, rest = parser.parse_known_args()
    FromElsewhere.bin_dir = arguments.bin_dir.resolve()
    # A thousand questions a second are more than one caller's share.
    with hubs.TemporaryHub(arguments.bin_dir, ["--address-calls-per-s", "0"]) as hub:
        Audience.world = World(hub.address)
        result = unittest.main(argv=[sys.argv[0], *rest], exit=False).result
        if not result.wasSuccessful():  # on whom it hung up, and why
            print(hub.log_tail(), file=sys.stderr)
    return 0 if result.wasSuccessful() and result.testsRun > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
