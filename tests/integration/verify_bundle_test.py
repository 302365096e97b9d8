#!/usr/bin/python3
"""The Python verifier on bundles that other code made: true ones, damaged ones, and lies that a log
has signed. What is wrong is found and has its name. Prints its seed and what it changed.
"""

import argparse
import collections
import copy
import hashlib
import io
import json
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import unittest

PROJECT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT / "client/verify"), str(PROJECT / "tests/support")]

import fictional_log as fictional  # noqa: E402
from contract import bodies, types  # noqa: E402
from fictional_log import FictionalLog, encode  # noqa: E402
from liaison_verify import check, note, record, trust  # noqa: E402

VERIFY = PROJECT / "client/verify/verify.py"
SECRETARIAT, EURODIG, APNIC = "org/igf-secretariat", "org/eurodig", "org/apnic"
CONTENT, PERSONAL, ATTACHMENTS = 1, 2, 3

seed = random.SystemRandom().randrange(2**32)
counted = collections.Counter()
listeners = []  # told of everything that was checked


class Story:
    """A short record with everything in it."""

    def __init__(self, number=0):
        log = self.log = FictionalLog(seed + number)
        self.k1, self.k2 = log.new_key(), log.new_key()
        log.rules()
        log.organisation(SECRETARIAT, types.ORGANISATION_KIND_SECRETARIAT)
        log.organisation(EURODIG, types.ORGANISATION_KIND_NRI_REGIONAL)
        log.organisation(APNIC, types.ORGANISATION_KIND_TECHNICAL_COMMUNITY)
        log.key_event(EURODIG, self.k1)
        self.erased_by_author = log.signal(EURODIG, self.k1, sections=(CONTENT, PERSONAL))
        log.key_event(EURODIG, self.k2, by=self.k1)
        self.erased_by_secretariat = log.signal(APNIC)
        self.signed = log.signal(EURODIG, self.k2, sections=(CONTENT, PERSONAL, ATTACHMENTS))
        log.key_event(EURODIG, self.k1, by=self.k2, action=bodies.KEY_ACTION_REVOKE)
        log.redaction(EURODIG, self.erased_by_author, PERSONAL, self.k2)
        self.hidden = [log.signal(APNIC, audience="igf/mag") for _ in range(2)]
        log.redaction(SECRETARIAT, self.erased_by_secretariat, CONTENT)
        self.left_out = log.signal(APNIC, sections=(CONTENT, PERSONAL))
        self.other = FictionalLog(seed + number + 1, "hub.example.net/liaison")
        self.other.rules()
        self.other_key = self.other.new_key()
        self.other.signal("org/arab-igf")
        self.other.signal("org/lacigf", self.other_key)
        self.relayed = [log.relay(self.other, sequence) for sequence in (2, 3)]
        self.erased_later = log.signal(APNIC)
        self.last = log.signal(EURODIG, self.k2)
        self.later = log.redaction(SECRETARIAT, self.erased_later, CONTENT)
        log.signal(APNIC)

    def bundle(self, **more):
        return self.log.bundle(hidden=self.hidden, not_included={(self.left_out, PERSONAL)},
                               **more)

    def partial(self):
        """From the middle on, to before the redaction of what is erased in it."""
        return self.bundle(first=self.signed, last=self.last, later=[self.later],
                           older=[3, self.signed + 1])


COMMITMENT = bytes.fromhex("62240801")  # of the content
# Of a topic signal, which is type 10. Protobuf's parsers read them all, as if they were not odd.
ODDLY = [
    lambda header: header + bytes.fromhex("208a80808010"),  # type: 2^32 + 10
    lambda header: header + bytes.fromhex("208a808080808080808001"),  # 2^63 + 10
    lambda header: header + bytes.fromhex("a0808080000a"),  # type, its tag in five bytes
    lambda header: header + bytes.fromhex("a0808080100a"),  # its tag beyond 32 bits
    lambda header: header.replace(COMMITMENT, bytes.fromhex("6228088180808010")),  # 2^32 + 1
    lambda header: header + bytes.fromhex("fb3f") * 100 + bytes.fromhex("fc3f") * 100,
]
# And these none of them.
TOO_ODDLY = [
    lambda header: header + bytes.fromhex("a080808080000a"),  # a tag in six bytes
    lambda header: header + bytes.fromhex("0a8b8080808000") + b"org/eurodig",  # a size
    lambda header: header + bytes.fromhex("fb3f") * 101 + bytes.fromhex("fc3f") * 101,
    lambda header: header.replace(COMMITMENT, bytes.fromhex("622d08ffffffffffffffffff01")),  # -1
]


class Written:
    """An EventHeader that is serialised otherwise."""

    def __init__(self, header, oddly):
        self.__dict__.update(header=header, oddly=oddly)

    def __getattr__(self, name):
        return getattr(self.header, name)

    def __setattr__(self, name, value):
        setattr(self.header, name, value)

    def SerializeToString(self):
        plain = self.header.SerializeToString()
        odd = self.oddly(plain)
        assert odd != plain
        return odd


def add_oddly(log, key, oddly):
    """A signal of EURODIG's that wrote its header so."""
    header = log.header(EURODIG, types.EVENT_TYPE_TOPIC_SIGNAL)
    header.topic_signal.purpose = types.PURPOSE_INFORMATION
    return log.add(Written(header, oddly), [(CONTENT, b"fictional")], key)


def trust_in(log, **more):
    return trust.Trust(note.parse_vkey(log.key.vkey), **more)


def erases(log, author, digest, key=None):
    """A redaction in that log of an event of another."""
    header = log.header(author, types.EVENT_TYPE_REDACTION)
    header.redaction.target_digest = digest
    header.redaction.section = CONTENT
    header.redaction.reason = 1
    return log.add(header, [(1, b"why")], key, kind=4, extra=struct.pack(">QHH", 1, CONTENT, 1))


def check_file(data, trusted):
    report = check.check_bundle(io.BytesIO(data), trusted)
    for listener in listeners:
        listener(data, trusted, report)
    return report


def names_of(report):
    return {fault.name for fault in report.faults}


class Bundles(unittest.TestCase):
    """What is true passes, and is told in numbers."""

    def valid(self, records, log, **more):
        report = check_file(encode(records), trust_in(log, **more))
        self.assertEqual([], report.faults)
        counted["true bundles"] += 1
        return report

    def test_everything(self):
        story = Story()
        report = self.valid(story.bundle(), story.log,
                            origins=[note.parse_vkey(story.other.key.vkey)])
        self.assertEqual((report.first, report.last, report.events, report.hidden),
                         (1, story.log.size, story.log.size - 2, 2))
        self.assertEqual(report.sections, {"opened": 18, "erased_with_authority": 3, "missing": 0,
                                           "not_included": 1})
        self.assertEqual(report.signatures, {"verified": 6, "attested": 12, "of_another_hub": 1})
        self.assertEqual(report.foreign, {"shown": 2, "not_checked": 0})
        registry = {name: report.registry[name] for name in ("size", "organisations", "keys")}
        self.assertEqual(registry, {"size": 6, "organisations": 3, "keys": 2})
        self.assertEqual(report.still_here, [])

    def test_every_range_at_every_size(self):
        story = Story()
        for size in range(story.last, story.log.size + 1):
            for first in range(1, size + 2):
                for last in range(first - 1, size + 1):
                    within = range(first, last + 1)
                    later = [r for r, t in ((11, story.erased_by_author),
                                            (14, story.erased_by_secretariat),
                                            (story.later, story.erased_later))
                             if t in within and r not in within and r <= size]
                    if size < story.later and story.erased_later in within:
                        continue  # erased, and the redaction not yet covered
                    self.valid(story.bundle(first=first, last=last, size=size, later=later),
                               story.log)

    def test_relayed_event_of_an_unknown_hub_is_told(self):
        story = Story()
        self.assertEqual(self.valid(story.bundle(), story.log).foreign,
                         {"shown": 0, "not_checked": 2})

    def test_what_another_hub_erased(self):
        other = FictionalLog(seed + 1, "hub.example.net/liaison")
        other.rules()
        other.redaction("org/fictional-secretariat", other.signal("org/arab-igf"), CONTENT)
        log = FictionalLog(seed)
        log.rules()
        for sequence in (2, 3):
            log.relay(other, sequence)
        sections = self.valid(log.bundle(), log).sections
        self.assertEqual(sections["erased_with_authority"], 1)

    def test_what_another_hub_erased_before_it_came(self):
        """By another way, on which its redaction was the quicker one."""
        other = FictionalLog(seed + 1, "hub.example.net/liaison")
        other.rules()
        other.redaction("org/fictional-secretariat", other.signal("org/arab-igf"), CONTENT)
        log = FictionalLog(seed)
        log.rules()
        for sequence in (3, 2):
            log.relay(other, sequence)
        sections = self.valid(log.bundle(), log).sections
        self.assertEqual((sections["erased_with_authority"], sections["missing"]), (1, 0))

    def test_what_one_key_erased_from_elsewhere(self):
        other, elsewhere = (FictionalLog(seed + n, f"hub{n}.example.net/liaison") for n in (1, 2))
        key = other.new_key()
        other.rules()
        other.signal("org/arab-igf", key)
        log = FictionalLog(seed)
        log.rules()
        target = log.relay(other, 2)
        erases(elsewhere, "org/arab-igf", log.digest(target), key)
        log.relay(elsewhere, 1)
        log.erase(target, CONTENT)
        sections = self.valid(log.bundle(), log).sections
        self.assertEqual(sections["erased_with_authority"], 1)

    def test_no_other_hub_spoils_what_was_erased_here(self):
        """It may say so before: whoever has no say is not heard, and makes nothing a fault."""
        elsewhere = FictionalLog(seed + 1, "hub.example.net/liaison")
        log = FictionalLog(seed)
        log.organisation(SECRETARIAT, types.ORGANISATION_KIND_SECRETARIAT)
        target = log.signal("org/arab-igf")
        erases(elsewhere, "org/arab-igf", log.digest(target))
        log.relay(elsewhere, 1)
        self.assertEqual(self.valid(log.bundle(), log).sections["erased_with_authority"], 0)
        log.redaction(SECRETARIAT, target, CONTENT)
        sections = self.valid(log.bundle(), log).sections
        self.assertEqual((sections["erased_with_authority"], sections["missing"]), (1, 0))

    def test_marks(self):
        log = FictionalLog(seed)
        log.rules()
        for _ in range(2 * fictional.MARK_EVERY):
            log.add_hash(log.random.randbytes(32))
        log.signal(APNIC)
        for first, last, marks in ((1, log.size, 2), (2, 4096, 1), (4096, 4096, 1), (4097, 8191, 0),
                                   (4097, 8192, 1), (8193, 8194, 0)):
            records = log.bundle(first=first, last=last)
            self.assertEqual(sum(kind == "M" for kind, _ in records), marks)
            self.valid(records, log)

    def test_section_that_was_to_be_erased_is_told(self):
        log = FictionalLog(seed)
        log.organisation(SECRETARIAT, types.ORGANISATION_KIND_SECRETARIAT)
        kept, gone = log.signal(APNIC), log.signal(APNIC)
        log.redaction(APNIC, kept, CONTENT, erase=False)
        log.redaction(APNIC, gone, CONTENT)
        log.redaction(SECRETARIAT, gone, CONTENT)
        self.assertEqual(self.valid(log.bundle(), log).still_here, [(kept, "content")])

    def test_header_that_is_written_oddly(self):
        for oddly in ODDLY:
            story = Story()
            add_oddly(story.log, story.k2, oddly)
            self.valid(story.bundle(), story.log)

    def test_memory_does_not_grow_with_hidden_runs(self):
        log = FictionalLog(seed)
        log.rules()
        records = log.bundle(first=2, last=1)
        self.assertEqual(self.valid(records, log).events, 0)

    def test_checkpoint_that_was_kept(self):
        story = Story()
        log = story.log
        for size in range(1, log.size + 1):
            self.valid(story.bundle(), log, since=log.note(size))
        self.valid(story.partial(), log, since=log.note(3))
        self.valid(story.partial(), log, since=log.note(story.last))
        for since, records in ((log.note(4), story.partial()),
                               (log.note(3, root=bytes(32)), story.partial()),
                               (log.note(7, root=bytes(32)), story.bundle()),
                               (log.note(root=bytes(32)), story.bundle()),
                               (story.other.note(), story.bundle()),
                               (b"no note\n", story.bundle())):
            report = check_file(encode(records), trust_in(log, since=since))
            self.assertEqual(names_of(report), {"checkpoint"})

    def test_witnesses(self):
        story = Story()
        seen, unseen = (story.log.new_key(name, 4) for name in ("w1.example", "w2.example"))
        records = story.bundle(cosigners=[seen])

        def policy(quorum):
            return note.parse_policy(f"log {story.log.key.vkey}\nwitness one {seen.vkey}\n"
                                     f"witness two {unseen.vkey} https://w2.example/\n"
                                     f"group both all one two\ngroup any-of any both\n"
                                     f"quorum {quorum}\n")

        report = self.valid(records, story.log, policy=policy("one"))
        self.assertEqual([name for name, _ in report.signers], [story.log.origin, "w1.example"])
        self.valid(records, story.log, policy=policy("none"))
        for quorum in ("two", "both", "any-of"):
            report = check_file(encode(records), trust_in(story.log, policy=policy(quorum)))
            self.assertEqual(names_of(report), {"witness"})
        text = fictional.checkpoint_text(story.log.origin, 1, bytes(32))
        records[1][1][0][1] = story.log.note() + seen.line(text, 1_790_000_000)
        report = check_file(encode(records), trust_in(story.log, policy=policy("none")))
        self.assertEqual(names_of(report), {"witness"}, "it has seen something else")
        self.assertRaises(note.NoteError, note.parse_policy, "# of yesterday\r\nquorum none\n")


# Which names a changed field may have. A field that is hashed into the tree is also a fault of the
# root; that alone would not do, where something more telling is known.
TELLING = {
    ("B", "origin"): {"format", "checkpoint"},
    ("B", "vkey"): {"format", "checkpoint"},
    ("B", "first"): {"format", "root", "sequence"},
    ("B", "last"): {"format", "root"},
    ("C", "note"): {"checkpoint"},
    ("O", "proof"): {"format", "checkpoint"},
    ("O", "note"): {"format", "checkpoint"},
    ("G", "note"): {"registry-checkpoint"},
    ("K", "leaf"): {"registry"},
    ("K", "header"): {"registry"},
    ("P", "left"): {"format", "root"},
    ("P", "right"): {"format", "root"},
    ("E", "leaf"): {"format", "leaf", "sequence", "header", "registry-size", "author-key",
                    "author-signature", "redaction", "root", "foreign"},
    ("E", "header"): {"format", "header"},
    ("E", "sections"): {"format"},
    ("E", "kind"): {"format", "section"},
    ("E", "status"): {"format", "section", "redaction"},
    ("E", "salt"): {"section"},
    ("E", "data"): {"format", "section"},
    ("F", "leaf"): {"format", "foreign"},
    ("F", "proof"): {"foreign"},
    ("H", "hash"): {"root"},
    ("M", "sequence"): {"format"},
    ("M", "hashes"): {"root"},
    ("L", "leaf"): {"format", "redaction"},
    ("L", "header"): {"format", "header", "redaction"},
    ("L", "proof"): {"format", "redaction"},
}


class Damage(unittest.TestCase):
    """Every field of every record, changed, with an end record that is true of the damage."""

    def setUp(self):
        self.random = random.Random(seed)

    def found(self, records, story, expected, what, encoded=None):
        report = check_file(encoded or encode(records), trust_in(
            story.log, origins=[note.parse_vkey(story.other.key.vkey)]))
        self.assertFalse(report.valid, f"{what}: nobody minds")
        self.assertTrue(names_of(report) & expected, f"{what}: {report.faults}")
        counted["changes found"] += 1
        return report

    def change_every_field(self, records, story, times):
        for kind, fields in records:
            for field in fields:
                name, data = field
                for _ in range(times if data else 0):
                    bit = self.random.randrange(8 * len(data))
                    field[1] = (int.from_bytes(data, "big") ^ 1 << bit).to_bytes(len(data), "big")
                    if self.says_not_included(kind, name, field[1]):
                        continue
                    self.found(records, story, TELLING[kind, name],
                               f"bit {bit} of {name} in {kind}")
                    counted[f"changed {kind} {name}"] += 1
                field[1] = data

    @staticmethod
    def says_not_included(kind, name, data):
        """The exporter's own word, which nothing disproves."""
        return (kind, name, data) == ("E", "status", bytes([fictional.NOT_INCLUDED]))

    def test_every_field_of_a_whole_bundle(self):
        story = Story()
        self.change_every_field(story.bundle(older=[2, 9]), story, 6)

    def test_every_field_of_a_part(self):
        story = Story()
        self.change_every_field(story.partial(), story, 6)

    def test_marks(self):
        story = Story()
        for _ in range(4200):
            story.log.add_hash(story.log.random.randbytes(32))
        records = story.bundle()
        mark = [record for record in records if record[0] == "M"]
        self.change_every_field_of(records, mark, story)
        hidden = [record for record in records if record[0] == "H"][-2]
        field = hidden[1][5]
        field[1] = bytes(32)
        report = self.found(records, story, {"root"}, "a hidden event before a mark")
        self.assertEqual([fault.where for fault in report.faults], ["mark 4096", "range"])

    def test_marks_are_where_they_belong(self):
        story = Story()
        for _ in range(2 * fictional.MARK_EVERY):
            story.log.add_hash(story.log.random.randbytes(32))
        records = story.bundle()
        marks = [at for at, record in enumerate(records) if record[0] == "M"]
        self.assertEqual(len(marks), 2)
        for at in marks:
            self.found(records[:at] + records[at + 1:], story, {"format"}, "no mark")
            self.found(records[:at + 1] + records[at:], story, {"format"}, "a mark twice")
        early = records[:6] + [records[marks[0]]] + records[6:]
        self.found(early, story, {"format"}, "a mark early")

    def change_every_field_of(self, records, chosen, story):
        for kind, fields in chosen:
            for field in fields:
                data = field[1]
                for _ in range(20):
                    bit = self.random.randrange(8 * len(data))
                    field[1] = (int.from_bytes(data, "big") ^ 1 << bit).to_bytes(len(data), "big")
                    self.found(records, story, TELLING[kind, field[0]], f"{kind} {field[0]}")
                    counted[f"changed {kind} {field[0]}"] += 1
                field[1] = data

    def test_every_record_left_out_doubled_or_moved(self):
        story = Story()
        whole = story.bundle(older=[2, 9])
        for at in range(len(whole)):
            left_out = whole[:at] + whole[at + 1:]
            doubled = whole[:at + 1] + whole[at:]
            moved = left_out[:at + 1] + [whole[at]] + left_out[at + 1:]
            for what, records in (("left out", left_out), ("doubled", doubled), ("moved", moved)):
                kind = whole[at][0]
                if records == whole or kind in "OF" and what == "left out":
                    continue  # both are there for whoever wants them
                self.found(copy.deepcopy(records), story, {"format", "root", "registry"},
                           f"record {at}, {kind}, {what}")

    def test_cut_off_anywhere(self):
        story = Story()
        data = encode(story.bundle())
        cuts = [self.random.randrange(len(data)) for _ in range(200)] + [0, 1, len(data) - 1]
        for cut in cuts:
            self.found(None, story, {"format"}, f"cut at {cut}", encoded=data[:cut] or b"\n")
        self.found(None, story, {"format"}, "without an end", encode(story.bundle(), end=False))
        self.found(None, story, {"format"}, "a byte behind", data + b"\0")

    def test_any_bit_of_the_file(self):
        story = Story()
        data = encode(story.bundle())
        for _ in range(500):
            bit = self.random.randrange(8 * len(data))
            spoilt = bytearray(data)
            spoilt[bit // 8] ^= 1 << bit % 8
            report = self.found(None, story, check_names(), f"bit {bit}", bytes(spoilt))
            self.assertTrue(names_of(report) & {"digest", "format", "checkpoint",
                                                "registry-checkpoint"})

    def test_records_of_another_size_than_their_fields(self):
        story = Story()
        for size in (0, 31, 33):
            records = story.bundle()
            at = next(i for i, record in enumerate(records) if record[0] == "H")
            self.found(records[:at - 1] + [["H", [["hash", bytes(size)]]]] + records[at - 1:],
                       story, {"format"}, f"hidden events in {size} bytes")
        for at, record in enumerate(story.bundle()):
            if record[0] in "BPEM":
                records = story.bundle()
                records[at][1].append(["more", b"\0"])
                self.found(records, story, {"format"}, f"a byte more in {record[0]}")

    def test_end_record_counts(self):
        story = Story()
        data = bytearray(encode(story.bundle()))
        for at in range(len(data) - 56, len(data)):
            data[at] ^= 1
            self.found(None, story, {"digest"}, f"byte {at}", bytes(data))
            data[at] ^= 1


def check_names():
    text = (PROJECT / "proto/record/BUNDLE.md").read_text()
    table = text[text.index("| name | it is a fault when |"):]
    return {line.split("`")[1] for line in table.split("\n\n")[0].splitlines() if "`" in line[:4]}


class Lies(unittest.TestCase):
    """A dishonest hub: whatever it says, it signs, and the tree is right. Each has one name."""

    def setUp(self):
        self.log = FictionalLog(seed)
        self.key = self.log.new_key()
        self.log.rules()
        self.log.organisation(SECRETARIAT, types.ORGANISATION_KIND_SECRETARIAT)
        self.log.organisation(EURODIG, types.ORGANISATION_KIND_NRI_REGIONAL)
        self.log.organisation(APNIC, types.ORGANISATION_KIND_TECHNICAL_COMMUNITY)
        self.log.key_event(EURODIG, self.key)

    def named(self, *names, records=None):
        report = check_file(encode(records or self.log.bundle()), trust_in(self.log))
        self.assertEqual(names_of(report), set(names), report.faults)
        self.assertLessEqual(names_of(report), check_names())
        counted["lies named"] += 1
        return report

    def test_truth(self):
        self.log.signal(EURODIG, self.key)
        self.named()

    def test_words_that_the_author_did_not_sign(self):
        self.log.signal(EURODIG, self.key, signature=self.log.random.randbytes(64))
        self.named("author-signature")

    def test_key_that_nobody_has(self):
        self.log.signal(EURODIG, self.log.new_key())
        self.named("author-key")

    def test_key_of_somebody_else(self):
        self.log.signal(APNIC, self.key)
        self.named("author-key")

    def test_key_before_it_was_added(self):
        later = self.log.new_key()
        self.log.signal(EURODIG, later)
        self.log.key_event(EURODIG, later)
        self.named("author-key")

    def test_key_after_it_was_revoked(self):
        self.log.key_event(EURODIG, self.key, by=self.key, action=bodies.KEY_ACTION_REVOKE)
        self.log.signal(EURODIG, self.key)
        self.named("author-key")

    def test_revoked_key_with_an_old_registry_size(self):
        size = len(self.log.registry)
        self.log.key_event(EURODIG, self.key, by=self.key, action=bodies.KEY_ACTION_REVOKE)
        self.log.signal(EURODIG, self.key, lie={"registry_size": size})
        self.named("registry-size")

    def test_hidden_revocation(self):
        """The log has it, the registry does not."""
        self.log.key_event(EURODIG, self.key, by=self.key, action=bodies.KEY_ACTION_REVOKE)
        self.log.registry.pop()
        self.log.registry_tree.leaves.pop()
        self.log.signal(EURODIG, self.key)
        self.named("registry-entry")

    def test_hidden_key(self):
        """The registry has it, the log has another event in its place."""
        size = len(self.log.registry)
        self.log.key_event(EURODIG, self.log.new_key())
        self.log.entries.pop()
        self.log.tree.leaves.pop()
        self.log.signal(APNIC, lie={"registry_size": size})
        self.named("registry-entry")

    def test_registry_event_that_is_hidden(self):
        self.named("registry-entry", records=self.log.bundle(hidden=[3]))

    def test_key_without_possession(self):
        self.log.key_event(EURODIG, self.log.new_key(), possession=bytes(64))
        self.named("registry")

    def test_key_of_low_order(self):
        for public in (bytes([1]) + bytes(31), bytes(32), b"\xee" + b"\xff" * 30 + b"\x7f"):
            self.setUp()
            self.log.key_event(EURODIG, self.key, public=public, possession=bytes(64))
            self.named("registry")

    def test_key_that_comes_back(self):
        self.log.key_event(EURODIG, self.key, by=self.key, action=bodies.KEY_ACTION_REVOKE)
        self.log.key_event(EURODIG, self.key)
        self.named("registry")

    def test_revocation_of_somebody_elses_key(self):
        self.log.key_event(APNIC, self.key, action=bodies.KEY_ACTION_REVOKE)
        self.named("registry")

    def test_revocation_of_a_key_that_nobody_has(self):
        self.log.key_event(EURODIG, self.log.new_key(), action=bodies.KEY_ACTION_REVOKE)
        self.named("registry")

    def change_registry_leaf(self, index, at, data):
        leaf, header = self.log.registry[index]
        leaf = leaf[:at] + data + leaf[at + len(data):]
        self.log.registry[index] = leaf, header
        self.log.registry_tree.leaves[index] = hashlib.sha256(b"\0" + leaf).digest()

    def test_registry_entry_of_another_index(self):
        self.change_registry_leaf(1, 2, fictional.number(8, 7))
        self.named("registry")

    def test_registry_entry_of_another_sequence(self):
        self.change_registry_leaf(1, 10, fictional.number(8, 2))
        self.named("registry")

    def test_registry_entry_of_another_kind(self):
        self.change_registry_leaf(1, 1, fictional.number(1, 2))
        self.named("registry")

    def test_registry_entry_of_an_unknown_version(self):
        self.change_registry_leaf(1, 0, fictional.number(1, 2))
        self.assertIn("registry", names_of(check_file(encode(self.log.bundle()),
                                                      trust_in(self.log))))

    def test_key_that_adds_itself(self):
        fresh = self.log.new_key()
        self.log.key_event(EURODIG, fresh, by=fresh)
        self.named("registry", "author-key")

    def test_time_that_goes_back(self):
        self.log.signal(APNIC, lie={"time": 5})
        self.named("sequence")

    def test_sequence_of_another(self):
        self.log.signal(APNIC, lie={"sequence": 3})
        self.named("sequence")

    def test_leaf_of_another_version(self):
        self.log.signal(APNIC, lie={"version": 2})
        self.named("leaf")

    def test_leaf_of_an_unknown_kind(self):
        self.log.signal(APNIC, kind=9)
        self.named("leaf")

    def test_signed_leaf_that_says_attested(self):
        self.log.signal(EURODIG, self.key, kind=record.ATTESTED)
        self.named("leaf")

    def test_attested_leaf_with_a_signature(self):
        self.log.signal(APNIC, lie={"signature": self.log.random.randbytes(64)})
        self.named("leaf")

    def test_leaf_with_a_key_and_no_signature(self):
        self.log.signal(EURODIG, self.key, signature=bytes(64))
        self.named("leaf")

    def test_registry_leaf_with_a_signature_and_no_key(self):
        self.log.organisation("org/lacigf", types.ORGANISATION_KIND_NRI_REGIONAL,
                              lie={"signature": self.log.random.randbytes(64)})
        self.named("leaf", "registry")

    def test_facts_of_another_type(self):
        header = self.log.header(APNIC, types.EVENT_TYPE_TOPIC_SIGNAL)
        header.local_report.SetInParent()
        self.log.add(header, [(CONTENT, b"a signal")])
        self.named("header")

    def test_name_that_would_write_a_verdict(self):
        self.log.signal("org/\x1b[8mx\nVALID: everything\u202e\x9b", self.key)
        lines = self.named("author-key").to_text().split("\n")
        self.assertEqual([line for line in lines if not line.isprintable()], [])
        self.assertEqual([line.split(":")[0] for line in lines if "VALID:" in line],
                         ["FAULT author-key", "INVALID"])

    def test_header_that_no_parser_reads(self):
        for oddly in TOO_ODDLY:
            self.setUp()
            add_oddly(self.log, self.key, oddly)
            self.named("header")

    def test_header_of_another_event(self):
        self.log.signal(APNIC, lie={"digest": self.log.digest(2)})
        self.named("header")

    def test_header_that_names_a_key_in_an_attested_leaf(self):
        self.log.signal(EURODIG, self.key, kind=record.ATTESTED,
                        lie={"key_hash": bytes(32), "signature": bytes(64)})
        self.named("header")

    def test_registry_header_that_names_a_key_in_an_attested_leaf(self):
        self.log.organisation("org/lacigf", types.ORGANISATION_KIND_NRI_REGIONAL, self.key,
                              lie={"kind": record.ATTESTED, "key_hash": bytes(32),
                                   "signature": bytes(64)})
        self.named("header", "registry")

    def test_registry_event_that_its_author_did_not_sign(self):
        self.log.key_event(EURODIG, self.log.new_key(), by=self.key,
                           signature=self.log.random.randbytes(64))
        self.named("author-signature", "registry")

    def test_rules_in_the_leaf_alone(self):
        self.log.signal(APNIC, kind=record.RULES, extra=b"\0\0\0\2")
        self.named("leaf")

    def test_redaction_by_somebody_who_has_no_say(self):
        target = self.log.signal(EURODIG, self.key)
        self.log.redaction(APNIC, target, CONTENT)
        self.named("redaction")

    def test_redaction_by_a_retired_secretariat(self):
        target = self.log.signal(EURODIG, self.key)
        self.log.organisation(SECRETARIAT, types.ORGANISATION_KIND_SECRETARIAT, retired=True)
        self.log.redaction(SECRETARIAT, target, CONTENT)
        self.named("redaction")

    def test_redaction_of_another_section(self):
        target = self.log.signal(EURODIG, self.key, sections=(CONTENT, PERSONAL))
        self.log.redaction(EURODIG, target, PERSONAL, erase=False)
        self.log.erase(target, CONTENT)
        self.named("redaction")

    def test_redaction_whose_leaf_names_another_event(self):
        target = self.log.signal(EURODIG, self.key)
        self.log.redaction(EURODIG, target, CONTENT,
                           extra=fictional.struct.pack(">QHH", 2, CONTENT, 1))
        self.named("redaction")

    def test_erased_and_no_redaction(self):
        self.log.erase(self.log.signal(EURODIG, self.key), CONTENT)
        report = self.named("redaction")
        self.assertEqual(report.sections["missing"], 1)

    def test_missing_section(self):
        target = self.log.signal(EURODIG, self.key, sections=(CONTENT, PERSONAL))
        self.log.entries[target - 1].sections.pop()
        self.named("missing")

    def test_section_that_nobody_committed_to(self):
        target = self.log.signal(EURODIG, self.key)
        self.log.entries[target - 1].sections.append([PERSONAL, 1, bytes(32), b"a name"])
        self.named("section")

    def test_sections_out_of_order(self):
        target = self.log.signal(EURODIG, self.key, sections=(CONTENT, PERSONAL))
        self.log.entries[target - 1].sections.reverse()
        self.named("section")

    def test_later_redaction_that_erases_nothing(self):
        target = self.log.signal(EURODIG, self.key)
        redaction = self.log.redaction(EURODIG, target, CONTENT)
        self.named("redaction", records=self.log.bundle(last=target - 1, later=[redaction]))

    def test_checkpoint_of_another_tree(self):
        self.log.signal(APNIC)
        records = self.log.bundle()
        records[1][1][0][1] = self.log.note(root=bytes(32))
        self.named("root", records=records)

    def test_checkpoint_by_another_key(self):
        self.log.key = self.log.new_key(self.log.origin)
        honest = FictionalLog(seed)
        report = check_file(encode(self.log.bundle()), trust_in(honest))
        self.assertEqual(names_of(report), {"checkpoint"})

    def test_checkpoint_of_another_log(self):
        self.log.origin = "hub.example.net/liaison"
        honest = FictionalLog(seed)
        self.assertEqual(names_of(check_file(encode(self.log.bundle()), trust_in(honest))),
                         {"checkpoint"})

    def test_more_events_than_the_checkpoint_covers(self):
        records = self.log.bundle()
        records[1][1][0][1] = self.log.note(self.log.size - 1)
        self.named("format", records=records)

    def test_registry_of_another_root_or_size(self):
        size, origin = len(self.log.registry), f"{self.log.origin}/registry"
        root = self.log.registry_tree.root(0, size)
        for told, said in ((size, bytes(32)), (size + 1, root)):
            text = fictional.checkpoint_text(origin, told, said)
            records = self.log.bundle()
            records[2][1][0][1] = text + b"\n" + self.log.registry_key.line(text)
            self.named("registry", records=records)

    def test_registry_that_a_witness_has_not_seen(self):
        witness = self.log.new_key("w.example", 4)
        policy = note.parse_policy(f"witness w {witness.vkey}\nquorum none\n")
        records = self.log.bundle()
        records[2][1][0][1] += witness.line(b"something else\n", 1_790_000_000)
        report = check_file(encode(records), trust_in(self.log, policy=policy))
        self.assertEqual(names_of(report), {"witness"})

    def test_registry_signed_by_another_key(self):
        records = self.log.bundle()
        other = self.log.new_key(f"{self.log.origin}/registry")
        records[2][1][0][1] = self.log.registry_note(other)
        self.named("registry-checkpoint", records=records)
        trusted = trust_in(self.log, registry_keys=[note.parse_vkey(other.vkey)])
        self.assertTrue(check_file(encode(records), trusted).valid)

    def test_redaction_by_a_hub_that_has_no_say(self):
        other, elsewhere = (FictionalLog(seed + n, f"hub{n}.example.net/liaison") for n in (1, 2))
        other.rules()
        other.signal("org/arab-igf")
        # The same name, and the secretariat of this very hub, as another hub has them.
        for n, author in enumerate(("org/arab-igf", SECRETARIAT)):
            log = FictionalLog(seed)
            log.organisation(SECRETARIAT, types.ORGANISATION_KIND_SECRETARIAT)
            target = log.relay(other, 2)
            erases(elsewhere, author, log.digest(target))
            log.relay(elsewhere, n + 1)
            kept = log.entries[target - 1].sections
            log.entries[target - 1].sections = [[CONTENT, fictional.ERASED, b"", b""]]
            report = check_file(encode(log.bundle()), trust_in(log))
            self.assertEqual(names_of(report), {"redaction"})
            log.entries[target - 1].sections = kept

    def test_redaction_ahead_by_a_hub_that_has_no_say(self):
        other, elsewhere = (FictionalLog(seed + n, f"hub{n}.example.net/liaison") for n in (1, 2))
        other.rules()
        digest = other.digest(other.signal("org/arab-igf"))
        erases(elsewhere, "org/arab-igf", digest)
        log = FictionalLog(seed)
        log.organisation(SECRETARIAT, types.ORGANISATION_KIND_SECRETARIAT)
        log.relay(elsewhere, 1)
        target = log.relay(other, 2)
        log.entries[target - 1].sections = [[CONTENT, fictional.ERASED, b"", b""]]
        report = check_file(encode(log.bundle()), trust_in(log))
        self.assertEqual(names_of(report), {"redaction"})

    def test_redaction_by_the_same_name_at_another_hub(self):
        """What org/a said elsewhere is not our org/a's to erase; the secretariat may."""
        other = FictionalLog(seed + 1, "hub.example.net/liaison")
        other.rules()
        other.signal("org/arab-igf")
        for author, faults in (("org/arab-igf", {"redaction"}), (SECRETARIAT, set())):
            log = FictionalLog(seed)
            log.organisation(SECRETARIAT, types.ORGANISATION_KIND_SECRETARIAT)
            target = log.relay(other, 2)
            kept = [list(part) for part in log.entries[target - 1].sections]
            log.redaction(author, target, CONTENT)
            report = check_file(encode(log.bundle()), trust_in(log))
            self.assertEqual(names_of(report), faults)
            other.entries[1].sections[:] = kept

    def test_relayed_event_that_its_origin_does_not_have(self):
        other = FictionalLog(seed + 1, "hub.example.net/liaison")
        other.rules()
        other.signal("org/arab-igf")
        relayed = self.log.relay(other, 2)
        leaf, _ = self.log.entries[relayed - 1].foreign
        liar = FictionalLog(seed + 2, "hub.example.net/liaison")
        liar.rules()
        liar.signal("org/arab-igf")
        self.log.entries[relayed - 1].foreign = (leaf, liar.proof_file(2))
        self.named("foreign")


class CommandLine(unittest.TestCase):
    """What people meet: words, JSON, exit codes."""

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.story = Story()
        self.file = self.folder / "record.bundle"
        self.file.write_bytes(encode(self.story.bundle()))
        self.vkey = ["--vkey", self.story.log.key.vkey]

    def verify(self, *arguments, code=0):
        done = subprocess.run(["/usr/bin/python3", str(VERIFY), *map(str, arguments)],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, code, done)
        self.assertNotIn("Traceback", done.stderr)
        return done

    def test_valid(self):
        said = self.verify(self.file, *self.vkey).stdout
        self.assertIn("VALID: everything in this file is as the log signed it.", said)
        self.assertIn("3 erased with authority", said)
        answer = json.loads(self.verify(self.file, *self.vkey, "--output", "json").stdout)
        self.assertEqual((answer["valid"], answer["faults"]), (True, []))

    def test_vkey_in_a_file(self):
        (self.folder / "vkey").write_text(self.story.log.key.vkey + "\n")
        self.verify(self.file, "--vkey", self.folder / "vkey")

    def test_invalid(self):
        self.file.write_bytes(self.file.read_bytes()[:-1])
        said = self.verify(self.file, *self.vkey, code=1).stdout
        self.assertIn("FAULT format: ", said)
        self.assertIn("INVALID: ", said)
        answer = json.loads(self.verify(self.file, *self.vkey, "--output", "json", code=1).stdout)
        self.assertEqual([fault["name"] for fault in answer["faults"]], ["format"])

    def test_not_asked_rightly(self):
        for arguments in ([self.file], [self.file, "--vkey", "no key"], self.vkey,
                          [self.folder / "none", *self.vkey], [__file__, *self.vkey],
                          [self.file, *self.vkey, "--witness-policy", self.folder / "none"],
                          [self.file, *self.vkey, "--frobnicate"]):
            self.verify(*arguments, code=2)

    def test_policy_brings_the_key(self):
        (self.folder / "policy").write_text(f"log {self.story.log.key.vkey}\nquorum none\n")
        self.verify(self.file, "--witness-policy", self.folder / "policy")

    def test_proof_of_one_event(self):
        log, proof = self.story.log, self.folder / "event.tlog-proof"
        proof.write_bytes(log.proof_file(self.story.signed))
        leaf = fictional.base64.b64encode(log.entries[self.story.signed - 1].leaf).decode()
        other = fictional.base64.b64encode(log.entries[self.story.signed].leaf).decode()
        self.assertIn(f"VALID: event {self.story.signed} is in the log",
                      self.verify(proof, *self.vkey, "--leaf", leaf).stdout)
        self.verify(proof, *self.vkey, "--leaf", other, code=1)
        self.verify(proof, *self.vkey, code=2)

    def test_evidence(self):
        log, liar, file = self.story.log, Story(7).log, self.folder / "evidence"
        liar.key, liar.origin = log.key, log.origin
        older, newer = log.size - 3, log.size

        def evidence(root, proof, first, second):
            lines = [fictional.base64.b64encode(value) for value in proof]
            return b"igf.liaison/evidence/v1\n" + b"".join(
                b"checkpoint %d\n" % text.count(b"\n") + text for text in (first, second)
            ) + b"root " + fictional.base64.b64encode(root) + b"\n" + b"".join(
                line + b"\n" for line in lines)

        guilty = evidence(log.tree.root(0, older), log.tree.proof(older, 0, newer),
                          liar.note(older), log.note(newer))
        file.write_bytes(guilty)
        said = self.verify("--evidence", file, *self.vkey).stdout
        self.assertIn("has signed two histories", said)
        self.verify(file, *self.vkey)
        same_size = evidence(log.tree.root(0, newer), [], liar.note(newer), log.note(newer))
        file.write_bytes(same_size)
        self.verify(file, *self.vkey)
        innocent = evidence(log.tree.root(0, older), log.tree.proof(older, 0, newer),
                            log.note(older), log.note(newer))
        invented = evidence(liar.tree.root(0, older), log.tree.proof(older, 0, newer),
                            log.note(older), log.note(newer))
        stranger = Story(9).log
        not_signed = evidence(stranger.tree.root(0, newer), [], log.note(newer),
                              stranger.note(newer))
        for data in (innocent, invented, not_signed, guilty[:-1], guilty + b"\n", guilty[:200]):
            file.write_bytes(data)
            self.verify("--evidence", file, *self.vkey, code=1)


def main():
    global seed
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=seed)
    options, rest = parser.parse_known_args()
    seed = options.seed
    print(f"seed {seed}", flush=True)
    result = unittest.main(argv=[sys.argv[0], *rest], exit=False).result
    for what, count in sorted(counted.items()):
        print(f"{count:6} {what}")
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
