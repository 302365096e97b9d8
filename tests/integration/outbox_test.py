#!/usr/bin/python3
"""The outbox of the command line against a real hub, over lines that break.

Everybody and everything said here is fictional.
"""

import argparse
import json
import pathlib
import random
import sqlite3
import subprocess
import sys
import tempfile
import unittest
import uuid

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

import hub as hubs
from line import Line

TIMEOUT_S = 120
NOWHERE = "127.0.0.1:1"
AUTHOR = "org/example-igf"


def draft(number, **more):
    return {"event_id": str(uuid.uuid4()), "author": AUTHOR, "audience": "igf/public",
            "topics": ["unspecified"], "language": "en",
            "topic_signal": {"purpose": "PURPOSE_INFORMATION", "title": f"report {number}",
                             "text": "what our community asks (fictional) " * 100},
            **more}


class Outbox(unittest.TestCase):
    bin_dir = None

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.outbox = self.folder / "reports.outbox"

    def liaison(self, hub, *arguments, code=0):
        """Returns the lines of JSON on standard output; `self.err` is what was said beside."""
        done = subprocess.run([self.bin_dir / "liaison", "--hub", hub, *map(str, arguments)],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              check=False, timeout=TIMEOUT_S)
        self.err = done.stderr
        self.assertEqual(done.returncode, code, f"{arguments}\n{done.stdout}\n{done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def publish(self, drafts, hub=NOWHERE):
        file = self.folder / "drafts.jsonl"
        file.write_text("".join(json.dumps(one) + "\n" for one in drafts))
        queued = self.liaison(hub, "--outbox", self.outbox, "publish", file)
        self.assertEqual(queued, [{"event_id": one["event_id"], "queued": True} for one in drafts])
        return [one["event_id"] for one in drafts]

    def flush(self, hub, *flags, code=0, timeout_s=None):
        """A hub that is there may take its time, on a machine that is busy."""
        timeout_s = timeout_s or (2 if hub == NOWHERE else 30)
        return self.liaison(hub, "--outbox", self.outbox, "--timeout", timeout_s, "outbox", "flush",
                            *flags, code=code)

    def list(self):
        return self.liaison(NOWHERE, "--outbox", self.outbox, "outbox", "list", "--output", "json")

    def log_of(self, hub):
        """What is ours of it, in order."""
        return [one["event_id"] for one in self.liaison(
            hub.address, "subscribe", "--until-caught-up", "--output", "json",
            "--filter", f'author = "{AUTHOR}"')]

    def test_without_a_hub_it_waits_and_with_one_it_goes(self):
        ids = self.publish([draft(1), draft(2), draft(3)])
        self.assertEqual([(one["event_id"], one["state"]) for one in self.list()],
                         [(one, "waiting") for one in ids])
        self.assertEqual(self.flush(NOWHERE, code=4), [])
        self.assertIn("3 of your reports wait for the line; nothing is lost", self.err)
        with hubs.TemporaryHub(self.bin_dir) as hub:
            receipts = self.flush(hub.address)
            self.assertEqual([one["event_id"] for one in receipts], ids)
            first = receipts[0]["sequence"]
            self.assertEqual([one["sequence"] - first for one in receipts], [0, 1, 2])
            self.assertIn("Nothing waits", self.err)
            self.assertEqual(self.flush(hub.address), [], "a receipt is read once")
            self.assertEqual(self.list(), [])
            self.assertEqual(self.log_of(hub), ids)

    def test_however_often_the_line_is_cut_everything_arrives_once_and_in_order(self):
        seed = random.SystemRandom().getrandbits(32)
        print(f"seed {seed}")
        rng = random.Random(seed)
        with hubs.TemporaryHub(self.bin_dir) as hub, Line(hub.address) as line:
            ids = []
            for number in range(12):
                ids += self.publish([draft(number) for _ in range(rng.randint(1, 12))])
                line.cut_after(rng.randint(0, 6000))
                subprocess.run([self.bin_dir / "liaison", "--hub", line.address, "--outbox",
                                self.outbox, "--timeout", "1", "outbox", "flush"], check=False,
                               capture_output=True, timeout=TIMEOUT_S)
            line.mend()
            self.flush(line.address)
            self.assertEqual(self.log_of(hub), ids)

    def test_bytes_are_few_and_nothing_is_said_while_nothing_waits(self):
        with hubs.TemporaryHub(self.bin_dir) as hub, Line(hub.address) as line:
            drafts = [draft(number) for number in range(30)]
            self.publish(drafts)
            self.flush(line.address)
            self.assertLess(line.sent, len(json.dumps(drafts)) / 4, "it travels compressed")
            before = line.connections
            self.flush(line.address)
            self.assertEqual(line.connections, before)

    def test_a_slow_line_is_not_a_dead_one(self):
        text = "".join(chr(random.randint(33, 126)) for _ in range(60_000))  # does not shrink much
        with hubs.TemporaryHub(self.bin_dir) as hub, Line(hub.address, 15_000) as line:
            large = draft(1)
            large["topic_signal"]["text"] = text
            self.publish([large, draft(2)])
            # It takes 4 s.
            self.assertEqual(len(self.flush(line.address, timeout_s=2)), 2)

    def test_a_refusal_stops_nothing_else(self):
        drafts = [draft(1), draft(2, topics=["No Topic"]), draft(3)]
        self.publish(drafts)
        with hubs.TemporaryHub(self.bin_dir) as hub:
            told = self.flush(hub.address, code=3)
            self.assertEqual([one["event_id"] for one in told], [one["event_id"] for one in drafts])
            self.assertEqual(told[2]["sequence"], told[0]["sequence"] + 1)
            self.assertEqual((told[1]["state"], told[1]["reason"]), ("refused", "FIELD_INVALID"))
            self.assertEqual([one["state"] for one in self.list()], ["refused"])
            self.assertEqual(self.flush(hub.address), [], "nothing waits")
            bad = drafts[1]["event_id"]
            self.liaison(NOWHERE, "--outbox", self.outbox, "outbox", "retry", bad)
            self.assertEqual([one["state"] for one in self.list()], ["waiting"])
            self.flush(hub.address, code=3)
            self.liaison(NOWHERE, "--outbox", self.outbox, "outbox", "drop", bad)
            self.assertEqual(self.list(), [])
            self.liaison(NOWHERE, "--outbox", self.outbox, "outbox", "drop", bad, code=5)

    def test_a_receipt_that_could_not_be_printed_is_printed_the_next_time(self):
        ids = self.publish([draft(number) for number in range(3)])
        with hubs.TemporaryHub(self.bin_dir) as hub:
            with open("/dev/full", "wb") as full:
                told = subprocess.run([self.bin_dir / "liaison", "--hub", hub.address, "--outbox",
                                       self.outbox, "outbox", "flush"], stdout=full,
                                      stderr=subprocess.PIPE, check=False, timeout=TIMEOUT_S)
            self.assertNotEqual(told.returncode, 0, told.stderr)
            self.assertEqual([one["event_id"] for one in self.list()], ids)
            receipts = self.flush(hub.address)
            self.assertEqual([one["event_id"] for one in receipts], ids)
            self.assertEqual(self.list(), [])
            self.assertEqual(self.log_of(hub), ids)

    def test_it_knows_its_hub_by_its_log(self):
        self.publish([draft(1)])
        with hubs.TemporaryHub(self.bin_dir) as first, hubs.TemporaryHub(self.bin_dir) as second:
            self.flush(first.address)
            info = self.liaison(NOWHERE, "--outbox", self.outbox, "outbox", "info", "--output",
                                "json")[0]
            self.publish([draft(2)])
            self.assertEqual(self.flush(second.address, code=1), [])
            self.assertIn(info["log_id"], self.err)
            way_out = self.err.partition("outbox adopt ")[2].partition("`")[0]
            self.assertEqual(self.log_of(second), [])
            self.assertEqual(len(self.list()), 1)
            self.liaison(NOWHERE, "--outbox", self.outbox, "outbox", "adopt", way_out)
            self.assertEqual(len(self.flush(second.address)), 1)

    def test_a_timer_leaves_a_hub_that_is_away_in_peace(self):
        self.publish([draft(1)])
        for _ in range(6):
            self.flush(NOWHERE, code=4)
        with hubs.TemporaryHub(self.bin_dir) as hub, Line(hub.address) as line:
            self.flush(line.address, "--when-due")
            went = line.connections
            self.assertEqual(len(self.flush(line.address)), 0 if went else 1)

    def test_what_cannot_be_used_is_said_on_this_side(self):
        bad = self.folder / "bad.jsonl"
        bad.write_text(json.dumps(draft(1)) + "\n" + json.dumps({"topic_signal": {}}) + "\n")
        queued = self.liaison(NOWHERE, "--outbox", self.outbox, "publish", bad, code=6)
        self.assertEqual(len(queued), 1, "what came before it is safe")
        self.assertIn("bad.jsonl, line 2 (draft 2)", self.err)
        self.liaison(NOWHERE, "outbox", "list", code=6)
        self.assertIn("--outbox FILE", self.err)
        self.liaison(NOWHERE, "--outbox", self.outbox, "publish", "--dry-run", bad, code=2)
        shopping = self.folder / "shopping.txt"
        shopping.write_text("not an outbox at all, though it is rather a long text, of two lines\n")
        self.liaison(NOWHERE, "--outbox", shopping, "outbox", "list", code=6)

    def test_a_file_that_is_damaged_is_no_fault_of_the_hub(self):
        ids = self.publish([draft(number) for number in range(5)])
        with sqlite3.connect(self.outbox) as damaged:
            damaged.execute("UPDATE item SET item = x'0a05ffffffff' WHERE number = 2")
        damaged.close()
        self.assertEqual(len(self.list()), 5)
        with hubs.TemporaryHub(self.bin_dir) as hub:
            told = self.flush(hub.address, code=6)
            self.assertEqual([one["event_id"] for one in told if "sequence" in one],
                             [ids[0], *ids[2:]])
            self.assertIn("publish it again from your own copy", self.err)
            self.assertNotIn("hub", self.err.partition("\nliaison: ")[2])
            self.liaison(NOWHERE, "--outbox", self.outbox, "outbox", "drop", ids[1])
            self.publish([draft(number) for number in range(30)])
            with open(self.outbox, "r+b") as file:
                file.truncate(10_000)
            self.flush(hub.address, code=6)
            self.assertIn("is malformed. Keep the file", self.err)

    def test_subscribe_goes_on_where_its_cursor_stands(self):
        with hubs.TemporaryHub(self.bin_dir) as hub:
            cursor = self.folder / "mine.cursor"
            follow = ("subscribe", "--until-caught-up", "--output", "json", "--cursor", cursor,
                      "--filter", f'author = "{AUTHOR}"')
            for count in (3, 2, 0):
                if count:
                    self.publish([draft(number) for number in range(count)])
                    self.flush(hub.address)
                self.assertEqual(len(self.liaison(hub.address, *follow)), count)
            with hubs.TemporaryHub(self.bin_dir) as other:
                self.liaison(other.address, *follow, code=3)
                self.assertIn("LOG_INCARNATION_CHANGED", self.err)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    arguments, rest = parser.parse_known_args()
    Outbox.bin_dir = arguments.bin_dir.resolve()
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
