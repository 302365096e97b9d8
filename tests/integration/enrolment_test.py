#!/usr/bin/python3
"""From an invitation to the first signal, and all that must not come in on the way."""

import argparse
import contextlib
import datetime
import http.client
import json
import pathlib
import ssl
import stat
import struct
import subprocess
import sys
import unittest
import uuid

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import grpc
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
import contract
import hub as hubs
import identity
import record
from contract import admin, directory, event, events, publish

TIMEOUT_S = 20


class Enrolment(unittest.TestCase):
    hub = None
    plain = None  # one without TLS

    # --- small words ------------------------------------------------------------------------------

    def call(self, channel, service, method, request, answer, token=None):
        metadata = (("authorization", f"Bearer {token}"),) if token else ()
        return channel.unary_unary(
            f"/igf.liaison.v1.{service}/{method}", type(request).SerializeToString,
            answer.FromString)(request, timeout=TIMEOUT_S, metadata=metadata)

    def caller(self, channel, token=None):
        return self.call(channel, "DirectoryService", "GetHub", directory.GetHubRequest(),
                         directory.GetHubResponse, token).caller

    def refused(self, reason, act):
        with self.assertRaises(grpc.RpcError) as caught:
            act()
        self.assertEqual(contract.refusal_of(caught.exception).reason, reason)

    def web(self, method, path, body=None, headers=None):
        context = ssl.create_default_context(cafile=self.hub.keys / "authority.pem")
        connection = http.client.HTTPSConnection("localhost", self.hub.web_port, timeout=TIMEOUT_S,
                                                 context=context)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        answer.text = answer.read().decode()
        connection.close()
        return answer

    def post_invitation(self, invitation, **headers):
        return self.web("POST", "/join", f"invitation={invitation}",
                        {"Content-Type": "application/x-www-form-urlencoded", **headers})

    def cookie_of(self, answer):
        cookie = answer.getheader("Set-Cookie")
        for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            self.assertIn(word, cookie)
        return cookie.split(";")[0]

    def signal(self, author):
        draft = event.Draft(event_id=str(uuid.uuid4()), author=author, audience="igf/public",
                            language="en", topics=["unspecified"],
                            topic_signal=contract.bodies.TopicSignal(title="A fictional signal"))
        return publish.PublishRequest(items=[publish.PublishItem(draft=draft)])

    def publish(self, channel, author, token=None):
        return self.call(channel, "PublishService", "Publish", self.signal(author),
                         publish.PublishResponse, token).receipts[0]

    # --- a hub on the open Internet ---------------------------------------------------------------

    def test_init_keeps_secrets_and_changes_nothing_the_second_time(self):
        for file in self.hub.keys.rglob("*"):
            self.assertEqual(stat.S_IMODE(file.stat().st_mode) & 0o077, 0, file)
        with identity.SecureHub(self.hub.bin_dir) as other:
            other.hub.stop()
            before = (other.keys / "authority.pem").read_bytes()
            done = other.run("liaisond", "init", "--data-dir", str(other.folder / "data"),
                             "--keys-dir", str(other.keys), code=1)
            self.assertIn("has credentials", done.stderr)
            # Whoever lost the administrator's files, and has the hub's, makes another.
            other.init("--again")
            self.assertEqual((other.keys / "authority.pem").read_bytes(), before)
            other.hub.start(f"127.0.0.1:{other.port}")
            again = [f for f in other.keys.glob("administrator-*")]
            self.assertEqual(len(again), 1)
            other.liaison("info", profile=identity.Profile(again[0]))
            other.liaison("info")

    def test_without_certificates_a_hub_stays_on_loopback(self):
        data = self.hub.folder / "outside"
        done = self.hub.run("liaisond", "--data-dir", str(data), "--listen", "0.0.0.0:0", code=2)
        self.assertIn("TLS is missing", done.stderr)
        self.assertFalse(data.exists())
        # Keys without a log that knows anybody: nobody could come in.
        done = self.hub.run("liaisond", "--data-dir", str(data), "--listen", "127.0.0.1:0",
                            "--keys-dir", str(self.hub.keys), code=1)
        self.assertIn("liaisond init", done.stderr)

    def test_nobody_shakes_hands_without_a_certificate_of_the_hub(self):
        nobody = ssl.create_default_context(cafile=self.hub.keys / "authority.pem")
        nobody.set_alpn_protocols(["h2"])
        self.assertTrue(self.hub.shakes_hands(self.hub.administrator.tls()))
        self.assertFalse(self.hub.shakes_hands(nobody))
        with identity.SecureHub(self.hub.bin_dir) as other:
            foreign = other.administrator.tls()
            foreign.load_verify_locations(self.hub.keys / "authority.pem")
            self.assertFalse(self.hub.shakes_hands(foreign))
        day = datetime.timedelta(days=1)
        now = datetime.datetime.utcnow()
        expired = self.hub.sign("expired", begin=now - 2 * day, end=now - day)
        self.assertFalse(self.hub.shakes_hands(expired.tls()))

    def test_a_certificate_that_the_hub_did_not_give_is_nobodys(self):
        unknown = self.hub.sign("unknown")
        self.assertTrue(self.hub.shakes_hands(unknown.tls()))
        with unknown.channel(self.hub.port) as channel:
            self.refused("CREDENTIAL_INVALID", lambda: self.caller(channel))
            token = self.hub.administrator.read("token").decode().strip()
            self.refused("CREDENTIAL_INVALID", lambda: self.caller(channel, token))

    def test_a_token_comes_in_by_a_certificate_of_its_organisation_alone(self):
        invited = self.hub.invite("org/eurodig")
        profile, _ = self.hub.join(invited["secret"], "tokens")
        token = self.hub.administrator.read("token").decode().strip()
        with profile.channel(self.hub.port) as channel:
            self.refused("NOT_PERMITTED", lambda: self.caller(channel, token))

    # --- joining ----------------------------------------------------------------------------------

    def test_one_command_from_the_invitation_to_the_first_signal(self):
        invited = self.hub.invite("org/eurodig")
        profile, said = self.hub.join(invited["secret"], "joined")
        self.assertEqual(json.loads(said.stdout)["organisation"], "org/eurodig")
        for file in profile.folder.iterdir():
            self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600, file)
        with profile.channel(self.hub.port) as channel:
            self.assertEqual(self.caller(channel), "org/eurodig")
            self.publish(channel, "org/eurodig")
            self.refused("NOT_PERMITTED", lambda: self.publish(channel, "org/igf-secretariat"))
        # The signing key is registered, in the words of the organisation.
        listed = self.hub.liaison("list", "--output", "json", profile=profile).stdout
        keys = [json.loads(line) for line in listed.splitlines() if '"key"' in line]
        self.assertTrue(any(k["author"] == "org/eurodig" for k in keys), listed)
        _, again = self.hub.join(invited["secret"], "joined-again", code=3)
        self.assertIn("been used", again.stderr)
        # A folder that holds a profile costs no invitation.
        other = self.hub.invite("org/eurodig")
        _, there = self.hub.join(other["secret"], "joined", code=1)
        self.assertIn("holds a profile", there.stderr)
        self.hub.join(other["secret"], "joined-elsewhere")

    def test_an_answer_that_was_lost_is_asked_for_again(self):
        invited = self.hub.invite("org/eurodig")
        profile, _ = self.hub.join(invited["secret"], "lost")
        before = profile.read("certificate.pem")
        # As if the line had broken between the hub's answer and the disk.
        (profile.folder / "profile.toml").unlink()
        (profile.folder / "certificate.pem").unlink()
        profile, _ = self.hub.join(invited["secret"], "lost")
        self.assertEqual(profile.read("certificate.pem"), before)

    def test_another_hub_in_between_gets_nothing(self):
        invited = self.hub.invite("org/eurodig")
        pinned_elsewhere = invited["secret"].split(".")[0] + "." + "0" * 64
        _, said = self.hub.join(pinned_elsewhere, "between", code=6)
        self.assertIn("STOP", said.stderr)
        self.hub.join(invited["secret"], "between")  # still good
        for bad in ("", "igfl_inv_x", invited["secret"][:-1], invited["secret"].split(".")[0]):
            _, said = self.hub.join(bad, "mistyped", code=6)
            self.assertIn("copied whole", said.stderr)

    def test_only_who_is_registered_is_invited(self):
        done = self.hub.liaison("admin", "invite", "org/nobody-knows", code=3)
        self.assertIn("is not registered", done.stderr)

    # --- without a command line -------------------------------------------------------------------

    def test_a_mail_scanner_that_follows_the_link_uses_nothing_up(self):
        invited = self.hub.invite("org/eurodig")
        path = invited["link"].split(f":{self.hub.web_port}")[1]
        for method in ("GET", "HEAD", "GET"):
            self.assertEqual(self.web(method, path).status, 200)
        page = self.web("GET", path, headers={"Accept-Language": "ar"})
        self.assertIn('dir="rtl"', page.text)
        self.assertIn("org/eurodig", page.text)
        self.assertNotIn("<script", page.text)
        policy = page.getheader("Content-Security-Policy")
        self.assertIn("default-src 'none'", policy)
        self.assertEqual(page.getheader("Referrer-Policy"), "no-referrer")
        foreign = self.post_invitation(invited["secret"], **{"Sec-Fetch-Site": "cross-site"})
        self.assertEqual(foreign.status, 403)
        joined = self.post_invitation(invited["secret"])
        self.assertEqual((joined.status, joined.getheader("Location")), (303, "/me"))
        me = self.web("GET", "/me", headers={"Cookie": self.cookie_of(joined)})
        self.assertIn("org/eurodig", me.text)
        self.assertEqual(self.post_invitation(invited["secret"]).status, 410)
        self.assertEqual(self.web("GET", path).status, 410)

    def test_what_a_session_publishes_the_hub_attests(self):
        joined = self.post_invitation(self.hub.invite("org/eurodig")["secret"])
        session = self.cookie_of(joined).split("=")[1]
        with grpc.insecure_channel(f"unix:{self.hub.socket}") as channel:
            receipt = self.publish(channel, "org/eurodig", session)
            self.assertTrue(receipt.attested)
            self.refused("NOT_PERMITTED",
                         lambda: self.publish(channel, "org/igf-secretariat", session))

    def test_a_new_invitation_ends_the_sessions_before_it(self):
        cookie = self.cookie_of(self.post_invitation(self.hub.invite("org/eurodig")["secret"]))
        self.assertEqual(self.web("GET", "/me", headers={"Cookie": cookie}).status, 200)
        unused = self.hub.invite("org/eurodig")
        self.assertEqual(self.web("GET", "/me", headers={"Cookie": cookie}).status, 401)
        self.hub.invite("org/eurodig")
        self.assertEqual(self.post_invitation(unused["secret"]).status, 410)

    def test_signing_out_ends_the_session_at_the_hub(self):
        cookie = self.cookie_of(self.post_invitation(self.hub.invite("org/eurodig")["secret"]))
        self.assertEqual(self.web("POST", "/leave", "", {"Cookie": cookie}).status, 303)
        self.assertEqual(self.web("GET", "/me", headers={"Cookie": cookie}).status, 401)

    def test_the_web_says_no_in_order(self):
        self.assertEqual(self.web("GET", "/join/igfl_inv_x").status, 410)
        self.assertEqual(self.web("GET", "/nothing").status, 404)
        self.assertEqual(self.web("GET", "/join/%zz").status, 400)
        self.assertEqual(self.web("POST", "/v1/enrol", None,
                                  {"Content-Type": "application/json",
                                   "Content-Length": "70000"}).status, 413)
        for body in ("", "{", "[]", '{"invitation": 3}', '{"unknown": true}'):
            answer = self.web("POST", "/v1/enrol", body, {"Content-Type": "application/json"})
            self.assertIn(answer.status, (400, 401), body)
            self.assertIn("message", json.loads(answer.text))
        answer = self.web("POST", "/v1/enrol", "{}", {"Content-Type": "text/plain"})
        self.assertEqual(answer.status, 400)

    # --- renewing, revoking -----------------------------------------------------------------------

    def test_both_certificates_work_after_renewal_and_none_after_revocation(self):
        profile, _ = self.hub.join(self.hub.invite("org/eurodig")["secret"], "renewing")
        before = profile.keep(self.hub.folder / "renewing-before")
        renewed = json.loads(self.hub.liaison("renew", "--output", "json", profile=profile).stdout)
        self.assertNotEqual(profile.read("key.pem"), before.read("key.pem"))
        listed = self.hub.liaison("admin", "credentials", "org/eurodig", "--output", "json").stdout
        made_by = renewed["created_by"].split()[-1]
        ids = {json.loads(line)["id"] for line in listed.splitlines()}
        self.assertIn(made_by, ids)
        with before.channel(self.hub.port) as old, profile.channel(self.hub.port) as new:
            self.assertEqual(self.caller(old), "org/eurodig")
            self.assertEqual(self.caller(new), "org/eurodig")
            stream = old.unary_stream(
                "/igf.liaison.v1.EventService/Subscribe",
                events.SubscribeRequest.SerializeToString, events.SubscribeResponse.FromString)(
                    events.SubscribeRequest(start_at=events.START_AT_LIVE), timeout=TIMEOUT_S)
            next(stream)
            said = self.hub.liaison("admin", "revoke", made_by, "--output", "table").stdout
            self.assertIn(f"Nor does the certificate {renewed['id']}", said)
            # What is open ends, what is asked is refused, and soon nobody shakes hands with it.
            self.refused("CREDENTIAL_INVALID", lambda: [None for _ in stream])
            self.refused("CREDENTIAL_INVALID", lambda: self.caller(old))
            self.assertTrue(identity.wait_until(lambda: not self.hub.shakes_hands(before.tls())))
            # What was renewed from it is in the same hands.
            self.refused("CREDENTIAL_INVALID", lambda: self.caller(new))
        # The list is there from the start, too.
        self.hub.hub.stop()
        self.hub.hub.start(f"127.0.0.1:{self.hub.port}")
        self.assertFalse(self.hub.shakes_hands(before.tls()))
        self.assertFalse(self.hub.shakes_hands(profile.tls()))

    def test_what_is_published_with_sign_carries_the_partners_own_signature(self):
        profile, _ = self.hub.join(self.hub.invite("org/eurodig")["secret"], "signing")
        file = self.hub.folder / "signed.json"
        draft = {"event_id": str(uuid.uuid4()), "audience": "igf/public",
                 "authored_time": "2026-11-28T12:00:00Z", "language": "en",
                 "topics": ["unspecified"],
                 "topic_signal": {"title": "A fictional signal", "acting_as": "desk (fictional)"}}
        file.write_text(json.dumps(draft))
        receipt = json.loads(self.hub.liaison("publish", "--sign", str(file),
                                              profile=profile).stdout)
        self.assertFalse(receipt["attested"])
        # The same file again is the same event.
        again = json.loads(self.hub.liaison("publish", "--sign", str(file),
                                            profile=profile).stdout)
        self.assertTrue(again["duplicate"])
        self.assertEqual(again["digest"], receipt["digest"])
        # As whom one acted is in the record, for every reader, and signed.
        shown = json.loads(self.hub.liaison("get", str(receipt["sequence"]), "--output",
                                            "json").stdout)
        self.assertEqual(shown["topic_signal"]["acting_as"], "desk (fictional)")
        self.assertIn("key_hash", shown)
        with self.hub.administrator.channel(self.hub.port) as channel:
            found = self.call(channel, "EventService", "GetEvent",
                              events.GetEventRequest(sequence=receipt["sequence"]),
                              events.GetEventResponse).event
        leaf = record.decode_leaf(found.leaf)
        seed = bytes.fromhex(profile.read("signing.key").decode().strip())
        key = Ed25519PrivateKey.from_private_bytes(seed).public_key()
        key.verify(leaf.signature, record.pae(record.EVENT_HEADER_TYPE, found.header))
        # Nobody else's words, and no key, no signature.
        file.write_text(json.dumps({**draft, "event_id": str(uuid.uuid4()),
                                    "author": "org/igf-secretariat"}))
        done = self.hub.liaison("publish", "--sign", str(file), profile=profile, code=6)
        self.assertIn("signs for org/eurodig", done.stderr)
        done = self.hub.liaison("publish", "--sign", str(file), code=6)
        self.assertIn("--sign takes the signing key", done.stderr)

    def test_a_signing_key_is_replaced_with_overlap_and_revoked(self):
        old, _ = self.hub.join(self.hub.invite("org/eurodig")["secret"], "old-key")
        listed = lambda: [json.loads(line) for line in self.hub.liaison(
            "admin", "keys", "org/eurodig", "--output", "json").stdout.splitlines()]
        old_key = listed()[-1]["id"]
        new, _ = self.hub.join(self.hub.invite("org/eurodig")["secret"], "new-key")

        def sign(profile, code=0):
            file = self.hub.folder / "with-a-key.json"
            file.write_text(json.dumps({
                "audience": "igf/public", "language": "en", "topics": ["unspecified"],
                "topic_signal": {"title": "A fictional signal"}}))
            return self.hub.liaison("publish", "--sign", str(file), profile=profile, code=code)

        before = json.loads(sign(old).stdout)
        sign(new)
        # Whoever publishes has no say over keys; nobody else's digits are enough.
        self.hub.liaison("admin", "revoke-key", old_key, profile=old, code=3)
        self.hub.liaison("admin", "revoke-key", old_key[:8], code=5)
        said = self.hub.liaison("admin", "revoke-key", old_key[:16], "--output", "table").stdout
        self.assertIn("signs nothing any more", said)
        self.assertIn("is revoked", sign(old, code=3).stderr)
        sign(new)
        self.hub.liaison("get", str(before["sequence"]))  # checks what it signed before
        self.assertEqual([("revoked" in key) for key in listed() if key["id"] == old_key], [True])
        # Again, it is as it was.
        self.hub.liaison("admin", "revoke-key", old_key)
        self.assertEqual(len([line for line in self.hub.liaison(
            "list", "--filter", "type = key", "--output", "json").stdout.splitlines()
            if "REVOKE" in line]), 1)

    def test_a_new_certificate_of_the_hub_is_shown_without_a_restart(self):
        tls = self.hub.folder / "data/tls"
        key = identity.serialization.load_pem_private_key((tls / "hub.key").read_bytes(), None)
        made = self.hub.sign("hub-by-hand", of_partner=False, key=key)
        before = self.hub.hub_serial()
        kept = (tls / "hub.pem").read_bytes()
        (tls / "hub.pem").write_bytes(made.read("certificate.pem"))
        try:
            self.assertTrue(identity.wait_until(lambda: self.hub.hub_serial() != before))
            with self.hub.administrator.channel(self.hub.port) as channel:
                self.assertEqual(self.caller(channel), "org/igf-secretariat")
        finally:
            (tls / "hub.pem").write_bytes(kept)
        self.assertTrue(identity.wait_until(lambda: self.hub.hub_serial() == before))

    # --- on the command line ----------------------------------------------------------------------

    def test_two_people_adopt_a_decision_on_the_command_line(self):
        people = {}
        for name in ("first", "second"):
            people[name], _ = self.hub.join(self.hub.invite("org/igf-mag")["secret"], name)
        file = self.hub.folder / "decision.json"
        file.write_text(json.dumps({
            "event_id": str(uuid.uuid4()), "author": "org/igf-mag", "audience": "igf/mag",
            "language": "en", "decision": {"title": "A fictional decision",
                                           "state": "DECISION_STATE_ADOPTED_INCOMPLETE"}}))
        said = self.hub.liaison("publish", str(file), profile=people["first"], code=3).stderr
        self.assertIn("takes two people", said)
        listed = self.hub.liaison("admin", "approvals", "--output", "json",
                                  profile=people["second"]).stdout
        [waiting] = [json.loads(line) for line in listed.splitlines()]
        self.assertEqual(waiting["content"]["title"], "A fictional decision")
        table = self.hub.liaison("admin", "approvals", "--output", "table",
                                 profile=people["second"]).stdout
        self.assertIn(waiting["id"], table)
        self.assertIn("A fictional decision", table)
        self.assertIn("title: A fictional decision", self.hub.liaison(
            "admin", "approvals", waiting["id"], "--output", "table",
            profile=people["second"]).stdout)
        self.assertIn("two people", self.hub.liaison(
            "admin", "approve", waiting["id"], profile=people["first"], code=3).stderr)
        receipt = json.loads(self.hub.liaison("admin", "approve", waiting["id"],
                                              profile=people["second"]).stdout)
        self.assertEqual(receipt["event_id"], waiting["event_id"])
        again = json.loads(self.hub.liaison("publish", str(file), profile=people["first"]).stdout)
        self.assertEqual((again["sequence"], again["duplicate"]), (receipt["sequence"], True))
        file.write_text(file.read_text().replace(waiting["event_id"], str(uuid.uuid4())))
        said = self.hub.liaison("publish", str(file), profile=people["first"], code=3).stderr
        number = said.split("kept as ")[1].split()[0]
        self.assertIn("is refused", self.hub.liaison(
            "admin", "refuse", number, "--reason", "not yet (fictional)", "--output", "table",
            profile=people["second"]).stdout)
        self.assertIn("not yet (fictional)", self.hub.liaison(
            "publish", str(file), profile=people["first"], code=3).stderr)

    def test_the_command_line_says_who_reads_what_and_erases(self):
        profile, _ = self.hub.join(self.hub.invite("org/eurodig")["secret"], "erasing")
        file = self.hub.folder / "partners.json"
        file.write_text(json.dumps({
            "audience": "igf/partners", "author": "org/eurodig", "language": "en",
            "topics": ["unspecified"], "personal": {"contacts": [{"name": "Planted Person"}]},
            "topic_signal": {"title": "A fictional signal"}}))
        sequence = str(json.loads(self.hub.liaison("publish", str(file),
                                                   profile=profile).stdout)["sequence"])
        why = self.hub.liaison("admin", "why", sequence, "--reader", "org/igf-mag", "--output",
                               "table").stdout
        self.assertIn("is visible to org/igf-mag", why)
        self.assertIn("org/igf-mag is one", why)
        why = json.loads(self.hub.liaison("admin", "why", sequence, "--output", "json").stdout)
        self.assertFalse(why.get("may_read", False))
        self.hub.liaison("admin", "why", sequence, profile=profile, code=3)
        leaving = self.hub.liaison("admin", "what-would-leave", "--to", "org/stranger", "--since",
                                   str(int(sequence) - 1), "--output", "table").stdout
        self.assertIn("Nothing would leave", leaving)
        self.assertIn("1 for igf/partners would stay", leaving)
        leaving = self.hub.liaison("admin", "what-would-leave", "--to", "org/igf-mag", "--since",
                                   str(int(sequence) - 1), "--output", "json").stdout
        self.assertEqual([json.loads(line)["sequence"] for line in leaving.splitlines()][:1],
                         [sequence])
        erased = self.hub.liaison("admin", "erase", sequence, "--section", "personal", "--reason",
                                  "personal-data", "--output", "table").stdout
        self.assertIn("in no file of the log", erased)
        self.assertIn("No backup of this hub", erased)
        shown = self.hub.liaison("get", sequence, "--output", "json", profile=profile).stdout
        self.assertNotIn("Planted Person", shown)
        self.assertIn("personal", json.loads(shown)["erased"])
        # What a service of this machine does, over the hub's socket.
        self.hub.run("liaison", "--hub", f"unix:{self.hub.socket}", "--token-file",
                     str(self.hub.administrator.folder / "token"), "info")

    # --- what the doctor says ---------------------------------------------------------------------

    def diagnose(self, *flags, profile=None, clock_s=None):
        """What is wrong, by check: in plain words, with the way out."""
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.hub.folder)}
        if clock_s is not None:
            offset = self.hub.folder / "clock"
            offset.write_bytes(struct.pack("=q", clock_s * 1_000_000_000))
            environment.update(LD_PRELOAD=str(self.hub.bin_dir / "jumping_clock.so"),
                               JUMPING_CLOCK_FILE=str(offset))
        done = subprocess.run(
            [str(self.hub.bin_dir / "liaison"),
             *([] if profile is False else
               ["--profile", str((profile or self.hub.administrator).folder)]),
             "--timeout", "3", *flags, "doctor", "--output", "json"],
            capture_output=True, text=True, timeout=60, env=environment)
        found = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertTrue(found, done.stderr)
        for finding in found:
            self.assertTrue(finding["ok"] or finding["way_out"], finding)
        return {f["check"]: f["detail"] for f in found if not f["ok"]}

    def test_the_doctor_names_what_is_wrong(self):
        self.assertEqual(self.diagnose(), {})
        port = self.hub.port
        self.assertIn("does not answer", self.diagnose("--hub", "localhost:1")["port"])
        self.assertIn("nobody knows the name",
                      self.diagnose("--hub", f"hub.invalid:{port}")["port"])
        self.assertIn("not for 127.1", self.diagnose("--hub", f"127.1:{port}")["hub"])
        self.assertIn("does not speak TLS", self.diagnose("--hub", self.plain.address)["hub"])
        self.assertIn("no gRPC", self.diagnose("--hub", f"localhost:{self.hub.web_port}")["entry"])
        self.assertIn("asks for a certificate", self.diagnose(
            "--hub", f"localhost:{port}", profile=False)["entry"])

    def test_the_doctor_names_certificates_that_are_no_good(self):
        day = datetime.timedelta(days=1)
        now = datetime.datetime.utcnow()
        settings = f'hub = "localhost:{self.hub.port}"\norganisation = "org/eurodig"\n'

        def doctored(name, **dates):
            profile = self.hub.sign(name, **dates)
            (profile.folder / "profile.toml").write_text(settings)
            for file in profile.folder.iterdir():
                file.chmod(0o600)
            return self.diagnose(profile=profile)

        self.assertIn("ended on", doctored("doctor-expired", begin=now - 2 * day,
                                           end=now - day)["own"])
        self.assertIn("ends on", doctored("doctor-ending", end=now + 20 * day)["own"])
        profile, _ = self.hub.join(self.hub.invite("org/eurodig")["secret"], "doctor-revoked")
        listed = self.hub.liaison("admin", "credentials", "org/eurodig", "--output", "json").stdout
        serial = identity.x509.load_pem_x509_certificate(
            profile.read("certificate.pem")).serial_number
        [mine] = [c["id"] for c in map(json.loads, listed.splitlines())
                  if int(c["id"], 16) == serial]
        self.hub.liaison("admin", "revoke", mine)
        self.assertTrue(identity.wait_until(lambda: not self.hub.shakes_hands(profile.tls())))
        self.assertIn("hung up when it saw your certificate",
                      self.diagnose(profile=profile)["entry"])
        with identity.SecureHub(self.hub.bin_dir) as other:
            foreign = other.administrator
            (foreign.folder / "profile.toml").write_text(settings)
            self.assertIn("not of the hub you joined", self.diagnose(profile=foreign)["hub"])

    def test_the_doctor_names_a_wrong_clock(self):
        if not (self.hub.bin_dir / "jumping_clock.so").exists():
            self.skipTest("a build with a sanitizer, which no preloaded clock goes with")
        year_s = 365 * 86400
        ahead = self.diagnose(clock_s=year_s)
        self.assertIn("ended on", ahead["own"])
        behind = self.diagnose(clock_s=-year_s)
        self.assertIn("good only from", behind["own"])
        self.assertIn("behind this one", self.diagnose(clock_s=3600)["clock"])

    def test_whoever_has_a_profile_is_told_in_time(self):
        profile, _ = self.hub.join(self.hub.invite("org/eurodig")["secret"], "in-time")
        done = self.hub.liaison("info", profile=profile)
        self.assertNotIn("renew", done.stderr)
        made = self.hub.sign("in-time-ending",
                             end=datetime.datetime.utcnow() + datetime.timedelta(days=29))
        (made.folder / "profile.toml").write_text(profile.read("profile.toml").decode())
        for file in made.folder.iterdir():
            file.chmod(0o600)
        done = self.hub.liaison("info", profile=made, code=3)
        self.assertIn("run `liaison renew` before that", done.stderr)

    def test_no_secret_stands_in_a_log(self):
        """Every secret there is, shown where it belongs and where it does not, and words besides;
        then the logs of the hub and of the web, the audit log, and all the hub keeps."""
        invited, for_web = self.hub.invite("org/eurodig"), self.hub.invite("org/igf-secretariat")
        profile, _ = self.hub.join(invited["secret"], "logged")
        path = for_web["link"].split(f":{self.hub.web_port}")[1]
        self.assertEqual(self.web("GET", path).status, 200)
        cookie = self.cookie_of(self.post_invitation(for_web["secret"]))
        session = cookie.split("=")[1]
        self.assertEqual(self.web("GET", "/me", headers={"Cookie": cookie}).status, 200)
        # Used again, mistyped, in the wrong place, at the wrong door.
        self.assertEqual(self.web("GET", path).status, 410)
        self.web("GET", f"/{session}")
        self.web("POST", "/v1/enrol", json.dumps({"invitation": for_web["secret"]}),
                 {"Content-Type": "application/json"})
        token = self.hub.administrator.read("token").decode().strip()
        words = f"planted-{uuid.uuid4()}"
        with profile.channel(self.hub.port) as channel:
            self.refused("NOT_PERMITTED", lambda: self.caller(channel, token))
            self.refused("CREDENTIAL_INVALID", lambda: self.caller(channel, token[:-1]))
            # Instead of its number, and of a name.
            self.hub.liaison("admin", "revoke", token, code=6)
            for request in (admin.RevokeCredentialRequest(id=token),
                            admin.CreateTokenRequest(organisation=token),
                            admin.RefuseRequest(id=f"x{token}", refusal="no (fictional)")):
                method = type(request).__name__.removesuffix("Request")
                with self.hub.administrator.channel(self.hub.port) as mine, \
                        contextlib.suppress(grpc.RpcError):
                    self.call(mine, "AdminService", method, request,
                              getattr(admin, f"{method}Response"))
            for author, said in (("org/eurodig", words), ("org/igf-secretariat", words),
                                 ("org/eurodig", words + "\0")):
                request = self.signal(author)
                request.items[0].draft.topic_signal.title = said
                request.items[0].draft.personal.contacts.add(name=said)
                with contextlib.suppress(grpc.RpcError):
                    self.call(channel, "PublishService", "Publish", request,
                              publish.PublishResponse)
        secrets = {
            "invitation": invited["secret"].split(".")[0].encode(),
            "invitation for the web": for_web["secret"].split(".")[0].encode(),
            "session": session.encode(), "token": token.encode(), "part": token[:-1].encode(),
            "key": profile.read("key.pem").splitlines()[1],
            "signing key": profile.read("signing.key").strip(),
            "administrator's key": self.hub.administrator.read("key.pem").splitlines()[1],
            "authority's key": (self.hub.keys / "authority.key").read_bytes().splitlines()[1]}
        logs = [self.hub.hub.log_path, self.hub.web_log, self.hub.folder / "data/audit.jsonl"]
        kept = [f for f in (self.hub.folder / "data").rglob("*")
                if f.is_file() and f.name != "hub.key"]
        self.assertIn(logs[2], kept)
        looked = 0
        for file in [*logs[:2], *kept]:
            try:
                content = file.read_bytes()
            except FileNotFoundError:
                continue  # a name that the hub has given to another file by now
            for name, secret in secrets.items():
                self.assertNotIn(secret, content, (name, file))
                looked += 1
        for file in logs:
            self.assertNotIn(words.encode(), file.read_bytes(), file)
            looked += 1
        # The logs are those: what was refused stands in them, or the test looks at nothing.
        self.assertIn(b"CREDENTIAL_INVALID", logs[2].read_bytes())
        self.assertIn(b"ready", logs[0].read_bytes())
        self.assertTrue(logs[1].exists())
        print(f"looked {looked} times for a secret", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    hubs.add_arguments(parser)
    arguments, rest = parser.parse_known_args()
    with contextlib.ExitStack() as stack:
        hub = stack.enter_context(identity.SecureHub(arguments.bin_dir,
                                                     ["--four-eyes", "adopt-decision"]))
        hub.register("org/igf-secretariat", "SECRETARIAT")
        hub.register("org/eurodig", "NRI_REGIONAL")
        hub.register("org/igf-mag", "MAG")
        Enrolment.hub = hub
        Enrolment.plain = stack.enter_context(hubs.TemporaryHub(arguments.bin_dir))
        unittest.main(argv=[sys.argv[0], *rest], verbosity=1)


if __name__ == "__main__":
    main()
