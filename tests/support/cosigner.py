"""Keys that sign and cosign C2SP notes."""

import base64
import struct

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import record


class Key:
    """An Ed25519 key with what it says in notes."""

    def __init__(self, seed, name="", algorithm=1):
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.hash = record.sha256(self.public)
        self.name = name
        self.algorithm = algorithm

    def sign(self, message):
        return self._private.sign(message)

    @property
    def id(self):
        return record.sha256(
            self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public)[:4]

    @property
    def vkey(self):
        encoded = base64.b64encode(bytes([self.algorithm]) + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{encoded}"

    def line(self, text, time=None):
        """The line below a note: a signature, or a cosignature of that time."""
        if time is None:
            value = self.sign(text)
        else:
            value = struct.pack(">Q", time) + self.sign(
                b"cosignature/v1\ntime %d\n" % time + text)
        encoded = base64.b64encode(self.id + value).decode()
        return f"\u2014 {self.name} {encoded}\n".encode()
