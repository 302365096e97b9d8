"""A hub that pulls from peers which mean harm, and what must not change in it.

Everybody and everything in it is fictional.
"""

import json
import pathlib
import subprocess
import tempfile
import threading
import time
import uuid

import grpc
import hostile_peer
import hub as hubs
import signing
from contract import bodies, event, events, federation, liaison, publish, types
from google.protobuf import json_format

TIMEOUT_S = 30
HOME, SECRETARIAT, GONE = "org/home", "org/igf-secretariat", "org/home-that-was-robbed"
MODULES = {"EventService": events, "PublishService": publish, "LiaisonService": liaison,
           "FederationService": federation}


class Hand:
    """A key as a FictionalLog takes it; or one that says it is another."""

    def __init__(self, key, signs=None):
        signs = signs or key
        self.hash, self.public = key.hash, key.public
        self.sign = signs._private.sign


class Victim:
    """A real hub with a policy, and something of its own to lose. `home_key` is in force here,
    `stolen_key` is withdrawn here."""

    def __init__(self, bin_dir, peers, home_key, stolen_key, flags=()):
        self.bin_dir = pathlib.Path(bin_dir).resolve()
        self._folder = tempfile.TemporaryDirectory(prefix="liaison-victim-")
        folder = pathlib.Path(self._folder.name)
        self.policy = folder / "policy.toml"
        self.policy.write_text(hostile_peer.policy(peers))
        self.hub = hubs.Hub(self.bin_dir, folder / "data",
                            ["--hub", "igf", *flags])
        self.home_key, self.stolen_key = home_key, stolen_key
        self.channel = None

    # --- the process ----------------------------------------------------------------------------

    def start(self):
        took = self.hub.start()
        self.channel = grpc.insecure_channel(
            self.hub.address, [("grpc.max_receive_message_length", -1)])
        return took

    def again(self):
        """Stops it, which must go well and at once, and starts it. Seconds of each."""
        self.channel.close()
        return self.hub.stop(), self.start()

    def end(self):
        if self.channel is not None:
            self.channel.close()
        self.hub.kill()
        self._folder.cleanup()

    # --- what it is asked -----------------------------------------------------------------------

    def call(self, service, method, request, timeout=TIMEOUT_S):
        module = MODULES[service]
        described = module.DESCRIPTOR.services_by_name[service].methods_by_name[method]
        return self.channel.unary_unary(
            f"/igf.liaison.v1.{service}/{method}", type(request).SerializeToString,
            getattr(module, described.output_type.name).FromString)(request, timeout=timeout)

    def cli(self, *arguments, code=0):
        ran = subprocess.run([self.bin_dir / "liaison", "--hub", self.hub.address, *arguments],
                             capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
        if ran.returncode != code:
            raise AssertionError(f"liaison {arguments}: {ran.returncode}\n{ran.stderr}")
        return ran.stdout

    def peers(self):
        """By name, as `liaison federation peers` has it, and a good deal faster."""
        listed = self.call("FederationService", "ListPeers", federation.ListPeersRequest())
        told = (json_format.MessageToDict(peer, preserving_proto_field_name=True)
                for peer in listed.peers)
        return {peer["name"]: peer for peer in told}

    def told_peers(self):
        lines = self.cli("federation", "peers", "--output", "json").splitlines()
        return {peer["name"]: peer for peer in map(json.loads, lines)}

    def events(self):
        found, request = [], events.ListEventsRequest(page_size=1000)
        while True:
            page = self.call("EventService", "ListEvents", request)
            found += page.events
            request.page_token = page.next_page_token
            if not request.page_token:
                return found

    def taken_from(self, log):
        """Events of that origin, by sequence there."""
        return {e.relayed.sequence: e for e in self.events() if e.relayed.origin == log.origin}

    def publish(self, timeout=TIMEOUT_S, **item):
        request = publish.PublishRequest(items=[publish.PublishItem(**item)])
        return self.call("PublishService", "Publish", request, timeout).receipts[0]

    def draft(self, author, **more):
        return event.Draft(event_id=str(uuid.uuid4()), author=author, audience="igf/public",
                           language="en", **more)

    def say(self, timeout=TIMEOUT_S):
        draft = self.draft(HOME, topics=["unspecified"])
        draft.topic_signal.purpose = types.PURPOSE_INFORMATION
        draft.topic_signal.title = "A fictional signal of this hub's own"
        return self.publish(timeout, draft=draft)

    # --- what it has to lose --------------------------------------------------------------------

    def settle_in(self):
        """Organisations, keys, and two events that somebody may want to have changed. All that
        stands before the hub is started for the first time with its policy."""
        self.start()
        for name, kind in ((SECRETARIAT, types.ORGANISATION_KIND_SECRETARIAT),
                           (HOME, types.ORGANISATION_KIND_CIVIL_SOCIETY),
                           (GONE, types.ORGANISATION_KIND_CIVIL_SOCIETY)):
            draft = self.draft(SECRETARIAT)
            draft.organisation.organisation = name
            draft.organisation.kind = kind
            draft.organisation.name = f"A fictional {name}"
            self.publish(draft=draft)
        for name, key in ((HOME, self.home_key), (GONE, self.stolen_key)):
            self.publish(draft=key.draft(name, str(uuid.uuid4()), bodies.KEY_ACTION_ADD))
        self.ours = self.publish(signed=self._signed(HOME, self.home_key)).digest
        self.robbed = self.publish(signed=self._signed(GONE, self.stolen_key)).digest
        revoked = self.stolen_key.draft(GONE, str(uuid.uuid4()), bodies.KEY_ACTION_REVOKE)
        revoked.key.ClearField("possession")
        self.publish(draft=revoked)
        self.own = self.own_state()
        self.hub.flags += ["--federation-policy", str(self.policy)]
        self.again()

    @staticmethod
    def _signed(author, key):
        said = bodies.TopicSignal(title="Words that stay", purpose=types.PURPOSE_INFORMATION)
        personal = bodies.Personal()
        personal.contacts.add(role=bodies.CONTACT_ROLE_FROM, name="A fictional person")
        return signing.signed_event(
            key, signing.signal_header(author, str(uuid.uuid4()), said),
            [signing.section(1, said.SerializeToString()),
             signing.section(2, personal.SerializeToString())])

    def own_state(self):
        """Bytes of what stood here before anybody came, and what was made of it."""
        own = [e.SerializeToString() for e in self.events() if not e.HasField("relayed")]
        trails = []
        for digest in (self.ours, self.robbed):
            trail = self.call("LiaisonService", "GetTrail", liaison.GetTrailRequest(digest=digest))
            trails.append([(e.event.title, e.event.retracted) for e in trail.entries
                           if e.direction == liaison.TRAIL_DIRECTION_ITSELF])
        return own, trails

    def fate(self, digest):
        """What has become of an event: its title as it is now, and what is left of its words."""
        trail = self.call("LiaisonService", "GetTrail", liaison.GetTrailRequest(digest=digest))
        itself = [(e.event.title, e.event.retracted) for e in trail.entries
                  if e.event.digest == digest or e.direction == liaison.TRAIL_DIRECTION_ITSELF]
        return itself, [(s.kind, s.status, s.data) for e in self.events() if e.digest == digest
                        for s in e.sections]

    def own_is_unchanged(self):
        own, trails = self.own_state()
        return own[:len(self.own[0])] == self.own[0] and trails == self.own[1]

    def proves(self):
        """Its whole log, to somebody who trusts nothing but its key."""
        file = self.policy.with_name("bundle")
        key = json.loads(self.cli("info", "--output", "json"))["log_vkey"]
        self.cli("export", "--bundle", str(file))
        try:
            return self.cli("verify", str(file), "--vkey", key)
        finally:
            file.unlink()

    def keeps(self, origin, *what):
        """True iff each of the texts stands in a note that convicts the origin."""
        kept = self.call("FederationService", "ListEvidence",
                         federation.ListEvidenceRequest(origin=origin))
        notes = [note.encode() for each in kept.evidence for note in each.notes]
        return all(any(each in note for note in notes) for each in what)


def until(true, timeout_s, pause_s=0.05):
    """What `true()` says last, once it is true or the time is over."""
    end = time.monotonic() + timeout_s
    while True:
        said = true()
        if said or time.monotonic() > end:
            return said
        time.sleep(pause_s)


class Arrivals:
    """When each event came, as a subscriber hears of it."""

    def __init__(self, channel):
        self.at = {}  # by digest
        request = events.SubscribeRequest(start_at=events.START_AT_LIVE)
        described = events.DESCRIPTOR.services_by_name["EventService"].methods_by_name["Subscribe"]
        self._frames = channel.unary_stream(
            "/igf.liaison.v1.EventService/Subscribe", events.SubscribeRequest.SerializeToString,
            getattr(events, described.output_type.name).FromString)(request)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        try:
            for frame in self._frames:
                now = time.monotonic()
                for each in frame.events.events:
                    self.at[each.digest] = now
        except grpc.RpcError:
            pass

    def end(self):
        self._frames.cancel()
        self._thread.join()
