#!/usr/bin/python3
"""The campaign's own checker must see what it is there to see: each lie of a hub is told to it."""

import argparse
import copy
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

from findings import CLASS_OF, CLASSES, Findings
from load import make_batch
from oracle import Log, Oracle

import grpc
import contract
import hub as hubs
from contract import PROJECT

# `$2` is the data folder. Had it only lost its end, the hub itself would see that and halt.
FORGETFUL = """#!/bin/sh
rm -rf "$2"
exec {liaisond} "$@"
"""


class Checker(unittest.TestCase):
    bin_dir = None

    @classmethod
    def setUpClass(cls):
        cls.oracle_folder = tempfile.TemporaryDirectory()
        cls.oracle = Oracle(pathlib.Path(cls.oracle_folder.name) / "oracle")
        rng = random.Random(7)
        with hubs.TemporaryHub(cls.bin_dir) as hub, grpc.insecure_channel(hub.address) as channel:
            publishing = contract.publish_grpc.PublishServiceStub(channel)
            for _ in range(20):
                batch = make_batch(rng, "org/crash-writer-0", 3)
                cls.oracle.send(batch)
                request = contract.publish.PublishRequest(items=batch.items)
                for receipt in publishing.Publish(request, wait_for_ready=True).receipts:
                    cls.oracle.acknowledge(receipt)
            request = contract.events.SubscribeRequest(stop_at_head=True)
            request.start_at = contract.events.START_AT_BEGINNING
            reading = contract.events_grpc.EventServiceStub(channel)
            cls.served = [e for frame in reading.Subscribe(request) for e in frame.events.events]

    @classmethod
    def tearDownClass(cls):
        cls.oracle.__exit__()
        cls.oracle_folder.cleanup()

    def faults(self, change=lambda events: None):
        """What the checker says when the hub had served the events after `change`."""
        events = copy.deepcopy(self.served)
        change(events)
        log = Log(self.oracle)
        for event in events:
            log.take(event)
        log.compare_all()
        log.compare_refused()
        log.expect(len(events) == len(self.served), "size_differs")
        return set(log.findings.counts)

    def test_an_honest_hub_has_no_faults(self):
        self.assertEqual(self.faults(), set())

    def test_lies_are_seen(self):
        def drop_last(events):
            events.pop()

        def drop_one(events):
            del events[10]

        def repeat(events):
            events.insert(11, events[10])

        def swap(events):
            events[10], events[11] = events[11], events[10]

        def other_words(events):
            events[10].sections[0].data += b"\x1a\x00"

        def other_header(events):
            events[10].header = events[10].header.replace(b"2027", b"2028")

        def no_section(events):
            del events[10].sections[:]

        def other_leaf(events):
            leaf = bytearray(events[10].leaf)
            leaf[12] ^= 1  # in the hub's time
            events[10].leaf = bytes(leaf)

        def other_time(events):
            leaf = bytearray(events[10].leaf)
            leaf[12] = 0
            events[10].leaf = bytes(leaf)

        def somebody_elses(events):
            header = contract.event.EventHeader.FromString(events[10].header)
            header.event_id = "00000000-0000-4000-8000-000000000000"
            events[10].header = header.SerializeToString()

        for lie, fault in ((drop_last, "lost"), (drop_one, "sequence_not_dense"),
                           (drop_one, "lost"), (repeat, "duplicated"),
                           (swap, "sequence_not_dense"), (other_words, "commitment_does_not_open"),
                           (other_words, "words_differ"), (other_header, "header_differs"),
                           (other_time, "hub_time_went_back"), (somebody_elses, "nobody_sent_it"),
                           (other_header, "digest_differs"), (no_section, "section_missing"),
                           (other_leaf, "receipt_differs")):
            with self.subTest(lie=lie.__name__, fault=fault):
                self.assertIn(fault, self.faults(lie))

    def test_a_changed_leaf_changes_the_root(self):
        honest, lying = Log(self.oracle), Log(self.oracle)
        for event in self.served:
            honest.take(event)
            event = copy.deepcopy(event)
            event.leaf = event.leaf[:-1] + bytes([event.leaf[-1] ^ (event.sequence == 5)])
            lying.take(event)
        self.assertNotEqual(honest.tree.root(), lying.tree.root())

    def test_half_a_batch_is_unknown_as_a_whole(self):
        with Oracle("/dev/null") as oracle:
            batch = make_batch(random.Random(8), "org/crash-writer-0", 2)
            oracle.send(batch)
            oracle.acknowledge(contract.event.Receipt(event_id=batch.ids()[0]))
            self.assertEqual(oracle.unknown(), [batch])
            oracle.acknowledge(contract.event.Receipt(event_id=batch.ids()[1]))
            self.assertEqual(oracle.unknown(), [])

    def test_refused_is_not_unknown_and_must_not_be_there(self):
        with Oracle("/dev/null") as oracle:
            batch = make_batch(random.Random(9), "org/crash-writer-0", 1)
            oracle.send(batch)
            oracle.refuse(batch, "DISK_FULL")
            self.assertEqual(oracle.unknown(), [])
            self.assertEqual(oracle.unacknowledged(), [batch])
            log = Log(oracle)
            log.compare_refused()
            self.assertTrue(log.findings.clean)
            log.events[("org/crash-writer-0", batch.ids()[0])] = (1, b"", b"")
            log.compare_refused()
            self.assertEqual(set(log.findings.counts), {"refused_yet_there"})

    def test_a_hub_that_forgets_is_found_out(self):
        """The whole campaign, against one that throws its log away when it starts."""
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            forgetful = folder / "liaisond"
            forgetful.write_text(FORGETFUL.format(liaisond=self.bin_dir.resolve() / "liaisond"))
            forgetful.chmod(0o755)
            code = subprocess.run(
                [sys.executable, PROJECT / "tests/campaign", "--only", "kill", "--rounds", "3",
                 "--seed", "1", "--bin-dir", self.bin_dir, "--liaisond", forgetful,
                 "--folder", folder, "--output", folder / "json"],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
            document = json.loads((folder / "json").read_text())
        self.assertEqual(code, 1)
        self.assertGreater(document["lost"], 0, document)
        self.assertEqual(document["errors"], {})

    def test_every_finding_has_a_class(self):
        findings = Findings()
        for name in CLASS_OF:
            findings.add(name)
        self.assertEqual(sum(findings.by_class().values()), len(CLASS_OF))
        self.assertEqual(tuple(findings.by_class()), CLASSES)
        self.assertRaises(KeyError, findings.add, "no_such_finding")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    known, rest = parser.parse_known_args()
    Checker.bin_dir = known.bin_dir
    unittest.main(argv=[sys.argv[0], *rest])
