"""What a hostile peer may send, attack by attack: each with what must become of it.

`arrange(case)` writes the attack into the log of the case, or into what is served of it. With
`case.honest` it writes the same, and means it. Everybody and everything in it is fictional.
"""

import dataclasses
import struct
from collections.abc import Callable

import record
from contract import bodies, event, types
from hostile_peer import CONTENT, ERASED, PERSONAL, STAYS, HubLog, Lane, digest_of
from victim import GONE, HOME, Hand

ATTACKS = []
ORDER_OF_ED25519 = 2**252 + 27742317777372353535851937790883648493


@dataclasses.dataclass(frozen=True, eq=False)
class Attack:
    group: str
    what: str
    arrange: Callable
    peer: str = "active"
    origin: str = "active"
    counts: dict = dataclasses.field(default_factory=dict)
    why: str = ""
    gap: tuple = None
    calls: int = 0  # so many answers at least after the first act
    also: Callable = None  # what else is checked: (test, case)
    twin_also: Callable = None


def attack(group, what, **expected):
    def keep(arrange):
        ATTACKS.append(Attack(group, what, arrange, **expected))
        return arrange
    return keep


def by_peer(reason, times=1):
    """Bytes that no honest program makes: the peer waits for a person, the lane has a gap."""
    return {"peer": "quarantined", "counts": {f"rejected/{reason}": times}, "why": reason}


def malformed(reason):
    """The peer is left alone for a while."""
    return {"peer": "suspended", "counts": {f"rejected/{reason}": 1}, "why": reason}


def by_origin(reason, times=1):
    """Rejected for ever, and the lane goes on behind it."""
    return {"counts": {f"rejected/{reason}": times}}


FORGED = {"origin": "quarantined", "counts": {"rejected/signature-wrong": 1},
          "why": "signature-wrong"}
UNPROVEN = {"peer": "quarantined"}


class Case:
    """One attack or its twin: a log, what is served of it, and what must come of it."""

    def __init__(self, log, honest, home_key, stolen_key, good):
        self.log, self.honest, self.good_log = log, honest, good
        self.home_key, self.stolen_key = Hand(home_key), Hand(stolen_key)
        self.good, self.forged = [], []  # sequences that are to be taken, and those that are not
        self.either = []
        self.tamper = self.serve = self.then = self.victim = None
        self.over = False
        self.calls_before = 0
        self.audiences, self.kinds, self.authors = None, ("topic-signal",), None
        self.more_lanes = {}
        self.fine()

    def serve_on(self, server):
        self.lane = Lane(self.log, self.tamper, self.serve)
        server.lanes[self.log.origin] = self.lane

    def fine(self, **more):
        """Says something that is to be taken."""
        self.good.append(self.log.say(**more))
        return self.good[-1]

    def forge(self, *what, **more):
        """Says something that is not, unless it is honest."""
        self.forged.append(self.log.say(*what, **more))
        return self.forged[-1]

    def edit(self, sequence, change):
        """Changes that item on its way, unless it is honest."""
        if self.honest:
            return

        def tamper(answer, _):
            for piece in answer.pieces:
                for item in piece.items:
                    if item.sequence == sequence:
                        change(item)
        self.tamper = tamper

    def edit_answer(self, change):
        """Changes the whole answer on its way, unless it is honest."""
        if not self.honest:
            self.tamper = change


# --- signatures ----------------------------------------------------------------------------------

def _signed(what, sign, **expected):
    """One signal that is signed by `sign(case)`; by its author where it is honest."""
    def arrange(case):
        case.forge(key=case.log.author_key if case.honest else sign(case))
    attack("signatures", what, **expected)(arrange)


class Signs:
    """Says that it is the author's key, and signs as it is told."""

    def __init__(self, case, sign):
        self.hash, self.public = case.log.author_key.hash, case.log.author_key.public
        self.sign = lambda message: sign(case, message)


def _shifted(signature):
    """The same signature once more: S + L, which Ed25519 must not take."""
    s = int.from_bytes(signature[32:], "little") + ORDER_OF_ED25519
    return signature[:32] + s.to_bytes(32, "little")


_signed("a relay signs instead of the author",
        lambda case: Signs(case, lambda c, m: c.log.other_key.sign(m)), **FORGED)
_signed("nobody signs", lambda case: Signs(case, lambda c, m: bytes(64)), **FORGED)
_signed("a signature of another kind of text",
        lambda case: Signs(case, lambda c, m: c.log.author_key.sign(
            m.replace(b"event-header", b"key-possess."))), **FORGED)
_signed("a signature that is written another way",
        lambda case: Signs(case, lambda c, m: _shifted(c.log.author_key.sign(m))), **FORGED)
_signed("a relay names its own key", lambda case: case.log.other_key,
        **by_origin("key-not-in-force"))
_signed("a key that nobody registered", lambda case: case.log.new_key(),
        **by_origin("key-not-in-force"))


@attack("signatures", "a signature is altered on its way", **UNPROVEN)
def _(case):
    def change(item):
        item.leaf = item.leaf[:100] + bytes([item.leaf[100] ^ 1]) + item.leaf[101:]
    case.edit(case.forge(), change)
    if not case.honest:
        case.forged += case.good
        case.good = []


@attack("signatures", "signed and yet without a key", **by_origin("shape-wrong"))
def _(case):
    case.forge(attest=True, kind=record.ATTESTED if case.honest else record.SIGNED)
    case.fine()


@attack("signatures", "attested and yet with a signature", **by_origin("shape-wrong"))
def _(case):
    case.forge(attest=True, signature=bytes(64) if case.honest else bytes([7]) * 64)
    case.fine()


@attack("signatures", "attested and yet by a key", **by_origin("shape-wrong"))
def _(case):
    case.forge(kind=record.SIGNED if case.honest else record.ATTESTED)
    case.fine()


@attack("signatures", "the checkpoint is signed by another key", why="key", **UNPROVEN)
def _(case):
    other = HubLog("another key", case.log.hub)

    def change(answer, _):
        head = answer.head.encode()
        text = head[:head.index(b"\n\n") + 1]
        other.key.name = case.log.origin
        answer.head = (text + b"\n" + other.key.line(text)).decode()
    case.edit_answer(change)
    case.forged, case.good = (case.forged, case.good) if case.honest else (case.good, [])


# --- swapped keys --------------------------------------------------------------------------------

@attack("keys", "a key of another organisation", **by_origin("key-not-in-force"))
def _(case):
    case.forge(header=case.log.signal_header(case.log.other if case.honest else case.log.author),
               key=case.log.other_key)
    case.fine()


@attack("keys", "a key that is withdrawn", **by_origin("key-not-in-force"))
def _(case):
    log = case.log
    if case.honest:
        case.forge(key=log.other_key, header=log.signal_header(log.other))
    log.key_event(log.other, log.other_key, by=log.other_key, action=bodies.KEY_ACTION_REVOKE)
    if not case.honest:
        case.forge(key=log.other_key, header=log.signal_header(log.other))
    case.fine()


@attack("keys", "a key that is not yet in force", **by_origin("key-not-in-force"))
def _(case):
    log, key = case.log, case.log.new_key()
    before = len(log.registry)
    log.key_event(log.author, key, by=log.author_key)
    case.forge(key=key, lie={} if case.honest else {"registry_size": before})
    case.fine()


@attack("keys", "a key of a part speaks for the whole", **by_origin("key-not-in-force"))
def _(case):
    log, key = case.log, case.log.new_key()
    log.key_event(f"{log.author}/desk", key)
    case.forge(key=key, header=log.signal_header(f"{log.author}/desk" if case.honest
                                                 else log.author))
    case.fine()


def _ours(what, author, key):
    """In the name of an organisation of the victim's. The twin speaks by the key that stands
    there."""
    @attack("keys", what, **by_origin("author-is-ours"))
    def _(case):
        log = case.log
        used = case.home_key if case.honest else key(case)
        name = HOME if case.honest else author
        log.key_event(name, used)
        case.forge(key=used, header=log.signal_header(name))
        case.fine()


_ours("our organisation by a key that is not here", HOME, lambda case: case.log.new_key())
_ours("a desk of our organisation", f"{HOME}/desk", lambda case: case.log.new_key())
_ours("our organisation by a key withdrawn here", GONE, lambda case: case.stolen_key)


@attack("keys", "our organisation is attested there", **by_origin("author-is-ours"))
def _(case):
    case.forge(attest=True, header=case.log.signal_header(
        case.log.author if case.honest else HOME))
    case.fine()


@attack("keys", "more of the registry than there is", **malformed("registry-behind"))
def _(case):
    case.forge(lie={} if case.honest else {"registry_size": 2**60})


@attack("keys", "the registry is signed by another key", **UNPROVEN)
def _(case):
    other = HubLog("another registry", case.log.hub)
    other.registry_key.name = case.log.registry_key.name

    def change(answer, _):
        answer.registry_head = case.log.registry_note(other.registry_key).decode()
    case.edit_answer(change)
    case.forged, case.good = (case.forged, case.good) if case.honest else (case.good, [])


def _registry_entry(what, change):
    @attack("keys", what, why="registry", **UNPROVEN)
    def _(case):
        def tamper(answer, _):
            if len(answer.registry) > 1:
                change(answer.registry)
        case.edit_answer(tamper)
        case.forged, case.good = (case.forged, case.good) if case.honest else (case.good, [])


def _another_key(registry):
    header = event.EventHeader.FromString(registry[1].header)
    header.key.public_key = bytes(31) + b"\1"
    registry[1].header = header.SerializeToString()


_registry_entry("another key in the registry", _another_key)
_registry_entry("a registry entry twice", lambda registry: registry.add().CopyFrom(registry[1]))
_registry_entry("registry entries in another order", lambda registry: registry.reverse())
_registry_entry("a registry leaf of no shape",
                lambda registry: setattr(registry[0], "leaf", b"\1\1" + bytes(40)))


@attack("keys", "a key that anybody can sign for", why="believe", **UNPROVEN)
def _(case):
    weak = Hand.__new__(Hand)
    weak.public = bytes([1]) + bytes(31) if not case.honest else case.log.new_key().public
    weak.hash = record.sha256(weak.public)
    weak.sign = lambda message: bytes(64)
    case.log.key_event(case.log.author, weak, by=case.log.author_key)
    case.forged, case.good = (case.forged, case.good) if case.honest else (case.good, [])


# --- id and body ---------------------------------------------------------------------------------

@attack("bodies", "the header of another event", **by_peer("header-disagrees"))
def _(case):
    sequence = case.forge()
    case.edit(sequence, lambda item: setattr(item, "header", case.log.entries[
        case.good[0] - 1].header))


@attack("bodies", "the leaf names another header", **by_peer("header-disagrees"))
def _(case):
    case.forge(lie={} if case.honest else {"digest": digest_of(case.log, case.good[0])})


@attack("bodies", "no header", **by_peer("header-disagrees"))
def _(case):
    case.edit(case.forge(), lambda item: setattr(item, "header", b""))


@attack("bodies", "the item says another sequence", **malformed("sequence-disagrees"))
def _(case):
    sequence = case.forge()
    case.edit(sequence, lambda item: setattr(item, "sequence", sequence + 7))


@attack("bodies", "the leaf says another sequence", **malformed("sequence-disagrees"))
def _(case):
    case.forge(lie={} if case.honest else {"sequence": case.log.size + 9})


@attack("bodies", "item and leaf say the same wrong sequence", **by_peer("unproven"))
def _(case):
    wrong = case.good[0]
    sequence = case.forge(lie={} if case.honest else {"sequence": wrong})
    if case.honest:
        return

    def tamper(answer, _):
        for piece in answer.pieces:
            if piece.first <= sequence <= piece.last:
                piece.items[sequence - piece.first].sequence = wrong
    case.tamper = tamper


@attack("bodies", "the leaf is of no kind", **malformed("unreadable"))
def _(case):
    case.forge(lie={} if case.honest else {"kind": 9})


@attack("bodies", "the leaf is of another version", **malformed("unreadable"))
def _(case):
    case.forge(lie={} if case.honest else {"version": 2})


@attack("bodies", "a signal that the leaf calls a redaction", **by_origin("shape-wrong"))
def _(case):
    case.forge(**({} if case.honest else {
        "kind": record.REDACTION, "extra": struct.pack(">QHH", case.good[0], CONTENT, 1)}))
    case.fine()


@attack("bodies", "leaf and header name different keys", **by_origin("shape-wrong"))
def _(case):
    case.forge(lie={} if case.honest else {"key_hash": case.log.other_key.hash})
    case.fine()


def _section(what, change):
    """A section of a signal with content and personal data is changed on its way."""
    @attack("bodies", what, **by_peer("section-disagrees"))
    def _(case):
        sections = [(CONTENT, case.log.title().SerializeToString()),
                    (PERSONAL, bodies.Personal().SerializeToString())]
        case.edit(case.forge(sections=sections), lambda item: change(item.sections))


_section("other words", lambda sections: setattr(sections[0], "data", b"other words"))
_section("one bit of a salt", lambda sections: setattr(
    sections[0], "salt", bytes([sections[0].salt[0] ^ 1]) + sections[0].salt[1:]))
_section("a salt of 31 bytes", lambda sections: setattr(
    sections[0], "salt", sections[0].salt[1:]))
_section("a section is missing", lambda sections: sections.pop())
_section("a section too many", lambda sections: sections.add(kind=3, presence=STAYS))
_section("sections in another order", lambda sections: sections.reverse())
_section("a section of another kind", lambda sections: setattr(sections[1], "kind", 3))
_section("a section is gone and yet there", lambda sections: setattr(
    sections[0], "presence", ERASED))


@attack("bodies", "a section that is neither here nor gone", peer="suspended", why="section")
def _(case):
    case.edit(case.forge(), lambda item: setattr(item.sections[0], "presence", 0))
    case.forged, case.good = (case.forged, case.good) if case.honest else (
        case.forged + case.good, [])


# --- replay --------------------------------------------------------------------------------------

def _once_more(case, times):
    """The newest event, with its leaf, at the next sequence as well."""
    log, entry = case.log, case.log.entries[-1]
    for _ in range(times):
        leaf = entry.leaf[:2] + struct.pack(">Q", log.size + 1) + entry.leaf[10:]
        with log.lock:
            log._append(dataclasses.replace(entry, leaf=leaf))


@attack("replay", "the same event at other sequences", counts={"duplicate": 3})
def _(case):
    def then():
        if not case.honest:
            _once_more(case, 3)
        case.fine()
    case.then = then


@attack("replay", "the same event four times at once")
def _(case):
    if not case.honest:
        _once_more(case, 3)
    case.fine()


def _answers(what, second, **expected):
    """Once all is taken something new is said, and `second(log)` answers instead, for ever."""
    @attack("replay", what, calls=4, **expected)
    def _(case):
        def then():
            old = case.log.answer(_Asked(case))
            case.forge()
            if not case.honest:
                case.lane.serve = lambda request, context: second(case.log, old, request)
        case.then = then


class _Asked:
    """A request of somebody who has nothing yet."""

    def __init__(self, case):
        self.settled = self.head_size = self.registry_size = 0
        self.case = case


def _first_batch_again(log, old, request):
    answer = log.answer(request)
    del answer.pieces[:], answer.rest[:]
    answer.pieces.extend(old.pieces)
    return answer


_answers("the first batch again", _first_batch_again)
_answers("an older head", lambda log, old, request: log.answer(request, size=log.size - 1))
_answers("the very first answer again", lambda log, old, request: _with_registry(
    log, old, request))
_answers("a head that promises what never comes",
         lambda log, old, request: _without_pieces(log.answer(request)))


def _with_registry(log, answer, request):
    """Whoever was started again asks for it again."""
    del answer.registry[:]
    for leaf, header in log.registry[request.registry_size:]:
        answer.registry.add(leaf=leaf, header=header)
    return answer


def _without_pieces(answer):
    del answer.pieces[:], answer.rest[:]
    return answer


@attack("replay", "an event of another log", why="does not lead", **UNPROVEN)
def _(case):
    sequence = case.forge()

    def change(item):
        other = case.good_log.item(1)
        item.leaf, item.header = other.leaf, other.header
        del item.sections[:]
        item.sections.extend(other.sections)
    case.edit(sequence, change)
    if not case.honest:
        case.forged, case.good = case.forged + case.good, []


@attack("replay", "a relayed event in the lane of another", counts={"withheld/other-lane": 1})
def _(case):
    if case.honest:
        case.fine()
    else:
        with case.log.lock:
            case.forged.append(case.log.relay(case.good_log, 5))
    case.fine()


@attack("replay", "rules of another hub", counts={"withheld/other-lane": 1})
def _(case):
    if case.honest:
        case.fine()
    else:
        case.forged.append(case.log.rules(9))
    case.fine()
    case.kinds = ("topic-signal", "rules")


# --- bytes ---------------------------------------------------------------------------------------

def _varint(number, size):
    data = b""
    for _ in range(size - 1):
        data += bytes([number & 127 | 128])
        number >>= 7
    return data + bytes([number])


def _other_order(data):
    """The same message, its author last."""
    header = event.EventHeader.FromString(data)
    author = event.EventHeader(author=header.author).SerializeToString()
    header.ClearField("author")
    return header.SerializeToString() + author


def _tag_in_five_bytes(data):
    """The author once more, its tag as nobody writes it."""
    author = event.EventHeader.FromString(data).author.encode()
    return data + _varint(1 << 3 | 2, 5) + bytes([len(author)]) + author


ODDLY = {
    "written in another order": _other_order,
    "a tag in five bytes": _tag_in_five_bytes,
    "an unknown field": lambda data: data + bytes.fromhex("fa3f0401020304"),
    "a field twice": lambda data: data + event.EventHeader(language="en").SerializeToString(),
    "groups that nobody knows": lambda data: data + bytes.fromhex("fb3ffc3f") * 9,
    "an empty group deep in groups": lambda data: data + bytes.fromhex("fb3f") * 30
    + bytes.fromhex("fc3f") * 30,
}


PLAINLY = ("written in another order", "an unknown field", "a field twice")


class Written:
    """An EventHeader that is serialised otherwise."""

    def __init__(self, header, oddly):
        self.__dict__.update(header=header, oddly=oddly)

    def __getattr__(self, name):
        return getattr(self.header, name)

    def __setattr__(self, name, value):
        setattr(self.header, name, value)

    def SerializeToString(self):
        return self.oddly(self.header.SerializeToString())


def _reencoded(what, oddly):
    """On its way. The twin's author has signed it as it is, where all readers read that alike."""
    plain = what in PLAINLY

    @attack("bytes", what, **by_peer("header-disagrees"))
    def _(case):
        header = case.log.signal_header()
        if case.honest and plain:
            case.forge(header=Written(header, oddly))
        else:
            case.edit(case.forge(header=header),
                      lambda item: setattr(item, "header", oddly(item.header)))
    if plain:
        return

    @attack("bytes", f"{what} and signed so", **by_origin("unreadable"))
    def _(case):
        header = case.log.signal_header()
        case.forge(header=header if case.honest else Written(header, oddly))
        case.fine()


for _what, _oddly in ODDLY.items():
    _reencoded(_what, _oddly)


def _unreadable(what, oddly):
    """Signed, and yet no header. The twin says something that is one."""
    @attack("bytes", what, **by_origin("unreadable"))
    def _(case):
        header = case.log.signal_header()
        case.forge(header=header if case.honest else Written(header, oddly))
        case.fine()


_unreadable("a header that ends too early", lambda data: data + b"\x0a")
_unreadable("an author who is no text", lambda data: data + b"\x0a\x04\xff\xfe\xfd\xfc")
_unreadable("a header that is nested too deep",
            lambda data: data + bytes.fromhex("fb3f") * 200 + bytes.fromhex("fc3f") * 200)
_unreadable("a tag in six bytes", lambda data: data + _varint(1 << 3 | 2, 6) + b"\x01a")


@attack("bytes", "a byte behind the leaf", why="does not lead", **UNPROVEN)
def _(case):
    case.edit(case.forge(), lambda item: setattr(item, "leaf", item.leaf + b"\0"))
    if not case.honest:
        case.forged, case.good = case.forged + case.good, []


def _garbage(what, data, **expected):
    """An answer that is no answer."""
    @attack("bytes", what, **expected)
    def _(case):
        if not case.honest:
            case.serve = lambda request, context: data(case, request)
            case.forged, case.good = case.good, []


# A relay may have nothing of it yet, and says so; the hub whose log it is has signed something.
_garbage("nothing at all", lambda case, request: b"", peer="degraded",
         why="without a checkpoint of its own log")
_garbage("bytes of chance", lambda case, request: case.log.random.randbytes(5000),
         peer="degraded", why="")
_garbage("a message cut short",
         lambda case, request: case.log.answer(request).SerializeToString()[:-7],
         peer="degraded", why="")
_garbage("a note that is cut short", lambda case, request: changed(
    case.log.answer(request), head=case.log.note().decode()[:-9]), peer="quarantined", why="note")
_garbage("a note of 70 KB", lambda case, request: changed(
    case.log.answer(request), head=case.log.note().decode() + case.log.key.line(
        b"x").decode() * 500), peer="quarantined", why="long")
_garbage("a note with too many signatures", lambda case, request: changed(
    case.log.answer(request), head=case.log.note().decode() + case.log.registry_key.line(
        b"x").decode() * 101), peer="quarantined", why="too many")
_garbage("the head of the registry for the log's", lambda case, request: changed(
    case.log.answer(request), head=case.log.registry_note().decode()), peer="quarantined")
_garbage("the head of the log for the registry's", lambda case, request: changed(
    case.log.answer(request), registry_head=case.log.note().decode()), peer="quarantined")


def changed(answer, **fields):
    for name, value in fields.items():
        setattr(answer, name, value)
    return answer


# --- sizes ---------------------------------------------------------------------------------------

def _too_large(what, say):
    """`say(case, size)` with one byte more than may be, and as many as may be."""
    @attack("sizes", what, **malformed("too-large"))
    def _(case):
        say(case)


def _unknown(size):
    """A field of a later version, of so many bytes."""
    return b"\xfa\x3f" + _varint(size - 5, 3) + bytes(size - 5)


def _content_of(case, limit):
    """A signal with content so that header, salts and sections have `limit` bytes."""
    header = case.log.signal_header()
    probe = HubLog("probe", case.log.hub)
    probe.time_us = case.log.time_us
    sequence = probe.say(header=probe.signal_header(), sections=[(CONTENT, b"")])
    size = limit - len(probe.entries[sequence - 1].header) - 32
    said = bodies.TopicSignal(title="Fictional words", purpose=types.PURPOSE_INFORMATION)
    # In fields that no version knows yet, so that only the size is too large.
    data = said.SerializeToString()
    rest = size - len(data)
    case.forge(header=header, sections=[(CONTENT, data + _unknown(rest))])


MIB, SALTS = 1 << 20, 3 * 32
_too_large("an event of more than 1 MiB",
           lambda case: _content_of(case, MIB + SALTS + (0 if case.honest else 1)))
_too_large("personal data of more than 64 KiB", lambda case: case.forge(sections=[
    (CONTENT, case.log.title().SerializeToString()),
    (PERSONAL, _unknown((64 << 10) + (0 if case.honest else 1)))]))
_too_large("a leaf of 300 bytes", lambda case: case.forge(
    lie={} if case.honest else {"extra": bytes(146)}))
_too_large("four sections", lambda case: case.forge(
    sections=[(kind, case.log.title().SerializeToString() if kind == CONTENT else b"")
              for kind in range(1, 4 if case.honest else 5)]))


@attack("sizes", "a header of more than 32 KiB", **malformed("too-large"))
def _(case):
    header = case.log.signal_header()
    for _ in range(300 if case.honest else 1000):
        header.references.add(digest=case.log.random.randbytes(32),
                              relation=types.RELATION_RESPONDS_TO)
    case.forge(header=header)


@attack("sizes", "a message of more than 4 MiB", peer="degraded", why="")
def _(case):
    case.edit_answer(lambda answer, _: changed(answer, head=answer.head + " " * (5 << 20)))
    case.forged, case.good = ([], case.good) if case.honest else (case.good, [])


@attack("sizes", "1001 items at once", peer="suspended", why="items at once")
def _(case):
    for _ in range(1001):
        case.forged.append(case.log.say(attest=True))
    case.forged.pop()  # more than one batch is no attack
    if not case.honest:
        case.forged, case.good = case.forged + case.good, []
        case.serve = lambda request, context: case.log.answer(request, most=2000)


def _shorter(answer):
    """Without its last item."""
    if answer.pieces:
        answer.pieces[-1].last -= 1
        answer.pieces[-1].items.pop()
    return answer


def _many(what, change, **expected):
    @attack("sizes", what, **expected)
    def _(case):
        sequence = case.forge()

        def tamper(answer, _):
            change(case, answer, sequence)
        case.edit_answer(tamper)
        if not case.honest:
            case.forged, case.good = case.forged + case.good, []


_many("60,000 hashes to the right", lambda case, answer, _: _shorter(answer).rest.extend(
    [bytes(32)] * 60_000), why="hashes instead of", **UNPROVEN)
_many("no hashes to the right", lambda case, answer, _: _shorter(answer),
      why="hashes instead of", **UNPROVEN)
_many("a hash of 31 bytes", lambda case, answer, _: answer.rest.append(bytes(31)),
      peer="suspended", why="32 bytes")
_many("a piece with no end", lambda case, answer, _: setattr(
    answer.pieces[0], "last", 2**64 - 1), why="follow", **UNPROVEN)
_many("a withheld piece with no end", lambda case, answer, _: answer.pieces.add(
    first=answer.pieces[-1].last + 1, last=2**64 - 1, withheld=[bytes(32)]), **UNPROVEN)
_many("a piece of nothing", lambda case, answer, _: answer.pieces.add(
    first=answer.pieces[-1].last + 1, last=answer.pieces[-1].last), why="follow", **UNPROVEN)
_many("a piece that is shown and withheld", lambda case, answer, _: answer.pieces[
    0].withheld.append(bytes(32)), why="follow", **UNPROVEN)
