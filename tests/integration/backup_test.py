#!/usr/bin/python3
"""Backups as an operator meets them: refusals, kill -9, damage, erasures, a disk that is full."""

import argparse
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import uuid

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
sys.path.insert(0, str(HERE))

import contract
import hub as hubs
import restore_drill

TIMEOUT_S = 60
REFUSED, NOT_FOUND, BAD_INPUT, NOT_VERIFIED = 3, 5, 6, 7
PATIENCE_S = 30


class BackupCase(unittest.TestCase):
    bin_dir = None

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(
            tempfile.TemporaryDirectory(prefix="liaison-backup-")))
        self.backups = self.folder / "backups"
        self.rng = random.Random(self.id())

    def hub(self, name="data", *flags):
        return hubs.Hub(self.bin_dir, self.folder / name,
                        ["--backup-dir", str(self.backups), *flags])

    def liaison(self, *arguments, hub=None, code=0):
        """What the command printed as JSON, or on standard error where it is to fail."""
        where = ["--hub", hub.address] if hub else []
        done = subprocess.run(
            [str(self.bin_dir.resolve() / "liaison"), *where, *map(str, arguments),
             "--output", "json"], cwd=self.folder, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=TIMEOUT_S)
        self.assertEqual(done.returncode, code, done.stderr)
        return json.loads(done.stdout) if code == 0 else done.stderr

    def backup(self, hub, *flags):
        return self.liaison("admin", "backup", *flags, hub=hub)

    def verify(self, *flags, code=0):
        return self.liaison("admin", "verify-backup", "--from", self.backups, *flags, code=code)

    def restore(self, name, *flags, code=0):
        return self.liaison("admin", "restore", "--from", self.backups, "--data-dir",
                            self.folder / name, *flags, code=code)

    def publish(self, hub, count):
        author = restore_drill.Author(hub.address)
        author.publish_many(self.rng, count)
        author.close()
        return author.receipts

    def get(self, hub, sequence):
        return self.liaison("get", sequence, hub=hub)


class Refusals(BackupCase):
    def test_without_a_folder_the_setting_is_named(self):
        hub = self.enterContext(hubs.Hub(self.bin_dir, self.folder / "data"))
        said = self.liaison("admin", "backup", hub=hub, code=REFUSED)
        self.assertIn("backup_dir", said)

    def test_a_folder_that_cannot_be_written_is_said_and_publishing_goes_on(self):
        self.backups.write_text("a file stands where the folder should")
        hub = self.enterContext(self.hub())
        said = self.liaison("admin", "backup", hub=hub, code=REFUSED)
        self.assertIn(str(self.backups), said)
        self.publish(hub, 10)

    def test_what_is_not_there_is_said(self):
        self.assertIn("no folder of backups", self.verify(code=NOT_FOUND))
        hub = self.enterContext(self.hub())
        self.backup(hub)
        self.assertIn("no backup 7", self.verify("--number", 7, code=NOT_FOUND))

    def test_a_restore_overwrites_nothing(self):
        hub = self.enterContext(self.hub())
        self.publish(hub, 5)
        self.backup(hub)
        hub.stop()
        self.assertIn("not empty", self.restore("data", code=BAD_INPUT))
        hub.start()
        self.publish(hub, 5)

    def test_a_full_disk_is_said_and_publishing_goes_on(self):
        self.backups.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs",
                                  str(self.backups)], stderr=subprocess.DEVNULL)
        if mounted.returncode != 0:
            self.skipTest("no small disk can be made here")
        self.addCleanup(subprocess.run, ["umount", "-l", str(self.backups)], check=True)
        hub = self.enterContext(self.hub("data", "--disk-reserve-mib", "1"))
        self.publish(hub, 100)
        first = self.backup(hub)
        self.publish(hub, 6000)
        said = self.liaison("admin", "backup", hub=hub, code=REFUSED)
        self.assertRegex(said, "(?i)room|no space")
        self.publish(hub, 100)
        self.assertEqual(self.verify()["backup"], first["backup"])


class Audit(BackupCase):
    """Who did what goes with the backups, and comes back with the log."""

    @property
    def kept(self):
        return self.backups / "audit.jsonl"

    def make(self):
        hub = self.enterContext(self.hub())
        self.publish(hub, 10)
        for _ in range(3):
            self.backup(hub)
        return hub

    def test_it_comes_back_and_goes_on(self):
        hub = self.make()
        hub.stop()
        entries = self.verify()["audit_entries"]
        self.assertIn(entries, (2, 3), "the last one comes beside its own copy")
        self.assertEqual(self.kept.stat().st_mode & 0o777, 0o600)
        shutil.rmtree(self.folder / "data")
        self.assertEqual(self.restore("data")["audit_entries"], entries)
        self.assertEqual((self.folder / "data/audit.jsonl").read_bytes(), self.kept.read_bytes())
        hub.start()
        self.backup(hub)
        hub.stop()
        self.assertGreaterEqual(self.verify()["audit_entries"], entries)
        self.assertEqual(sorted(self.backups.glob("audit.jsonl*")), [self.kept])

    def test_a_changed_one_is_named_and_the_log_comes_back_without_it(self):
        self.make().stop()
        self.kept.write_text(self.kept.read_text().replace("AdminService", "AdmimService", 1))
        self.assertIn("audit.jsonl, line 1", self.verify(code=NOT_VERIFIED))
        self.assertIn("audit.jsonl, line 1", self.restore("again", code=NOT_VERIFIED))
        self.assertFalse((self.folder / "again").exists(), "nothing was put anywhere")
        self.kept.rename(self.folder / "evidence")
        self.assertIsNone(self.restore("again")["audit_entries"])
        self.enterContext(self.hub("again"))

    def test_a_backup_without_it_is_none_and_says_so(self):
        hub = self.make()
        self.kept.unlink()
        self.kept.with_name("audit.jsonl.new").mkdir()
        said = self.liaison("admin", "backup", hub=hub, code=REFUSED)
        self.assertIn("audit.jsonl.new", said)
        self.publish(hub, 10)
        self.kept.with_name("audit.jsonl.new").rmdir()
        self.backup(hub)
        self.verify()


class Faults(BackupCase):
    def test_a_hub_killed_while_it_copies_spoils_no_backup(self):
        hub = self.enterContext(self.hub())
        self.publish(hub, 3000)
        numbers = [self.backup(hub)["backup"]]
        killed_early = 0
        for after_s in (0.005, 0.01, 0.02, 0.04, 0.08, 0.16):
            self.publish(hub, 2000)
            asked = subprocess.Popen(
                [str(self.bin_dir.resolve() / "liaison"), "--hub", hub.address, "admin", "backup",
                 "--output", "json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            time.sleep(after_s)
            hub.kill()
            out, _ = asked.communicate(timeout=TIMEOUT_S)
            if asked.returncode == 0:
                numbers.append(json.loads(out)["backup"])
            else:
                killed_early += 1
            hub.start()
            if numbers:
                self.verify("--number", numbers[-1])
            made = self.backup(hub)
            numbers.append(made["backup"])
            self.verify()
            self.assertFalse(list(self.backups.glob("private/*.tmp")))
            kept = [entry["backup"] for entry in made["kept"]]
            numbers = [number for number in numbers if number in kept]
        self.assertGreater(killed_early, 0, "no kill came while a backup was made")
        for number in numbers:
            self.verify("--number", number)

    def test_a_flipped_bit_is_found(self):
        hub = self.enterContext(self.hub())
        self.publish(hub, 500)
        self.backup(hub)
        hub.stop()
        sound = self.folder / "sound"
        shutil.copytree(self.backups, sound)
        files = [p for p in sorted(sound.rglob("*")) if p.is_file() and p.stat().st_size
                 and p.name != "lock"]
        for path in self.rng.sample(files, min(12, len(files))):
            damaged = self.backups / path.relative_to(sound)
            content = bytearray(path.read_bytes())
            content[self.rng.randrange(len(content))] ^= 1 << self.rng.randrange(8)
            damaged.write_bytes(content)
            self.verify(code=NOT_VERIFIED)
            self.restore("other", code=NOT_VERIFIED)
            self.assertFalse((self.folder / "other").exists())
            damaged.write_bytes(path.read_bytes())
        self.verify()

    def test_a_restore_that_is_killed_is_no_log_and_can_be_run_again(self):
        hub = self.enterContext(self.hub())
        self.publish(hub, 4000)
        self.backup(hub)
        info = self.liaison("info", hub=hub)
        hub.stop()
        cut_short = 0
        other = self.folder / "other"
        began = time.monotonic()
        # Ten times at least, and then until a kill has come while it was going on.
        for attempt in range(1000):
            if attempt >= 10 and (cut_short or time.monotonic() > began + TIMEOUT_S):
                break
            restoring = subprocess.Popen(
                [str(self.bin_dir.resolve() / "liaisond"), "restore", "--from", str(self.backups),
                 "--data-dir", str(other)], stdout=subprocess.DEVNULL)
            while restoring.poll() is None and not (other / "restoring").exists():
                time.sleep(0.001)
            time.sleep(self.rng.uniform(0, 0.1))
            restoring.kill()
            if restoring.wait() == 0:
                shutil.rmtree(other)
                continue
            if not (other / "restoring").exists() or (other / "db").exists():
                continue
            cut_short += 1
            with self.assertRaisesRegex(RuntimeError, "cut short|no log"):
                self.hub("other").start()
        self.assertGreater(cut_short, 0, "no kill came while a restore was going on")
        shutil.rmtree(other / "db", ignore_errors=True)
        restored = self.restore("other")
        self.assertEqual(restored["root"], info["root"])
        with self.hub("other") as again:
            self.assertEqual(self.liaison("info", hub=again)["root"], info["root"])


class Erasures(BackupCase):
    def signal(self, hub):
        draft = contract.event.Draft(
            event_id=str(uuid.UUID(int=self.rng.getrandbits(128), version=4)), author="org/drill",
            audience="igf/public", cycle="2027", language="en", topics=["unspecified"])
        draft.topic_signal.purpose = contract.types.PURPOSE_INFORMATION
        draft.topic_signal.title = "A fictional signal"
        draft.personal.contacts.add(role=contract.bodies.CONTACT_ROLE_FROM,
                                    name="A fictional person", email="person@example.org")
        return self.say(hub, draft)

    def erase(self, hub, receipt):
        draft = contract.event.Draft(event_id=str(uuid.uuid4()), author="org/drill",
                                     audience="igf/public")
        draft.redaction.target_digest = receipt.digest
        draft.redaction.section = contract.types.SECTION_KIND_PERSONAL
        draft.redaction.reason = contract.bodies.REDACTION_REASON_AUTHOR_REQUEST
        return self.say(hub, draft)

    def say(self, hub, draft):
        author = restore_drill.Author(hub.address)
        receipt = author.publish([draft])[0]
        author.close()
        return receipt

    def test_what_is_erased_after_a_backup_is_erased_in_what_is_restored(self):
        hub = self.enterContext(self.hub())
        receipt = self.signal(hub)
        made = self.backup(hub)
        self.publish(hub, 50)
        redaction = self.erase(hub, receipt)
        kept = self.backups / "redactions" / redaction.digest.hex()
        deadline = time.monotonic() + PATIENCE_S
        while not kept.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        hub.kill()
        shutil.rmtree(self.folder / "data")
        restored = self.restore("data")
        self.assertEqual(restored["erasures_reapplied"], 1)
        self.assertEqual(restored["backup_head"], made["head"])
        self.assertEqual(restored["head"], made["head"] + 1)
        hub.start()
        event = self.get(hub, receipt.position.sequence)
        self.assertIn("personal", json.dumps(event["erased"]))
        self.assertNotIn("person@example.org", json.dumps(event))
        self.assertEqual(self.get(hub, made["head"] + 1)["type"], "redaction")
        # And what is made of it now is free of the words as well.
        self.backup(hub)
        self.assertEqual(self.verify()["erased_sections"], 1)

    def test_older_backups_that_hold_erased_words_are_named_and_can_go(self):
        hub = self.enterContext(self.hub())
        receipt = self.signal(hub)
        first = self.backup(hub)["backup"]
        self.erase(hub, receipt)
        second = self.backup(hub)
        holding = [e["backup"] for e in second["kept"] if e["holds_erased"]]
        self.assertEqual(holding, [first])
        third = self.backup(hub, "--purge-erased")
        self.assertEqual(third["removed"], [first])
        self.assertFalse([e for e in third["kept"] if e["holds_erased"]])
        for entry in third["kept"]:
            self.verify("--number", entry["backup"])


class Keeping(BackupCase):
    def test_the_newest_are_kept(self):
        hub = self.enterContext(self.hub("data", "--backup-keep", "2"))
        for _ in range(4):
            self.publish(hub, 10)
            made = self.backup(hub)
        self.assertEqual([e["backup"] for e in made["kept"]], [3, 4])
        self.assertEqual(made["removed"], [2])

    def test_a_hub_that_is_asked_to_stop_does_not_wait_for_a_backup(self):
        hub = self.enterContext(self.hub())
        self.publish(hub, 3000)
        asked = subprocess.Popen(
            [str(self.bin_dir.resolve() / "liaison"), "--hub", hub.address, "admin", "backup"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.02)
        self.assertLess(hub.stop(), 15)
        asked.wait(TIMEOUT_S)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    arguments, rest = parser.parse_known_args()
    BackupCase.bin_dir = arguments.bin_dir
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
