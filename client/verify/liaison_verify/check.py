"""Checks a bundle in one pass. The faults have the names of proto/record/BUNDLE.md's table."""

import dataclasses

from . import ed25519
from .bundle import (ERASED, MARK_EVERY, PRESENT, FormatError, Reader, read_section)
from .evidence import Evidence, check_evidence
from .merkle import (MAX_SIZE, ProofError, ProofMaker, Tree, leaf_hash, verify_consistency,
                     verify_inclusion)
from .note import NoteError, parse_proof_file, parse_vkey
from .record import (HEADER_TYPE, REDACTION, REGISTRY_LEAF_SIZE, RELAYED, SECTION_NAMES,
                     TYPE_KEY, TYPE_ORGANISATION, TYPE_REDACTION, RecordError, check_facts,
                     commitment, event_digest, pae, parse_header, parse_leaf, sha256)
from .registry import Registry
from .report import Report
from .trust import cosigners, read_checkpoint

MAX_STILL_HERE = 1000
KEPT = "the one you kept"


@dataclasses.dataclass
class Erased:
    """A section that is gone, until the redaction is met that says so."""

    sequence: int
    author: str
    key_hash: bytes
    origin_hash: bytes | None  # of a relayed event


def _origin_of(leaf):
    return leaf.origin_hash if leaf.kind == RELAYED else None


class Unreadable(Exception):
    """There is no sense in reading on; the report says why."""


def check_bundle(file, trust):
    """A Report about the bundle in `file`, which is read once and need not be seekable."""
    check = BundleCheck(trust)
    try:
        check.run(Reader(file))
    except FormatError as error:
        check.report.fault("format", "file", error)
    except Unreadable:
        pass
    return check.report


class BundleCheck:
    """The state of one pass."""

    def __init__(self, trust):
        self.trust = trust
        self.report = Report()
        self.registry = Registry()
        self._registry_checkpoint = None
        self._tree = Tree()
        self._right = []
        self._note = b""  # of the checkpoint
        self._roots = {}  # size -> root that an older checkpoint says
        self._kept = None  # the checkpoint that whoever asks has kept
        self._maker = None  # of a proof between that and this, where the file has all for it
        self._last_time = 0
        self._relayed = None  # the leaf of the event before, if it is relayed
        self._mark_due = False
        self._erased = {}  # (digest, section) -> Erased
        self._redacted = set()  # (digest, section)
        # (digest, section) -> (leaf, header) of what another hub erased before it came here
        self._ahead = {}
        self._opened = bytearray()  # one for each event of the range: bit k for section k
        self._last_later = 0

    def run(self, reader):
        take = {"B": self._begin, "C": self._checkpoint, "O": self._older,
                "G": self._registry_note, "K": self._registry_entry, "P": self._place,
                "E": self._event, "F": self._foreign, "H": self._hidden, "M": self._mark,
                "L": self._later}
        for record in reader.records():
            if record.type == "Z":
                self._end(record.fields, reader)
            else:
                take[record.type](record.fields)
            record.fields.end()

    # --- before the events ----------------------------------------------------------------------

    def _begin(self, fields):
        report = self.report
        origin, vkey = fields.sized(2), fields.sized(2)
        report.first, report.last = fields.number(8), fields.number(8)
        if not 1 <= report.first <= report.last + 1 <= MAX_SIZE:
            raise FormatError(f"events {report.first} to {report.last}")
        try:
            report.origin = origin.decode("utf-8")
            named = parse_vkey(vkey.decode("utf-8"))
        except (UnicodeDecodeError, NoteError) as error:
            raise FormatError(f"the begin record: {error}") from error
        if report.origin != self.trust.origin or named != self.trust.vkey:
            report.fault("checkpoint", "begin", f"the file is of {report.origin} and names its key "
                         f"as {named}, you trust {self.trust.vkey}")

    def _checkpoint(self, fields):
        report, note = self.report, fields.rest()
        self._note = note
        try:
            report.checkpoint, signers = read_checkpoint(note, self.trust.origin,
                                                         [self.trust.vkey])
            witnesses, wrong = cosigners(note, self.trust.policy)
        except NoteError as error:
            report.fault("checkpoint", "checkpoint", error)
            raise Unreadable from error
        report.signers = [(key.name, time) for key, time in signers + witnesses]
        for fault in wrong:
            report.fault("witness", "checkpoint", fault)
        if not self.trust.policy.is_met(key for key, _ in witnesses):
            report.fault("witness", "checkpoint", "fewer witnesses than the policy asks for have "
                         f"seen it: {', '.join(key.name for key, _ in witnesses) or 'none'}")
        if report.last > report.checkpoint.size:
            raise FormatError(f"events up to {report.last} under a checkpoint of size "
                              f"{report.checkpoint.size}")
        self._compare_with_kept()

    def _compare_with_kept(self):
        """The checkpoint that whoever asks has kept: is this still the same history?"""
        if not self.trust.since:
            return
        try:
            kept, _ = read_checkpoint(self.trust.since, self.trust.origin, [self.trust.vkey])
        except NoteError as error:
            self.report.fault("checkpoint", KEPT, error)
            return
        self._kept = kept
        now = self.report.checkpoint
        if kept.size == now.size:
            self._compare_roots_of_kept(now, self._note)
        else:
            self._roots[kept.size] = (kept.root, KEPT)
        if (self.report.first, self.report.last) == (1, now.size) and 0 < kept.size < now.size:
            self._maker = ProofMaker(kept.size, now.size)

    def _compare_roots_of_kept(self, other, note):
        """Of one size with the one that was kept, and signed as well."""
        if other.root == self._kept.root:
            return
        self.report.fault("checkpoint", KEPT, f"the log signed two roots of size {other.size}: "
                          f"{self._kept.root.hex()} and {other.root.hex()}")
        self.report.evidence = Evidence(self.trust.since, note, other.root, [])

    def _older(self, fields):
        report = self.report
        proof, note = fields.hashes(fields.number(1)), fields.rest()
        where = "older checkpoint"
        try:
            older, _ = read_checkpoint(note, self.trust.origin, [self.trust.vkey])
            verify_consistency(older.size, report.checkpoint.size, older.root,
                               report.checkpoint.root, proof)
        except (NoteError, ProofError) as error:
            report.fault("checkpoint", where, error)
            return
        if report.older and report.older[-1] >= older.size:
            raise FormatError("older checkpoints out of order")
        report.older.append(older.size)
        if self._kept is not None and self._kept.size == older.size:
            self._compare_roots_of_kept(older, note)
        self._roots[older.size] = (older.root, where)

    def _registry_note(self, fields):
        report, note = self.report, fields.rest()
        try:
            self._registry_checkpoint, signers = read_checkpoint(
                note, f"{self.trust.origin}/registry", self.trust.keys_of_registry())
            witnesses, wrong = cosigners(note, self.trust.policy)
        except NoteError as error:
            report.fault("registry-checkpoint", "registry checkpoint", error)
            raise Unreadable from error
        report.registry["signed_by"] = [{"name": key.name, "time": time}
                                        for key, time in signers + witnesses]
        for fault in wrong:
            report.fault("witness", "registry checkpoint", fault)

    def _registry_entry(self, fields):
        where = f"registry entry {self.registry.size}"
        for wrong in self.registry.add(fields.bytes(REGISTRY_LEAF_SIZE), fields.rest()):
            self.report.fault("registry", where, wrong)

    def _place(self, fields):
        report, tree = self.report, self.registry.tree
        signed = self._registry_checkpoint
        if (tree.size, tree.root()) != (signed.size, signed.root):
            report.fault("registry", "registry", f"{tree.size} entries of root "
                         f"{tree.root().hex()[:16]}, the checkpoint has {signed.size} of root "
                         f"{signed.root.hex()[:16]}")
        report.registry.update(size=tree.size, organisations=self.registry.organisations(),
                               keys=len(self.registry.keys))
        try:
            self._tree = Tree(report.first - 1, fields.hashes(fields.number(1)))
        except ProofError as error:
            raise FormatError(f"the place record: {error}") from error
        self._right = fields.hashes(fields.number(1))
        self._compare_roots()

    # --- the range ------------------------------------------------------------------------------

    def _grow(self, leaf):
        """Takes in the next leaf's hash. Returns its sequence."""
        if self._mark_due:
            raise FormatError(f"no mark behind event {self._tree.size}")
        if self._tree.size >= self.report.last:
            raise FormatError(f"more events than up to {self.report.last}")
        self._tree.add(leaf)
        if self._maker is not None:
            self._maker.add(leaf)
        self._opened.append(0)
        self._mark_due = self._tree.size % MARK_EVERY == 0
        self._compare_roots()
        return self._tree.size

    def _compare_roots(self):
        expected = self._roots.pop(self._tree.size, None)
        root = self._tree.root()
        if expected is not None and expected[0] != root:
            if self._maker is not None and expected[1] == KEPT:
                self.report.evidence = Evidence(self.trust.since, self._note, root, [])
            self.report.fault("checkpoint", expected[1],
                              f"the log signed another root of size {self._tree.size}: "
                              f"{expected[0].hex()}, the events here are of {root.hex()}")

    def _hidden(self, fields):
        if not fields.left() or fields.left() % 32:
            raise FormatError("hidden events that are no hashes")
        while fields.left():
            sequence = self._grow(fields.bytes(32))
            self.report.hidden += 1
            if self.registry.entry_at(sequence) is not None:
                self.report.fault("registry-entry", f"event {sequence}",
                                  "an event of the registry, which is public, is hidden")
        self._relayed = None

    def _mark(self, fields):
        if not self._mark_due:
            raise FormatError(f"a mark behind event {self._tree.size}")
        self._mark_due = False
        sequence = fields.number(8)
        if sequence != self._tree.size:
            raise FormatError(f"a mark of event {sequence} behind event {self._tree.size}")
        if fields.hashes(sequence.bit_count()) != self._tree.subtrees:
            before = max(self.report.first, sequence - MARK_EVERY + 1)
            self.report.fault("root", f"mark {sequence}", "the tree is another here: something is "
                              f"wrong in events {before} to {sequence}, or before the range")

    def _event(self, fields):
        leaf_bytes, header_bytes = fields.sized(2), fields.sized(4)
        sections = [read_section(fields) for _ in range(fields.number(1))]
        sequence = self._grow(leaf_hash(leaf_bytes))
        where = f"event {sequence}"
        self._relayed = None
        self.report.events += 1
        try:
            leaf = parse_leaf(leaf_bytes)
        except RecordError as error:
            self.report.fault("leaf", where, error)
            return
        self._relayed = leaf if leaf.kind == RELAYED else None
        if leaf.sequence != sequence:
            self.report.fault("sequence", where, f"its leaf says {leaf.sequence}")
        if leaf.hub_time_us < self._last_time:
            self.report.fault("sequence", where, "the hub's time goes back")
        self._last_time = max(leaf.hub_time_us, self._last_time)
        header = self._header(leaf, header_bytes, where)
        if header is None:
            return
        self._check_registry(leaf, header, sequence, where)
        self._check_author(leaf, header, header_bytes, where)
        self._check_sections(leaf, header, sections, sequence)
        if header.type == TYPE_REDACTION:
            self._take_redaction(leaf, header, where)

    def _header(self, leaf, header_bytes, where):
        """The header, where there is sense in going on with it."""
        if event_digest(header_bytes) != leaf.digest:
            self.report.fault("header", where, "the header's digest is not the leaf's")
        try:
            header = parse_header(header_bytes)
        except RecordError as error:
            self.report.fault("header", where, error)
            return None
        if header.key_hash != (b"" if leaf.attested else leaf.key_hash):
            self.report.fault("header", where, "the header names another key than the leaf")
        try:
            check_facts(leaf, header)
        except RecordError as error:
            self.report.fault("leaf", where, error)
        return header

    def _check_registry(self, leaf, header, sequence, where):
        size = self.registry.size_before(sequence)
        if leaf.registry_size != size:
            self.report.fault("registry-size", where, f"its leaf says that the registry had "
                              f"{leaf.registry_size} entries, it had {size}")
        entry = self.registry.entry_at(sequence)
        if entry is not None and (entry.digest, entry.key_hash, entry.signature) != (
                leaf.digest, leaf.key_hash, leaf.signature):
            self.report.fault("registry-entry", where, "the registry has another event here")
        elif (entry is None and leaf.kind != RELAYED
              and header.type in (TYPE_ORGANISATION, TYPE_KEY)):
            self.report.fault("registry-entry", where, "the registry does not have it")

    def _check_author(self, leaf, header, header_bytes, where):
        signatures = self.report.signatures
        if leaf.attested:
            signatures["attested"] += 1
            return
        if leaf.kind == RELAYED and leaf.key_hash not in self.registry.keys:
            signatures["of_another_hub"] += 1
            return
        why = "" if leaf.kind == RELAYED else self.registry.why_not_by(
            header.author, leaf.key_hash, leaf.registry_size)
        if why:
            self.report.fault("author-key", where, why)
            return
        public = self.registry.keys[leaf.key_hash].public
        if ed25519.verify(public, pae(HEADER_TYPE, header_bytes), leaf.signature):
            signatures["verified"] += 1
        else:
            self.report.fault("author-signature", where, f"not by the key of {header.author}")

    def _check_sections(self, leaf, header, sections, sequence):
        where, counts = f"event {sequence}", self.report.sections
        kinds = [section.kind for section in sections]
        if kinds != sorted(set(kinds)):
            self.report.fault("section", where, "sections out of order")
        committed = dict(header.commitments)
        for kind in set(kinds) - set(committed):
            self.report.fault("section", where, f"the header knows of no {section_name(kind)}")
        by_kind = {section.kind: section for section in sections}
        for kind, expected in committed.items():
            section = by_kind.get(kind)
            if section is None:
                counts["missing"] += 1
                self.report.fault("missing", where, f"its {section_name(kind)}")
            elif section.status == PRESENT:
                if commitment(kind, section.salt, section.data) == expected:
                    counts["opened"] += 1
                    self._opened[-1] |= 1 << kind & 0xFF
                else:
                    self.report.fault("section", where, f"its {section_name(kind)} is not what the "
                                      "header commits to")
            elif section.status == ERASED:
                self._take_erased((leaf.digest, kind), Erased(
                    sequence, header.author, leaf.key_hash, _origin_of(leaf)))
            else:
                counts["not_included"] += 1

    # --- redactions -----------------------------------------------------------------------------

    def _take_erased(self, key, erased):
        """What comes from another hub may come on another way than its redaction, and later."""
        if any(self._has_say(*redaction, erased) for redaction in self._ahead.get(key, ())):
            self._redacted.add(key)
            self.report.sections["erased_with_authority"] += 1
        else:
            self._erased[key] = erased

    def _take_redaction(self, leaf, header, where):
        """Whether it erased something here."""
        key = header.facts.bytes(1), header.facts.enum(2)
        erased = self._erased.get(key)
        if erased is None:
            if leaf.kind == REDACTION and key not in self._redacted:
                self._note_still_here(leaf)
            if leaf.kind == RELAYED:
                self._ahead.setdefault(key, []).append((leaf, header))
            return False
        has_say = self._has_say(leaf, header, erased)
        # A hub takes in what another one says, and heeds it where that has a say: else whoever can
        # be heard could make this record a faulty one.
        if leaf.kind == RELAYED and not has_say:
            return False
        del self._erased[key]
        self._redacted.add(key)
        why = ""
        if leaf.kind == REDACTION and leaf.target_sequence != erased.sequence:
            why = f"its leaf says event {leaf.target_sequence}, its header event {erased.sequence}"
        elif not has_say:
            there = "" if erased.origin_hash is None else " at another hub"
            why = f"{header.author} has no say in what {erased.author} wrote{there}"
        if why:
            self.report.sections["missing"] += 1
            self.report.fault("redaction", where, why)
        else:
            self.report.sections["erased_with_authority"] += 1
        return True

    def _has_say(self, leaf, header, erased):
        """Another hub has a say in what is from it, and an author in what one key has signed: a
        name alone is somebody else's at every hub."""
        own = header.author == erased.author
        if leaf.kind == RELAYED:
            return _origin_of(leaf) == erased.origin_hash or (
                own and not leaf.attested and leaf.key_hash == erased.key_hash)
        return (own and erased.origin_hash is None) or self.registry.is_secretariat(
            header.author, leaf.registry_size)

    def _note_still_here(self, leaf):
        at = leaf.target_sequence - self.report.first
        if (0 <= at < len(self._opened) and self._opened[at] & (1 << leaf.section) & 0xFF
                and len(self.report.still_here) < MAX_STILL_HERE):
            self.report.still_here.append((leaf.target_sequence, section_name(leaf.section)))

    def _later(self, fields):
        leaf_bytes, header_bytes = fields.sized(2), fields.sized(4)
        proof = fields.hashes(fields.number(1))
        self._need_range_complete()
        try:
            leaf = parse_leaf(leaf_bytes)
        except RecordError as error:
            self.report.fault("redaction", "a later redaction", error)
            return
        where = f"event {leaf.sequence}"
        if leaf.sequence <= max(self.report.last, self._last_later):
            raise FormatError(f"a later redaction, event {leaf.sequence}, out of order")
        self._last_later = leaf.sequence
        checkpoint = self.report.checkpoint
        try:
            verify_inclusion(leaf.sequence - 1, checkpoint.size, leaf_hash(leaf_bytes), proof,
                             checkpoint.root)
        except ProofError as error:
            self.report.fault("redaction", where, error)
            return  # what is not in the log erases nothing
        header = self._header(leaf, header_bytes, where)
        if header is None:
            return
        self._check_registry(leaf, header, leaf.sequence, where)
        self._check_author(leaf, header, header_bytes, where)
        if header.type != TYPE_REDACTION or not self._take_redaction(leaf, header, where):
            self.report.fault("redaction", where, "it erases nothing that is in this file")

    # --- relayed events -------------------------------------------------------------------------

    def _foreign(self, fields):
        leaf_bytes, proof_bytes = fields.sized(2), fields.rest()
        relayed, self._relayed = self._relayed, None
        if relayed is None:
            raise FormatError(f"the origin of event {self._tree.size}, which is not relayed")
        where = f"event {self._tree.size}"
        try:
            leaf = parse_leaf(leaf_bytes)
            proof = parse_proof_file(proof_bytes)
            checkpoint = proof.verify(leaf_hash(leaf_bytes))
        except (RecordError, NoteError, ProofError) as error:
            self.report.fault("foreign", where, error)
            return
        if (leaf_hash(leaf_bytes), leaf.sequence, leaf.digest, leaf.key_hash, leaf.signature) != (
                relayed.origin_leaf_hash, relayed.origin_sequence, relayed.digest,
                relayed.key_hash, relayed.signature):
            self.report.fault("foreign", where, "the leaf at its origin is another")
        elif (proof.index != leaf.sequence - 1
              or sha256(checkpoint.origin.encode()) != relayed.origin_hash):
            self.report.fault("foreign", where, "the proof is of another log or place")
        else:
            self._check_origin(checkpoint.origin, proof.note, where)

    def _check_origin(self, origin, note, where):
        keys = [key for key in self.trust.origins if key.name == origin]
        if not keys:
            self.report.foreign["not_checked"] += 1
            return
        try:
            read_checkpoint(note, origin, keys)
            self.report.foreign["shown"] += 1
        except NoteError as error:
            self.report.fault("foreign", where, error)

    # --- the end --------------------------------------------------------------------------------

    def _need_range_complete(self):
        if self._mark_due:
            raise FormatError(f"no mark behind event {self._tree.size}")
        if self._tree.size != self.report.last:
            raise FormatError(f"events end at {self._tree.size} instead of {self.report.last}")

    def _end(self, fields, reader):
        report = self.report
        self._need_range_complete()
        records, events, hidden = (fields.number(8) for _ in range(3))
        if (records, events, hidden) != (reader.count, report.events, report.hidden):
            report.fault("digest", "end", f"it counts {records} records, {events} events and "
                         f"{hidden} hidden ones; there are {reader.count}, {report.events} and "
                         f"{report.hidden}")
        if fields.bytes(32) != reader.digest_before:
            report.fault("digest", "end", "the file is not as it was written")
        self._check_root()
        self._finish_evidence()
        for (_, kind), erased in self._erased.items():
            report.sections["missing"] += 1
            report.fault("redaction", f"event {erased.sequence}",
                         f"its {section_name(kind)} is erased and no redaction says so")
        for size, (_, where) in self._roots.items():
            if where == KEPT:
                report.fault("checkpoint", where, f"nothing in this file shows that it goes on "
                             f"from size {size}: ask for a full one, or one with that checkpoint")

    def _finish_evidence(self):
        """The proof that goes with a root inside the file; void if the file itself is wrong."""
        evidence = self.report.evidence
        if evidence is None or evidence.newer != self._note or self._maker is None:
            return
        evidence.proof = self._maker.proof()
        try:
            check_evidence(evidence, self.trust.vkey)
        except (NoteError, ProofError):
            self.report.evidence = None

    def _check_root(self):
        report = self.report
        try:
            verify_consistency(self._tree.size, report.checkpoint.size, self._tree.root(),
                               report.checkpoint.root, self._right)
        except ProofError as error:
            report.fault("root", "range", f"the events are not those of the checkpoint: {error}")


def section_name(kind):
    return SECTION_NAMES.get(kind, f"section {kind}")
