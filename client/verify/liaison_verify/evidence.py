"""Two checkpoints of one log that cannot both be of one history."""

import base64
import dataclasses

from .merkle import ProofError, verify_consistency
from .note import NoteError, decode_base64, decode_decimal
from .trust import read_checkpoint

MAGIC = "igf.liaison/evidence/v1"


@dataclasses.dataclass
class Evidence:
    older: bytes  # notes
    newer: bytes
    root: bytes  # that the newer tree has at the older one's size
    proof: list  # from there to the newer checkpoint

    def encode(self):
        out = [MAGIC.encode() + b"\n"]
        for note in (self.older, self.newer):
            out += [b"checkpoint %d\n" % note.count(b"\n"), note]
        out.append(b"root " + base64.b64encode(self.root) + b"\n")
        out += [base64.b64encode(value) + b"\n" for value in self.proof]
        return b"".join(out)


def parse_evidence(data):
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NoteError("the evidence is no UTF-8") from error
    if not text.endswith("\n"):
        raise NoteError("the evidence is cut off")
    lines = text[:-1].split("\n")
    if lines.pop(0) != MAGIC:
        raise NoteError("no evidence of version 1")
    notes = []
    for _ in range(2):
        if not lines or not lines[0].startswith("checkpoint "):
            raise NoteError("evidence has two checkpoints")
        count = decode_decimal(lines.pop(0)[len("checkpoint "):])
        if count > len(lines):
            raise NoteError("the evidence is cut off")
        notes.append("".join(line + "\n" for line in lines[:count]).encode())
        del lines[:count]
    if not lines or not lines[0].startswith("root "):
        raise NoteError("evidence says the root that the newer tree has at the older one's size")
    hashes = [decode_base64(line) for line in [lines[0][len("root "):], *lines[1:]]]
    return Evidence(notes[0], notes[1], hashes[0], hashes[1:])


def check_evidence(evidence, vkey):
    """The two checkpoints. NoteError or ProofError where it does not convict the log."""
    older, _ = read_checkpoint(evidence.older, vkey.name, [vkey])
    newer, _ = read_checkpoint(evidence.newer, vkey.name, [vkey])
    if older.size > newer.size:
        raise NoteError("the older checkpoint is the larger one")
    verify_consistency(older.size, newer.size, evidence.root, newer.root, evidence.proof)
    if evidence.root == older.root:
        raise ProofError("the two checkpoints are of one history: nothing is wrong with that log")
    return older, newer
