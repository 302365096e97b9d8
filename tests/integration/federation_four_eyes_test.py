#!/usr/bin/python3
"""The policy between two hubs, changed by two people while both run: what one of them proposes is
looked at, agreed to or refused by another, is in force at once, and outlives the hub. Everybody and
everything in it is fictional.
"""

import argparse
import concurrent.futures
import json
import pathlib
import subprocess
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
from contract import (access, admin, bodies, enrolment, event, events, federation, publish,
                      transparency, types)
from fictional_log import FictionalLog

TIMEOUT_S = 20
PATIENCE_S = 20
HUB = "org/igf-secretariat"
MODULES = {"AdminService": admin, "FederationService": federation, "EventService": events,
           "EnrolmentService": enrolment, "PublishService": publish,
           "TransparencyService": transparency}


def sends(*audiences):
    return "[peer.regional]\norganisation = \"org/fictional-regional\"\n" + "".join(f"""
[[peer.regional.send]]
name = "{audience}"
audiences = ["{audience}"]
topics = "*"
types = ["topic-signal"]
authors = "*"
""" for audience in audiences)


def spaced(text):
    """Sentences are broken where the terminal ends."""
    return " ".join(text.split())


class TwoPeople(unittest.TestCase):
    """The IGF's hub has identities; the regional one pulls from it."""
    bin_dir = None

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.file = self.write("set-up.toml", sends())
        self.igf = hubs.Hub(self.bin_dir, self.folder / "igf",
                            ["--federation-policy", str(self.file)])
        self.addCleanup(self.igf.kill)
        self.igf.start()
        self.tokens = {}
        self.make("root", HUB, "OPERATOR", by=None)
        for name, role in (("first", "OPERATOR"), ("clerk", "ADMINISTRATOR"),
                           ("auditor", "AUDITOR")):
            self.make(name, HUB, role, by="root")
        draft = event.Draft(event_id=str(uuid.uuid4()), author=HUB, audience="igf/public",
                            language="en", organisation=bodies.Organisation(
                                organisation=HUB, name="A fictional secretariat",
                                kind=types.ORGANISATION_KIND_SECRETARIAT))
        self.call("PublishService", "Publish", publish.PublishRequest(
            items=[publish.PublishItem(draft=draft)]), "root")
        self.invite("second", by="root")
        self.make("partner", "org/fictional-a", "PUBLISHER", by="root")

    # --- small words ------------------------------------------------------------------------------

    def write(self, name, text):
        file = self.folder / name
        file.write_text(text)
        return file

    def call(self, service, method, request, caller, hub=None):
        described = MODULES[service].DESCRIPTOR.services_by_name[service].methods_by_name[method]
        token = self.tokens.get(caller) if hub is None else None
        with grpc.insecure_channel((hub or self.igf).address) as channel:
            return channel.unary_unary(
                f"/igf.liaison.v1.{service}/{method}", type(request).SerializeToString,
                getattr(MODULES[service], described.output_type.name).FromString)(
                    request, timeout=TIMEOUT_S,
                    metadata=(("authorization", f"Bearer {token}"),) if token else ())

    def make(self, name, organisation, role, by):
        request = admin.CreateTokenRequest(organisation=organisation,
                                           role=getattr(access, f"ROLE_{role}"))
        request.lifetime.seconds = 3600
        made = self.call("AdminService", "CreateToken", request, by)
        self.tokens[name] = made.secret
        file = self.write(name, made.secret + "\n")
        file.chmod(0o600)
        return made.credential.id

    def invite(self, name, by):
        """Comes in by an invitation, as nobody who made it can, and makes a token with that."""
        invitation = self.call("AdminService", "CreateInvitation", admin.CreateInvitationRequest(
            organisation=HUB, role=access.ROLE_OPERATOR), by)
        session = self.call("EnrolmentService", "StartSession", enrolment.StartSessionRequest(
            invitation=invitation.secret), None)
        self.tokens[f"session of {name}"] = session.secret
        self.make(name, HUB, "OPERATOR", by=f"session of {name}")

    def refused(self, reason, act):
        with self.assertRaises(grpc.RpcError) as caught:
            act()
        refusal = contract.refusal_of(caught.exception)
        self.assertEqual(refusal.reason, reason, refusal)
        return refusal

    def cli(self, caller, *arguments, code=0):
        ran = subprocess.run(
            [self.bin_dir / "liaison", "--hub", self.igf.address, "--token-file",
             str(self.folder / caller), *arguments],
            capture_output=True, text=True, timeout=TIMEOUT_S)
        self.assertEqual(ran.returncode, code, ran.stdout + ran.stderr)
        return ran.stdout + ran.stderr

    def propose(self, caller, text, **fields):
        return self.call("FederationService", "ProposePolicy",
                         federation.ProposePolicyRequest(text=text, **fields), caller)

    def approve(self, caller, id):
        return self.call("FederationService", "ApprovePolicy",
                         federation.ApprovePolicyRequest(id=id), caller).policy

    def policy(self, caller="first", **fields):
        return self.call("FederationService", "GetPolicy", federation.GetPolicyRequest(**fields),
                         caller)

    def say(self, audience, title):
        draft = event.Draft(event_id=str(uuid.uuid4()), language="en", author="org/fictional-a",
                            audience=audience, topics=["unspecified"],
                            topic_signal=contract.bodies.TopicSignal(title=title))
        self.call("PublishService", "Publish", publish.PublishRequest(
            items=[publish.PublishItem(draft=draft)]), "partner")

    def restart(self):
        address = self.igf.address
        self.igf.kill()
        self.igf.start(listen=address)

    # --- two people -------------------------------------------------------------------------------

    def test_the_second_person_puts_it_in_force(self):
        before = self.policy()
        self.assertEqual((before.policy.version, before.policy.text), (0, sends()))
        text = sends("igf/public")
        proposed = self.propose("first", text)
        self.assertIn("peer.regional.send 'igf/public'.topics", {c.what for c in proposed.changes})
        self.assertEqual(list(proposed.peers), ["regional"])
        self.assertEqual(self.policy().policy.text, sends(), "one person changed it")
        waiting = self.policy("second").proposed
        self.assertEqual([(p.id, p.text) for p in waiting], [(proposed.id, text)])
        adopted = self.approve("second", proposed.id)
        self.assertEqual((adopted.version, adopted.text), (1, text))
        self.restart()
        kept = self.policy()
        self.assertEqual(kept.policy, adopted, "it outlives the hub, and the file is not asked")
        self.assertEqual(list(kept.proposed), [])
        self.assertIn(HUB, kept.policy.proposed_by)
        self.assertIn(HUB, kept.policy.approved_by)
        self.assertNotEqual(kept.policy.proposed_by, kept.policy.approved_by)
        # Each version stays, whole.
        self.approve("first", self.propose("second", sends()).id)
        self.assertEqual(self.policy(version=1).policy, adopted)
        self.assertEqual(self.policy().policy.version, 2)
        self.refused("NOT_FOUND", lambda: self.policy(version=3))

    def test_nobody_is_the_second_person_to_themselves(self):
        id = self.propose("first", sends("igf/public")).id
        self.make("helper", HUB, "OPERATOR", by="first")
        self.make("sibling", HUB, "OPERATOR", by="root")
        # Not who proposed it, not who let them in, not whom they let in; and whoever makes two
        # tokens holds both.
        for caller in ("first", "root", "helper", "sibling"):
            refusal = self.refused("NOT_PERMITTED", lambda: self.approve(caller, id))
            self.assertIn("two people", refusal.message)
            self.assertIn("an invitation of their own", refusal.metadata["way_out"])
        for caller in ("clerk", "partner", "auditor"):
            self.refused("NOT_PERMITTED", lambda: self.approve(caller, id))
            self.refused("NOT_PERMITTED", lambda: self.propose(caller, sends("igf/mag")))
            self.refused("NOT_PERMITTED", lambda: self.policy(caller))
        # Nor is there another way in.
        self.refused("FIELD_INVALID", lambda: self.call(
            "AdminService", "Approve", admin.ApproveRequest(id=id), "second"))
        self.assertEqual(self.policy().policy.version, 0)
        # The same words again are the same proposal, whoever says them.
        self.assertEqual(self.propose("first", sends("igf/public")).id, id)
        self.approve("second", id)
        self.refused("NOT_FOUND", lambda: self.approve("second", id))

    def test_what_was_refused_is_not_in_force(self):
        id = self.propose("first", sends("igf/partners")).id
        refuse = lambda caller: self.call("AdminService", "Refuse", admin.RefuseRequest(
            id=id, refusal="partners were promised otherwise (fictional)"), caller)
        self.refused("NOT_FOUND", lambda: refuse("clerk"))
        refuse("second")
        self.refused("TRANSITION_NOT_ALLOWED", lambda: self.approve("second", id))
        self.assertIn("promised otherwise", self.refused(
            "NOT_PERMITTED", lambda: self.propose("first", sends("igf/partners"))).message)
        self.assertEqual(self.policy().policy.version, 0)

    def test_who_has_been_shut_out_changes_nothing(self):
        credential = self.make("leaving", HUB, "OPERATOR", by="root")
        id = self.propose("leaving", sends("igf/public")).id
        self.call("AdminService", "RevokeCredential", admin.RevokeCredentialRequest(id=credential),
                  "root")
        self.refused("TRANSITION_NOT_ALLOWED", lambda: self.approve("second", id))

    def test_what_was_agreed_to_is_what_was_seen(self):
        public = self.propose("first", sends("igf/public")).id
        other = self.propose("first", sends("igf/mag")).id
        self.approve("second", public)
        self.refused("TRANSITION_NOT_ALLOWED", lambda: self.approve("second", other))
        self.assertEqual(self.policy().policy.text, sends("igf/public"))

    def test_of_many_who_agree_at_once_one_is_the_second(self):
        id = self.propose("first", sends("igf/public")).id

        def agree(_):
            try:
                return self.approve("second", id)
            except grpc.RpcError as error:
                self.assertIn(contract.refusal_of(error).reason,
                              ("NOT_FOUND", "PREDECESSOR_FAILED", "TRANSITION_NOT_ALLOWED"))
                return None

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            adopted = [p for p in pool.map(agree, range(16)) if p]
        self.assertEqual(len(adopted), 1)
        self.assertEqual(self.policy().policy.version, 1)

    def test_what_is_no_policy_is_not_proposed(self):
        self.refused("FIELD_INVALID", lambda: self.propose("first", "[peer.x]\nadress = \"a\"\n"))
        self.refused("FIELD_INVALID", lambda: self.propose("first", sends()))
        self.refused("FIELD_INVALID", lambda: self.propose(
            "first", '[peer.x]\naddress = "hub.example:1"\nprofile = "/nowhere"\n'))
        self.assertEqual(self.propose("first", sends("igf/mag"), dry_run=True).id, "")
        self.assertEqual(list(self.policy().proposed), [])

    def test_a_large_policy_is_read_by_everybody_and_hides_no_other(self):
        """Of a policy's full size, and of more of them than one answer holds."""
        def large(name, size=256 << 10):
            people = ", ".join(f'"org/fictional-{i:03}"' for i in range(100))
            # Each without its scheme, which is a warning of its own.
            topics = ", ".join(['"abc"'] * 300)
            rules = "".join(f"""
[[peer.regional.send]]
name = "{name} {i}"
audiences = ["igf/public"]
topics = [{topics}]
types = "*"
authors = [{people}]
""" for i in range(100))
            text = (sends() + rules)[:size].rpartition("\n[[")[0] + "\n"
            return text + "#" * (size - len(text) - 1) + "\n"
        def on_a_terminal(caller, *arguments, code=0):
            return self.cli(caller, "federation", "policy", *arguments, "--output", "table",
                            code=code)
        file = self.write("large.toml", large("of a file", 100_000))
        self.cli("first", "federation", "policy", "propose", str(file), "--dry-run")
        self.cli("first", "federation", "what-would-leave", "regional", "--policy", str(file))
        ids = [self.propose("first", large(f"number {i}")).id for i in range(8)]
        told = {p.id: p for p in self.policy("second").proposed}
        self.assertEqual(list(told), ids)
        self.assertEqual(told[ids[-1]].text, large("number 7"))
        self.assertIn("warnings more not shown", told[ids[-1]].warnings[-1])
        self.assertEqual(told[ids[0]].text, "")
        self.assertIn("is not shown", told[ids[0]].warnings[0])
        self.assertIn(ids[0], on_a_terminal("first", "show"))
        said = spaced(on_a_terminal("second", "approve", ids[0], code=1))
        self.assertIn(f"{ids[0]} is not shown", said)
        self.assertEqual(self.policy().policy.version, 0)
        on_a_terminal("second", "approve", ids[-1])
        self.assertEqual(self.policy().policy.text, large("number 7"))
        # What is shown stands below a few words; without them a new hub begins with it.
        shown = self.write("shown.toml", on_a_terminal("first", "show"))
        said = on_a_terminal("first", "propose", str(shown), code=6)
        self.assertIn(f"{shown} is too large: it may have 256 KiB; leave comments out",
                      spaced(said))
        self.write("shown.toml", "".join(line for line in shown.read_text().splitlines(True)
                                         if not line.startswith("# ")))
        other = hubs.Hub(self.bin_dir, self.folder / "other", ["--federation-policy", str(shown)])
        self.addCleanup(other.kill)
        other.start()

    def test_who_did_what_is_written_down(self):
        id = self.propose("first", sends("igf/public")).id
        self.refused("NOT_PERMITTED", lambda: self.approve("first", id))
        self.approve("second", id)
        entries = self.call("AdminService", "ListAuditEntries",
                            admin.ListAuditEntriesRequest(page_size=1000), "auditor").entries
        told = [(e.method.split(".")[1], e.about, e.reason) for e in entries
                if e.method.startswith("FederationService")]
        self.assertEqual([(m, r) for m, _, r in told],
                         [("ProposePolicy", "OK"), ("ApprovePolicy", "NOT_PERMITTED"),
                          ("ApprovePolicy", "OK")])
        self.assertRegex(told[0][1], "^SHA-256 [0-9a-f]{64}$")
        self.assertEqual(told[1][1], f"id {id}")
        self.assertNotIn("igf/public", (self.igf.data_dir / "audit.jsonl").read_text())

    # --- what may not be meant --------------------------------------------------------------------

    def test_what_may_not_be_meant_is_a_warning_and_what_cannot_be_is_refused(self):
        odd = sends("igf/public", "ifg/public")
        file = str(self.write("odd.toml", odd))
        field = "peer.regional.send[1].audiences[0]"
        shown = self.cli("first", "federation", "policy", "propose", file, "--dry-run",
                         "--output", "table")
        self.assertIn(f"Warning: {field}: `ifg/public` is no audience of igf", spaced(shown))
        id = self.propose("first", odd).id
        self.assertIn(f"Warning: {field}", spaced(self.cli(
            "second", "federation", "policy", "show", "--proposed", id, "--output", "table")))
        agreed = spaced(self.cli("second", "federation", "policy", "approve", id, "--output",
                                 "table"))
        for words in (f"Warning: {field}", f"What {HUB} has proposed changes:",
                      "+ peer.regional.send 'ifg/public'.audiences", "Version 1 is in force."):
            self.assertIn(words, agreed)
        self.restart()
        log = self.igf.log_path.read_text()
        self.assertIn(f"the policy, {field}: `ifg/public`", log)
        # The file is not asked any more, and says something else.
        self.assertIn("is not the policy in force", log)
        for wrong, where in ((sends("igf/public").replace('topics = "*"', "topics = []"),
                              "peer.regional.send[0].topics"),
                             ('[peer.x]\naddress = "http://hub.example"\n', "peer.x.address")):
            refusal = self.refused("FIELD_INVALID", lambda: self.propose("first", wrong))
            self.assertTrue(refusal.message.startswith(where), refusal.message)

    def test_a_file_that_cannot_be_used_stops_the_start_and_names_the_field(self):
        for text, where in (
                ('[peer.x]\naddress = "127.0.0.1:1"\nprofile = "/nowhere"\n', "peer.x.profile: "),
                ('[peer.x]\naddress = "hub.example:http"\n', "peer.x.address: ")):
            file = self.write("broken.toml", text)
            hub = hubs.Hub(self.bin_dir, self.folder / "broken", ["--federation-policy", str(file)])
            with self.assertRaises(RuntimeError):
                hub.start()
            self.assertIn(f"{file}: {where}", hub.log_path.read_text())

    def test_what_people_are_told_of_the_fields_is_a_policy(self):
        told = self.cli("first", "federation", "policy", "propose", "--help")
        page = (contract.PROJECT / "deploy/federation/POLICY.md").read_text()
        block = page.split("```toml\n")[1].split("```")[0]
        self.assertIn(block, "\n".join(line.removeprefix("  ") for line in told.splitlines()))
        other = FictionalLog(3, f"hub.example.org/regional/{uuid.uuid4()}")
        text = block.replace("hub.example.org/regional/LOG_ID", other.origin).replace(
            '"VKEY"', f'"{other.key.vkey}"').replace("hub.example.org:7410", "127.0.0.1:7410")
        text = "\n".join(line for line in text.splitlines() if not line.startswith("profile"))
        # The peer of that name is somebody here already.
        text = text.replace("org/regional-hub", "org/fictional-regional")
        self.assertNotIn("LOG_ID", text)
        self.assertEqual(list(self.propose("first", text, dry_run=True).warnings), [])

    # --- on the command line ----------------------------------------------------------------------

    def test_what_would_leave_is_seen_before_anybody_agrees(self):
        for audience in ("igf/public", "igf/public", "igf/partners"):
            self.say(audience, "a fictional signal")
        # The secretariat stands in the registry, which no rule keeps.
        self.assertRegex(
            self.cli("first", "federation", "what-would-leave", "regional", "--output", "table"),
            r"^By the registry, which goes to every peer whatever the rules say, the header\n"
            r"alone:\nSEQUENCE +TYPE .*\n\d+ +organisation .*\n\n[^\n]* would stay: ")
        file = str(self.write("proposed.toml", sends("igf/public")))
        shown = self.cli("first", "federation", "policy", "propose", file, "--dry-run",
                         "--output", "table")
        self.assertIn("+ peer.regional.send 'igf/public'.audiences = [ 'igf/public' ]", shown)
        self.assertIn("To regional would leave 3 events: 2 that do not now, without 0", shown)
        told = [json.loads(line) for line in self.cli(
            "first", "federation", "what-would-leave", "regional", "--policy", file,
            "--output", "json").splitlines()]
        self.assertEqual(
            sorted(t["type"] for t in told if "sequence" in t),
            ["EVENT_TYPE_ORGANISATION"] + 2 * ["EVENT_TYPE_TOPIC_SIGNAL"])
        shown = self.cli("first", "federation", "policy", "propose", file, "--output", "table")
        id = shown.split()[-1]
        self.assertIn("What it changes", self.cli(
            "second", "federation", "policy", "show", "--proposed", id, "--output", "table"))
        self.assertIn(id, self.cli("second", "admin", "approvals", "--output", "table"))
        refused = self.cli("first", "federation", "policy", "approve", id, code=3)
        self.assertIn("What to do: Have an operator agree who came in by an invitation", refused)
        self.assertIn("Version 1 is in force", self.cli(
            "second", "federation", "policy", "approve", id, "--output", "table"))
        shown = self.cli("second", "federation", "policy", "show", "--output", "table")
        self.assertIn("# Version 1, proposed by", shown)
        self.assertTrue(shown.endswith(sends("igf/public")))
        # What it prints is a policy again.
        self.cli("second", "federation", "policy", "propose", "--dry-run",
                 str(self.write("again.toml", shown)))


class AtOnce(unittest.TestCase):
    """Two hubs in development mode, where people are told apart by the organisation they say."""
    bin_dir = None

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.igf = self.start("igf", ["--federation-policy", str(self.write("igf.toml", sends()))])
        self.regional = self.start("regional", ["--hub", "regional"])

    def write(self, name, text):
        file = self.folder / name
        file.write_text(text)
        return file

    def start(self, name, flags):
        hub = hubs.Hub(self.bin_dir, self.folder / name, flags)
        self.addCleanup(hub.kill)
        hub.start()
        return hub

    def call(self, hub, service, method, request, as_=None):
        described = MODULES[service].DESCRIPTOR.services_by_name[service].methods_by_name[method]
        with grpc.insecure_channel(hub.address) as channel:
            return channel.unary_unary(
                f"/igf.liaison.v1.{service}/{method}", type(request).SerializeToString,
                getattr(MODULES[service], described.output_type.name).FromString)(
                    request, timeout=TIMEOUT_S, metadata=(("liaison-as", as_),) if as_ else ())

    def adopt(self, hub, text):
        id = self.call(hub, "FederationService", "ProposePolicy",
                       federation.ProposePolicyRequest(text=text), "org/fictional-one").id
        answer = self.call(hub, "FederationService", "ApprovePolicy",
                           federation.ApprovePolicyRequest(id=id), "org/fictional-two")
        self.assertEqual(answer.trouble, "")

    def say(self, audience, title):
        draft = event.Draft(event_id=str(uuid.uuid4()), language="en", author="org/fictional-a",
                            audience=audience, topics=["unspecified"],
                            topic_signal=contract.bodies.TopicSignal(title=title))
        self.call(self.igf, "PublishService", "Publish", publish.PublishRequest(
            items=[publish.PublishItem(draft=draft)]))

    def titles(self):
        page = self.call(self.regional, "EventService", "ListEvents", events.ListEventsRequest(
            filter="type = topic-signal", page_size=1000))
        found = []
        for each in page.events:
            for section in each.sections:
                if section.kind == contract.types.SECTION_KIND_CONTENT:
                    found.append(contract.bodies.TopicSignal.FromString(section.data).title)
        return found

    def until_titles(self, expected):
        until = time.monotonic() + PATIENCE_S
        while self.titles() != expected and time.monotonic() < until:
            time.sleep(0.05)
        self.assertEqual(self.titles(), expected)

    def regional_policy(self):
        checkpoint = self.call(self.igf, "TransparencyService", "GetCheckpoint",
                               transparency.GetCheckpointRequest())
        return f"""
[peer.igf]
address = "{self.igf.address}"
calls_as = "org/fictional-regional"
origins = ["{checkpoint.log_origin}"]
[origin."{checkpoint.log_origin}"]
vkey = "{checkpoint.log_vkey}"
[[origin."{checkpoint.log_origin}".receive]]
name = "all that is public"
audiences = ["igf/public"]
topics = "*"
types = "*"
authors = "*"
"""

    def test_both_sides_go_by_it_without_a_restart(self):
        pids = self.igf.pid, self.regional.pid
        self.say("igf/public", "before there is a policy")
        # A hub without any peer begins to pull.
        self.adopt(self.regional, self.regional_policy())
        time.sleep(1)
        self.assertEqual(self.titles(), [], "nothing may leave yet")
        self.adopt(self.igf, sends("igf/public"))
        began = time.monotonic()
        self.say("igf/public", "after it")
        # What other rules withheld goes as well, and first.
        self.until_titles(["before there is a policy", "after it"])
        print(f"here {time.monotonic() - began:.2f} s after it was said", file=sys.stderr)
        # And ends where a policy says so.
        self.adopt(self.igf, sends("igf/mag"))
        self.say("igf/public", "not any more")
        time.sleep(1.5)
        self.assertEqual(self.titles(), ["before there is a policy", "after it"])
        self.adopt(self.regional, "# nobody\n")
        self.adopt(self.igf, sends("igf/public"))
        self.say("igf/public", "to nobody")
        time.sleep(1.5)
        self.assertEqual(self.titles(), ["before there is a policy", "after it"])
        # It goes on from where the cursor stands, also after a restart.
        self.adopt(self.regional, self.regional_policy())
        all_of_it = ["before there is a policy", "after it", "not any more", "to nobody"]
        self.until_titles(all_of_it)
        self.assertEqual((self.igf.pid, self.regional.pid), pids)
        self.regional.kill()
        self.regional.start()
        self.say("igf/public", "after a restart")
        self.until_titles([*all_of_it, "after a restart"])

    def test_whoever_shows_no_credential_stands_without_one(self):
        self.adopt(self.igf, sends("igf/public"))
        told = self.call(self.igf, "FederationService", "GetPolicy", federation.GetPolicyRequest())
        self.assertEqual(told.policy.proposed_by, "org/fictional-one")

    def test_what_is_judged_once_more_is_counted_once(self):
        self.adopt(self.regional, self.regional_policy())
        self.say("igf/partners", "not for others")
        self.say("igf/public", "for others, later")
        lane = lambda: self.call(self.regional, "FederationService", "ListPeers",
                                 federation.ListPeersRequest()).peers[0].lanes[0]
        until = time.monotonic() + PATIENCE_S
        while lane().settled < 3 and time.monotonic() < until:
            time.sleep(0.05)
        self.assertEqual(lane().counts["not-shown"], 3)
        self.adopt(self.igf, sends("igf/public"))
        self.until_titles(["for others, later"])
        until = time.monotonic() + PATIENCE_S
        while lane().settled < 3 and time.monotonic() < until:
            time.sleep(0.05)
        self.assertEqual(dict(lane().counts), {"not-shown": 2, "accepted": 1})

    def test_a_policy_changes_while_much_comes_and_nothing_is_lost_or_twice(self):
        self.adopt(self.igf, sends("igf/public"))
        policy = self.regional_policy()
        self.adopt(self.regional, policy)
        expected = []
        for i in range(60):
            expected.append(f"signal {i}")
            self.say("igf/public", expected[-1])
            if i % 10 == 9:
                self.adopt(self.regional, f"# {i}\n{policy}")
        self.until_titles(expected)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    options, rest = parser.parse_known_args()
    TwoPeople.bin_dir = AtOnce.bin_dir = options.bin_dir.resolve()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
