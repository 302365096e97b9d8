"""A peer hub that is not there: PullLane over gRPC, from fictional logs, truthfully or otherwise.

Everybody and everything in it is fictional.
"""

import concurrent.futures
import random
import threading
import uuid

import grpc
import record
from contract import bodies, federation, types
from fictional_log import FictionalLog

HERE, ERASED, STAYS = 1, 2, 3
CONTENT, PERSONAL, ATTACHMENTS = 1, 2, 3
PULL_LANE = "igf.liaison.v1.FederationService", "PullLane"


def cover(begin, end):
    """The fewest perfect subtrees that leaves [begin, end) are made of."""
    while begin < end:
        level = (end - begin).bit_length() - 1
        if begin:
            level = min(level, (begin & -begin).bit_length() - 1)
        yield begin, begin + (1 << level)
        begin += 1 << level


class HubLog(FictionalLog):
    """The log of a hub of its own, with an author who signs, and others with keys."""

    def __init__(self, seed, hub):
        log_id = uuid.UUID(int=random.Random(f"{seed} {hub}").getrandbits(128), version=4)
        super().__init__(f"{seed} {hub}", f"{hub}.example.org/{hub}/{log_id}")
        self.seed = seed
        self.lock = threading.RLock()  # it is served while it grows
        self.hub = hub
        self.public = f"{hub}/public"
        self.author, self.other = f"org/author-of-{hub}", f"org/other-of-{hub}"
        self.author_key, self.other_key = self.new_key(), self.new_key()
        for name, key in ((self.author, self.author_key), (self.other, self.other_key)):
            self.organisation(name, types.ORGANISATION_KIND_CIVIL_SOCIETY)
            self.key_event(name, key)

    def add(self, *what, **more):
        with self.lock:
            return super().add(*what, **more)

    def organisation(self, name, kind, key=None, retired=False, **more):
        header = self.header(f"org/secretariat-of-{self.hub}", types.EVENT_TYPE_ORGANISATION)
        header.organisation.organisation = name
        header.organisation.kind = kind
        header.organisation.retired = retired
        return self.add(header, [(CONTENT, name.encode())], key, **more)

    def header(self, author, kind, audience=None, **facts):
        return super().header(author, kind, audience or self.public, **facts)

    def signal_header(self, author=None, audience=None, **facts):
        header = self.header(author or self.author, types.EVENT_TYPE_TOPIC_SIGNAL, audience)
        header.topics.append("unspecified")
        header.topic_signal.purpose = types.PURPOSE_INFORMATION
        for name, value in facts.items():
            setattr(header, name, value)
        return header

    def title(self):
        """The content of a signal."""
        words = f"fictional words {self.random.getrandbits(64):x}"
        return bodies.TopicSignal(title=words, purpose=types.PURPOSE_INFORMATION)

    def say(self, header=None, sections=None, key=None, attest=False, **more):
        """A signal, signed by its author unless it says otherwise. Its sequence."""
        return self.add(header or self.signal_header(),
                        sections or [(CONTENT, self.title().SerializeToString())],
                        None if attest else key or self.author_key, **more)

    # --- what is served -------------------------------------------------------------------------

    def item(self, sequence):
        entry = self.entries[sequence - 1]
        item = federation.LaneItem(sequence=sequence, leaf=entry.leaf, header=entry.header)
        for kind, status, salt, data in entry.sections:
            item.sections.add(kind=kind, presence=HERE if status == HERE else ERASED, salt=salt,
                              data=data)
        return item

    def subtrees_of(self, begin, end):
        return [self.tree.root(*part) for part in cover(begin, end)]

    def answer(self, request, size=None, first=None, most=1000, withheld=()):
        """As an honest hub answers. `withheld` are (first, last)."""
        size = self.size if size is None else size
        first = request.settled + 1 if first is None else first
        answer = federation.PullLaneResponse(head=self.note(size).decode(),
                                             registry_head=self.registry_note().decode())
        if 0 < request.head_size < size:
            answer.consistency.extend(self.tree.proof(request.head_size, 0, size))
        for leaf, header in self.registry[request.registry_size:]:
            answer.registry.add(leaf=leaf, header=header)
        last = min(size, first + most - 1)
        if first > last:
            return answer
        kept = dict(withheld)
        at = first
        while at <= last:
            if at in kept:
                answer.pieces.add(first=at, last=kept[at],
                                  withheld=self.subtrees_of(at - 1, kept[at]))
                at = kept[at] + 1
                continue
            if not answer.pieces or not answer.pieces[-1].items:
                answer.pieces.add(first=at)
            answer.pieces[-1].last = at
            answer.pieces[-1].items.append(self.item(at))
            at += 1
        answer.rest.extend(self.subtrees_of(at - 1, size))
        return answer


class Lane:
    """What is served of one origin. `tamper(answer, request)` may change it or give another one;
    `serve(request, context)` takes its place altogether."""

    def __init__(self, log, tamper=None, serve=None):
        self.log = log
        self.tamper = tamper
        self.serve = serve
        self.calls = 0

    def __call__(self, request, context):
        self.calls += 1
        if self.serve:
            return self.serve(request, context)
        with self.log.lock:
            answer = self.log.answer(request)
            return self.tamper and self.tamper(answer, request) or answer


class PeerServer:
    """Serves lanes, by peer (the organisation that is called as) or by origin."""

    def __init__(self, compression=None):
        self.lanes = {}
        handler = grpc.unary_unary_rpc_method_handler(
            self._pull, request_deserializer=federation.PullLaneRequest.FromString,
            response_serializer=lambda answer: answer if isinstance(answer, bytes)
            else answer.SerializeToString())
        self._server = grpc.server(
            concurrent.futures.ThreadPoolExecutor(100),
            options=[("grpc.max_send_message_length", -1)], compression=compression)
        service, method = PULL_LANE
        self._server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler(service, {method: handler}),))
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def _pull(self, request, context):
        caller = dict(context.invocation_metadata()).get("liaison-as")
        lane = self.lanes.get((caller, request.origin)) or self.lanes.get(request.origin)
        if lane is None:
            context.abort(grpc.StatusCode.NOT_FOUND, "this hub serves no such lane")
        return lane(request, context)

    def stop(self):
        self._server.stop(0)


class Dialled:
    """A peer of the policy: which address, as whom, which logs, and what is taken of them."""

    def __init__(self, name, address, logs, audiences=None, kinds=("topic-signal",), authors=None):
        self.name = name
        self.address = address
        self.logs = logs
        self.audiences = audiences
        self.kinds = kinds
        self.authors = authors

    @property
    def calls_as(self):
        return f"org/fictional-victim-to-{self.name}"


def _quoted(names):
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"


def policy(peers):
    """The victim's policy: one receive rule for each origin."""
    text, told = [], set()
    for peer in peers:
        text.append(f'[peer.{peer.name}]\naddress = "{peer.address}"\n'
                    f'calls_as = "{peer.calls_as}"\n'
                    f"origins = {_quoted(log.origin for log in peer.logs)}\n")
        for log in peer.logs:
            if log.origin in told:
                continue
            told.add(log.origin)
            kinds = '"*"' if peer.kinds is None else _quoted(peer.kinds)
            authors = '"*"' if peer.authors is None else _quoted(peer.authors)
            text.append(f'[origin."{log.origin}"]\nvkey = "{log.key.vkey}"\n'
                        f'[[origin."{log.origin}".receive]]\nname = "what is public"\n'
                        f"audiences = {_quoted(peer.audiences or [log.public])}\n"
                        f'topics = "*"\ntypes = {kinds}\nauthors = {authors}\n')
    return "\n".join(text)


def digest_of(log, sequence):
    return record.event_digest(log.entries[sequence - 1].header)
