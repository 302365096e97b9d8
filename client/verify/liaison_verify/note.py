"""C2SP's texts: signed notes, checkpoints, cosignatures, proof files, policies."""

import base64
import binascii
import dataclasses
import hashlib
import re
import unicodedata

from . import ed25519
from .merkle import MAX_SIZE, ProofError, verify_inclusion

ED25519 = 1
COSIGNATURE = 4
MAX_SIGNATURES = 100
MAX_NOTE_SIZE = 64 * 1024
MAX_NAME_SIZE = 256
DASH = "\u2014"


class NoteError(ValueError):
    """A text that is not what it should be, or that nobody known has signed."""


def decode_base64(text):
    """Standard base64 with padding, in its one form."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise NoteError(f"no base64: {text[:80]!r}") from error
    if base64.b64encode(data).decode() != text:
        raise NoteError(f"base64 in another than its one form: {text[:80]!r}")
    return data


def decode_hash(text):
    data = decode_base64(text)
    if len(data) != 32:
        raise NoteError(f"a hash has 32 bytes, this has {len(data)}")
    return data


def decode_decimal(text):
    if not re.fullmatch("0|[1-9][0-9]{0,18}", text) or int(text) > MAX_SIZE:
        raise NoteError(f"no number in its one form: {text[:80]!r}")
    return int(text)


def is_key_name(name):
    return bool(name) and len(name.encode()) <= MAX_NAME_SIZE and "+" not in name and not any(
        c.isspace() or unicodedata.category(c) == "Zs" for c in name)


def key_id(name, algorithm, public):
    return hashlib.sha256(name.encode() + b"\n" + bytes([algorithm]) + public).digest()[:4]


@dataclasses.dataclass(frozen=True)
class VerifierKey:
    name: str
    algorithm: int
    public: bytes

    @property
    def id(self):
        return key_id(self.name, self.algorithm, self.public)

    def __str__(self):
        encoded = base64.b64encode(bytes([self.algorithm]) + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{encoded}"


def parse_vkey(text):
    """name+id+base64(algorithm key), of Ed25519 (1) or cosignature/v1 (4)."""
    parts = text.split("+", 2)
    if len(parts) != 3 or not is_key_name(parts[0]):
        raise NoteError(f"no vkey: {text[:120]!r}")
    name, number, encoded = parts
    key = decode_base64(encoded)
    if len(key) != 33 or key[0] not in (ED25519, COSIGNATURE):
        raise NoteError(f"a vkey of an algorithm that is not known here: {text[:120]!r}")
    vkey = VerifierKey(name, key[0], key[1:])
    if vkey.id.hex() != number:
        raise NoteError(f"the vkey's number is not that of its name and key: {text[:120]!r}")
    refused = ed25519.why_refused(vkey.public)
    if refused:
        raise NoteError(f"{name}: {refused}")
    return vkey


@dataclasses.dataclass
class Signature:
    name: str
    id: bytes
    value: bytes


@dataclasses.dataclass
class Note:
    text: str
    signatures: list


def parse_note(data):
    """A note's parts; whether they are true is asked of `verified`."""
    if len(data) > MAX_NOTE_SIZE:
        raise NoteError(f"a note of {len(data)} bytes; at most {MAX_NOTE_SIZE} are read")
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NoteError("the note is no UTF-8") from error
    if any(c < " " and c != "\n" for c in whole):
        raise NoteError("the note has a control character")
    text, blank, lines = whole.rpartition("\n\n")
    if not blank or not lines.endswith("\n"):
        raise NoteError("the note has no signatures behind an empty line")
    signatures = []
    for line in lines[:-1].split("\n"):
        match = re.fullmatch(f"{DASH} ([^ ]+) ([^ ]+)", line)
        if not match or not is_key_name(match[1]):
            raise NoteError(f"no line of a signature: {line[:80]!r}")
        value = decode_base64(match[2])
        if len(value) < 5:
            raise NoteError(f"a signature of {match[1]} that is too short")
        signatures.append(Signature(match[1], value[:4], value[4:]))
    if len(signatures) > MAX_SIGNATURES:
        raise NoteError(f"{len(signatures)} signatures; at most {MAX_SIGNATURES} are looked at")
    return Note(text + "\n", signatures)


def _is_by(key, text, value):
    if key.algorithm == ED25519:
        return ed25519.verify(key.public, text.encode(), value)
    if len(value) != 8 + 64:
        return False
    time = int.from_bytes(value[:8], "big")
    message = f"cosignature/v1\ntime {time}\n{text}".encode()
    return ed25519.verify(key.public, message, value[8:])


def verified(note, keys):
    """(key, time) of those of `keys` that signed; the time is that of a cosignature, else None.

    NoteError where one of them did not sign what stands there in its name. Signatures of others
    say nothing and are passed over.
    """
    known = {(key.name, key.id): key for key in keys}
    found = {}
    for signature in note.signatures:
        key = known.get((signature.name, signature.id))
        if key is None or key in found:
            continue
        if not _is_by(key, note.text, signature.value):
            raise NoteError(f"the signature of {key.name} is wrong")
        found[key] = (int.from_bytes(signature.value[:8], "big")
                      if key.algorithm == COSIGNATURE else None)
    return list(found.items())


def open_note(data, keys):
    """The note, signed by at least one of `keys`, and who of them signed."""
    note = parse_note(data)
    signers = verified(note, keys)
    if not signers:
        raise NoteError("nobody known has signed the note")
    return note, signers


@dataclasses.dataclass(frozen=True)
class Checkpoint:
    origin: str
    size: int
    root: bytes


def parse_checkpoint(text):
    """tlog-checkpoint v1.0.0, of a note's text."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] != "":
        raise NoteError("no checkpoint: it has three lines and more")
    if not all(lines[:-1]):
        raise NoteError("no checkpoint: a line of it is empty")
    return Checkpoint(lines[0], decode_decimal(lines[1]), decode_hash(lines[2]))


@dataclasses.dataclass
class ProofFile:
    """c2sp.org/tlog-proof@v1."""

    index: int
    hashes: list
    note: bytes
    extra: bytes = b""

    def verify(self, leaf):
        """The checkpoint that the proof shows the leaf hash in, signed or not."""
        checkpoint = parse_checkpoint(parse_note(self.note).text)
        verify_inclusion(self.index, checkpoint.size, leaf, self.hashes, checkpoint.root)
        return checkpoint


def parse_proof_file(data):
    head, blank, note = data.partition(b"\n\n")
    try:
        lines = head.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise NoteError("the proof file is no UTF-8") from error
    if not blank or lines.pop(0) != "c2sp.org/tlog-proof@v1":
        raise NoteError("no c2sp.org/tlog-proof@v1")
    extra = b""
    if lines and lines[0].startswith("extra "):
        extra = decode_base64(lines.pop(0)[len("extra "):])
    if not lines or not lines[0].startswith("index "):
        raise NoteError("a proof file says its index")
    index = decode_decimal(lines.pop(0)[len("index "):])
    if len(lines) > 63:
        raise NoteError("a proof of more than 63 hashes")
    return ProofFile(index, [decode_hash(line) for line in lines], note, extra)


class Policy:
    """Whose word is asked for: C2SP tlog-policy. Without a file: the log's alone."""

    def __init__(self):
        self.logs = []
        self.witnesses = {}  # name here -> VerifierKey
        self.groups = {}  # name -> (how many, members)
        self.quorum = None

    def is_met(self, signers):
        """Whether the cosigners, VerifierKeys, are enough."""
        return self.quorum is None or self._has_signed(self.quorum, set(signers))

    def _has_signed(self, name, signers):
        if name in self.witnesses:
            return self.witnesses[name] in signers
        needed, members = self.groups[name]
        return sum(self._has_signed(member, signers) for member in members) >= needed


def parse_policy(text):
    policy = Policy()
    grouped = set()
    quorum_said = False
    for number, line in enumerate(text.split("\n"), 1):
        if any(c != "\t" and (c < " " or c == "\x7f") for c in line):
            raise NoteError(f"line {number} of the policy has a control character")
        words = [word for word in re.split("[ \t]+", line) if word]
        if not words or words[0].startswith("#"):
            continue
        try:
            if words[0] == "quorum" and len(words) == 2 and not quorum_said:
                quorum_said = True
                if words[1] != "none":
                    _need_known(policy, words[1:])
                    policy.quorum = words[1]
            else:
                _add_to(policy, words, grouped)
        except NoteError as error:
            raise NoteError(f"line {number} of the policy: {error}") from error
    if not quorum_said:
        raise NoteError("the policy has no quorum line")
    return policy


def _add_to(policy, words, grouped):
    kind = words[0]
    if kind == "log" and len(words) in (2, 3):
        policy.logs.append(_own_key(policy, words[1], ED25519))
    elif kind == "witness" and len(words) in (3, 4):
        _need_new(policy, words[1])
        policy.witnesses[words[1]] = _own_key(policy, words[2], COSIGNATURE)
    elif kind == "group" and len(words) >= 4:
        _need_new(policy, words[1])
        members = words[3:]
        _need_known(policy, members)
        if len(set(members)) != len(members) or grouped & set(members):
            raise NoteError("a member is in two places, and would count twice")
        grouped.update(members)
        needed = {"all": len(members), "any": 1}.get(words[2]) or decode_decimal(words[2])
        if not 1 <= needed <= len(members):
            raise NoteError(f"{needed} of {len(members)}")
        policy.groups[words[1]] = (needed, members)
    else:
        raise NoteError(f"nothing that a policy says: {' '.join(words)[:80]!r}")


def _own_key(policy, text, algorithm):
    key = parse_vkey(text)
    if key.algorithm != algorithm:
        raise NoteError(f"{key.name} has a key of algorithm {key.algorithm} instead of {algorithm}")
    if key.public in [other.public for other in [*policy.logs, *policy.witnesses.values()]]:
        raise NoteError(f"the key of {key.name} stands there twice")
    return key


def _need_new(policy, name):
    if name in ("none", *policy.witnesses, *policy.groups):
        raise NoteError(f"{name} is a name that is taken")


def _need_known(policy, names):
    for name in names:
        if name not in policy.witnesses and name not in policy.groups:
            raise NoteError(f"{name} is no witness or group of a line above")


__all__ = ["Checkpoint", "Note", "NoteError", "Policy", "ProofError", "ProofFile", "VerifierKey",
           "open_note", "parse_checkpoint", "parse_note", "parse_policy", "parse_proof_file",
           "parse_vkey", "verified"]
