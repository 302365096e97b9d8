#!/usr/bin/python3
"""What a real hub signed and `liaison export --bundle` wrote, checked by the Python verifier."""

import argparse
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest
import uuid

PROJECT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT / "client/verify"), str(PROJECT / "tests/support")]

import grpc  # noqa: E402
import contract  # noqa: E402
import fictional_partners as partners  # noqa: E402
import hub as hubs  # noqa: E402
import signing  # noqa: E402
from contract import bodies, types  # noqa: E402
from fictional_log import payloads, sealed  # noqa: E402
from fictional_partners import EURODIG, SECRETARIAT, draft, organisation, signal  # noqa: E402
from liaison_verify import check, note, trust  # noqa: E402


class RealHub(partners.Publishing, unittest.TestCase):
    bin_dir = None

    def setUp(self):
        self.hub = self.enterContext(hubs.TemporaryHub(self.bin_dir))
        channel = self.enterContext(grpc.insecure_channel(self.hub.address))
        self.publishing = contract.publish_grpc.PublishServiceStub(channel)
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.key = signing.Key()

    def tell_a_story(self):
        self.publish(draft=organisation(SECRETARIAT, types.ORGANISATION_KIND_SECRETARIAT))
        self.publish(draft=organisation(EURODIG, types.ORGANISATION_KIND_NRI_REGIONAL))
        self.publish(draft=self.key.draft(EURODIG, str(uuid.uuid4()), bodies.KEY_ACTION_ADD))
        self.signed = self.publish(signed=self.sign())
        first, second = (self.publish(draft=signal(EURODIG, cycle="2027")) for _ in range(2))
        self.erase(EURODIG, first, types.SECTION_KIND_PERSONAL)
        self.erase(SECRETARIAT, second, types.SECTION_KIND_CONTENT)
        self.publish(draft=self.key.draft(EURODIG, str(uuid.uuid4()), bodies.KEY_ACTION_REVOKE))

    def sign(self):
        body = bodies.TopicSignal(purpose=types.PURPOSE_INFORMATION, title="A fictional signal")
        return signing.signed_event(
            self.key, signing.signal_header(EURODIG, str(uuid.uuid4()), body),
            [signing.section(types.SECTION_KIND_CONTENT, body.SerializeToString())])

    def liaison(self, *arguments):
        done = subprocess.run([self.bin_dir / "liaison", "--hub", self.hub.address, *arguments],
                              capture_output=True, timeout=60, check=True)
        return done.stdout

    def exported(self):
        """The file that the hub's command line writes."""
        file = self.folder / "record.bundle"
        self.liaison("export", "--bundle", file)
        return file.read_bytes()

    def check(self, data):
        vkey = json.loads(self.liaison("info", "--output", "json"))["log_vkey"]
        return check.check_bundle(io.BytesIO(data), trust.Trust(note.parse_vkey(vkey)))

    def test_record_of_a_real_hub(self):
        self.tell_a_story()
        report = self.check(self.exported())
        self.assertEqual(report.faults, [])
        self.assertEqual(report.signatures["verified"], 1)
        self.assertEqual(report.sections["erased_with_authority"], 2)
        self.assertEqual(report.registry["keys"], 1)
        print(f"{report.events} events of a real hub, {report.sections['opened']} sections opened")

    def test_change_of_a_real_event(self):
        self.tell_a_story()
        changed, sequence = list(payloads(self.exported())), self.signed.position.sequence
        at = [number for number, (kind, _) in enumerate(changed) if kind == "E"][sequence - 1]
        kind, payload = changed[at]
        changed[at] = kind, payload[:-1] + bytes([payload[-1] ^ 1])  # of its content, the last
        self.assertEqual([(fault.name, fault.where) for fault in self.check(
            sealed(changed)).faults], [("section", f"event {sequence}")])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    options, rest = parser.parse_known_args()
    RealHub.bin_dir = options.bin_dir
    unittest.main(argv=[sys.argv[0], *rest])
