"""Bundles as bytes: frames in their order and their fields, one record in memory at a time.

The grammar is proto/record/BUNDLE.md. What the fields mean is checked in check.py.
"""

import dataclasses
import hashlib

MAGIC = b"igf.liaison/bundle/v1\n"
MAX_PAYLOAD = 2 * 1024 * 1024
MARK_EVERY = 4096

PRESENT, ERASED, NOT_INCLUDED = 1, 2, 3

# Which types may stand behind which.
FOLLOWERS = {
    "": "B",
    "B": "C",
    "C": "OG",
    "O": "OG",
    "G": "KP",
    "K": "KP",
    "P": "EHLZ",
    "E": "EFHMLZ",
    "F": "EHMLZ",
    "H": "EMLZ",
    "M": "EHLZ",
    "L": "LZ",
    "Z": "",
}


class FormatError(ValueError):
    """Bytes that are no bundle; there is no way of going on behind them."""


class Fields:
    """Reads a payload from its beginning to exactly its end."""

    def __init__(self, data):
        self._data = data
        self._at = 0

    def bytes(self, size):
        if size > len(self._data) - self._at:
            raise FormatError("a record ends inside a field")
        self._at += size
        return self._data[self._at - size:self._at]

    def number(self, size):
        return int.from_bytes(self.bytes(size), "big")

    def sized(self, size_of_size):
        return self.bytes(self.number(size_of_size))

    def hashes(self, count):
        return [self.bytes(32) for _ in range(count)]

    def rest(self):
        return self.bytes(len(self._data) - self._at)

    def left(self):
        return len(self._data) - self._at

    def end(self):
        if self.left():
            raise FormatError(f"a record has {self.left()} bytes too many")


@dataclasses.dataclass
class Record:
    type: str
    at: int  # offset in the file
    fields: Fields


@dataclasses.dataclass
class Section:
    kind: int
    status: int
    salt: bytes = b""
    data: bytes = b""


class Reader:
    """The records of a file, in order. `before_end` is known when `Z` has been read."""

    def __init__(self, file):
        self._file = file
        self._hash = hashlib.sha256()
        self._at = 0
        self.count = 0
        self.digest_before = b""  # SHA256 of everything before the last record

    def _read(self, size):
        data = self._file.read(size)
        if len(data) != size:
            raise FormatError(f"cut off at byte {self._at + len(data)}, before the end record")
        self._at += size
        return data

    def records(self):
        magic = self._read(len(MAGIC))
        if magic != MAGIC:
            raise FormatError("no bundle of version 1: the first line is another")
        self._hash.update(magic)
        before = ""
        while before != "Z":
            at = self._at
            head = self._read(5)
            kind, size = chr(head[0]), int.from_bytes(head[1:], "big")
            if kind not in FOLLOWERS[before]:
                raise FormatError(f"at byte {at}: a record of type {kind!r} behind {before!r}")
            if size > MAX_PAYLOAD:
                raise FormatError(f"at byte {at}: a record of {size} bytes")
            payload = self._read(size)
            self.digest_before = self._hash.digest() if kind == "Z" else b""
            self._hash.update(head)
            self._hash.update(payload)
            yield Record(kind, at, Fields(payload))
            self.count += 1
            before = kind
        if self._file.read(1):
            raise FormatError(f"the file goes on at byte {self._at}, behind its end record")


def read_section(fields):
    section = Section(fields.number(2), fields.number(1))
    if section.status == PRESENT:
        section.salt = fields.bytes(32)
        section.data = fields.sized(4)
    elif section.status not in (ERASED, NOT_INCLUDED):
        raise FormatError(f"a section of status {section.status}")
    return section
