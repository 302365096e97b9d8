#!/usr/bin/python3
"""Loses a hub and brings it back by the runbook, on a copy of nothing but its backups.

Publishes events, makes a backup under load and a second one after a few more events, kills the hub,
and runs the blocks of deploy/runbooks/restore.md in order, in an empty environment that has the two
programs and the copy. Then the restored hub is asked: the same head and root, the same receipts for
what is published again, LOG_INCARNATION_CHANGED for a cursor of the old log. Prints JSON; exits 0
iff all is as it should be.
"""

import argparse
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import grpc
import contract
import hub as hubs
from contract import PROJECT

RUNBOOK = PROJECT / "deploy/runbooks/restore.md"
DRILL_MARK = "tests/integration/restore_drill.py runs it"
BLOCK = re.compile(r"<!-- not run: ([^\n]*?) -->\n```sh\n(.*?)^```$", re.M | re.S)
EVENT_SIZE_BYTES = 1024
BATCH = 100
CALL_TIMEOUT_S = 60
RUNBOOK_TIMEOUT_S = 600


def make_drafts(rng, count):
    """Each about 1 KiB; words by lot, so that no compression makes them small."""
    drafts = []
    for _ in range(count):
        draft = contract.event.Draft(
            event_id=str(uuid.UUID(int=rng.getrandbits(128), version=4)),
            author="org/drill", audience="igf/public", cycle="2027", language="en",
            topics=["unspecified"])
        draft.topic_signal.purpose = contract.types.PURPOSE_INFORMATION
        draft.topic_signal.title = "A fictional signal"
        draft.topic_signal.text = rng.randbytes(EVENT_SIZE_BYTES // 2 - 100).hex()
        drafts.append(draft)
    return drafts


class Author:
    """Publishes and remembers the receipts."""

    def __init__(self, address):
        self._channel = grpc.insecure_channel(address)
        self._stub = contract.publish_grpc.PublishServiceStub(self._channel)
        self.receipts = []

    def publish(self, drafts):
        request = contract.publish.PublishRequest(
            items=[contract.publish.PublishItem(draft=draft) for draft in drafts])
        answer = self._stub.Publish(request, timeout=CALL_TIMEOUT_S)
        self.receipts += answer.receipts
        return answer.receipts

    def publish_many(self, rng, count):
        for begin in range(0, count, BATCH):
            self.publish(make_drafts(rng, min(BATCH, count - begin)))

    def close(self):
        self._channel.close()


class Load(threading.Thread):
    """Publishes batches until it is told to end."""

    def __init__(self, address, seed):
        super().__init__(daemon=True)
        self.author = Author(address)
        self._rng = random.Random(seed)
        self._end = threading.Event()
        self.slowest_s = 0

    def run(self):
        while not self._end.is_set():
            drafts = make_drafts(self._rng, BATCH)
            began = time.monotonic()
            self.author.publish(drafts)
            self.slowest_s = max(self.slowest_s, time.monotonic() - began)

    def end(self):
        self._end.set()
        self.join()
        self.author.close()


def liaison(bin_dir, *arguments):
    done = subprocess.run([str(bin_dir / "liaison"), *arguments, "--output", "json"],
                          stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def timed(action):
    began = time.monotonic()
    result = action()
    return result, round(time.monotonic() - began, 3)


def runbook_blocks():
    return [text for mark, text in BLOCK.findall(RUNBOOK.read_text()) if DRILL_MARK in mark]


def run_runbook(bin_dir, backups, folder):
    """Runs the blocks as one script; returns the seconds of each and what it printed."""
    data = folder / "data"
    blocks = runbook_blocks()
    if len(blocks) != 3:
        raise RuntimeError(f"{RUNBOOK} has {len(blocks)} blocks for the drill instead of 3")
    script = "set -euo pipefail\ntrap 'echo \"${hub:-}\" > hub.pid' EXIT\n"
    for text in blocks:
        script += f"{text}date +%s.%N >> times\n"
    port_free = "127.0.0.1:" + str(hubs.free_port())
    for said, meant in (("/var/backups/liaison", str(backups)), ("/var/lib/liaison", str(data)),
                        ("127.0.0.1:7410", port_free)):
        if said not in script:
            raise RuntimeError(f"the runbook does not say {said}")
        script = script.replace(said, meant)
    began = time.time()
    with open(folder / "out", "w") as out:
        done = subprocess.run(
            ["/bin/bash", "-c", script], cwd=folder, stdin=subprocess.DEVNULL, stdout=out,
            stderr=subprocess.STDOUT, timeout=RUNBOOK_TIMEOUT_S,
            env={"PATH": f"{bin_dir}:/usr/bin:/bin", "HOME": str(folder)})
    said = (folder / "out").read_text()
    if done.returncode != 0:
        end_hub(folder)
        raise RuntimeError(f"the runbook ended with {done.returncode}\n{script}\n{said}")
    times = [began, *map(float, (folder / "times").read_text().split())]
    return {"address": port_free, "restored": json.loads((folder / "restored.json").read_text()),
            "seconds": [round(b - a, 3) for a, b in zip(times, times[1:])]}


def end_hub(folder):
    """Ends the hub that the runbook has started, if any; True iff there was one, and it ended."""
    text = (folder / "hub.pid").read_text().strip()
    if not text or not pathlib.Path(f"/proc/{text}/cmdline").exists():
        return False
    said = pathlib.Path(f"/proc/{text}/cmdline").read_text()
    if not said:
        return False  # it ended before, and nobody has asked how
    if str(folder) not in said:
        raise RuntimeError(f"process {text} is not the hub of {folder}")
    os.kill(int(text), signal.SIGTERM)
    deadline = time.monotonic() + hubs.STOP_TIMEOUT_S
    while time.monotonic() < deadline:
        try:  # a child of nobody's: it may stay as a zombie
            if not pathlib.Path(f"/proc/{text}/cmdline").read_bytes():
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.02)
    return False


def refusal_of_old_cursor(address, log_id, sequence):
    with grpc.insecure_channel(address) as channel:
        stub = contract.events_grpc.EventServiceStub(channel)
        request = contract.events.SubscribeRequest(
            after=contract.types.Position(log_id=log_id, sequence=sequence), stop_at_head=True)
        try:
            for _ in stub.Subscribe(request, timeout=CALL_TIMEOUT_S):
                pass
        except grpc.RpcError as error:
            return contract.refusal_of(error).reason
    return None


def republish(address, rng_state, receipts, sample):
    """Publishes the first events again; returns how many receipts are the same."""
    rng = random.Random(rng_state)
    author = Author(address)
    drafts = make_drafts(rng, sample)
    again = author.publish(drafts)
    author.close()
    return sum(a.duplicate and a.position.sequence == b.position.sequence and a.digest == b.digest
               for a, b in zip(again, receipts))


def drill(options, folder):
    report = {"what": "restore-drill", "events": options.events, "seed": options.seed}
    bin_dir = options.bin_dir.resolve()
    backups = folder / "backups"
    hub = hubs.Hub(bin_dir, folder / "data", ["--backup-dir", str(backups)])
    audit = folder / "data/audit.jsonl"
    with hub:
        author = Author(hub.address)
        rng = random.Random(options.seed)
        _, report["publish_s"] = timed(lambda: author.publish_many(rng, options.events))
        load = Load(hub.address, options.seed + 1)
        load.start()
        first, report["backup_under_load_s"] = timed(
            lambda: liaison(bin_dir, "--hub", hub.address, "admin", "backup"))
        load.end()
        report["load_slowest_batch_s"] = round(load.slowest_s, 3)
        report["load_events"] = len(load.author.receipts)
        report["backup_copied_bytes"] = first["copied_bytes"]
        author.publish_many(rng, options.more)
        second, report["incremental_backup_s"] = timed(
            lambda: liaison(bin_dir, "--hub", hub.address, "admin", "backup"))
        report["incremental_copied_bytes"] = second["copied_bytes"]
        report["backup_size_bytes"] = second["size_bytes"]
        # However much the load has added while the first one was made.
        report["not_copied_again_bytes"] = second["size_bytes"] - second["copied_bytes"]
        info = liaison(bin_dir, "--hub", hub.address, "info")
        author.close()
        audited = audit.read_bytes()
        hub.kill()

    # A bare system: the two programs and a copy of the folder.
    bare = folder / "bare"
    (bare / "bin").mkdir(parents=True)
    for program in ("liaisond", "liaison"):
        shutil.copy2(bin_dir / program, bare / "bin" / program)
    shutil.copytree(backups, bare / "copy")
    shutil.rmtree(backups)
    shutil.rmtree(folder / "data")
    done, report["runbook_s"] = timed(lambda: run_runbook(bare / "bin", bare / "copy", bare))
    try:
        report["verify_s"], report["restore_s"], report["start_and_compare_s"] = done["seconds"]
        restored = liaison(bin_dir, "--hub", done["address"], "info")
        report["head"] = restored["head"]
        report["head_equal"] = restored["head"] == info["head"] == done["restored"]["head"]
        report["root_equal"] = restored["root"] == info["root"] == done["restored"]["root"]
        report["log_id_new"] = (restored["log_id"] == done["restored"]["log_id"] != info["log_id"]
                                and done["restored"]["old_log_id"] == info["log_id"])
        goes_on = (bare / "data/audit.jsonl").read_bytes()
        report["audit_entries"] = done["restored"]["audit_entries"]
        # The second backup itself stands in it, or came a moment too late for it.
        report["audit_goes_on"] = (1 <= report["audit_entries"] <= audited.count(b"\n")
                                   and goes_on.startswith(
                                       b"".join(audited.splitlines(True)
                                                [:report["audit_entries"]])))
        report["old_cursor"] = refusal_of_old_cursor(done["address"], info["log_id"], 5)
        sample = min(BATCH, options.events)
        report["republished"] = sample
        report["republished_same"] = republish(done["address"], options.seed, author.receipts,
                                               sample)
        more = Author(done["address"])
        receipts = more.publish(make_drafts(random.Random(options.seed + 2), 10))
        more.close()
        report["goes_on"] = [r.position.sequence for r in receipts] == list(
            range(info["head"] + 1, info["head"] + 11))
    finally:
        report["hub_ended"] = end_hub(bare)
    report["ok"] = bool(
        report["hub_ended"] and report["head_equal"] and report["root_equal"]
        and report["log_id_new"] and report["goes_on"] and report["audit_goes_on"]
        and report["old_cursor"] == "LOG_INCARNATION_CHANGED"
        and report["republished_same"] == report["republished"]
        and report["not_copied_again_bytes"] > report["backup_copied_bytes"] / 4
        and report["runbook_s"] < RUNBOOK_TIMEOUT_S)
    return report


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    parser.add_argument("--events", type=int, default=100_000, help="[100,000], of about 1 KiB")
    parser.add_argument("--more", type=int, default=1000, help="before the second backup [1,000]")
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument("--folder", type=pathlib.Path, default=None,
                        help="where everything goes [a temporary folder]")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="liaison-drill-", dir=options.folder) as folder:
        report = drill(options, pathlib.Path(folder))
    print(json.dumps(report))
    return 0 if report["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
