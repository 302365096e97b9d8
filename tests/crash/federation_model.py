"""Which events of whom a hub must have, by everybody's policies and the ways between them; and what
is wrong with what it has. Written from what the policy says of itself (server/federation/policy.h,
server/doc/2026-11-29-federation.md), and from no code of the hub."""

import collections
import dataclasses
import typing

# Kinds of events, by the names that policies have for them.
FOLLOWING = ("amendment", "retraction", "redaction")
REGISTRY = ("organisation", "key")
RULES = "rules"

Named = typing.Optional[typing.Tuple[str, ...]]  # None is "*"


@dataclasses.dataclass(frozen=True)
class Event:
    """What an outsider knows of an event that a hub has acknowledged."""
    hub: str        # whose log took it first
    sequence: int   # there
    digest: bytes
    leaf_hash: bytes
    header: bytes
    author: str
    kind: str
    audience: str
    topics: typing.Tuple[str, ...] = ()
    about: typing.Tuple[bytes, ...] = ()  # what it amends, retracts or erases
    content: bytes = b""
    erases: bytes = b""   # whose words, where it erases those


@dataclasses.dataclass(frozen=True)
class Rule:
    name: str
    audiences: typing.Tuple[str, ...]
    topics: Named = None
    kinds: Named = None
    authors: Named = None
    withhold: bool = False

    def fits(self, event):
        return (event.audience in self.audiences
                and (self.topics is None or any(is_below(t, of) for t in event.topics
                                                for of in self.topics))
                and (self.kinds is None or event.kind in self.kinds)
                and (self.authors is None or any(event.author == a
                                                 or event.author.startswith(a + "/")
                                                 for a in self.authors)))

    def toml(self, table):
        lines = [f"[[{table}]]", f'name = "{self.name}"', f"audiences = {quoted(self.audiences)}"]
        for key, names in (("topics", self.topics), ("types", self.kinds),
                           ("authors", self.authors)):
            lines.append(f"{key} = {quoted(names)}")
        return "\n".join(lines + ["withhold = true"] * self.withhold) + "\n"


def quoted(names):
    return '"*"' if names is None else "[" + ", ".join(f'"{n}"' for n in names) + "]"


def is_below(topic, of):
    """Topics of the core scheme alone: `access.remote` is below `access`."""
    return topic == of or topic.startswith(of + ".")


def passes(rules, event, follows):
    """The first rule that fits decides, none is no. What follows something that passed does where
    any rule that lets pass names its audience."""
    if follows and event.kind in FOLLOWING and any(
            event.audience in rule.audiences and not rule.withhold for rule in rules):
        return True
    return next((not rule.withhold for rule in rules if rule.fits(event)), False)


@dataclasses.dataclass
class Link:
    """`puller` pulls the lanes of `origins` from `source`, which lets go what `send` says."""
    puller: str
    source: str
    origins: typing.Tuple[str, ...]
    send: typing.Tuple[Rule, ...]


class Expectation:
    """What follows from the policies for one origin, its events in the order of its log.

    Where what is amended comes on one way and what amends it on another, it can depend on which
    was first whether the second is seen to follow: `sure` has what arrives in any case, `possible`
    what may.
    """

    def __init__(self, origin, events, links, receive):
        """`receive`: hub -> rules for this origin's events."""
        self.origin = origin
        self.links = [link for link in links if origin in link.origins and link.puller != origin]
        self.receive = receive
        self.possible, self.may_come = self._spread(events, sure=False)
        self.sure, _ = self._spread(events, sure=True)

    def _first_there(self, hub, followed, event, seen=()):
        """Whether the hub has `followed` before `event` on whatever way that may come."""
        if hub == self.origin or hub in seen:
            return True
        return all(followed in self.may_come[link.source, hub]
                   and self._first_there(link.source, followed, event, (*seen, hub))
                   for link in self.links
                   if link.puller == hub and event.digest in self.may_come[link.source, hub]
                   and link.source in self._reached(event, hub))

    def _reached(self, event, without):
        """Hubs that may have the event although that one has it not yet."""
        reached, waiting = {self.origin}, [self.origin]
        while waiting:
            source = waiting.pop()
            for link in self.links:
                if (link.source == source and link.puller not in (without, *reached)
                        and event.digest in self.may_come[source, link.puller]):
                    reached.add(link.puller)
                    waiting.append(link.puller)
        return reached

    def _spread(self, events, sure):
        has = collections.defaultdict(set)   # hub -> digests
        went = collections.defaultdict(set)  # (source, puller) -> digests that were let go
        came = collections.defaultdict(set)  # (source, puller) -> digests that were taken
        for event in sorted(events, key=lambda e: e.sequence):
            if event.kind == RULES:
                continue
            has[self.origin].add(event.digest)
            moved = True
            while moved:
                moved = False
                for link in self.links:
                    way = (link.source, link.puller)
                    if event.digest not in has[link.source] or event.digest in went[way]:
                        continue
                    about = [d for d in event.about
                             if not sure or self._first_there(link.source, d, event)]
                    if not passes(link.send, event, any(d in went[way] for d in about)):
                        continue
                    went[way].add(event.digest)
                    moved = True
                    # Sure is what came the same way; any may have come before.
                    known = came[way] if sure else has[link.puller]
                    if passes(self.receive.get(link.puller, ()), event,
                              any(d in known for d in about)):
                        came[way].add(event.digest)
                        has[link.puller].add(event.digest)
        return has, came


def expectations(events, links, receive):
    """(hub -> digests that must be there, hub -> digests that may) of other hubs' events.
    `receive`: (hub, origin) -> rules."""
    must, may = collections.defaultdict(set), collections.defaultdict(set)
    for origin in {event.hub for event in events}:
        spread = Expectation(origin, [e for e in events if e.hub == origin], links,
                             {hub: rules for (hub, of), rules in receive.items() if of == origin})
        for hub, digests in spread.sure.items():
            if hub != origin:
                must[hub] |= digests
        for hub, digests in spread.possible.items():
            if hub != origin:
                may[hub] |= digests
    return must, may


def registries(events, links):
    """hub -> digests of what it must have heard of others' registries, whatever anybody's rules
    say: organisations and keys, and that a key was withdrawn."""
    heard = collections.defaultdict(set)
    for origin in {event.hub for event in events}:
        entries = {e.digest for e in events if e.hub == origin and e.kind in REGISTRY}
        reached, waiting = {origin}, [origin]
        while waiting:
            source = waiting.pop()
            further = {link.puller for link in links
                       if link.source == source and origin in link.origins} - reached
            reached |= further
            waiting += further
        for hub in reached - {origin}:
            heard[hub] |= entries
    return heard


@dataclasses.dataclass(frozen=True)
class Stored:
    """An event as a hub serves it."""
    sequence: int
    digest: bytes
    header: bytes
    kind: str
    content: typing.Optional[bytes]   # None where it did not come, or is erased
    personal: bool                    # whether names are there
    relayed: bool                     # by its leaf
    origin: str = ""                  # of the relayed: the hub whose log it comes from
    origin_sequence: int = 0
    origin_leaf_hash: bytes = b""


@dataclasses.dataclass
class Comparison:
    """Of one hub. All but `relayed` must be zero: those of COUNTS."""
    relayed: int = 0
    missing: int = 0     # it must have it, and has not
    own_missing: int = 0  # acknowledged here, and not here
    unasked: int = 0     # it may not have it, and has
    duplicated: int = 0  # a digest, or a place of an origin's log, that is there twice
    looped: int = 0      # its own event, come back as somebody else's
    altered: int = 0     # not as its origin acknowledged it
    unread: int = 0      # 1 where it has events that nobody could look at, or fewer than it shows
    unerased: int = 0    # words that are there beside their erasure
    signed_late: int = 0  # signed with a key that had been withdrawn
    unheard: int = 0     # of another hub's registry, and not known here
    notes: list = dataclasses.field(default_factory=list)

    def count(self, name, note):
        setattr(self, name, getattr(self, name) + 1)
        if len(self.notes) < 10:
            self.notes.append(f"{name}: {note}")


COUNTS = tuple(field.name for field in dataclasses.fields(Comparison)
               if field.name not in ("relayed", "notes"))


@dataclasses.dataclass
class Told:
    """What an outsider knows of everybody."""
    acknowledged: typing.Dict[bytes, Event]
    refused: typing.Set[bytes] = frozenset()  # signed with a key that had been withdrawn

    def erased(self):
        """digest -> digests of what erases its words."""
        found = collections.defaultdict(set)
        for said in self.acknowledged.values():
            if said.erases:
                found[said.erases].add(said.digest)
        return found


def compare(hub, stored, unread, told, must, may, anew=True):
    """What is wrong at `hub`. `unread`: how many events it has beside those that were read.
    `told`: of all hubs; `must`, `may`: digests of others' events. Unless `anew` it was read when
    words that are erased by now may have been there."""
    found = Comparison()
    acknowledged, erased = told.acknowledged, told.erased()
    if unread != 0:
        found.count("unread", f"{unread} events at {hub} beside those that it shows")
    seen, places, own = set(), set(), set()
    for one in stored:
        if one.kind == RULES and not one.relayed:
            continue
        note = f"{one.kind} at {one.sequence} of {hub}, {one.digest.hex()[:12]}"
        if one.digest in seen:
            found.count("duplicated", note)
        seen.add(one.digest)
        if one.digest in told.refused:
            found.count("signed_late", note)
            continue
        said = acknowledged.get(one.digest)
        if not one.relayed:
            own.add(one.digest)
            if said is None or said.hub != hub:
                found.count("unasked", f"{note}: nobody was told that it is here")
            continue
        found.relayed += 1
        place = (one.origin, one.origin_sequence)
        if place in places:
            found.count("duplicated", f"{note}: {place} again")
        places.add(place)
        if one.origin == hub or (said is not None and said.hub == hub):
            found.count("looped", note)
        elif said is None or one.digest not in may:
            found.count("unasked", f"{note}, from {one.origin}")
        if said is not None:
            _compare_one(one, said, erased, note, found)
    for one in stored if anew else ():
        if one.content is not None and erased.get(one.digest, set()) & seen:
            found.count("unerased", f"{one.kind} at {one.sequence} of {hub}")
    for event in acknowledged.values():
        note = f"{event.kind} {event.sequence} of {event.hub}, {event.audience}, at {hub}"
        if event.hub == hub and event.digest not in own:
            found.count("own_missing", note)
        elif event.hub != hub and event.digest in must and event.digest not in seen:
            found.count("missing", note)
    return found


def _compare_one(one, said, erased, note, found):
    """What was relayed is word for word what its origin acknowledged, and stands where it said."""
    if one.header != said.header:
        found.count("altered", f"{note}: another header")
    if (one.origin, one.origin_sequence, one.origin_leaf_hash) != (said.hub, said.sequence,
                                                                  said.leaf_hash):
        found.count("altered", f"{note}: {one.origin} {one.origin_sequence} instead of "
                               f"{said.hub} {said.sequence}")
    gone = one.content is None and one.digest in erased
    if said.content and one.content != said.content and not gone:
        found.count("altered", f"{note}: other words")
    if one.personal:
        found.count("unasked", f"{note}: with the names in it")
