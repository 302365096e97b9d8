"""A hub with certificates under test: its keys, its web, and those who come in."""

import contextlib
import datetime
import json
import pathlib
import select
import socket
import ssl
import subprocess
import tempfile
import time

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

import contract
import hub as hubs


class Profile:
    """A folder that `liaison join` or `liaisond init` made."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def read(self, name):
        return (self.folder / name).read_bytes()

    def tls(self):
        """A client's TLS context that shows the certificate."""
        context = ssl.create_default_context(cafile=self.folder / "authority.pem")
        context.load_cert_chain(self.folder / "certificate.pem", self.folder / "key.pem")
        context.set_alpn_protocols(["h2"])
        return context

    def channel(self, port):
        credentials = grpc.ssl_channel_credentials(
            self.read("authority.pem"), self.read("key.pem"), self.read("certificate.pem"))
        return grpc.secure_channel(
            f"localhost:{port}", credentials,
            [("grpc.enable_retries", 0), ("grpc.use_local_subchannel_pool", 1)])

    def keep(self, folder):
        """A copy as it is now."""
        copied = pathlib.Path(folder)
        copied.mkdir()
        for file in self.folder.iterdir():
            (copied / file.name).write_bytes(file.read_bytes())
            (copied / file.name).chmod(0o600)
        return Profile(copied)


class SecureHub:
    """liaisond with TLS and liaison-web before it, in a folder that goes at the end."""

    def __init__(self, bin_dir, flags=(), name="igf", operator="org/igf-secretariat"):
        self.name = name  # the hub's: its public audience is NAME/public
        self.operator = operator  # whose administrator registers everybody else
        self._folder = tempfile.TemporaryDirectory(prefix="liaison-secure-")
        self.folder = pathlib.Path(self._folder.name)
        self.bin_dir = pathlib.Path(bin_dir).resolve()
        self.port = hubs.free_port()
        self.keys = self.folder / "keys"
        self.socket = self.folder / "hub.sock"
        self.web_port = hubs.free_port()
        self.web_log = self.folder / "web.log"
        self.web = None
        self.flags = ["--hub", name, "--keys-dir", str(self.keys), "--hosts", "localhost,127.0.0.1",
                      "--socket", str(self.socket), "--web", f"https://localhost:{self.web_port}",
                      *flags]
        self.hub = hubs.Hub(bin_dir, self.folder / "data", self.flags)
        self.administrator = Profile(self.keys / "administrator")

    def __enter__(self):
        self.init()
        self.hub.start(f"127.0.0.1:{self.port}")
        self.start_web()
        return self

    def __exit__(self, *_):
        if self.web is not None:
            self.web.kill()
            self.web.wait()
            self.web.stdout.close()
        self.hub.kill()
        self._folder.cleanup()

    def init(self, *more):
        return self.run("liaisond", "init", "--data-dir", str(self.folder / "data"), "--keys-dir",
                        str(self.keys), "--hub", self.name, "--administrator", self.operator,
                        "--hosts", "localhost,127.0.0.1", "--port", str(self.port), *more)

    def start_web(self):
        with open(self.web_log, "ab") as log:
            self.web = subprocess.Popen(
                [str(self.bin_dir / "liaison-web"), "--socket", str(self.socket), "--tls-dir",
                 str(self.folder / "data/tls"), "--port", str(self.web_port)],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log)
        if not select.select([self.web.stdout], [], [], 30)[0]:
            raise RuntimeError("liaison-web did not get ready")
        assert json.loads(self.web.stdout.readline())["ready"]

    def run(self, program, *arguments, code=0):
        done = subprocess.run([str(self.bin_dir / program), *arguments], capture_output=True,
                              text=True, timeout=60, cwd=self.folder,
                              env={"PATH": "/usr/bin:/bin", "HOME": str(self.folder)})
        assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
        return done

    def liaison(self, *arguments, profile=None, code=0):
        return self.run("liaison", "--profile", str((profile or self.administrator).folder),
                        *arguments, code=code)

    def register(self, organisation, kind):
        file = self.folder / "organisation.json"
        file.write_text(json.dumps({
            "author": self.operator, "audience": f"{self.name}/public",
            "organisation": {"organisation": organisation, "name": "A fictional organisation",
                             "kind": f"ORGANISATION_KIND_{kind}"}}) + "\n")
        self.liaison("publish", str(file))

    def invite(self, organisation, *more):
        return json.loads(self.liaison("admin", "invite", organisation, *more, "--output",
                                       "json").stdout)

    def join(self, invitation, name, *more, code=0):
        """The profile that joining with the invitation makes, and what was said."""
        folder = self.folder / name
        done = self.run("liaison", "--profile", str(folder), "join",
                        f"https://localhost:{self.web_port}", invitation, *more, code=code)
        return Profile(folder), done

    # --- what a foreign authority, or the hub's own in the wrong hands, would sign ---

    def authority(self):
        key = serialization.load_pem_private_key((self.keys / "authority.key").read_bytes(), None)
        return key, x509.load_pem_x509_certificate((self.keys / "authority.pem").read_bytes())

    def sign(self, name, begin=None, end=None, of_partner=True, key=None):
        """A profile with a certificate of the hub's authority that the hub did not give."""
        signer, authority = self.authority()
        own = key or ec.generate_private_key(ec.SECP256R1())
        now = datetime.datetime.utcnow()
        names = ([x509.UniformResourceIdentifier("liaison:org/eurodig")] if of_partner else
                 [x509.DNSName("localhost")])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "made by hand")]))
            .issuer_name(authority.subject).public_key(own.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin or now - datetime.timedelta(minutes=1))
            .not_valid_after(end or now + datetime.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName(names), False)
            .sign(signer, hashes.SHA256()))
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        (folder / "certificate.pem").write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM))
        (folder / "key.pem").write_bytes(own.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()))
        (folder / "authority.pem").write_bytes((self.keys / "authority.pem").read_bytes())
        return Profile(folder)

    def shakes_hands(self, context):
        """Whether the hub goes on after the handshake: it sends its SETTINGS."""
        with contextlib.closing(socket.create_connection(("127.0.0.1", self.port), 10)) as raw:
            try:
                with context.wrap_socket(raw, server_hostname="localhost") as stream:
                    stream.settimeout(10)
                    settings = bytes(3) + b"\x04" + bytes(5)
                    stream.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + settings)
                    return bool(stream.recv(9))
            except (ssl.SSLError, ConnectionError):
                return False

    def hub_serial(self):
        """The serial number of the certificate that the hub shows."""
        context = self.administrator.tls()
        with contextlib.closing(socket.create_connection(("127.0.0.1", self.port), 10)) as raw:
            with context.wrap_socket(raw, server_hostname="localhost") as stream:
                return x509.load_der_x509_certificate(stream.getpeercert(True)).serial_number


def wait_until(condition, timeout_s=15):
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return False
