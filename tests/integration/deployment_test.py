#!/usr/bin/python3
"""The services of deploy/systemd as they are, below a folder of our own in the place of `/`: what
their files and comments say is done, but for systemd's walls."""

import argparse
import http.client
import json
import pathlib
import re
import select
import shlex
import shutil
import ssl
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import hub as hubs
import identity
from contract import PROJECT

UNITS = PROJECT / "deploy/systemd"
SETTINGS = ("keys_dir", "hosts", "web", "socket", "backup_dir")
TIMEOUT_S = 60


class Unit:
    """A service with the drop-ins that it gets outside loopback."""

    def __init__(self, name, *drop_ins):
        self.name = name
        self.said = {}
        for file in (f"{name}.service", *drop_ins):
            text = (UNITS / file).read_text().replace("\\\n", "")
            for line in text.splitlines():
                key, equals, value = line.partition("=")
                if not equals or line.startswith("#"):
                    continue
                if value:
                    self.said.setdefault(key, []).append(value)
                else:
                    self.said[key] = []  # what came before is taken back

    def words(self, key):
        return [word for value in self.said.get(key, []) for word in value.split()]


class Deployment(unittest.TestCase):
    bin_dir = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="liaison-deployment-")
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.port = hubs.free_port()
        self.hub = Unit("liaisond", "liaisond-tls.conf")
        self.web = Unit("liaison-web")
        self.backup = Unit("liaison-backup", "liaison-backup-tls.conf")
        self.running = []
        self.told = ""  # the operator
        self.addCleanup(self.stop)

    # --- what systemd does --------------------------------------------------------------------

    def here(self, unit, text):
        """The text with our folder in the place of `/`, and our programs."""
        text = text.replace("%d", f"/run/credentials/{unit.name}.service")
        text = text.replace("/var/lib/private/", "/var/lib/")
        text = re.sub(r"/usr/bin/(liaison[\w-]*)", rf"{self.bin_dir}/\1", text)
        return re.sub(r"(?<![\w.])(/(?:var/lib|run|etc)/)", rf"{self.root}\1", text)

    def prepare(self, unit):
        """Folders and credentials, as before each start."""
        for key, above in (("StateDirectory", "var/lib"), ("RuntimeDirectory", "run")):
            for name in unit.words(key):
                (self.root / above / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        credentials = self.root / f"run/credentials/{unit.name}.service"
        shutil.rmtree(credentials, ignore_errors=True)
        credentials.mkdir(parents=True)
        for loaded in unit.words("LoadCredential"):
            name, source = loaded.split(":")
            shutil.copy(self.here(unit, source), credentials / name)
            (credentials / name).chmod(0o400)
        credentials.chmod(0o500)
        for bound in unit.words("BindReadOnlyPaths"):
            source, target = (self.here(unit, path) for path in bound.split(":"))
            self.assertTrue(pathlib.Path(source).exists(), source)
            pathlib.Path(target).unlink(missing_ok=True)
            pathlib.Path(target).symlink_to(source)
        for command in unit.said.get("ExecStartPre", []):
            subprocess.run(shlex.split(self.here(unit, command)), check=True, timeout=TIMEOUT_S)
        return credentials

    def start(self, unit):
        """The service's ready line. The web's port is a free one of this machine."""
        [command] = unit.said["ExecStart"]
        command = command.replace("--host :: --port 443", "--port 0")
        with open(self.root / f"{unit.name}.log", "ab") as log:
            process = subprocess.Popen(
                shlex.split(self.here(unit, command)), stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=log, cwd=self.root, env={"PATH": "/usr/bin:/bin"})
        self.running.append(process)
        said = select.select([process.stdout], [], [], TIMEOUT_S)[0] and process.stdout.readline()
        self.assertTrue(said, (self.root / f"{unit.name}.log").read_text())
        return json.loads(said)

    def stop(self):
        for process in reversed(self.running):
            process.terminate()
            process.wait(TIMEOUT_S)
            process.stdout.close()
        self.running = []

    # --- what the operator does ---------------------------------------------------------------

    def run_as_operator(self, *command):
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S,
                              cwd=self.root, env={"PATH": "/usr/bin:/bin"})
        self.assertEqual(done.returncode, 0, (command, done.stderr))
        return done.stdout

    def liaison(self, *arguments):
        return self.run_as_operator(
            f"{self.bin_dir}/liaison", "--profile", f"{self.root}/etc/liaison/keys/administrator",
            "--hub", f"localhost:{self.port}", *arguments)

    def set_up(self):
        """What the drop-in's comment says, once."""
        (self.root / "etc/liaison").mkdir(parents=True)
        (self.root / "var/lib").mkdir(parents=True)
        said = re.findall(r"^#   (.*)$", (UNITS / "liaisond-tls.conf").read_text(), re.M)
        self.assertTrue(said, "it does not say what to do")
        for command in said:
            words = shlex.split(self.here(self.hub, command))
            if words[0].startswith("liaison"):
                words[0] = f"{self.bin_dir}/{words[0]}"
            self.told += self.run_as_operator(*words)
        settings = (PROJECT / "deploy/liaisond.toml").read_text()
        for name in SETTINGS:
            settings, found = re.subn(rf"^# ({name} = )", r"\1", settings, flags=re.M)
            self.assertEqual(found, 1, name)
        settings = settings.replace("hub.example.org", "localhost")
        settings = settings.replace("127.0.0.1:7410", f"127.0.0.1:{self.port}")
        (self.root / "etc/liaison/liaisond.toml").write_text(self.here(self.hub, settings))

    def test_a_hub_with_certificates_runs_as_its_service_does(self):
        self.set_up()
        files = lambda folder: {f.name: f.read_bytes() for f in folder.iterdir()}
        for time in ("at first", "after a restart"):
            with self.subTest(time):
                credentials = self.prepare(self.hub)
                before = files(credentials)
                self.start(self.hub)
                self.assertIn('"accepts_writes":true', self.liaison("info", "--output", "json"))
                # The log that the operator was given the key of.
                self.assertIn(self.liaison("checkpoint").splitlines()[0] + "+", self.told)
                self.assertEqual(files(credentials), before, "it is only to be read")
            self.stop()
        secret = (self.root / "etc/liaison/keys/authority.key").read_bytes()
        for file in (self.root / "var").rglob("*"):
            if file.is_file() and not file.is_symlink():
                self.assertNotIn(secret.splitlines()[1], file.read_bytes(), file)

    def test_the_web_sees_the_certificate_and_no_more_of_the_hubs_folder(self):
        self.set_up()
        self.prepare(self.hub)
        self.start(self.hub)
        self.prepare(self.web)
        ready = self.start(self.web)
        authority = self.root / "var/lib/liaison-keys/authority.pem"
        connection = http.client.HTTPSConnection(
            "localhost", int(ready["https"].rsplit(":", 1)[1].strip("/")), timeout=TIMEOUT_S,
            context=ssl.create_default_context(cafile=authority))
        connection.request("GET", "/readyz")
        self.assertEqual(connection.getresponse().status, 200)
        connection.close()
        # /var/lib/private is shut to whoever has no state there.
        own = [f"/run/{name}/" for name in self.web.words("RuntimeDirectory")]
        own += [f"/var/lib/{name}/" for name in self.web.words("StateDirectory")]
        own += [f"/run/{name}/" for name in self.hub.words("RuntimeDirectory")]
        for path in re.findall(r" (/\S+)", " ".join(self.web.said["ExecStart"])):
            self.assertTrue(any(path.startswith(o) for o in own) or path.startswith("/usr/"), path)
        self.assertEqual(self.web.words("StateDirectory"), [], "all of the hub's, then")

    def test_the_backup_comes_in_by_the_socket_with_its_token(self):
        self.set_up()
        self.prepare(self.hub)
        self.start(self.hub)
        self.liaison("admin", "token", "create", "org/igf-secretariat", "--role", "operator",
                     "--file", f"{self.root}/etc/liaison/backup.token")
        self.prepare(self.backup)
        [command] = self.backup.said["ExecStart"]
        said = self.run_as_operator(*shlex.split(self.here(self.backup, command)))
        self.assertEqual(json.loads(said)["head"], 1)
        self.assertTrue(any((self.root / "var/lib/liaison-backups").iterdir()))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    hubs.add_arguments(parser)
    arguments, rest = parser.parse_known_args()
    Deployment.bin_dir = arguments.bin_dir.resolve()
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
