"""Ed25519 as the record asks for it: RFC 8032, and no keys that would sign for anybody.

The signature itself is checked by python3-cryptography, that is by OpenSSL, which takes keys of low
order and in other than their one encoding. Those are refused here, by arithmetic.
"""

import functools

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493  # the order of the base point
D = -121665 * pow(121666, -1, P) % P


def why_refused(public):
    """What is wrong with a public key; None where nothing is."""
    if len(public) != 32:
        return f"a public key has 32 bytes, this has {len(public)}"
    y = int.from_bytes(public, "little") & (2**255 - 1)
    if y >= P:
        return "the public key is not in its one encoding"
    # -x^2 + y^2 = 1 + d x^2 y^2
    x2 = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    if x2 != 0 and pow(x2, (P - 1) // 2, P) != 1:
        return "the public key is no point of the curve"
    # There are eight points of low order: three doublings take them to (0, 1).
    for _ in range(3):
        y2 = y * y % P
        y = (y2 + x2) * pow(2 + x2 - y2, -1, P) % P
        x2 = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    if y == 1:
        return "the public key is a point of low order"
    return None


@functools.lru_cache(maxsize=4096)
def _key(public):
    return None if why_refused(public) else Ed25519PublicKey.from_public_bytes(public)


def verify(public, message, signature):
    """Whether `signature` is by `public` over `message`, and the key is one to be believed."""
    key = _key(bytes(public))
    if key is None or len(signature) != 64:
        return False
    if int.from_bytes(signature[32:], "little") >= L:
        return False  # the same signature, written otherwise
    try:
        key.verify(bytes(signature), bytes(message))
        return True
    except InvalidSignature:
        return False
