"""More of what a hostile peer may send: poison in a backfill, audiences and changes that are not
its own, other histories, and what no hub would have let in. Everybody in it is fictional.
"""

import struct
import time

import record
from contract import bodies, event, types
from hostile_peer import CONTENT, PERSONAL, HubLog, digest_of
from peer_attacks import attack, by_origin, by_peer, changed, UNPROVEN, Written
from victim import GONE, HOME


# --- poisoned backfill ---------------------------------------------------------------------------

def _backfill(what, poison, taken=None, **expected):
    """50 events at once; the 30th is poisoned by `poison(case, sequence, answer)`. `taken` of them
    are to be taken."""
    @attack("backfill", what, **expected)
    def _(case):
        case.good += [case.log.say() for _ in range(50)]
        sequence = case.good[30]

        def tamper(answer, request):
            if answer.pieces and answer.pieces[0].first <= sequence <= answer.pieces[-1].last:
                poison(case, sequence, answer)
        case.edit_answer(tamper)
        if not case.honest:
            case.good, case.forged = case.good[:taken or 0], case.good[taken or 0:]


def _item(answer, sequence):
    return next(item for piece in answer.pieces for item in piece.items
                if item.sequence == sequence)


def _flip(item):
    item.leaf = item.leaf[:60] + bytes([item.leaf[60] ^ 1]) + item.leaf[61:]


def _withhold(case, sequence, answer, hashes):
    """Instead of that item and what follows it there is a withheld piece of two."""
    piece = answer.pieces[0]
    after = piece.items[sequence + 2 - piece.first:]
    del piece.items[sequence - piece.first:]
    last, piece.last = piece.last, sequence - 1
    answer.pieces.add(first=sequence, last=sequence + 1, withheld=hashes)
    answer.pieces.add(first=sequence + 2, last=last, items=after)


_backfill("a leaf in the middle", lambda case, sequence, answer: _flip(_item(answer, sequence)),
          why="does not lead", **UNPROVEN)
_backfill("words in the middle", lambda case, sequence, answer: setattr(
    _item(answer, sequence).sections[0], "data", b"poison"), 30, **by_peer("section-disagrees"))
_backfill("a header in the middle", lambda case, sequence, answer: setattr(
    _item(answer, sequence), "header", b"\x0a\x01x"), 30, **by_peer("header-disagrees"))
_backfill("two items change places", lambda case, sequence, answer: _swap(
    _item(answer, sequence), _item(answer, sequence + 1)), why="does not lead", **UNPROVEN)
_backfill("withheld with a wrong hash", lambda case, sequence, answer: _withhold(
    case, sequence, answer, [bytes([5]) * 32] * len(case.log.subtrees_of(
        sequence - 1, sequence + 1))), why="does not lead", **UNPROVEN)
_backfill("withheld with a hash too many", lambda case, sequence, answer: _withhold(
    case, sequence, answer, case.log.subtrees_of(sequence - 1, sequence + 1) + [bytes(32)]),
    why="hashes instead of", **UNPROVEN)
_backfill("an item left out in the middle", lambda case, sequence, answer: answer.pieces[
    0].items.remove(_item(answer, sequence)), why="follow", **UNPROVEN)
_backfill("pieces that overlap", lambda case, sequence, answer: answer.pieces.add(
    first=sequence, last=sequence, items=[_item(answer, sequence)]) and None, why="follow",
    **UNPROVEN)


def _swap(one, other):
    copy = type(one)()
    copy.CopyFrom(one)
    one.leaf, one.header = other.leaf, other.header
    other.leaf, other.header = copy.leaf, copy.header


@attack("backfill", "it begins too far on", peer="degraded", gap=(1, 9), why="begins at 10")
def _(case):
    case.good += [case.log.say() for _ in range(20)]
    if not case.honest:
        case.good, case.forged = [], case.good
        case.serve = lambda request, context: case.log.answer(request, first=10)


@attack("backfill", "part of it is withheld and proven",
        counts={"not-shown": 20, "accepted": 31})
def _(case):
    """No attack: whoever withholds proves it. What was withheld is not there, and nothing else."""
    case.good += [case.log.say() for _ in range(50)]
    if not case.honest:
        kept = case.good[10:30]
        case.good = case.good[:10] + case.good[30:]
        case.forged = kept
        case.serve = lambda request, context: case.log.answer(
            request, withheld=[(kept[0], kept[-1])])


# --- audiences -----------------------------------------------------------------------------------

def _audience(what, audience, **expected):
    @attack("audiences", what, **expected)
    def _(case):
        name = case.log.public if case.honest else audience(case)
        case.forge(header=case.log.signal_header(audience=name))
        case.fine()


_audience("our MAG's audience in their log", lambda case: "igf/mag", **by_origin("audience-forged"))
_audience("our public audience in their log", lambda case: "igf/public",
          **by_origin("audience-forged"))
_audience("an audience of a third hub", lambda case: "good/public", **by_origin("audience-forged"))
_audience("an audience that looks like theirs", lambda case: f"{case.log.hub}x/public",
          **by_origin("audience-forged"))
_audience("no audience", lambda case: " ", **by_origin("audience-forged"))
_audience("an audience that the policy does not name", lambda case: f"{case.log.hub}/mag",
          counts={"withheld/not-taken": 5})
_audience("an audience with something behind it", lambda case: f"{case.log.public}/x",
          **by_origin("shape-wrong"))


@attack("audiences", "an audience is changed on its way", **by_peer("header-disagrees"))
def _(case):
    header = case.log.signal_header(audience=f"{case.log.hub}/mag")
    if case.honest:
        header = case.log.signal_header()
    sequence = case.forge(header=header)

    def change(item):
        told = event.EventHeader.FromString(item.header)
        told.audience = case.log.public
        item.header = told.SerializeToString()
    case.edit(sequence, change)


@attack("audiences", "two audiences in one header", counts={"withheld/not-taken": 5})
def _(case):
    """The last one counts, for the policy and for whoever is let read."""
    header = case.log.signal_header()
    last = case.log.public if case.honest else f"{case.log.hub}/mag"
    case.forge(header=Written(header, lambda data: data + event.EventHeader(
        audience=last).SerializeToString()))
    case.fine()


# --- what changes something else -----------------------------------------------------------------

CHANGES = {types.EVENT_TYPE_RETRACTION: "a retraction", types.EVENT_TYPE_REDACTION: "a redaction",
           types.EVENT_TYPE_AMENDMENT: "an amendment", types.EVENT_TYPE_TOPIC_SIGNAL: "a revision"}


def _change_of(case, kind, digest, author, key):
    """Into the log of the case; its sequence."""
    header = case.log.header(author, kind)
    signal = bodies.TopicSignal(title="Forged words", purpose=types.PURPOSE_INFORMATION)
    content = [(CONTENT, signal.SerializeToString())]
    if kind == types.EVENT_TYPE_REDACTION:
        redaction = bodies.Redaction(target_digest=digest, section=CONTENT, reason=1)
        header.redaction.target_digest = digest
        header.redaction.section = CONTENT
        header.redaction.reason = 1
        content = [(CONTENT, redaction.SerializeToString())]
        return case.log.add(header, content, key, kind=record.REDACTION,
                            extra=struct.pack(">QHH", case.good[-1], CONTENT, 1))
    retracts = kind == types.EVENT_TYPE_RETRACTION
    header.references.add(digest=digest, relation=types.RELATION_RETRACTS if retracts
                          else types.RELATION_REVISES)
    if retracts:
        header.retraction.cause = bodies.RETRACTION_CAUSE_ERROR
        retraction = bodies.Retraction(cause=bodies.RETRACTION_CAUSE_ERROR)
        content = [(CONTENT, retraction.SerializeToString())]
    elif kind == types.EVENT_TYPE_AMENDMENT:
        header.amendment.kind = 1
        amendment = bodies.Amendment(kind=1, title="Forged words")
        content = [(CONTENT, amendment.SerializeToString())]
    else:
        header.topics.append("unspecified")
        header.topic_signal.purpose = types.PURPOSE_INFORMATION
    return case.log.add(header, content, key)


def _unmoved(test, case):
    test.assertEqual(case.victim.fate(case.aimed_at), case.fate, "it has moved something")


def _moved(test, case):
    test.assertNotEqual(case.victim.fate(case.aimed_at), case.fate, "it has moved nothing")


SIGNALS = ("topic-signal",)
ALL = ("topic-signal", "retraction", "amendment", "redaction")


def _change(what, target, kinds=tuple(CHANGES), prepare=None, taken=ALL, says=None,
            group="changes", **expected):
    """One attack for each kind of change of `target(case)`, once all is there. Of its own author it
    may stand in the log, where the policy takes such, and moves nothing all the same. The twin
    changes what it said itself, which is changed."""
    def of_kind(kind):
        @attack(group, f"{CHANGES[kind]} of {what}", also=_unmoved, twin_also=_moved, **expected)
        def _(case):
            case.kinds = ALL if case.honest else taken
            if prepare:
                prepare(case)

            def then():
                mine = case.honest or says is None
                author, key = (case.log.author, case.log.author_key) if mine else says(case)
                case.aimed_at = digest_of(case.log, case.good[-1]) if case.honest else target(case)
                case.fate = case.victim.fate(case.aimed_at)
                made = _change_of(case, kind, case.aimed_at, author, key)
                if group == "withdrawn keys":
                    case.either.append(made)  # whether it is in the log or not: it moves nothing
                else:
                    (case.good if mine and taken is ALL else case.forged).append(made)
            case.then = then
    for kind in kinds:
        of_kind(kind)


def _by_somebody_else(case):
    """Two of one hub."""
    case.others = case.fine(key=case.log.other_key,
                            header=case.log.signal_header(case.log.other))
    case.fine()


def _robbed(case):
    """The victim's policy takes what GONE says there, by name; its key is withdrawn here."""
    case.authors = [case.log.author, GONE]
    case.log.key_event(GONE, case.stolen_key)


NOT_SIGNALS = tuple(kind for kind in CHANGES if kind != types.EVENT_TYPE_TOPIC_SIGNAL)
_change("ours, where signals are taken", lambda case: case.victim.ours, NOT_SIGNALS, taken=SIGNALS,
        counts={"withheld/not-taken": 5})
_change("ours, where all is taken", lambda case: case.victim.ours, counts={"accepted": 2})
_change("ours, in our author's name", lambda case: case.victim.ours,
        says=lambda case: (HOME, None), **by_origin("author-is-ours"))
_change("another origin's", lambda case: digest_of(case.good_log, 5), counts={"accepted": 2})
_change("another organisation's", lambda case: digest_of(case.log, case.others),
        tuple(kind for kind in CHANGES if kind != types.EVENT_TYPE_REDACTION),
        prepare=_by_somebody_else, counts={"accepted": 4})
_change("ours, by a key withdrawn here", lambda case: case.victim.robbed,
        says=lambda case: (GONE, case.stolen_key), prepare=_robbed, group="withdrawn keys", calls=4)


# --- two histories -------------------------------------------------------------------------------

def fork_of(log):
    """The same log as far as it has come, by its seed, and another one from now on."""
    fork = HubLog(log.seed, log.hub)
    while fork.size < log.size:
        fork.say()
    assert fork.tree.root(0, fork.size) == log.tree.root(0, log.size)
    fork.random.seed("another history")
    return fork


def _histories(what, second, **expected):
    """After the first act `second(case, fork)` says what is served from now on."""
    @attack("histories", what, **expected)
    def _(case):
        case.fork = fork_of(case.log)
        case.fine()

        def then():
            if case.honest:
                case.fine()
                return
            case.first_note = case.log.note()
            case.lane.serve = second(case, case.fork)
        case.then = then


def _kept(test, case):
    lines = [note.split(b"\n")[-2] for note in (case.first_note, case.second_note)]
    test.assertTrue(case.victim.keeps(case.log.origin, *lines), "the evidence is not kept")


def _another_head(case, fork):
    case.forged.append(fork.say())
    case.forged.clear()  # at a sequence that is taken already
    case.second_note = fork.note()
    return lambda request, context: fork.answer(request)


_histories("two heads of one size", _another_head, origin="quarantined", also=_kept,
           why="two roots were signed at 6")


def _another_tail(case, fork):
    for _ in range(3):
        case.forged.append(fork.say())
    del case.forged[0]
    return lambda request, context: fork.answer(request)


_histories("a greater head that does not hold the first", _another_tail,
           why="not consistent", **UNPROVEN)


@attack("histories", "a greater head without a proof", why="not consistent", **UNPROVEN)
def _(case):
    """Of a head that is known, and not yet taken: what is taken would prove itself."""
    log, shown = case.log, case.log.size
    later = [log.say(), log.say()]
    case.serve = lambda request, context: log.answer(request, most=max(0, shown - request.settled))

    def then():
        case.forged += [*later, log.say()]

        def serve(request, context):
            answer = log.answer(request)
            if not case.honest:
                del answer.consistency[:]
            return answer
        case.lane.serve = serve
    case.then = then


def another_registry(case, fork):
    entry = fork.registry.pop()
    fork.registry_tree.leaves.pop()
    fork.registry_tree._roots.clear()
    fork.register(entry[0][:80] + bytes([entry[0][80] ^ 1]) + entry[0][81:], entry[1])
    case.first_note, case.second_note = case.log.registry_note(), fork.registry_note()

    def serve(request, context):
        answer = changed(case.log.answer(request), registry_head=fork.registry_note().decode())
        del answer.registry[:]
        for leaf, header in fork.registry[request.registry_size:]:
            answer.registry.add(leaf=leaf, header=header)
        return answer
    return serve


_histories("two registries of one size", another_registry, origin="quarantined", also=_kept,
           why="two registries were signed at 4")


# --- what no hub would have let in ---------------------------------------------------------------

def _all_go_on(test, case):
    """Whoever publishes here and whoever reads here does not notice."""
    for _ in range(5):
        case.victim.say(timeout=5)
        time.sleep(0.1)
    case.victim.cli("list", "--output", "json")
    case.victim.proves()


def _unfit(what, change=None, sections=None, honest_sections=None, **more):
    """A signal that its origin has signed for and that no hub would have taken: `change(header)`
    before it is signed. It must not come in, and stop nothing and nobody."""
    @attack("unfit", what, counts={"rejected": 1}, also=_all_go_on,
            twin_also=lambda test, case: case.victim.proves(), **more)
    def _(case):
        header = case.log.signal_header()
        if not case.honest and change:
            change(header)
        case.forge(header=header, sections=honest_sections if case.honest else sections)
        case.fine()


_SIGNAL = bodies.TopicSignal(title="Fictional words", purpose=types.PURPOSE_INFORMATION)
_TWO = [(CONTENT, _SIGNAL.SerializeToString()), (PERSONAL, b"")]
_unfit("sections in descending order", sections=_TWO[::-1], honest_sections=_TWO)
_unfit("a section twice", sections=[_TWO[0], _TWO[0]], honest_sections=_TWO)
_unfit("a section of kind 0", sections=[(0, b""), _TWO[0]], honest_sections=_TWO)
_unfit("a section of kind 9", sections=[_TWO[0], (9, b"")], honest_sections=_TWO)
_unfit("a topic of 1100 bytes", lambda header: header.topics.append("x:" + "y" * 1100))
_unfit("a cycle of 1100 bytes", lambda header: setattr(header, "cycle", "2" * 1100))
_unfit("a language of 1100 bytes", lambda header: setattr(header, "language", "e" * 1100))
_unfit("a reference of 2000 bytes", lambda header: header.references.add(
    digest=bytes(2000), relation=types.RELATION_RESPONDS_TO))
_unfit("a revision of 31 bytes", lambda header: header.references.add(
    digest=bytes(31), relation=types.RELATION_REVISES))
_unfit("3000 topics", lambda header: header.topics.extend(f"x:{n}" for n in range(3000)))
_unfit("a time that is none", lambda header: setattr(
    header.authored_time, "seconds", -2**62))
_unfit("facts of another type", lambda header: header.decision.SetInParent())
_unfit("an event id that is none", lambda header: setattr(header, "event_id", "x\ny"))
_unfit("an author with a line break", lambda header: setattr(
    header, "author", header.author + "\n"))
