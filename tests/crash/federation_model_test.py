#!/usr/bin/python3
"""Whoever checks is checked: what five_hubs.py expects and what it would find, on paper."""

import dataclasses
import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from federation_model import (
    COUNTS, Event, Link, Rule, Stored, Told, compare, expectations, passes, registries)

PUBLIC = ("a/public", "b/public", "c/public")
ALL = (Rule("all that is public", PUBLIC),)


def event(number, kind="topic-signal", hub="a", **more):
    made = dict(hub=hub, sequence=number, digest=bytes([number]) * 32,
                leaf_hash=bytes([number + 100]) * 32, header=b"header %d" % number,
                author=f"org/{hub}-one", kind=kind, audience=f"{hub}/public", topics=("access",),
                content=b"words %d" % number)
    return Event(**{**made, **more})


def stored(said, sequence, **more):
    made = dict(sequence=sequence, digest=said.digest, header=said.header, kind=said.kind,
                content=said.content, personal=False, relayed=True, origin=said.hub,
                origin_sequence=said.sequence, origin_leaf_hash=said.leaf_hash)
    return Stored(**{**made, **more})


def link(puller, source, origins="a", send=ALL):
    return Link(puller, source, tuple(origins), send)


class Rules(unittest.TestCase):
    def test_the_first_that_fits_decides(self):
        rules = (Rule("not that", PUBLIC, topics=("access",), withhold=True), *ALL)
        self.assertFalse(passes(rules, event(1), False))
        self.assertFalse(passes(rules, event(1, topics=("access.remote",)), False))
        self.assertTrue(passes(rules, event(1, topics=("accession",)), False))
        self.assertTrue(passes(tuple(reversed(rules)), event(1), False))

    def test_none_that_fits_is_no(self):
        self.assertFalse(passes((), event(1), False))
        for rule in (Rule("r", ("a/partners",)), Rule("r", PUBLIC, topics=("cyber",)),
                     Rule("r", PUBLIC, kinds=("local-report",)), Rule("r", PUBLIC, topics=()),
                     Rule("r", PUBLIC, authors=("org/a",))):
            self.assertFalse(passes((rule,), event(1), False), rule)
        self.assertTrue(passes((Rule("r", PUBLIC, authors=("org/a-one",)),),
                               event(1, author="org/a-one/desk"), False))

    def test_what_follows_passes_where_its_audience_is_named(self):
        rules = (Rule("signals", PUBLIC, kinds=("topic-signal",)),)
        self.assertFalse(passes(rules, event(1, "retraction"), False))
        self.assertTrue(passes(rules, event(1, "retraction"), True))
        self.assertFalse(passes(rules, event(1, "position"), True))
        self.assertFalse(passes(rules, event(1, "retraction", audience="a/mag"), True))
        withheld = (Rule("none", PUBLIC, withhold=True),)
        self.assertFalse(passes(withheld, event(1, "retraction"), True))


class Spread(unittest.TestCase):
    def spread(self, events, links, receive=None):
        receive = receive or {(hub, "a"): ALL for hub in "bc"}
        return expectations(events, links, receive)

    def test_from_hub_to_hub_only_where_somebody_pulls(self):
        first = event(1)
        must, may = self.spread([first], [link("b", "a")])
        self.assertEqual(dict(must), {"b": {first.digest}})
        self.assertEqual(must, may)
        must, _ = self.spread([first], [link("b", "a"), link("c", "b"), link("a", "c")])
        self.assertEqual({hub: len(has) for hub, has in must.items()}, {"b": 1, "c": 1})
        must, _ = self.spread([first], [link("b", "a"), link("c", "b", origins="b")])
        self.assertEqual(set(must), {"b"})

    def test_what_stays_on_the_way_does_not_arrive(self):
        first, second = event(1), event(2, topics=("cyber",))
        closed = (Rule("not that", PUBLIC, topics=("cyber",), withhold=True), *ALL)
        links = [link("b", "a"), link("c", "b", send=closed)]
        must, may = self.spread([first, second], links)
        self.assertEqual(must["c"], {first.digest})
        self.assertEqual(may["c"], {first.digest})
        must, _ = self.spread([first, second], [*links, link("c", "a")])  # another way
        self.assertEqual(must["c"], {first.digest, second.digest})

    def test_what_follows_goes_where_the_first_went(self):
        said, other = event(1), event(2, topics=("cyber",))
        late = [event(3, "retraction", about=(said.digest,), topics=()),
                event(4, "retraction", about=(other.digest,), topics=()),
                event(5, "redaction", about=(event(3).digest,), topics=())]
        links = [link("b", "a", send=(Rule("access", PUBLIC, topics=("access",)),))]
        must, may = self.spread([said, other, *late], links)
        self.assertEqual(must["b"], {said.digest, late[0].digest, late[2].digest})
        self.assertEqual(must, may)

    def test_what_depends_on_the_order_of_two_ways_is_possible_and_not_sure(self):
        said = event(1)
        late = event(2, "retraction", topics=(), audience="a/partners", about=(said.digest,))
        both = (Rule("all", ("a/public", "a/partners")),)
        # The signal comes to c by b, what takes it back by d; c takes that only as what follows.
        links = [link("b", "a", send=both), link("d", "a", send=both), link("c", "b"),
                 link("c", "d", send=(Rule("partners", ("a/partners",)),))]
        receive = {("b", "a"): both, ("d", "a"): both,
                   ("c", "a"): (*ALL, Rule("reports", ("a/partners",), kinds=("local-report",)))}
        must, may = self.spread([said, late], links, receive)
        self.assertEqual(must["c"], {said.digest})
        self.assertEqual(may["c"], {said.digest, late.digest})
        self.assertEqual(must["d"], {said.digest, late.digest})

    def test_what_follows_may_overtake_on_a_shorter_way(self):
        said = event(1)
        late = event(2, "retraction", topics=(), about=(said.digest,))
        signals = (Rule("signals", PUBLIC, kinds=("topic-signal",)),)
        retractions = (Rule("retractions", PUBLIC, kinds=("retraction",)),)
        # b has the retraction from a, and what it is about by d alone; c takes it as what follows.
        links = [link("b", "a", send=retractions), link("d", "a"), link("b", "d"), link("c", "b")]
        receive = {("b", "a"): ALL, ("d", "a"): ALL, ("c", "a"): signals}
        must, may = self.spread([said, late], links, receive)
        self.assertEqual(must["b"], {said.digest, late.digest})
        self.assertEqual(must["c"], {said.digest})
        self.assertEqual(may["c"], {said.digest, late.digest})
        must, _ = self.spread([said, late], links[1:], receive)
        self.assertEqual(must["c"], {said.digest, late.digest})
        # What c gives back to b comes too late to be the first.
        back = [*links[1:], link("b", "c", send=retractions)]
        self.assertEqual(self.spread([said, late], back, receive)[0]["c"], must["c"])


    def test_what_is_erased_by_now_comes_by_a_relay_where_its_own_hub_keeps_it(self):
        said, other = event(1), event(2)
        erasure = event(3, "redaction", about=(said.digest,), erases=said.digest)
        links = [link("b", "a"), link("c", "b"), link("c", "a", send=())]
        must, may = self.spread([said, other, erasure], links)
        self.assertEqual(must["c"], {said.digest, other.digest, erasure.digest})
        self.assertEqual(must, may)
        self.assertEqual(self.spread([said, other, erasure], links[:2])[0]["c"], must["c"])


class Registries(unittest.TestCase):
    def test_they_go_wherever_somebody_pulls_whatever_the_rules_say(self):
        events = [event(1, "key"), event(2, "organisation", audience="a/mag"), event(3)]
        links = [link("b", "a", send=()), link("c", "b", send=()), link("d", "a", origins="d")]
        self.assertEqual(dict(registries(events, links)),
                         {hub: {e.digest for e in events[:2]} for hub in "bc"})
        self.assertEqual(dict(registries(events[2:], links)), {"b": set(), "c": set()})


class Comparing(unittest.TestCase):
    def setUp(self):
        self.events = [event(n) for n in range(1, 6)] + [event(9, hub="b")]
        self.acknowledged = {e.digest: e for e in self.events}
        self.must = {e.digest for e in self.events[:5]}
        own = stored(self.events[5], 2, relayed=False, origin="")
        rules = Stored(1, b"r" * 32, b"rules", "rules", b"", False, False)
        self.log = [rules, own] + [stored(e, n + 3) for n, e in enumerate(self.events[:5])]

    def faults(self, log, **more):
        told = Told(more.get("acknowledged", self.acknowledged), more.get("refused", set()))
        found = compare("b", log, more.get("unread", 0), told, more.get("must", self.must),
                        more.get("may", self.must), more.get("anew", True))
        return {name: getattr(found, name) for name in COUNTS if getattr(found, name)}

    def test_what_is_as_it_should_be_has_no_faults(self):
        self.assertEqual(self.faults(self.log), {})
        told = Told(self.acknowledged)
        self.assertEqual(compare("b", self.log, 0, told, self.must, self.must).relayed, 5)

    def test_what_nobody_can_look_at_is_counted(self):
        self.assertEqual(self.faults(self.log, unread=1), {"unread": 1})
        self.assertEqual(self.faults(self.log, unread=-1), {"unread": 1})

    def test_each_fault_is_found(self):
        replaced = lambda at, **more: (self.log[:at] + [dataclasses.replace(self.log[at], **more)]
                                       + self.log[at + 1:])
        cases = {
            "one taken away": (self.log[:4] + self.log[5:], {"missing": 1}),
            "all taken away": (self.log[:2], {"missing": 5}),
            "its own taken away": (self.log[:1] + self.log[2:], {"own_missing": 1}),
            "twice": (self.log + [self.log[3]], {"duplicated": 2}),
            "another one in its place": (replaced(3, origin_sequence=3),
                                         {"duplicated": 1, "altered": 1}),
            "its own, come back": (self.log + [stored(self.events[5], 8)],
                                   {"duplicated": 1, "looped": 1, "altered": 0}),
            "another header": (replaced(3, header=b"other"), {"altered": 1}),
            "renumbered": (replaced(3, origin_sequence=77), {"altered": 1}),
            "another leaf": (replaced(3, origin_leaf_hash=bytes(32)), {"altered": 1}),
            "another origin": (replaced(3, origin="c"), {"altered": 1}),
            "other words": (replaced(3, content=b"other"), {"altered": 1}),
            "no words": (replaced(3, content=None), {"altered": 1}),
            "with names": (replaced(3, personal=True), {"unasked": 1}),
            "made up": (self.log + [stored(event(50), 8)], {"unasked": 1}),
            "as its own": (replaced(3, relayed=False), {"unasked": 1}),
        }
        for name, (log, faults) in cases.items():
            with self.subTest(name):
                self.assertEqual(self.faults(log), {k: v for k, v in faults.items() if v})

    def test_words_must_not_be_there_beside_their_erasure(self):
        said, own = self.events[2], self.events[5]
        for target, at in ((said, 4), (own, 1)):
            with self.subTest(target.hub):
                erasure = event(30, "redaction", hub=target.hub, about=(target.digest,),
                                erases=target.digest)
                theirs = target is said
                come = stored(erasure, 9, relayed=theirs, origin="a" if theirs else "")
                more = {"acknowledged": {**self.acknowledged, erasure.digest: erasure}}
                more["must"] = more["may"] = self.must | ({erasure.digest} if theirs else set())
                self.assertEqual(self.faults(self.log + [come], **more), {"unerased": 1})
                # Of what was read before nobody knows what it is now.
                self.assertEqual(self.faults(self.log + [come], anew=False, **more), {})
                gone = dataclasses.replace(self.log[at], content=None)
                log = self.log[:at] + [gone] + self.log[at + 1:]
                self.assertEqual(self.faults(log + [come], **more), {})
        # Nowhere may they be others.
        log = self.log[:4] + [dataclasses.replace(self.log[4], content=b"other")] + self.log[5:]
        self.assertEqual(self.faults(log), {"altered": 1})

    def test_what_was_signed_too_late_is_nowhere(self):
        late = event(40)
        for come in (stored(late, 9), stored(late, 9, relayed=False, origin="")):
            self.assertEqual(self.faults(self.log + [come], refused={late.digest}),
                             {"signed_late": 1})

    def test_what_the_policy_keeps_must_not_be_there(self):
        fewer = self.must - {self.events[2].digest}
        self.assertEqual(self.faults(self.log, must=fewer, may=fewer), {"unasked": 1})
        self.assertEqual(self.faults(self.log, must=fewer), {})  # it may, and need not


if __name__ == "__main__":
    unittest.main()
