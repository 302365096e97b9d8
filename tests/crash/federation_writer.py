"""Whoever publishes at one hub of a federation under test: statements, what is said of them later,
words that are erased, audiences that are narrowed, keys that are withdrawn."""

import pathlib
import random
import sys
import threading
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import grpc
import record
import signing
from contract import bodies, event, publish, types
from federation_members import kind_of
from federation_model import Event
from federation_policies import GROUPS, SMALLER_TEAM, TEAM, TOPICS, authors_of
from load import reason_of

WRITE_TIMEOUT_S = 5
PAUSE_S = (0.02, 0.12)  # between two batches
# Nothing was written, or nobody knows: sent again with the same ids, it has one effect.
TRY_AGAIN = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED,
             grpc.StatusCode.DEADLINE_EXCEEDED)
# What a writer says of others' events need not be here yet, or not for its author.
MAY_BE_REFUSED = {"TARGET_UNKNOWN"}
DEEDS = ("erasure", "narrowing", "withdrawal")


class Writer(threading.Thread):
    """Publishes at one hub until it is stopped; what it has begun it repeats until it is answered,
    whatever happens to the hub meanwhile."""

    def __init__(self, member, seed, outside, others, lie=None):
        """`others`: hubs to which it has nothing to say, and says what nobody may take."""
        super().__init__(daemon=True)
        self.member, self.outside, self.others, self.lie = member, outside, others, lie
        self.rng = random.Random(seed)
        self.go_on, self.idle = threading.Event(), threading.Event()
        self.stopping = False
        self.pause_s = PAUSE_S
        self.failed = None
        self.said = []  # own statements that can be followed: (digest, draft, kind)
        self.key = signing.Key()
        self.keys = 0  # that were withdrawn
        self.teams = 1  # versions of the named group
        # Each at least once; then by lot.
        self.due = list(DEEDS)
        self.rng.shuffle(self.due)

    def run(self):
        try:
            while not self.stopping:
                if not self.go_on.is_set():
                    self.idle.set()
                    self.go_on.wait(0.1)
                    continue
                self.act()
                time.sleep(self.rng.uniform(*self.pause_s))
        except Exception as error:  # a thread must not die in silence
            self.failed = error
        self.idle.set()

    def act(self):
        if self.due and self.rng.random() < 0.3:
            deed = self.due.pop()
        elif self.rng.random() < 0.06:
            deed = self.rng.choice(DEEDS)
        else:
            return self.deliver([self.make() for _ in range(self.rng.choice((1, 1, 1, 2, 6)))])
        getattr(self, deed)()
        self.outside.count(deed)

    def has_done_each_deed(self):
        return not self.due or self.failed

    def pause(self):
        """Once this returns, everything that was begun is on record."""
        self.go_on.clear()
        self.idle.clear()
        if not self.idle.wait(60) or self.failed:
            raise AssertionError(f"the writer at {self.member.name}: {self.failed or 'waits'}")

    def resume(self):
        self.idle.clear()
        self.go_on.set()

    def deliver(self, made):
        """`made`: of each item the request's item, its header's facts and its body. True once it
        was acknowledged."""
        request = publish.PublishRequest(items=[item for item, _, _ in made])
        while not self.stopping:
            try:
                receipts = self.member.call("publish", "Publish", request,
                                            timeout=WRITE_TIMEOUT_S).receipts
            except (grpc.RpcError, ValueError) as error:  # ValueError: the channel was closed
                if isinstance(error, ValueError) or error.code() in TRY_AGAIN:
                    time.sleep(0.05)
                    continue
                reason = reason_of(error)
                if reason not in MAY_BE_REFUSED:
                    raise AssertionError(f"{reason} {error.details()}: {request}") from error
                self.outside.refuse(reason)
                return False
            for (item, facts, body), receipt in zip(made, receipts):
                self.acknowledge(item, facts, body, receipt)
            return True
        return False

    def acknowledge(self, item, facts, body, receipt):
        signed = item.WhichOneof("item") == "signed"
        digest = receipt.digest
        header = item.signed.header if signed else receipt.header
        kind = kind_of(header)
        self.outside.acknowledge(Event(
            self.member.name, receipt.position.sequence, digest, receipt.leaf_hash, header,
            facts.author, kind, facts.audience, tuple(facts.topics), self.about(facts),
            body.SerializeToString(), self.erased_by(facts)))
        if kind in ("topic-signal", "amendment", "retraction"):
            self.said.append((digest, facts, kind))

    @staticmethod
    def about(facts):
        if facts.HasField("redaction") and facts.redaction.target_digest:
            return (facts.redaction.target_digest,)
        return tuple(r.digest for r in facts.references if r.relation in
                     (types.RELATION_REVISES, types.RELATION_RETRACTS))

    @staticmethod
    def erased_by(facts):
        return facts.redaction.target_digest if (
            facts.HasField("redaction")
            and facts.redaction.section == types.SECTION_KIND_CONTENT) else b""

    # --- what is said -------------------------------------------------------------------------

    def make(self):
        """(PublishItem, draft or header that has the facts, body)"""
        kind = self.rng.choices(
            ("signal", "signed", "amendment", "retraction", "redaction", "organisation"),
            (45, 20, 14, 9, 5, 7))[0]
        followed = self.followed()
        if kind == "signed":
            return self.signed_signal()
        if kind == "organisation":
            return self.organisation()
        if kind == "signal" or not followed:
            return self.signal()
        digest, draft, _ = self.rng.choice(followed)
        made = getattr(self, kind)(digest, draft)
        if kind == "redaction" or kind == "retraction":
            self.leave(digest)
        return self.as_item(made)

    def followed(self):
        return [one for one in self.said[-40:]
                if one[2] == "topic-signal" and one[1].author.endswith(("-a", "-b", "/desk"))]

    def leave(self, digest):
        """Once is enough."""
        self.said = [one for one in self.said if one[0] != digest]

    def as_item(self, draft):
        return (publish.PublishItem(draft=draft), draft, getattr(draft, draft.WhichOneof("body")))

    def draft(self, author, audience, **more):
        return event.Draft(event_id=self.new_id(), author=author, audience=audience, language="en",
                           **more)

    def new_id(self):
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))

    def audience(self):
        # Of a group that was narrowed the newest version.
        groups = (*GROUPS, (TEAM, SMALLER_TEAM)[self.teams - 1])
        return f"{self.member.name}/{self.rng.choices(groups, (6, 3, 2, 2))[0]}"

    def signal(self, audience=None):
        draft = self.draft(self.rng.choice(authors_of(self.member.name)[:-1]),
                           audience or self.audience(), topics=[self.rng.choice(TOPICS)])
        draft.topic_signal.purpose = types.PURPOSE_INFORMATION
        draft.topic_signal.title = f"A fictional signal {self.rng.getrandbits(32)}"
        draft.topic_signal.text = "fictional words " * self.rng.randrange(1, 60)
        draft.personal.contacts.add(role=bodies.CONTACT_ROLE_FROM, name="A fictional person")
        if self.rng.random() < 0.1:
            other = self.outside.any_of(self.rng, self.member.name)
            if other is not None:
                draft.references.add(digest=other.digest, relation=types.RELATION_REFERS_TO)
        return self.as_item(draft)

    def signed_signal(self, audience=None):
        body = bodies.TopicSignal(purpose=types.PURPOSE_INFORMATION,
                                  title=f"A fictional signed signal {self.rng.getrandbits(32)}")
        header = signing.signal_header(authors_of(self.member.name)[-1], self.new_id(), body)
        header.audience = audience or self.audience()
        header.topics[:] = [self.rng.choice(TOPICS)]
        signed = signing.signed_event(self.key, header, [
            signing.section(types.SECTION_KIND_CONTENT, body.SerializeToString())])
        return publish.PublishItem(signed=signed), header, body

    def organisation(self):
        draft = self.draft(self.member.secretariat, f"{self.member.name}/public")
        draft.organisation.organisation = f"org/{self.member.name}-x/unit-{self.new_id()[:8]}"
        draft.organisation.kind = types.ORGANISATION_KIND_CIVIL_SOCIETY
        draft.organisation.name = "A fictional organisation"
        return self.as_item(draft)

    def amendment(self, digest, said):
        draft = self.draft(said.author, said.audience)
        draft.references.add(digest=digest, relation=types.RELATION_REVISES)
        draft.amendment.kind = bodies.AMENDMENT_KIND_CORRECTION
        draft.amendment.text = f"better fictional words {self.rng.getrandbits(32)}"
        draft.amendment.reason = "they were wrong"
        return draft

    def retraction(self, digest, said):
        draft = self.draft(said.author, said.audience)
        draft.references.add(digest=digest, relation=types.RELATION_RETRACTS)
        draft.retraction.cause = bodies.RETRACTION_CAUSE_WITHDRAWN
        draft.retraction.reason = "it is taken back"
        return draft

    def redaction(self, digest, said, section=types.SECTION_KIND_PERSONAL):
        draft = self.draft(said.author, said.audience)
        draft.redaction.target_digest = digest
        draft.redaction.section = section
        draft.redaction.reason = bodies.REDACTION_REASON_PERSONAL_DATA
        return draft

    def settle_in(self):
        """The hub's organisations and the key that signs, before anything else."""
        for name, kind in ((self.member.secretariat, types.ORGANISATION_KIND_SECRETARIAT),
                           (f"org/{self.member.name}-x", types.ORGANISATION_KIND_CIVIL_SOCIETY),
                           (authors_of(self.member.name)[-1],
                            types.ORGANISATION_KIND_NRI_NATIONAL)):
            draft = self.draft(self.member.secretariat, f"{self.member.name}/public")
            draft.organisation.organisation, draft.organisation.kind = name, kind
            draft.organisation.name = "A fictional organisation"
            self.deliver([self.as_item(draft)])
        self.deliver([self.as_item(self.team(1, authors_of(self.member.name)))])
        self.deliver([self.as_item(self.key_draft(bodies.KEY_ACTION_ADD))])

    # --- what takes more than one statement ---------------------------------------------------

    def erasure(self):
        """Words that were said are erased."""
        while not self.followed():
            # What it refers to may not be here.
            if not self.deliver([self.signal()]) and self.stopping:
                return
        digest, said, _ = self.rng.choice(self.followed())
        facts = self.redaction(digest, said, types.SECTION_KIND_CONTENT)
        told = event.Draft.FromString(facts.SerializeToString())
        if self.lie == "words":
            told.redaction.section = types.SECTION_KIND_PERSONAL
        self.leave(digest)
        self.deliver([(publish.PublishItem(draft=told), facts, told.redaction)])

    def narrowing(self):
        """What was said is for fewer: it is taken back where it was, and said there anew."""
        # A lie about the team is found by what the smaller one is told, and by nothing else.
        if self.lie == "wide" or self.rng.random() < 0.5:
            wide, narrow = TEAM, SMALLER_TEAM
            if self.teams == 1:
                self.teams = 2
                self.deliver([self.as_item(self.team(2, authors_of(self.member.name)[1:]))])
        else:
            wide, narrow = "public", self.rng.choice(("partners", "mag"))
        hub = self.member.name
        item, said, body = self.signal(f"{hub}/{wide}")
        if not self.deliver([(item, said, body)]):
            return
        digest = self.said[-1][0]
        anew = self.draft(said.author, f"{hub}/{narrow}", topics=said.topics, topic_signal=body)
        anew.references.add(digest=digest, relation=types.RELATION_REFERS_TO)
        self.leave(digest)
        self.deliver([self.as_item(self.retraction(digest, said))])
        self.deliver([self.as_item(anew)])

    def withdrawal(self):
        """The key that signs is withdrawn; what it signs later is refused, here and elsewhere."""
        if self.lie != "key":
            self.deliver([self.as_item(self.key_draft(bodies.KEY_ACTION_REVOKE))])
        if self.stopping:
            return  # nobody knows whether it was
        for member in (self.member, self.rng.choice(self.others)):
            late, _, _ = self.signed_signal(f"{member.name}/public")
            self.outside.forbid(record.event_digest(late.signed.header))
            self.try_once(member, late)
        self.key = signing.Key()
        self.keys += 1
        self.deliver([self.as_item(self.key_draft(bodies.KEY_ACTION_ADD))])

    def try_once(self, member, item):
        """Where it is taken, that is found when the hubs are read."""
        try:
            member.call("publish", "Publish", publish.PublishRequest(items=[item]),
                        timeout=WRITE_TIMEOUT_S)
            self.outside.refuse("nothing, although the key was withdrawn")
        except ValueError:  # the channel was closed
            pass
        except grpc.RpcError as error:
            if error.code() not in TRY_AGAIN:
                self.outside.refuse(reason_of(error))

    def key_draft(self, action):
        draft = self.key.draft(authors_of(self.member.name)[-1], self.new_id(), action)
        draft.audience = f"{self.member.name}/public"
        if action == bodies.KEY_ACTION_REVOKE:
            draft.key.ClearField("possession")
        return draft

    def team(self, version, members):
        draft = self.draft(self.member.secretariat, f"{self.member.name}/public")
        draft.audience_body.group = f"{self.member.name}/team"
        draft.audience_body.version = version
        draft.audience_body.members[:] = [self.member.secretariat, *members]
        draft.audience_body.title = "A fictional team"
        return draft
