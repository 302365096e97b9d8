"""Protobuf's wire format, as much of it as a header needs: read by hand, and read as protobuf does.

A header is taken as its author serialised it: fields in any order, unknown ones passed over, of a
scalar the last counts, a message given twice is merged.
"""

VARINT, FIXED64, BYTES, START_GROUP, END_GROUP, FIXED32 = range(6)
MAX_DEPTH = 100  # where protobuf's parsers give up
MAX_SHORT_VARINT = 5  # bytes of a tag or a size, which they read as 32 bits


class WireError(ValueError):
    """Bytes that are no protobuf message."""


def read_varint(data, at, max_bytes=10):
    """(value, where it ends)."""
    value = 0
    for shift in range(0, 7 * max_bytes, 7):
        if at >= len(data):
            raise WireError("cut off inside a number")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & (2**64 - 1), at
    raise WireError(f"a number of more than {max_bytes} bytes")


def _skip_group(data, at, number, depth=0):
    if depth > MAX_DEPTH:
        raise WireError("nested too deeply")
    while True:
        inner, kind, _, at = _read_field(data, at, depth)
        if kind == END_GROUP:
            if inner != number:
                raise WireError("a group ends that did not begin")
            return at


def _read_field(data, at, depth=0):
    """(number, kind, value, where it ends)."""
    tag, at = read_varint(data, at, MAX_SHORT_VARINT)
    number, kind = (tag & 2**32 - 1) >> 3, tag & 7
    if number == 0:
        raise WireError("a field without a number")
    if kind == VARINT:
        value, at = read_varint(data, at)
        return number, kind, value, at
    if kind == START_GROUP:
        return number, kind, None, _skip_group(data, at, number, depth + 1)
    if kind == END_GROUP:
        return number, kind, None, at
    if kind == BYTES:
        size, at = read_varint(data, at, MAX_SHORT_VARINT)
    elif kind in (FIXED64, FIXED32):
        size = 8 if kind == FIXED64 else 4
    else:
        raise WireError(f"wire type {kind}")
    if size > len(data) - at:
        raise WireError("cut off inside a field")
    return number, kind, bytes(data[at:at + size]), at + size


class Message:
    """The fields of a message, by number."""

    def __init__(self, data, depth=0):
        self._fields = []
        self._depth = depth
        if depth > MAX_DEPTH:
            raise WireError("nested too deeply")
        at = 0
        while at < len(data):
            number, kind, value, at = _read_field(data, at, depth)
            if kind == END_GROUP:
                raise WireError("a group ends that did not begin")
            self._fields.append((number, kind, value))

    def _all(self, number, kind):
        return [v for n, k, v in self._fields if n == number and k == kind]

    def _varint(self, field):
        return (self._all(field, VARINT) or [0])[-1]

    def number(self, field):
        """A uint32, of which the lower 32 bits count; 0 where it is not there."""
        return self._varint(field) & 2**32 - 1

    def enum(self, field):
        """Likewise, with a sign."""
        value = self.number(field)
        return value - 2**32 if value >= 2**31 else value

    def flag(self, field):
        """A bool, of which all bits count."""
        return self._varint(field) != 0

    def bytes(self, field):
        return (self._all(field, BYTES) or [b""])[-1]

    def text(self, field):
        for value in self._all(field, BYTES):
            try:
                value.decode("utf-8")
            except UnicodeDecodeError as error:
                raise WireError(f"field {field} is no UTF-8") from error
        return self.bytes(field).decode("utf-8")

    def messages(self, field):
        return [Message(value, self._depth + 1) for value in self._all(field, BYTES)]

    def one_of(self, fields):
        """(number, message) of the one member that is set; (0, an empty message) where none is."""
        current, data = 0, b""
        for number, kind, value in self._fields:
            if number not in fields or kind != BYTES:
                continue
            data = data + value if number == current else value
            current = number
        return current, Message(data, self._depth + 1)
