"""An authority of a test's own, and the certificates it gives to servers."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

VALID = datetime.timedelta(days=2)


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Authority:
    """Its own certificate is written to `path`, for whoever is to believe it."""

    def __init__(self, path):
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._subject = _name(f"a fictional authority {path.stem}")
        made = self._begin(self._subject, self._key.public_key()).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True)
        path.write_bytes(made.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM))

    def _begin(self, subject, public_key):
        now = datetime.datetime.utcnow()
        return (x509.CertificateBuilder().subject_name(subject).issuer_name(self._subject)
                .public_key(public_key).serial_number(x509.random_serial_number())
                .not_valid_before(now - VALID).not_valid_after(now + VALID))

    def certificate(self, path, host):
        """Writes key and certificate of a server of that name; returns the path."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._begin(_name(host), key.public_key()).add_extension(
            x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
                         + made.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM))
        return path
